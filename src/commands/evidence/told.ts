import { foldRecord, type Outcome } from '../../audit/outcomes.js'
import type { AuditLine } from '../../audit/read.js'
import { currentOutcomes } from '../../audit/unfinished.js'
import type { Posted } from '../../model/reference.js'
import { postedIn, textIn } from '../trace/read.js'

/** What the lines of a period tell: its runs, what became of each reference, and what each replaced. */
export interface Told {
  /** In the order in which they began. */
  readonly runs: readonly RunTold[]
  /** By key; the newest state of each. */
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly restated: readonly Restated[]
}

export interface RunTold {
  readonly run: string
  readonly first: AuditLine
  readonly pulled: AuditLine | null
  /** The last of them: a run may be mapped anew. */
  readonly mapped: AuditLine | null
  readonly approved: readonly AuditLine[]
  readonly done: AuditLine | null
  /** Keys by what this run came to with them. */
  readonly sent: ReadonlySet<string>
  readonly posted: ReadonlySet<string>
  readonly unchanged: ReadonlySet<string>
}

/** A reference that was sent in place of one that QAD held. */
export interface Restated {
  readonly line: AuditLine
  readonly key: string
  readonly before: Posted
}

/** @param lines in the order of the audit */
export function toldBy(lines: readonly AuditLine[]): Told {
  const runs = new Map<string, Telling>()
  const outcomes = new Map<string, Outcome>()
  const restated: Restated[] = []
  for (const line of lines) {
    foldRecord(outcomes, line)
    // What a replay sent carries the run that it was planned in, and names the replay.
    const run = textIn(line.data, 'replay') ?? line.run
    if (run !== null) runs.set(run, withLine(runs.get(run) ?? begun(run, line), line))
    const before = line.event === 'record.sent' ? postedIn(line.data, 'before') : null
    if (line.key !== null && before !== null) restated.push({ line, key: line.key, before })
  }
  return { runs: [...runs.values()], outcomes, restated }
}

/** Whether the rows of a run came as a file or a webhook, which nobody signs, rather than by asking Looker. */
export function wasDelivered(run: RunTold | undefined): boolean {
  return textIn(run?.pulled?.data, 'paging') === 'delivery'
}

/** References that are not certain to stand in QAD as they were sent. */
export function unsettledOf({ outcomes }: Told): readonly Outcome[] {
  return currentOutcomes(outcomes.values()).filter(({ state }) => UNSETTLED.has(state))
}

const UNSETTLED = new Set<Outcome['state']>(['open', 'unknown', 'failed', 'conflict', 'skipped'])

interface Telling extends RunTold {
  readonly sent: Set<string>
  readonly posted: Set<string>
  readonly unchanged: Set<string>
}

function begun(run: string, first: AuditLine): Telling {
  const keys = { sent: new Set<string>(), posted: new Set<string>(), unchanged: new Set<string>() }
  return { run, first, pulled: null, mapped: null, approved: [], done: null, ...keys }
}

function withLine(told: Telling, line: AuditLine): Telling {
  const { event, key, data } = line
  if (key !== null) {
    if (event === 'record.sent') told.sent.add(key)
    if (event === 'record.posted') told.posted.add(key)
    if (event === 'record.same') told.unchanged.add(key)
    return told
  }
  if (event === 'pull.done') return { ...told, pulled: line }
  if (event === 'map.done') return { ...told, mapped: line }
  if (event === 'run.done') return { ...told, done: line }
  return textIn(data, 'approved') === null ? told : { ...told, approved: [...told.approved, line] }
}
