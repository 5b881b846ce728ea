import { MlcError } from '../errors.js'
import { isShortAmount } from '../model/amount.js'
import { blockOf, cellAt, hasOnly, IS_NULL, IS_SHORT, NULL, rowAt, type RowBlock } from '../model/block.js'
import { isPlainDecimal } from '../model/money.js'
import type { Cell, Field, Row } from '../model/row.js'

/**
 * The batches as they come, each measure that is a number looked at: a formatted one such as $1,234.50 cannot be summed, and
 * the total would be gone without a word. Null is a number that there is none of. An empty batch counts from the first row again.
 * @throws MLC-P001 naming row, column and the value found
 */
export async function* exactAmounts(
  batches: AsyncIterable<readonly Row[]>,
  fields: readonly Field[],
): AsyncGenerator<readonly Row[], void> {
  const measures = fields.filter(({ kind, type }) => kind === 'measure' && NUMERIC.has(type)).map(({ name }) => name)
  let before = 0
  for await (const batch of batches) {
    const block = blockOf(batch)
    if (block !== null) checkBlock(block, measures, before)
    else batch.forEach((row, index) => checkRow(row, measures, before + index + 1))
    before = batch.length === 0 ? 0 : before + batch.length
    yield batch
  }
}

/** Measures that LookML says are numbers; others, such as string, list and date, hold texts. */
const NUMERIC: ReadonlySet<string> = new Set([
  ...['sum', 'sum_distinct', 'count', 'count_distinct', 'average', 'average_distinct', 'median', 'median_distinct'],
  ...['min', 'max', 'percentile', 'percentile_distinct', 'number', 'int'],
  ...['percent_of_total', 'percent_of_previous', 'running_total'],
])

/** As row by row, without making them. */
function checkBlock(block: RowBlock, measures: readonly string[], before: number): void {
  const { names, count, cells, bytes } = block
  for (const measure of measures) {
    const place = names.indexOf(measure)
    if (place === -1 || hasOnly(block, place, IS_NULL | IS_SHORT)) continue
    for (let row = 0, at = 2 * place; row < count; row++, at += 2 * names.length) {
      const start = cells[at] as number
      if (start === NULL || (start >= 0 && isShortAmount(bytes, start, cells[at + 1] as number))) continue
      if (!isAmount(cellAt(block, at))) checkRow(rowAt(block, row), measures, before + row + 1)
    }
  }
}

function checkRow(row: Row, measures: readonly string[], number: number): void {
  for (const measure of measures) {
    const cell = row[measure] ?? null
    if (isAmount(cell)) continue
    const shown = typeof cell === 'string' ? JSON.stringify(cell.slice(0, 60)) : String(cell)
    throw new MlcError('MLC-P001', `row ${number}: ${measure} is ${shown}, not a plain decimal such as -1234.50`)
  }
}

function isAmount(cell: Cell): boolean {
  return cell === null || (typeof cell === 'string' && isPlainDecimal(cell))
}
