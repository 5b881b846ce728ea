import type { RoundingMode } from './money.js'
import type { Level, Tolerance } from './variance.js'

/** A job of mlc.yaml: one Looker source, which of its columns are what, and how its figures are mapped and posted. */
export interface Job {
  readonly name: string
  readonly source: JobSource
  readonly figure: FigureSpec
  /** Map files, relative to mlc.yaml; null: codes are taken as they are. */
  readonly map: { readonly accounts: string | null; readonly costCentres: string | null }
  readonly rounding: { readonly scale: number; readonly mode: RoundingMode }
  /** What becomes of a figure that has changed: a reference is posted anew as its next revision, a journal by the difference. */
  readonly onRestate: OnRestate
  readonly tolerance: Tolerance
  readonly overrides: readonly ToleranceOverride[]
  readonly reconcile: ReconcileSpec
}

/** How the job's figures are compared with the ledger. */
export interface ReconcileSpec {
  /** Null: account and cost centre where the figures name cost centres, else account. */
  readonly level: Level | null
  /** Measures that the ledger's one balance is compared with; null: the first of the job. */
  readonly measures: readonly string[] | null
  /** Movement of the period, or of the year up to and with it. */
  readonly basis: 'period' | 'ytd'
  /** True when Looker's figures are year-to-date themselves, so that those of one period are all there is to compare. */
  readonly cumulative: boolean
}

/** Exactly one of look, query and slug is set, or none where deliveries bring the figures themselves. Filter values may carry placeholders such as `{period}`. */
export interface JobSource {
  readonly look: string | null
  readonly query: {
    readonly model: string
    readonly explore: string
    readonly fields: readonly string[]
    readonly filters: Readonly<Record<string, string>>
    readonly sorts: readonly string[]
    readonly timezone: string | null
  } | null
  readonly slug: string | null
  /** What Looker delivers feeds the job; absent or null: mlc asks Looker. */
  readonly delivery?: JobDelivery | null
  readonly filters: Readonly<Record<string, string>>
  readonly paging: 'auto' | 'single' | 'stream' | 'offset' | 'keyset' | 'task'
  /** auto: a control total where completeness is not proved otherwise; always: with each pull, for one query call more. */
  readonly controlTotal: 'auto' | 'always'
  readonly onEmpty: 'fail' | 'allow'
  /** A pinned definition hash: a Look that has changed since is refused. */
  readonly expect: { readonly definition: string | null }
}

export interface JobDelivery {
  /** Null: trigger where a Look, query or slug stands beside it, else payload. */
  readonly mode: DeliveryMode | null
  /** Id of the scheduled plan; null: any. */
  readonly plan: string | null
  /** The period of what is delivered, where no column and no --period says it. */
  readonly period: 'current' | 'previous' | null
  /** Where the labels of a CSV can be looked up when the delivery does not tell its query. */
  readonly model: string | null
  readonly explore: string | null
}

/** trigger: a delivery says that a plan ran, and the figures are pulled. payload: the rows delivered are the figures. */
export type DeliveryMode = 'trigger' | 'payload'

/** Null when the job is not fed by deliveries. */
export function deliveryModeOf({ delivery, look, query, slug }: JobSource): DeliveryMode | null {
  if (!delivery) return null
  return delivery.mode ?? (look === null && query === null && slug === null ? 'payload' : 'trigger')
}

export type OnRestate = 'revise' | 'adjust' | 'refuse'

/** Which column is what. */
export interface FigureSpec {
  readonly account: string
  readonly costCentre: string | null
  /** A column name, or a three-letter constant. */
  readonly currency: string
  /** A column that names the period; null: every row belongs to the period asked for. */
  readonly period: string | null
  /** Our name of the measure → column. */
  readonly measures: Readonly<Record<string, string>>
  readonly subAccount: string | null
  readonly project: string | null
  readonly site: string | null
  /** -1 when Looker shows credits as positive. */
  readonly sign: 1 | -1
}

export interface ToleranceOverride {
  /** A QAD account, a range of codes such as `5000..5999`, or a pattern such as `50*`. */
  readonly account: string
  readonly absolute?: string | undefined
  readonly percent?: string | undefined
}
