import { groupCount, groupDigits } from '../amount.js'
import { visibleLine } from '../sanitise.js'
import { widthOf, wrapCell } from '../wrap.js'

/** amount: grouped, two decimals at least; count: grouped; plain: right-aligned as it is; text: left-aligned. */
export interface TableColumn {
  readonly title: string
  readonly style: 'amount' | 'count' | 'plain' | 'text'
}

/** Learns how wide the columns of a table must be, and then lays out its lines. */
export interface Layout {
  /** The cells as they are shown, digit for digit. */
  shown(cells: readonly string[]): string[]
  /** To be called with every line, as shown() gave it, before the first is laid out. */
  measure(shown: readonly string[]): void
  /** Makes the table fit a screen: texts and titles are broken inside their cells, numbers never. False: it cannot fit. */
  fit(screen: number): boolean
  titles(): string
  line(shown: readonly string[]): string
  /** A rule under the columns of figures. */
  rule(): string
  /** One line for each cell that holds something: for tables that are wider than the screen. */
  record(shown: readonly string[]): string
}

const GAP = '  '
/** Narrower than this a text is no longer read but spelled. */
const NARROWEST = 10

export function createLayout(columns: readonly TableColumn[]): Layout {
  const titles = columns.map(({ title }) => visibleLine(title).toUpperCase())
  const isText = columns.map(({ style }) => style === 'text')
  // A number has two widths, so that the points of a column stand below each other.
  const whole = columns.map(() => 0)
  const fraction = columns.map(() => 0)
  let widths: number[] | null = null

  const body = (index: number) => (whole[index] ?? 0) + (fraction[index] ?? 0)
  const wished = () => titles.map((title, index) => Math.max(widthOf(title), body(index)))
  const final = () => (widths ??= wished())

  function cell(text: string, index: number): readonly string[] {
    if (isText[index]) return wrapped(text, final()[index] ?? 0)
    const [before, after] = parts(text)
    return [before + after.padEnd(fraction[index] ?? 0)]
  }

  function laidOut(cells: readonly (readonly string[])[]): string {
    const height = Math.max(1, ...cells.map((lines) => lines.length))
    const line = (at: number) =>
      cells.map((lines, index) => padded(lines[at] ?? '', final()[index] ?? 0, isText[index]))
    return Array.from({ length: height }, (_, at) => `${line(at).join(GAP).trimEnd()}\n`).join('')
  }

  return {
    shown: (cells) => columns.map(({ style }, index) => shownCell(visibleLine(cells[index] ?? ''), style)),
    measure(shown) {
      shown.forEach((text, index) => {
        const [before, after] = isText[index] ? [text, ''] : parts(text)
        whole[index] = Math.max(whole[index] ?? 0, widthOf(before))
        fraction[index] = Math.max(fraction[index] ?? 0, after.length)
      })
    },
    fit(screen) {
      const least = wished().map((width, index) =>
        Math.min(width, Math.max(NARROWEST, isText[index] ? 0 : body(index))),
      )
      widths = narrowed(wished(), least, screen - GAP.length * (columns.length - 1))
      return widths !== null
    },
    titles: () => laidOut(titles.map((title, index) => wrapped(title, final()[index] ?? 0))),
    line: (shown) => laidOut(shown.map(cell)),
    rule: () => laidOut(final().map((width, index) => [isFigure(columns[index]) ? '-'.repeat(width) : ''])),
    record(shown) {
      const width = Math.max(...titles.map(widthOf))
      const line = (text: string, index: number) => `${padded(titles[index] ?? '', width, true)}${GAP}${text}\n`
      return shown.map((text, index) => (text === '' ? '' : line(text, index))).join('')
    },
  }
}

/** Most cells fit, and then there is nothing to break. */
function wrapped(text: string, width: number): readonly string[] {
  return widthOf(text) <= width ? [text] : wrapCell(text, width)
}

function padded(text: string, columns: number, isLeft = false): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)))
  return isLeft ? text + blanks : blanks + text
}

function isFigure(column: TableColumn | undefined): boolean {
  return column?.style === 'amount' || column?.style === 'count'
}

function shownCell(text: string, style: TableColumn['style']): string {
  if (style === 'count' && /^-?\d+$/.test(text)) return groupCount(text)
  return style === 'amount' || style === 'count' ? groupDigits(text) : text
}

/** A number before and from its point on. */
function parts(text: string): readonly [string, string] {
  const point = /^-?[\d,]+\.\d+$/.test(text) ? text.indexOf('.') : text.length
  return [text.slice(0, point), text.slice(point)]
}

/** Takes from the widest column, again and again, until they fit together; null when they cannot. */
function narrowed(wished: readonly number[], least: readonly number[], screen: number): number[] | null {
  const widths = [...wished]
  for (let over = widths.reduce((sum, width) => sum + width, 0) - screen; over > 0; over--) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0))
    const widest = spare.indexOf(Math.max(...spare))
    if ((spare[widest] ?? 0) === 0) return null
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}
