import { sameAmount } from '../mapping/posted.js'
import { formatPeriod } from '../model/period.js'
import { baseKeyOf, parseKey, type Posted, type Reference } from '../model/reference.js'
import { record } from './outcome.js'
import type { Ports } from './ports.js'
import { differences } from './readback.js'

/** What QAD holds otherwise than the audit remembers, of references that this run did not post. */
export interface SweepFinding {
  readonly kind: 'missing' | 'doubled' | 'altered'
  readonly reference: Reference
  readonly stored: Posted | null
  readonly message: string
}

export interface SweepReport {
  /** References compared, besides those of the plan. */
  readonly compared: number
  readonly findings: readonly SweepFinding[]
  /** References of ours that this audit has never heard of: posted from another machine or state folder. */
  readonly foreign: number
}

export interface SweepScope {
  readonly job: string
  /** `YYYY-PP` */
  readonly periods: readonly string[]
  /** Keys that the plan's own read-back has judged. */
  readonly judged: ReadonlySet<string>
  /** Base keys that the plan wants; others of the job were left behind by older figures. Null: the plan does not say all of them. */
  readonly wanted: ReadonlySet<string> | null
  /** What the last read of a period showed of ours, by upper-case key. */
  readonly held: (period: string) => ReadonlyMap<string, readonly Posted[]>
}

/**
 * Compares what QAD holds now with all that the audit says this job has put there: older revisions, and references that its
 * figures no longer produce. Duplicates may appear behind our back, when a middle layer repeats a transaction.
 */
export async function sweep(scope: SweepScope, ports: Ports): Promise<SweepReport> {
  const owners = await ports.history.owners()
  const others = (await knownOf(scope.periods, ports)).filter(
    ({ reference: { key } }) => !scope.judged.has(key) && owners.get(baseKeyOf(key)) === scope.job,
  )
  const findings: SweepFinding[] = []
  for (const known of others) {
    const { reference } = known
    const finding = findingOf(reference, scope.held(formatPeriod(reference)).get(reference.key) ?? [])
    if (await recordSwept(known, finding, scope, ports)) findings.push(...(finding ? [finding] : []))
  }
  return { compared: others.length, findings, foreign: countForeign(scope, owners) }
}

interface Known {
  readonly reference: Reference
  /** It was found wrong before, and is told again for as long as it is. */
  readonly wasWrong: boolean
  readonly isHidden: boolean
}

async function knownOf(periods: readonly string[], ports: Ports): Promise<Known[]> {
  const known: Known[] = []
  for (const period of periods) {
    for (const reference of await ports.history.known(period))
      known.push({ reference, wasWrong: false, isHidden: false })
    for (const disputed of await ports.history.disputed(period)) known.push({ ...disputed, wasWrong: true })
  }
  return known
}

/** What is wrong with one reference as QAD holds it; null when nothing is. */
export function findingOf(reference: Reference, stored: readonly Posted[]): SweepFinding | null {
  const { key } = reference
  const [first] = stored
  if (!first) return { kind: 'missing', reference, stored: null, message: `QAD no longer shows ${key}` }
  if (stored.length > 1)
    return { kind: 'doubled', reference, stored: first, message: `QAD holds ${key} ${stored.length} times` }
  const different = differences(reference, first)
  if (different.length === 0) return null
  const amounts = sameAmount(first.amount, reference.amount) ? '' : ` (${first.amount}, posted ${reference.amount})`
  return {
    kind: 'altered',
    reference,
    stored: first,
    message: `QAD holds ${key} with another ${different.join(', ')}${amounts}`,
  }
}

/**
 * Returns whether it is worth telling: what a person has removed because nothing produces it any more is as it should be. What is
 * wrong stays open until QAD is right again, or a person has resolved it.
 */
async function recordSwept(
  { reference, wasWrong, isHidden }: Known,
  finding: SweepFinding | null,
  { wanted }: SweepScope,
  ports: Ports,
): Promise<boolean> {
  const { amount } = reference
  if (finding === null) {
    if (wasWrong) await record('record.same', reference, { amount, found: 'sweep' }, ports, LATER)
    return false
  }
  const { kind, message, stored } = finding
  // Whether it is wanted, the next sync tells, and settles it by that.
  if (kind === 'missing' && wanted === null) return true
  if (kind !== 'missing' || wanted?.has(baseKeyOf(reference.key))) {
    await record('readback.mismatch', reference, { sweep: kind, message, stored, amount }, ports, LATER)
    return true
  }
  if (!isHidden)
    await record(
      'record.resolved',
      reference,
      { resolution: 'not-posted', found: 'sweep', amount, message },
      ports,
      LATER,
    )
  return false
}

const LATER = { durable: false } as const

function countForeign({ held, periods, wanted }: SweepScope, owners: ReadonlyMap<string, string>): number {
  const keys = periods.flatMap((period) => [...held(period).keys()])
  const bases = keys.flatMap((key) => parseKey(key)?.baseKey ?? [])
  return new Set(bases.filter((base) => !wanted?.has(base) && !owners.has(base))).size
}
