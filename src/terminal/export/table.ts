import type { Row } from '../../model/row.js'
import { createLayout, type Layout, type TableColumn } from './layout.js'
import { groupCount } from '../amount.js'
import { textsOf } from './lines.js'
import type { Pen } from '../../model/pen.js'
import { createScratch, type Scratch } from './spool.js'

/** What a table on a screen holds at most: more is for a file, which a person can search. */
const MAX_SCREEN_ROWS = 1_000
/** Rows kept in memory; what comes after them waits in a file until the widths are known. */
const MAX_KEPT_ROWS = 10_000

export interface TableShown {
  readonly names: readonly string[]
  readonly columns: readonly TableColumn[]
  /** Width of the screen; null when no person looks: then every row is written, however wide. */
  readonly screen: number | null
}

export interface TableRows {
  take(batch: readonly Row[]): void
  restart(): void
  /** Writes the table. @param totals sums by field name; none when they say nothing @returns what a person should know */
  write(pen: Pen, totals: Readonly<Record<string, string>>): readonly string[]
  discard(): void
}

export function createTableRows({ names, columns, screen }: TableShown): TableRows {
  let layout = createLayout(columns)
  let kept: string[][] = []
  let later: Scratch | null = null
  let count = 0
  const room = screen === null ? MAX_KEPT_ROWS : MAX_SCREEN_ROWS

  function takeRow(row: Row): void {
    const shown = layout.shown(textsOf(row, names))
    layout.measure(shown)
    if (kept.length < room) kept.push(shown)
    else (later ??= createScratch()).pen.text(`${JSON.stringify(shown)}\n`)
  }

  function* lines(): Generator<readonly string[]> {
    yield* kept
    if (later !== null) for (const line of later.lines()) yield JSON.parse(line) as string[]
  }

  function discard(): void {
    later?.discard()
    later = null
  }

  function restart(): void {
    layout = createLayout(columns)
    kept = []
    count = 0
    discard()
  }

  return {
    restart,
    discard,
    take(batch) {
      const wanted = screen === null ? batch.length : Math.min(batch.length, MAX_SCREEN_ROWS - kept.length)
      for (let index = 0; index < wanted; index++) takeRow(batch[index] as Row)
      count += batch.length
    },
    write(pen, totals) {
      const sums = layout.shown(names.map((name) => totals[name] ?? ''))
      const hasTotals = Object.keys(totals).length > 0
      if (hasTotals) layout.measure(sums)
      const isTable = screen === null || layout.fit(screen)
      const hidden = screen === null ? 0 : count - kept.length
      const write = isTable ? writeTable : writeRecords
      write(layout, lines(), { hidden, totals: hasTotals ? sums : null, isLabelled: columns[0]?.style === 'text' }, pen)
      return hidden > 0 ? [`${groupCount(kept.length)} rows are shown; all of them: --format csv -o FILE`] : []
    },
  }
}

interface Ending {
  /** Rows that are not shown. */
  readonly hidden: number
  readonly totals: readonly string[] | null
  /** The first column has room for a word. */
  readonly isLabelled: boolean
}

function writeTable(
  layout: Layout,
  lines: Iterable<readonly string[]>,
  { hidden, totals, isLabelled }: Ending,
  pen: Pen,
): void {
  pen.text(layout.titles())
  for (const line of lines) pen.text(layout.line(line))
  if (hidden > 0) pen.text(`… ${groupCount(hidden)} more rows\n`)
  if (totals === null) return
  pen.text(layout.rule() + layout.line(isLabelled ? ['Total', ...totals.slice(1)] : totals))
}

/** Each row as a small table of its own, one line a cell. */
function writeRecords(layout: Layout, lines: Iterable<readonly string[]>, { hidden, totals }: Ending, pen: Pen): void {
  let number = 0
  for (const line of lines) pen.text(`-- row ${groupCount(++number)}\n${layout.record(line)}`)
  if (hidden > 0) pen.text(`… ${groupCount(hidden)} more rows\n`)
  if (totals !== null) pen.text(`-- total\n${layout.record(totals)}`)
}
