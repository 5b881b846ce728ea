import { NOT_PLAIN, readAmount } from '../model/amount.js'
import { blockOf, rowAt, type RowBlock } from '../model/block.js'
import { createCellTable } from '../model/cell-table.js'
import { createExactSums } from '../model/exact-sums.js'
import type { FigureSpec } from '../model/job.js'
import { memoised } from '../model/memoised.js'
import { money } from '../model/money.js'
import type { Row } from '../model/row.js'
import type { Destination, Planner } from '../mapping/planner.js'
import { codeColumnsOf, figuresOfRow, wordColumnsOf, type PeriodScope } from './figures.js'

/** Adds the figures of rows to a planner. */
export interface FigureFold {
  /** @param before how many rows came before the batch @throws what figuresOfRow throws for the first row that it refuses */
  take(batch: readonly Row[], before: number): void
  /** To be called after the last batch. @returns the periods met, `YYYY-PP` */
  finish(): ReadonlySet<string>
}

/**
 * As figure by figure, at a tenth of the cost: of a block, figures are made only of the first row that has its codes, currency and
 * period. All others with the same go where that one goes, and their amounts are added from their bytes.
 * @param mostPlaces kept at a time
 */
export function createFigureFold(
  planner: Planner,
  spec: FigureSpec,
  scope: PeriodScope,
  mostPlaces = MOST_PLACES,
): FigureFold {
  const places = createCellTable([...codeColumnsOf(spec), ...wordColumnsOf(spec)])
  const measures = Object.values(spec.measures)
  const columnsOf = memoised((names: readonly string[]) => measures.map((column) => names.indexOf(column)))
  const periods = new Set<string>()
  // Both by place and measure.
  let destinations: Destination[] = []
  let books: number[] = []
  const amounts = createExactSums((index, part) => planner.addAmount(destinations[index] as Destination, part))
  // What was pulled does not ask where a row goes: of each measure and currency, one sum.
  const opened: Destination[] = []
  const pulled = createExactSums((book, part) => planner.addPulled(opened[book] as Destination, part))

  const figuresOf = (block: RowBlock, row: number, number: number) =>
    figuresOfRow(rowAt(block, row), number, spec, scope)

  function open(block: RowBlock, row: number, number: number): void {
    for (const figure of figuresOf(block, row, number)) {
      const to = planner.open(figure)
      const book = opened.findIndex(({ sums }) => sums === to.sums)
      destinations.push(to)
      books.push(book === -1 ? opened.push(to) - 1 : book)
      periods.add(figure.period)
    }
  }

  function takeBlock(block: RowBlock, before: number): void {
    const columns = columnsOf(block.names)
    for (let row = 0; row < block.count; row++) {
      const known = places.size
      const place = places.at(block, row)
      if (place < 0 || place >= known) open(block, row, before + row + 1)
      for (let measure = 0; measure < columns.length; measure++) {
        const index = place * columns.length + measure
        planner.countRow(destinations[index] as Destination, before + row + 1)
        const column = columns[measure] as number
        const at = 2 * (row * block.names.length + column)
        if (column === -1 || !addCell(block, at, index)) addFigure(block, row, before + row + 1, measure, index)
      }
    }
  }

  /** False for an amount that is not short and plain. */
  function addCell({ cells, bytes }: RowBlock, at: number, index: number): boolean {
    const start = cells[at] as number
    const slot = start < 0 ? NOT_PLAIN : readAmount(bytes, start, cells[at + 1] as number)
    if (slot === NOT_PLAIN) return false
    amounts.add(index, slot)
    pulled.add(books[index] as number, slot)
    return true
  }

  function addFigure(block: RowBlock, row: number, number: number, measure: number, index: number): void {
    const amount = money(figuresOf(block, row, number)[measure]?.amount ?? '')
    planner.addPulled(destinations[index] as Destination, amount)
    planner.addAmount(destinations[index] as Destination, amount)
  }

  function settle(): void {
    amounts.settle()
    pulled.settle()
    places.clear()
    destinations = []
    books = []
  }

  return {
    take(batch, before) {
      if (places.size > mostPlaces) settle()
      const block = blockOf(batch)
      if (block !== null) return takeBlock(block, before)
      batch.forEach((row, index) => {
        for (const figure of figuresOfRow(row, before + index + 1, spec, scope)) {
          planner.add(figure)
          periods.add(figure.period)
        }
      })
    },
    finish() {
      settle()
      return periods
    },
  }
}

/** Memory has a bound, also where each row is a place of its own. */
const MOST_PLACES = 128 * 1024
