import type { Row } from '../model/row.js'
import { groupDigits } from './amount.js'
import { csvLine, ndjsonLine } from './formats.js'
import type { Output } from './sink.js'
import { table } from './table.js'

/** A table on a screen is read by a person: beyond so many rows it says so and names a format for machines. */
const MAX_TABLE_ROWS = 1_000

export interface RowsShown {
  /** Members of the JSON object besides `rows`, `fields` and `data`. */
  readonly head: Readonly<Record<string, unknown>>
  readonly fields: readonly { readonly name: string; readonly type: string; readonly label: string }[]
  readonly isNumeric: (name: string) => boolean
  /** Of the terminal that a table is read on; null: none. */
  readonly width: number | null
}

/** Writes rows in the format asked for, batch by batch. @returns how many there were */
export async function showRows(
  rows: AsyncIterable<readonly Row[]>,
  shown: RowsShown,
  format: 'table' | 'json' | 'ndjson' | 'csv',
  output: Output,
): Promise<number> {
  if (format === 'json') return showJson(rows, shown, output)
  if (format === 'table') return showTable(rows, shown, output)
  const names = shown.fields.map(({ name }) => name)
  const numeric = names.map(shown.isNumeric)
  if (format === 'csv') await output.write(csvLine(names))
  let count = 0
  for await (const batch of rows) {
    count += batch.length
    await output.write(
      batch.map((row) => (format === 'csv' ? csvLine(cellsOf(row, names), { numeric }) : ndjsonLine(row))).join(''),
    )
  }
  return count
}

async function showJson(
  rows: AsyncIterable<readonly Row[]>,
  { head, fields }: RowsShown,
  output: Output,
): Promise<number> {
  await output.write(`${JSON.stringify({ ...head, fields }).slice(0, -1)},"data":[`)
  let count = 0
  for await (const batch of rows) {
    const lines = batch.map((row) => JSON.stringify(row)).join(',\n')
    if (lines !== '') await output.write(`${count > 0 ? ',' : ''}\n${lines}`)
    count += batch.length
  }
  await output.write(`\n],"rows":${count}}\n`)
  return count
}

async function showTable(
  rows: AsyncIterable<readonly Row[]>,
  { fields, isNumeric, width }: RowsShown,
  output: Output,
): Promise<number> {
  const lines: string[][] = []
  let count = 0
  for await (const batch of rows) {
    count += batch.length
    for (const row of batch.slice(0, MAX_TABLE_ROWS - lines.length)) {
      const cells = cellsOf(
        row,
        fields.map(({ name }) => name),
      )
      lines.push(cells.map((cell, index) => (isNumeric(fields[index]?.name ?? '') ? groupDigits(cell) : cell)))
    }
  }
  const columns = fields.map(({ name, label }) => ({
    title: label,
    align: isNumeric(name) ? ('right' as const) : ('left' as const),
  }))
  await output.write(await table(columns, lines, width))
  if (count > lines.length)
    await output.write(`… ${count - lines.length} more rows: use --format csv or ndjson to see all\n`)
  return count
}

function cellsOf(row: Row, names: readonly string[]): string[] {
  return names.map((name) => {
    const cell = row[name] ?? null
    if (typeof cell === 'boolean') return cell ? 'Yes' : 'No'
    return cell ?? ''
  })
}
