import type { LeftOut } from '../../reconcile/causes/missing.js'
import type { MappedPart } from '../../reconcile/causes/parts.js'
import type { LookerAmount } from '../../reconcile/reconcile.js'
import type { SourceDefinition } from '../../looker/source.js'
import type { Period } from '../../model/period.js'

/** Where the figures come from: Looker asked just now, what a run keeps, or the references that QAD holds. */
export type FiguresFrom = 'looker' | 'run' | 'references'

/** What is compared with the ledger, at QAD's codes and in QAD's sign. */
export interface Compared {
  readonly from: FiguresFrom
  readonly amounts: readonly Dated<LookerAmount>[]
  readonly parts: readonly Dated<MappedPart & { readonly currency: string }>[]
  readonly leftOut: readonly Dated<LeftOut>[]
  /** That figures were met in. */
  readonly periods: readonly Period[]
  /** ISO time as of which Looker speaks. */
  readonly asOf: string
  readonly hasCostCentres: boolean
  /** Of figures that Looker gave; none for references. */
  readonly sources: readonly ComparedSource[]
  readonly ignoredRows: number
  readonly unmappedRows: number
}

/** One answer of Looker: enough to ask the same again. */
export interface ComparedSource extends Pick<
  SourceDefinition,
  'look' | 'title' | 'queryId' | 'exploreUrl' | 'timeZone' | 'definition' | 'definitionLines'
> {
  /** Null when it was asked for this reconciliation alone. */
  readonly run: string | null
  /** `YYYY-PP`; null when the figures name their periods. */
  readonly period: string | null
  readonly filters: Readonly<Record<string, string>>
  readonly rows: number
  /** ISO time at which Looker answered. */
  readonly ranAt: string
}

/** Of one measure in one period `YYYY-PP`. */
export type Dated<T> = T & { readonly measure: string; readonly period: string }
