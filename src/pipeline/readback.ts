import { MlcError } from '../errors.js'
import { sameAmount } from '../mapping/posted.js'
import { formatPeriod, samePeriod, type Period } from '../model/period.js'
import type { Posted, Reference } from '../model/reference.js'
import type { Target } from './map.js'
import { addAccepted, byKey, readOnce } from './posted.js'
import type { Ports } from './ports.js'
import { record, type RecordOutcome } from './outcome.js'

/** Reads may lag behind writes: pauses between looks, within the settle window. */
const LOOK_AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000]

export interface Confirmation {
  readonly outcomes: readonly RecordOutcome[]
  /** Why QAD could not be read: what was posted is then not verified. */
  readonly failure: MlcError | null
  /** All of ours that QAD showed, by upper-case key, in the periods of what was sent (`YYYY-PP`); null when nothing was read. */
  readonly seen: { readonly held: ReadonlyMap<string, readonly Posted[]>; readonly periods: ReadonlySet<string> } | null
}

/**
 * Reads back what was sent and compares amount, account, cost centre, currency and period. QAD's books have the last word, also
 * on what it refused: a middle layer may say no to what the layer below has stored.
 * @param there what QAD held already: looked at again where the same read shows it
 */
export async function confirm(
  outcomes: readonly RecordOutcome[],
  there: readonly RecordOutcome[],
  target: Target,
  ports: Ports,
): Promise<Confirmation> {
  const sent = outcomes.filter((outcome) => SENT.has(outcome.status) || isRefused(outcome))
  if (sent.length === 0) return { outcomes: [...outcomes, ...there], failure: null, seen: null }
  if (!ports.ledger().canReadBack)
    return { outcomes: [...outcomes.map(unverified), ...there], failure: null, seen: null }
  const expected = sent.filter(({ status }) => status === 'posted').map(({ reference }) => reference)
  const all = sent.map(({ reference }) => reference)
  const held = await lookUntilSeen(expected, target.settleMs, ports, all).catch(asFailure)
  if (held instanceof MlcError) {
    // What was refused is failed on QAD's own word; nothing is left unverified by a read that fails.
    const failure = sent.every(isRefused) ? null : held
    return { outcomes: [...outcomes.map(unverified), ...there], failure, seen: null }
  }
  await addAccepted(held, distinctPeriods(all), ports)
  const periods = new Set(all.map(formatPeriod))
  const shown = new Set([...sent, ...there.filter(({ reference }) => periods.has(formatPeriod(reference)))])
  const confirmed: RecordOutcome[] = []
  for (const outcome of [...outcomes, ...there])
    confirmed.push(shown.has(outcome) ? await judge(outcome, held, ports) : outcome)
  await ports.journal.flush()
  return { outcomes: confirmed, failure: null, seen: { held, periods } }
}

const SENT: ReadonlySet<RecordOutcome['status']> = new Set(['posted', 'unknown', 'same'])

function isRefused({ status, code }: RecordOutcome): boolean {
  return status === 'failed' && (code === 'MLC-Q020' || code === 'MLC-Q006')
}

/**
 * Reads the periods of `within` until all of `expected` are seen or the settle window is over.
 * @returns everything of ours that the last read showed, by upper-case key
 */
export async function lookUntilSeen(
  expected: readonly Reference[],
  settleMs: number,
  ports: Ports,
  within: readonly Reference[] = expected,
): Promise<Map<string, readonly Posted[]>> {
  const lastLook = ports.clock.now() + settleMs
  for (let look = 0; ; look++) {
    const held = new Map<string, readonly Posted[]>()
    for (const period of distinctPeriods(within)) {
      for (const [key, rows] of byKey(await readOnce(period, ports))) held.set(key, rows)
    }
    if (expected.every((reference) => held.has(reference.key))) return held
    // The last look is at the very end of the window, whatever the pauses add up to.
    const pauseMs = Math.min(LOOK_AGAIN_MS[look] ?? 8_000, lastLook - ports.clock.now())
    if (pauseMs <= 0 || ports.signal.aborted) return held
    await ports.clock.sleep(pauseMs, ports.signal).catch(() => undefined)
  }
}

/** What the stored reference says otherwise than the one sent; empty when equal. Columns that the read lacks are not compared. */
export function differences(sent: Reference, stored: Posted): string[] {
  const texts = (['account', 'costCentre', 'currency', 'measure'] as const).filter((name) =>
    differs(sent[name], stored[name]),
  )
  const amount = sameAmount(stored.amount, sent.amount) ? [] : ['amount']
  const period =
    stored.year === null || stored.period === null || samePeriod(sent, { year: stored.year, period: stored.period })
      ? []
      : ['period']
  const revision = stored.revision === null || stored.revision === sent.revision ? [] : ['revision']
  return [...amount, ...period, ...texts, ...revision]
}

/**
 * Texts of which QAD kept only the beginning. Looked at in what was sent just now: what it holds of an earlier run may have had
 * another description.
 */
function cutTexts(sent: Reference, stored: Posted): string[] {
  return (['description', 'source'] as const).filter((name) => {
    const [whole, kept] = [sent[name], stored[name] ?? ''].map((text) => text.trim().toUpperCase()) as [string, string]
    return kept !== '' && kept.length < whole.length && whole.startsWith(kept)
  })
}

function differs(sent: string, stored: string | null): boolean {
  return stored !== null && stored.trim().toUpperCase() !== sent.trim().toUpperCase()
}

async function judge(
  outcome: RecordOutcome,
  held: ReadonlyMap<string, readonly Posted[]>,
  ports: Ports,
): Promise<RecordOutcome> {
  const { reference } = outcome
  const stored = held.get(reference.key) ?? []
  const first = stored[0]
  const mayBeAbsent = outcome.status === 'unknown' || outcome.status === 'failed'
  if (!first) return mayBeAbsent ? outcome : missing(outcome, ports)
  if (stored.length > 1) return mismatch(outcome, `QAD holds ${reference.key} ${stored.length} times`, first, ports)
  const different = differences(reference, first)
  if (different.length > 0) {
    return mismatch(
      outcome,
      `QAD stored another ${different.join(', ')} (amount ${first.amount}, sent ${reference.amount})`,
      first,
      ports,
    )
  }
  const short = outcome.status === 'posted' ? cutTexts(reference, first) : []
  if (short.length > 0)
    return mismatch(outcome, `QAD cut the ${short.join(' and ')} of ${reference.key} short`, first, ports)
  if (!mayBeAbsent) return { ...outcome, qadRef: outcome.qadRef ?? first.qadRef }
  const refused = isRefused(outcome) ? { refused: outcome.message } : {}
  const data = { amount: reference.amount, qadRef: first.qadRef, found: 'read-back', ...refused }
  await record('record.posted', reference, data, ports, { durable: false })
  return { reference, status: 'posted', qadRef: first.qadRef, code: null, message: null }
}

/** QAD said yes and does not show it: it may show late, stand in another period, or be hidden. It is not sent again. */
async function missing({ reference, status }: RecordOutcome, ports: Ports): Promise<RecordOutcome> {
  const before = status === 'same' ? 'showed it before' : 'accepted it'
  const message = `QAD ${before}, but does not show it in ${formatPeriod(reference)}`
  const code = 'MLC-Q023'
  await record('readback.mismatch', reference, { message }, ports, { durable: false })
  await record('record.unknown', reference, { code, message, amount: reference.amount }, ports, { durable: false })
  return { reference, status: 'unknown', qadRef: null, code, message }
}

async function mismatch(outcome: RecordOutcome, message: string, stored: Posted, ports: Ports): Promise<RecordOutcome> {
  const { reference } = outcome
  await record('readback.mismatch', reference, { message, stored, sent: reference }, ports, { durable: false })
  await record('record.conflict', reference, { code: 'MLC-Q023', message, amount: reference.amount }, ports, {
    durable: false,
  })
  return { reference, status: 'conflict', qadRef: stored.qadRef, code: 'MLC-Q023', message }
}

/** An error of ours as a value; anything else goes on. */
export function asFailure(error: unknown): MlcError {
  if (error instanceof MlcError) return error
  throw error
}

function unverified(outcome: RecordOutcome): RecordOutcome {
  return outcome.status === 'posted' ? { ...outcome, status: 'posted_unverified' } : outcome
}

function distinctPeriods(references: readonly Reference[]): Period[] {
  const periods = new Map(references.map(({ year, period }) => [`${year}-${period}`, { year, period }]))
  return [...periods.values()]
}
