import type { Balance } from '../model/chart.js'
import { compareTexts, fold } from '../model/fold.js'
import {
  absolute,
  add,
  compare,
  isWithinPercent,
  isZero,
  money,
  percentOf,
  subtract,
  toTextAtLeast,
  ZERO,
  type Money,
} from '../model/money.js'
import type { Tolerance, Variance, Verdict } from '../model/variance.js'
import { createPairs, type LookerAmount, type Pair, type Side } from './pairs.js'

export { type LookerAmount } from './pairs.js'

export interface ReconcileSettings {
  readonly measure: string
  /** `account`: the figures name no cost centre, so the ledger's are summed; lines then carry none. */
  readonly level: 'account' | 'both'
  readonly tolerance: Tolerance
  /** Limits of one account, in place of the tolerance's. */
  readonly overrides: readonly {
    readonly account: string
    readonly absolute?: string | undefined
    readonly percent?: string | undefined
  }[]
}

export interface Reconciliation {
  /** By account, cost centre, currency. */
  readonly lines: readonly Variance[]
  readonly summary: ReconcileSummary
}

/** Lines by verdict. `net` sums the variances, `gross` their absolute values: a net of zero can hide two opposite breaks. */
export interface ReconcileSummary extends Readonly<Record<Verdict, number>> {
  readonly net: string
  readonly gross: string
}

/**
 * Looker against QAD's ledger, per account, cost centre and currency, both sides summed exactly. Codes match but for case and
 * spaces and are spelled as the ledger has them. A balance of zero that Looker does not have is left out.
 * @throws MLC-P001, MLC-Q013 on an amount of Looker or the ledger that is no plain decimal
 */
export function reconcile(
  looker: Iterable<LookerAmount>,
  ledger: Iterable<Balance>,
  settings: ReconcileSettings,
): Reconciliation {
  const pairs = createPairs(settings.level)
  for (const amount of looker) pairs.take('looker', amount)
  for (const balance of ledger) pairs.take('ledger', balance)
  const limits = createLimits(settings)
  const judged = [...pairs.values()].filter(isWorthALine).map((pair) => judge(pair, limits, settings.measure))
  judged.sort(byPlace)
  return { lines: judged.map(({ line }) => line), summary: summarise(judged) }
}

function isWorthALine({ looker, ledger }: Pair): boolean {
  return looker !== null || (ledger !== null && !isZero(ledger.total))
}

interface Judged {
  readonly line: Variance
  readonly variance: Money
}

function judge({ looker, ledger }: Pair, limitsOf: LimitsOf, measure: string): Judged {
  const { account = '', costCentre = '', currency = '' } = ledger ?? looker ?? {}
  const variance = subtract(looker?.total ?? ZERO, ledger?.total ?? ZERO)
  const line: Variance = {
    account,
    costCentre,
    currency,
    measure,
    looker: looker && toTextAtLeast(looker.total, 2),
    ledger: ledger && toTextAtLeast(ledger.total, 2),
    variance: toTextAtLeast(variance, 2),
    percent: ledger && percentOf(variance, ledger.total),
    verdict: verdictOf(looker, ledger, variance, limitsOf(account)),
    cause: null,
    ageDays: null,
  }
  return { line, variance }
}

function verdictOf(looker: Side | null, ledger: Side | null, variance: Money, limits: Limits): Verdict {
  if (isZero(variance)) return 'equal'
  if (!ledger) return 'onlyLooker'
  if (!looker) return 'onlyLedger'
  const passes = [
    compare(absolute(variance), limits.absolute) <= 0,
    isWithinPercent(variance, ledger.total, limits.percent),
  ]
  const within = limits.mode === 'or' ? passes.includes(true) : !passes.includes(false)
  return within ? 'within' : 'outside'
}

interface Limits {
  readonly absolute: Money
  readonly percent: Money
  readonly mode: Tolerance['mode']
}

type LimitsOf = (account: string) => Limits

function createLimits({ tolerance, overrides }: ReconcileSettings): LimitsOf {
  const usual: Limits = { ...tolerance, absolute: money(tolerance.absolute), percent: money(tolerance.percent) }
  const special = new Map<string, Limits>()
  for (const { account, absolute, percent } of overrides) {
    const before = special.get(fold(account)) ?? usual
    special.set(fold(account), {
      mode: before.mode,
      absolute: absolute === undefined ? before.absolute : money(absolute),
      percent: percent === undefined ? before.percent : money(percent),
    })
  }
  return (account) => (special.size === 0 ? usual : (special.get(fold(account)) ?? usual))
}

function summarise(judged: readonly Judged[]): ReconcileSummary {
  const counts: Record<Verdict, number> = { equal: 0, within: 0, outside: 0, onlyLooker: 0, onlyLedger: 0 }
  let net = ZERO
  let gross = ZERO
  for (const { line, variance } of judged) {
    counts[line.verdict] += 1
    net = add(net, variance)
    gross = add(gross, absolute(variance))
  }
  return { ...counts, net: toTextAtLeast(net, 2), gross: toTextAtLeast(gross, 2) }
}

function byPlace({ line: a }: Judged, { line: b }: Judged): number {
  return (
    compareTexts(a.account, b.account) ||
    compareTexts(a.costCentre, b.costCentre) ||
    compareTexts(a.currency, b.currency)
  )
}
