/** One line of a reconciliation. Amounts are plain decimal text; variance = Looker − ledger with a missing side as 0. */
export interface Variance {
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
  readonly cause: string | null
  readonly ageDays: number | null
}

export type Verdict = 'equal' | 'within' | 'outside' | 'onlyLooker' | 'onlyLedger'

/** `or`: within either limit is within; `and`: within both. The boundary passes. */
export interface Tolerance {
  readonly absolute: string
  readonly percent: string
  readonly mode: 'or' | 'and'
}
