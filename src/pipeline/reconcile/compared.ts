import type { LeftOut } from '../../reconcile/causes/missing.js'
import type { MappedPart } from '../../reconcile/causes/parts.js'
import type { Figures } from '../../reconcile/compare/books.js'
import type { Identity } from '../../reconcile/compare/identities.js'
import type { Wanted } from '../../reconcile/compare/wanted.js'
import type { SourceDefinition } from '../../looker/source.js'
import type { Variance } from '../../model/variance.js'
import type { Period } from '../../model/period.js'

/** Where the figures come from: Looker asked just now, what a run keeps, or the references that QAD holds. */
export type FiguresFrom = 'looker' | 'run' | 'references'

/** What is compared with the ledger, at QAD's codes and in QAD's sign. */
export interface Compared {
  readonly from: FiguresFrom
  /** By period and measure. */
  readonly shelf: FigureShelf
  /** What Looker's values say of lines whose sides differ. */
  values(scope: ValueScope, wanted: Wanted, lines: readonly Variance[]): Values
  /** The key of a reference of one of these periods. */
  keyOf(identity: Identity, periods: readonly string[], measure: string): string
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

/** Figures of one measure in some periods `YYYY-PP`. */
export interface ValueScope {
  readonly measure: string
  readonly periods: readonly string[]
}

export interface Values {
  /** Of each line: the values of Looker that make it up. */
  partsAt(line: Variance): readonly MappedPart[]
  /** What the map leaves out or does not place, as far as it may explain one of the lines. */
  readonly leftOut: readonly LeftOut[]
}

export interface FigureShelf {
  /** Where figures of a period and measure go. */
  open(period: string, measure: string): Figures
  /** Null where none was met. */
  at(period: string, measure: string): Figures | null
  /** Of all measures. */
  readonly all: readonly { readonly period: string; readonly figures: Figures }[]
}

export function createShelf(open: () => Figures): FigureShelf {
  const byPeriod = new Map<string, Map<string, Figures>>()
  return {
    open(period, measure) {
      const byMeasure = byPeriod.get(period) ?? new Map<string, Figures>()
      const figures = byMeasure.get(measure) ?? open()
      byPeriod.set(period, byMeasure.set(measure, figures))
      return figures
    },
    at: (period, measure) => byPeriod.get(period)?.get(measure) ?? null,
    get all() {
      return [...byPeriod].flatMap(([period, byMeasure]) =>
        [...byMeasure.values()].map((figures) => ({ period, figures })),
      )
    },
  }
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
