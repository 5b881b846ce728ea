import type { Balance } from '../model/chart.js'
import { compareTexts } from '../model/fold.js'
import {
  absolute,
  compare,
  isWithinPercent,
  isZero,
  percentOf,
  subtract,
  toTextAtLeast,
  ZERO,
  type Money,
} from '../model/money.js'
import type { Level, Tolerance, Variance, Verdict } from '../model/variance.js'
import { createLimits, type Limits, type LimitsOf, type Override } from './limits.js'
import { summaryOf, type ReconcileSummary } from './totals.js'
import { createPairs, type LookerAmount, type Pair, type Side } from './pairs.js'

export { type LookerAmount } from './pairs.js'
export { type ReconcileSummary } from './totals.js'

export interface ReconcileSettings {
  readonly measure: string
  /** `account`, `costCentre` and `total` sum both sides up; lines then carry no cost centre, no account, or neither. */
  readonly level: Level
  readonly tolerance: Tolerance
  /** Limits of some accounts, in place of the tolerance's. They say nothing of lines that sum accounts up. */
  readonly overrides: readonly Override[]
}

export interface Reconciliation {
  /** By account, cost centre, currency. */
  readonly lines: readonly Variance[]
  readonly summary: ReconcileSummary
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
  const hasAccounts = settings.level === 'both' || settings.level === 'account'
  const limits = createLimits(settings.tolerance, hasAccounts ? settings.overrides : [])
  const judged = [...pairs.values()].filter(isWorthALine).map((pair) => judge(pair, limits, settings.measure))
  const lines = judged.sort(byPlace)
  return { lines, summary: summaryOf(lines) }
}

function isWorthALine({ looker, ledger }: Pair): boolean {
  return looker !== null || (ledger !== null && !isZero(ledger.total))
}

function judge({ looker, ledger }: Pair, limitsOf: LimitsOf, measure: string): Variance {
  const { account = '', costCentre = '', currency = '' } = ledger ?? looker ?? {}
  const variance = subtract(looker?.total ?? ZERO, ledger?.total ?? ZERO)
  return {
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
    causes: [],
    ageDays: null,
    figures: looker?.count ?? 0,
    balances: ledger?.count ?? 0,
    keys: looker?.keys ?? [],
  }
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

function byPlace(a: Variance, b: Variance): number {
  return (
    compareTexts(a.account, b.account) ||
    compareTexts(a.costCentre, b.costCentre) ||
    compareTexts(a.currency, b.currency)
  )
}
