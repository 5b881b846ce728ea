import type { Balance } from '../../src/model/chart.js'
import { inMemory } from '../../src/model/overflow.js'
import type { Variance } from '../../src/model/variance.js'
import { createBooks, type PlacedFigure } from '../../src/reconcile/compare/books.js'
import { compareBooks, type CompareRequest, type Comparison } from '../../src/reconcile/compare/compare.js'
import type { LookerAmount } from '../../src/reconcile/place.js'
import { summaryOf, type ReconcileSummary, type Totals } from '../../src/reconcile/totals.js'
import type { PlainRequest } from './plainly.js'

export type ReconcileSettings = Pick<CompareRequest, 'measure' | 'level' | 'tolerance' | 'overrides'>

/** Amounts that are whole as they are, each under the names that it has. @param looker `rows`: figures that an amount sums up */
export function reconcile(
  looker: readonly (LookerAmount & { readonly rows?: number })[],
  ledger: readonly Balance[],
  settings: ReconcileSettings,
): { readonly lines: readonly Variance[]; readonly summary: ReconcileSummary; readonly totals: readonly Totals[] } {
  const figures = looker.flatMap(({ rows = 1, ...amount }) => [
    figureOf(amount),
    ...Array.from({ length: rows - 1 }, () => figureOf({ ...amount, amount: '0' })),
  ])
  const request = { ...settings, figures: [figures], balances: ledger, rounding: ANY_SCALE, keyOf: () => '' }
  const { lines, counts, totals } = reconcileStreamed(request, 512)
  return { lines, summary: summaryOf(counts, totals), totals }
}

const ANY_SCALE = { scale: 340, mode: 'half-even' } as const

function figureOf(amount: LookerAmount): PlacedFigure {
  return { ...amount, kind: 'unmapped', lookerAccount: null, lookerCostCentre: null, further: null }
}

/** As mlc compares. @param waiting entries of a part that stay in memory */
export function reconcileStreamed({ figures, balances, ...settings }: PlainRequest, waiting: number) {
  const books = createBooks({ openOverflow: inMemory, waiting })
  const stores = figures.map((ofPeriod) => {
    const store = books.figures()
    for (const figure of ofPeriod) store.add(figure)
    return store
  })
  const ledger = books.balances()
  for (const balance of balances) ledger.add(balance)
  const request = { ...settings, books, figures: stores, balances: [ledger], openOverflow: inMemory }
  const comparison = compareBooks(request)
  const { counts, totals } = comparison
  return { lines: linesOf(comparison), counts, totals }
}

function linesOf(comparison: Comparison): Variance[] {
  const others = comparison.unequal.values()
  return [...comparison.lines()].map((line) => line ?? (others.next().value as Variance))
}
