import { join } from 'node:path'
import { createChain, START, type ProblemKind } from './chain.js'
import { CHECKPOINTS, readCheckpoints, type CheckpointFile, type CheckpointSigner } from './checkpoints.js'
import type { PublicKey } from './keys.js'
import { linesOf, monthFiles, type Line } from './months.js'
import { createProofs, type Claim, type Place, type Proofs, type Proven, type Refuted } from './proof.js'
import { ZEROS } from './record.js'

/** What `mlc audit verify` finds. */
export interface AuditCheck {
  readonly ok: boolean
  readonly files: number
  /** Complete lines, the bad ones among them; blank lines and a torn one are none. */
  readonly records: number
  /** Hash of the last good line: what an anchor outside would hold. 64 zeros for an audit without a line. */
  readonly head: string
  readonly problems: readonly AuditProblem[]
  /** Problems beyond the first 1,000, which are only counted. */
  readonly moreProblems: number
  /** A last line without its newline, as a crash leaves it. Not tampering: the next writer sets it aside. */
  readonly torn: { readonly file: string; readonly line: number; readonly bytes: number } | null
  readonly checkpoints: CheckpointCheck
  readonly anchors: AnchorCheck
  /** Records behind the last anchor that holds: changed or cut by somebody with the key, nobody could tell. */
  readonly unanchored: number
}

export interface CheckpointCheck {
  readonly total: number
  /** Those that speak of this chain and, where keys are known, are signed by one of them. */
  readonly good: number
  /** Whether signatures were checked: without a public key, checkpoints prove no more than the chain. */
  readonly signatures: 'checked' | 'unchecked'
  /** The last good one covers records up to this number. */
  readonly records: number
  /** Records behind it. */
  readonly unsigned: number
  /** Line of a note that a crash left half written; the next writer writes it anew. */
  readonly torn: number | null
  /** Who signed them, in order; more than one: the key was changed, or the host's name where it was not checked. */
  readonly signers: readonly CheckpointSigner[]
}

export interface AnchorCheck {
  readonly total: number
  readonly good: number
  /** The last good one covers records up to this number. */
  readonly records: number
  /** When that record was written. ISO 8601. */
  readonly at: string | null
}

export interface AuditProblem extends Place {
  /** `file`: its name inside the audit folder. `line`: from 1. */
  readonly problem: ProblemKind | ProofProblem
  /** The checkpoint or anchor that shows it. */
  readonly by?: string
  /** The records up to this number stand as they were signed, so what was changed comes behind it. */
  readonly after?: number
}

/**
 * `changed`, `cut`: another record stands where a checkpoint or an anchor says, or none. `note`: a checkpoint that cannot be
 * read. `signature`: one that is not signed by the key. `unsigned`: no checkpoint is.
 */
export type ProofProblem = 'changed' | 'cut' | 'note' | 'signature' | 'unsigned'

export interface Evidence {
  /** Public keys of those who may sign checkpoints. */
  readonly keys?: readonly PublicKey[]
  /** The keys were named by whoever checks, so an audit that none of them signed is not the one meant. */
  readonly mustBeSigned?: boolean
  /** What was kept outside. */
  readonly anchors?: readonly Claim[]
}

/**
 * Checks every line of the audit against its own hash, its number and the line before it; goes on behind a bad line, so
 * that the changed lines are named and no others. Then whether the chain is the one that checkpoints and anchors speak of.
 * What it cannot see: what somebody with the key did behind the last anchor.
 * @throws MLC-A004 when a file cannot be read at all
 */
export async function verifyAudit(folder: string, evidence: Evidence = {}): Promise<AuditCheck> {
  return verifyLines(
    { files: await monthFiles(folder), lines: (file) => linesOf(join(folder, file)) },
    readCheckpoints(folder, evidence.keys ?? []),
    evidence,
  )
}

/** The month files, oldest first, wherever they are kept. */
export interface AuditFiles {
  readonly files: readonly string[]
  lines(file: string): AsyncIterable<readonly Line[]> | Iterable<readonly Line[]>
}

export async function verifyLines(
  from: AuditFiles,
  checkpoints: CheckpointFile,
  { keys = [], mustBeSigned = false, anchors = [] }: Evidence = {},
): Promise<AuditCheck> {
  const problems = createProblems()
  const proofs = createProofs([...checkpoints.claims, ...anchors])
  const { records, last, torn, end } = await followChain(from, problems, proofs)
  const { proven, refuted } = proofs.result(records, end)
  const signed = checkpointCheck(checkpoints, proven, records, keys)
  for (const { line, problem } of checkpoints.faults) problems.add({ file: CHECKPOINTS, line, problem })
  if (mustBeSigned && records > 0 && checkpoints.total === 0)
    problems.add({ file: CHECKPOINTS, line: 1, problem: 'unsigned' })
  for (const problem of refutations(refuted, proven)) problems.add(problem)
  const anchored = anchorCheck(anchors, proven)
  return {
    ok: problems.count === 0,
    files: from.files.length,
    ...{ records, head: last?.record.hash ?? ZEROS },
    problems: problems.named,
    moreProblems: problems.count - problems.named.length,
    torn,
    checkpoints: signed,
    anchors: anchored,
    unanchored: Math.max(0, records - anchored.records),
  }
}

async function followChain(from: AuditFiles, problems: Problems, proofs: Proofs) {
  const { files } = from
  const chain = createChain(START)
  let torn: AuditCheck['torn'] = null
  let end: Place = { file: files.at(-1) ?? CHECKPOINTS, line: 1 }
  for (const file of files) {
    chain.enter(file)
    for await (const lines of from.lines(file)) {
      for (const line of lines) {
        const place = { file, line: line.number }
        if (!line.ended && file === files.at(-1)) torn = { ...place, bytes: line.bytes.length }
        const before = chain.last
        const kinds = line.ended ? chain.check(line) : file === files.at(-1) ? [] : (['torn'] as const)
        for (const problem of kinds) problems.add({ ...place, problem })
        if (chain.last !== null && chain.last !== before) proofs.see(chain.last.record, place)
        if (line.ended) end = { file, line: line.number + 1 }
      }
    }
  }
  return { records: chain.records, last: chain.last, torn, end }
}

const MOST_PROBLEMS = 1000

interface Problems {
  readonly named: readonly AuditProblem[]
  readonly count: number
  add(problem: AuditProblem): void
}

function createProblems(): Problems {
  const named: AuditProblem[] = []
  let count = 0
  return {
    named,
    get count() {
      return count
    },
    add(problem: AuditProblem) {
      if (++count <= MOST_PROBLEMS) named.push(problem)
    },
  }
}

function checkpointCheck(
  { total, torn, signers }: CheckpointFile,
  proven: readonly Proven[],
  records: number,
  keys: readonly PublicKey[],
): CheckpointCheck {
  const good = proven.filter(({ claim }) => claim.kind === 'checkpoint')
  const last = newestOf(good)?.records ?? 0
  const signatures = keys.length > 0 ? ('checked' as const) : ('unchecked' as const)
  return { total, good: good.length, signatures, records: last, unsigned: Math.max(0, records - last), torn, signers }
}

function anchorCheck(anchors: readonly Claim[], proven: readonly Proven[]): AnchorCheck {
  const good = proven.filter(({ claim }) => claim.kind === 'anchor')
  const last = newestOf(good)
  return { total: anchors.length, good: good.length, records: last?.records ?? 0, at: last?.at || null }
}

/** Of the checkpoints the first that fails says where; the later ones fail for the same reason. Anchors are named each. */
function refutations(refuted: readonly Refuted[], proven: readonly Proven[]): AuditProblem[] {
  const checkpoint = refuted.find(({ claim }) => claim.kind === 'checkpoint')
  const anchors = refuted.filter(({ claim }) => claim.kind === 'anchor')
  return [...(checkpoint ? [checkpoint] : []), ...anchors].map(({ claim, how, file, line }) => {
    const before = proven.filter((one) => claim.records === null || one.records < claim.records)
    return { file, line, problem: how, by: claim.by, after: newestOf(before)?.records ?? 0 }
  })
}

function newestOf(proven: readonly Proven[]): Proven | null {
  return proven.reduce<Proven | null>((best, one) => (best && best.records >= one.records ? best : one), null)
}
