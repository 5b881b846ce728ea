import { visibleLine } from './sanitise.js'
import { widthOf, wrapCell } from './wrap.js'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/**
 * A table without borders: titles in capitals, two blanks between columns, wide characters counted as two.
 * Control characters in a cell are shown escaped. Ends with a line feed.
 * @param width of the terminal: texts are broken inside their cells where the table would be wider; null: as wide as it is.
 * Amounts are never broken, so many of them may still be too wide.
 */
export async function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | null = null,
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const drawn = new Table({
    colAligns: columns.map(({ align }) => align),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  const titles = columns.map(({ title }) => visibleLine(title).toUpperCase())
  const cells = rows.map((row) => columns.map((_, index) => visibleLine(row[index] ?? '')))
  const widths = width === null ? null : widthsWithin(width, columns, titles, cells)
  const fitted = (text: string, index: number) =>
    widths === null ? text : wrapCell(text, widths[index] ?? text.length).join('\n')
  for (const row of [titles, ...cells]) drawn.push(row.map(fitted))
  const lines = drawn.toString().split('\n')
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const GAP = 2
/** Narrower than this a text is no longer read but spelled. */
const NARROWEST = 10

/** The widths of the columns when the widest texts give way first. */
function widthsWithin(
  width: number,
  columns: readonly Column[],
  titles: readonly string[],
  cells: readonly (readonly string[])[],
): readonly number[] {
  const widest = (index: number) => cells.reduce((most, row) => Math.max(most, widthOf(row[index] ?? '')), 0)
  const bodies = columns.map((_, index) => widest(index))
  const widths = titles.map((title, index) => Math.max(widthOf(title), bodies[index] ?? 0))
  const least = columns.map(({ align }, index) =>
    Math.min(widths[index] ?? 0, Math.max(NARROWEST, align === 'right' ? (bodies[index] ?? 0) : 0)),
  )
  const total = () => widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1))
  while (total() > width) {
    const shrinkable = widths.map((one, index) => (one > (least[index] ?? 0) ? one : 0))
    const largest = Math.max(...shrinkable)
    if (largest === 0) break
    const at = shrinkable.indexOf(largest)
    widths[at] = largest - 1
  }
  return widths
}

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}
