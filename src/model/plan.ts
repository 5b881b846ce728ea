import type { Posted, Reference } from './reference.js'

/** What a push would do: made from one run's figures, read by a person, bound to what it was made from by its hash. */
export interface Plan {
  readonly schema: 'mlc/plan/1'
  readonly run: string
  readonly job: string
  readonly madeAt: string
  /** Address of the QAD tenant it was made for. */
  readonly tenant?: string
  readonly domain: string
  readonly entity: string
  /** SHA-256 over the figures file and over the map files it was made from. */
  readonly figuresHash: string
  readonly mapHash: string
  readonly entries: readonly PlanEntry[]
  readonly totals: ControlTotals
  readonly problems: readonly Problem[]
}

export interface PlanEntry {
  /** `skip`: a journal of zero posts nothing. */
  readonly action: 'create' | 'revise' | 'same' | 'blocked' | 'skip'
  readonly reference: Reference
  /** What QAD held for this identity when the plan was made: its newest revision. */
  readonly before: Posted | null
  /** 1-based rows of the Looker answer that were summed. */
  readonly rows: readonly number[]
  /** Of a journal: what all its revisions in QAD amount to once this one is there; the reference's own amount is the movement. */
  readonly total?: string
  /** Plain decimal text of what rounding took away: exact sum minus amount. */
  readonly residue: string
}

/** mapped + ignored + unmapped = pulled, per measure and currency, as exact decimal text before sign and rounding. */
export interface ControlTotals {
  readonly rows: {
    readonly pulled: number
    readonly mapped: number
    readonly ignored: number
    readonly unmapped: number
  }
  readonly amounts: readonly ControlAmount[]
}

export interface ControlAmount {
  readonly measure: string
  readonly currency: string
  readonly pulled: string
  readonly mapped: string
  readonly ignored: string
  readonly unmapped: string
  readonly ties: boolean
}

/** Something that stops a reference or a plan. `code` is from the catalogue in errors.ts. */
export interface Problem {
  readonly code: string
  readonly message: string
  /** Key of the reference it blocks; null when it stops the whole plan. */
  readonly key: string | null
}
