import { parseKey, type Posted } from '../model/reference.js'
import { foldRecord, type Outcome } from './outcomes.js'
import type { AuditLine } from './read.js'
import { pickRecords, scanAudit, type Scan } from './scan.js'

/** All that the audit says of one reference. */
export interface AuditTrace extends Scan {
  /** Its revisions, newest first. Empty: the audit does not know it. */
  readonly revisions: readonly RevisionTrace[]
  /** Every line about it, oldest first; of more than MOST_LINES the newest. */
  readonly history: readonly AuditLine[]
  /** Lines that are older than those in `history`. */
  readonly earlier: number
  /** The runs that made or sent a revision, by id. */
  readonly runs: ReadonlyMap<string, RunLines>
}

/** One key and the lines that matter most to it: the last of their kind. */
export interface RevisionTrace {
  readonly key: string
  readonly revision: number
  readonly outcome: Outcome
  readonly sent: AuditLine | null
  /** What the request came to, as far as QAD answered or a person knew. */
  readonly settled: AuditLine | null
  /** QAD showed it, unchanged, to a later run. */
  readonly same: AuditLine | null
  /** QAD stored something else. */
  readonly mismatch: AuditLine | null
}

/** What a run says of itself. A run that was mapped several times has a line for each. */
export interface RunLines {
  readonly started: AuditLine | null
  readonly pulled: AuditLine | null
  readonly mapped: readonly AuditLine[]
  readonly planned: readonly AuditLine[]
  /** How a person or a flag approved what was to be posted. */
  readonly approved: readonly AuditLine[]
  readonly done: AuditLine | null
}

/**
 * Folds the audit for one reference and its revisions. Memory grows with what is said of this reference, not with the audit.
 * @param baseKey the key of revision 1
 * @throws MLC-A004 when the folder cannot be read
 */
export async function traceAudit(folder: string, baseKey: string): Promise<AuditTrace> {
  const fold = createFold(baseKey)
  const needles = [Buffer.from(baseKey), Buffer.from(baseKey.toLowerCase())]
  const mayBe = (bytes: Buffer) => needles.some((needle) => bytes.includes(needle))
  const { isSound, lines } = await scanAudit(folder, { mayBe, take: fold.take })
  const revisions = fold.revisions()
  const wanted = new Set(revisions.flatMap(runsOf))
  return { isSound, lines, revisions, ...fold.history(), runs: await readRuns(folder, wanted) }
}

/** A reference that was synced every hour for a year is still told whole; beyond that the newest lines tell enough. */
const MOST_LINES = 10_000

function createFold(baseKey: string) {
  const outcomes = new Map<string, Outcome>()
  const lines = new Map<string, Omit<RevisionTrace, 'key' | 'revision' | 'outcome'>>()
  const history: AuditLine[] = []
  let count = 0
  const take = (line: AuditLine) => {
    // QAD may spell a key in another case, and a line about a conflict names the key as QAD does.
    const key = line.key?.toUpperCase() ?? null
    if (key === null || (parseKey(key)?.baseKey ?? key) !== baseKey) return
    foldRecord(outcomes, { ...line, key })
    lines.set(key, { ...(lines.get(key) ?? NOTHING_YET), ...kindOf(line) })
    history.push(line)
    count += 1
    if (history.length >= 2 * MOST_LINES) history.splice(0, history.length - MOST_LINES)
  }
  return {
    take,
    revisions: () =>
      [...outcomes.values()]
        .map((outcome) => ({
          key: outcome.key,
          revision: parseKey(outcome.key)?.revision ?? 1,
          outcome,
          ...(lines.get(outcome.key) ?? NOTHING_YET),
        }))
        .sort((a, b) => b.revision - a.revision),
    history: () => {
      const newest = history.slice(-MOST_LINES)
      return { history: newest, earlier: count - newest.length }
    },
  }
}

const NOTHING_YET = { sent: null, settled: null, same: null, mismatch: null }

function kindOf(line: AuditLine): Partial<Omit<RevisionTrace, 'key' | 'revision' | 'outcome'>> {
  switch (line.event) {
    case 'record.sent':
      return { sent: line, settled: null }
    case 'record.posted':
    case 'record.failed':
    case 'record.unknown':
    case 'record.conflict':
    case 'record.resolved':
      return { settled: line }
    case 'record.same':
      return { same: line }
    case 'readback.mismatch':
      return { mismatch: line }
    default:
      return {}
  }
}

/** The runs that sent or saw a revision, and the one whose figures it carries: a replay sends the figures of an earlier run. */
function runsOf({ sent, settled, same, outcome }: RevisionTrace): string[] {
  const replays = [sent, settled].map((line) => line?.data['replay'])
  return [sent?.run, same?.run, outcome.run, outcome.reference?.run, ...replays].filter(
    (run) => typeof run === 'string',
  )
}

async function readRuns(folder: string, wanted: ReadonlySet<string>): Promise<Map<string, RunLines>> {
  const runs = new Map<string, RunLines>()
  if (wanted.size === 0) return runs
  const take = (line: AuditLine) => {
    if (line.run === null || !wanted.has(line.run)) return
    const known = runs.get(line.run) ?? {
      started: null,
      pulled: null,
      mapped: [],
      planned: [],
      approved: [],
      done: null,
    }
    runs.set(line.run, withLine(known, line))
  }
  await pickRecords(folder, { mayBe: (bytes) => isOfWholeRun(bytes) && wanted.has(runNamed(bytes)), take })
  return runs
}

function withLine(known: RunLines, line: AuditLine): RunLines {
  switch (line.event) {
    case 'run.started':
      return { ...known, started: known.started ?? line }
    case 'pull.done':
      return { ...known, pulled: line }
    case 'map.done':
      return { ...known, mapped: [...known.mapped, line] }
    case 'plan.made':
      return { ...known, planned: [...known.planned, line] }
    case 'note.added':
      return typeof line.data['approved'] === 'string' ? { ...known, approved: [...known.approved, line] } : known
    case 'run.done':
      return { ...known, done: line }
    default:
      return known
  }
}

/** Lines about a whole run carry no key. The first of these words in a line is its own: inside text a quote is escaped. */
function isOfWholeRun(bytes: Buffer): boolean {
  const at = bytes.indexOf('"key":')
  return at > 0 && bytes[at + '"key":'.length] === NULL_START
}

const NULL_START = 'n'.charCodeAt(0)

function runNamed(bytes: Buffer): string {
  const from = bytes.indexOf('"run":"') + '"run":"'.length
  return bytes.toString('latin1', from, bytes.indexOf('"', from))
}

/** Keys, upper case, that a text may mean. */
export interface Candidates {
  /** In order; of more than ten the first ten. */
  readonly keys: readonly string[]
  readonly count: number
  /** Whether the text is QAD's own identifier: then each key is meant as it is, and not all its revisions. */
  readonly byQadRef: boolean
  /** So many characters of a key tell all of them apart. */
  readonly telling: number
}

/** So many are named where a text fits several keys. */
const MOST_CANDIDATES = 10

/**
 * The keys that QAD's own identifier stands for, as the audit recorded it; else those that begin with the text, whatever its case.
 * A beginning that leaves the revision open gives the key of revision 1.
 */
export async function findCandidates(folder: string, text: string): Promise<Candidates> {
  const byQadRef = new Set<string>()
  const byStart = new Set<string>()
  const start = text.toUpperCase()
  const needles = [JSON.stringify(text).slice(1, -1), start].map((word) => Buffer.from(word))
  await pickRecords(folder, {
    mayBe: (bytes) => text !== '' && needles.some((needle) => bytes.includes(needle)),
    take: ({ key, data }) => {
      for (const held of [{ key, qadRef: data['qadRef'] }, data['before'], data['stored']].map(asPosted)) {
        if (held?.qadRef === text) byQadRef.add(held.key.toUpperCase())
      }
      // The key of a break, of which a note speaks, is no reference.
      if (key?.toUpperCase().startsWith(start) && !key.includes('/')) byStart.add(baseUnless(start, key.toUpperCase()))
    },
  })
  const keys = [...(byQadRef.size > 0 ? byQadRef : byStart)].sort()
  const [count, telling] = [keys.length, lengthThatTells(keys)]
  return { keys: keys.slice(0, MOST_CANDIDATES), count, byQadRef: byQadRef.size > 0, telling }
}

/** One more than the longest beginning that two of them share. @param keys in order */
function lengthThatTells(keys: readonly string[]): number {
  return keys.slice(1).reduce((most, key, index) => {
    const before = keys[index] ?? ''
    const differs = [...key].findIndex((letter, at) => letter !== before[at])
    return Math.max(most, differs === -1 ? key.length : differs + 1)
  }, 1)
}

/** Revisions of one reference do not make its beginning ambiguous, unless it already speaks of one. */
function baseUnless(start: string, key: string): string {
  const { baseKey } = parseKey(key) ?? { baseKey: key }
  return start.length > baseKey.length ? key : baseKey
}

function asPosted(value: unknown): Pick<Posted, 'key' | 'qadRef'> | null {
  if (typeof value !== 'object' || value === null) return null
  const { key, qadRef } = value as Partial<Posted>
  return typeof key === 'string' && typeof qadRef === 'string' ? { key, qadRef } : null
}
