import type { Cause } from './cause.js'

/** One line of a reconciliation. Amounts are plain decimal text; variance = Looker − ledger with a missing side as 0. */
export interface Variance {
  /** Empty at a level that sums it up. */
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  readonly measure: string
  readonly looker: string | null
  readonly ledger: string | null
  readonly variance: string
  /** Variance in percent of the ledger's absolute amount, two digits; null when the ledger has nothing. */
  readonly percent: string | null
  readonly verdict: Verdict
  /** The texts of `causes`; null where none was found. */
  readonly cause: string | null
  readonly causes: readonly Cause[]
  readonly ageDays: number | null
  /** Rows of Looker and balances of the ledger that were summed. */
  readonly figures: number
  readonly balances: number
  /** Keys of the references that the figures make, twenty at most: what `mlc trace` takes. */
  readonly keys: readonly string[]
}

export type Verdict = 'equal' | 'within' | 'outside' | 'onlyLooker' | 'onlyLedger'

/** What one line stands for: an account and cost centre, one of the two with the other summed up, or everything in a currency. */
export type Level = 'both' | 'account' | 'costCentre' | 'total'

/** `or`: within either limit is within; `and`: within both. The boundary passes. Of a ledger of zero nothing is a percentage. */
export interface Tolerance {
  readonly absolute: string
  readonly percent: string
  readonly mode: 'or' | 'and'
}
