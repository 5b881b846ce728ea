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
import type { Variance, Verdict } from '../model/variance.js'
import type { Limits, LimitsOf } from './limits.js'

/** Both sides of one account, cost centre and currency; null where a side has nothing there. */
export interface Pair {
  readonly looker: Side | null
  readonly ledger: Side | null
}

/** The exact sum of a side, under one of its spellings. */
export interface Side {
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  readonly total: Money
  /** Amounts summed. */
  readonly count: number
  /** Of the references summed, the first of them. */
  readonly keys: readonly string[]
}

/** The line of a pair, spelled as the ledger has it. A side that is missing counts as zero. */
export function judge({ looker, ledger }: Pair, limitsOf: LimitsOf, measure: string): Variance {
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
