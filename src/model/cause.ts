/**
 * What would explain a variance, with the numbers that show it. A cause is claimed when it explains the variance exactly, or, of
 * rounding, within its bound. Amounts are plain decimal text in QAD's sign; `text` says the whole in one line, for people.
 */
export type Cause = { readonly text: string } & (
  | SignCause
  | ScaleCause
  | TransposedCause
  | RoundingCause
  | PeriodCause
  | CostCentreCause
  | MappedTwiceCause
  | LeftOutCause
  | InactiveCause
  | LatePostingCause
)

/** Of the whole line, or of one of the figures that were summed: turned round, it closes the variance. */
interface SignCause {
  readonly kind: 'sign'
  readonly looker: string
  readonly ledger: string
  readonly part: Part | null
}

/** Looker = QAD × 10^power, but for the digits that the shorter of the two has lost. */
interface ScaleCause {
  readonly kind: 'scale'
  readonly power: number
  readonly signFlipped: boolean
  /** What is left once one of them is moved to the scale of the other; zero where the digits agree to the last. */
  readonly remainder: string
}

interface TransposedCause {
  readonly kind: 'transposed'
  readonly looker: string
  readonly ledger: string
  /** The two digits as Looker has them and as the ledger has them: `54` and `45`. */
  readonly lookerDigits: string
  readonly ledgerDigits: string
  /** The variance, which every swap of two digits makes a multiple of nine. */
  readonly ninth: string
}

interface RoundingCause {
  readonly kind: 'rounding'
  /** Amounts of both sides that were summed, each rounded to `unit` at most half of it away. */
  readonly summed: number
  readonly unit: string
  /** summed × unit / 2. */
  readonly bound: string
}

interface PeriodCause {
  readonly kind: 'period'
  /** Whose figure of the neighbouring period stands on the other side now. */
  readonly side: 'looker' | 'ledger'
  /** `YYYY-PP` */
  readonly neighbour: string
  readonly amount: string
}

/** The variances of these cost centres of one account come to zero, this line's included. */
interface CostCentreCause {
  readonly kind: 'costCentre'
  readonly account: string
  /** The first twenty of `count`. */
  readonly others: readonly { readonly costCentre: string; readonly variance: string }[]
  readonly count: number
}

/** Several values of Looker lead to one code, and one of them is the variance. */
interface MappedTwiceCause {
  readonly kind: 'mappedTwice'
  readonly dimension: 'account' | 'costCentre'
  readonly code: string
  readonly values: readonly (string | null)[]
  readonly part: Part
}

/** One side lacks what the map does not place, or leaves out. */
interface LeftOutCause {
  readonly kind: 'unmapped' | 'ignored'
  readonly dimension: 'account' | 'costCentre'
  /** As Looker spells it, or the code of QAD that no value leads to. */
  readonly value: string | null
  readonly amount: string | null
  readonly rows: number
  /** Of a value that is ignored: why, as the map says. */
  readonly reason: string | null
}

/** The code is inactive in QAD, or not there at all: what is posted to it stands on one side only. */
interface InactiveCause {
  readonly kind: 'inactive'
  readonly dimension: 'account' | 'costCentre'
  readonly code: string
  readonly isKnown: boolean
}

/** The ledger has moved since it agreed with Looker, or since Looker was asked. */
interface LatePostingCause {
  readonly kind: 'latePosting'
  /** ISO times, UTC: when the ledger was last seen to agree, or as of when Looker speaks. */
  readonly since: string
  readonly was: string | null
  readonly now: string
  readonly moved: string | null
  /** Time of the newest posting, where the tenant's read gives it. */
  readonly lastPosted: string | null
}

/** Figures of one pair of Looker values, summed: Looker's own spelling. */
export interface Part {
  readonly account: string | null
  readonly costCentre: string | null
  readonly amount: string
  readonly rows: number
}
