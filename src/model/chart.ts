import type { CalendarPeriod } from './period.js'

/** What may be posted to: QAD's masters as read from the tenant. Null where the tenant's config names no such read. */
export interface Chart {
  readonly accounts: readonly MasterCode[] | null
  readonly costCentres: readonly MasterCode[] | null
  readonly periods: readonly CalendarPeriod[] | null
}

export interface MasterCode {
  /** Exactly as QAD spells it: text, with its leading zeros. */
  readonly code: string
  readonly description: string
  readonly active: boolean
  /** QAD's account type, where the read gives one. */
  readonly type: string | null
}

/** Net movement of one account and cost centre in one period as QAD's ledger has it; debit > 0. */
export interface Balance {
  readonly year: number
  readonly period: number
  readonly account: string
  /** Empty when the ledger carries none. */
  readonly costCentre: string
  readonly currency: string
  /** Plain decimal text. */
  readonly amount: string
  /** ISO time of its newest posting; absent or null where the tenant's read does not tell. */
  readonly lastPosted?: string | null
}
