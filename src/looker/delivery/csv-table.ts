import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { MlcError } from '../../errors.js'
import type { Cell, Row } from '../../model/row.js'
import { quote } from '../words.js'
import { BATCH, type Table } from './table.js'
import { unreadable } from './unfit.js'

/**
 * A table of CSV as RFC 4180 has it: a header, and as many cells in every row. A cell without text is null, since CSV has no
 * other way to say so. Leading row numbers, a first column without a name, are left out. @throws MLC-I010
 */
export async function csvTable(csv: Buffer, name: string | null): Promise<Table> {
  const [header = [], first] = await beginning(csv)
  if (header.length === 0) throw unreadable('it is an empty text')
  const columns = columnsOf(header)
  const shown = columns.filter((column) => column !== null)
  const rows = () => rowsOf(csv, columns)
  return { name, columns: shown, first: first ? rowOf(first, columns) : null, fields: null, notes: [], rows }
}

/** Null: row numbers. Of columns with one name each has its own, so that none hides another. */
function columnsOf(header: readonly string[]): readonly (string | null)[] {
  if (header.length > MAX_COLUMNS) throw unreadable(`it has ${header.length} columns, more than ${MAX_COLUMNS}`)
  return header.map((name, index) => {
    if (name === '__proto__') throw unreadable('a column is named __proto__')
    if (name.trim() !== '') return header.indexOf(name) === index ? name : `${name} (column ${index + 1})`
    if (index === 0 && header.length > 1) return null
    throw unreadable(`column ${index + 1} has no name`)
  })
}

/** A query has some hundred fields at most. */
const MAX_COLUMNS = 5_000

async function beginning(csv: Buffer): Promise<readonly (readonly string[])[]> {
  const records: (readonly string[])[] = []
  for await (const record of recordsOf(csv)) if (records.push(record) === 2) break
  return records
}

async function* rowsOf(csv: Buffer, columns: readonly (string | null)[]): AsyncGenerator<readonly Row[], void> {
  let batch: Row[] = []
  let isHeader = true
  for await (const record of recordsOf(csv)) {
    if (!isHeader) {
      refuseUnnumbered(record, columns)
      batch.push(rowOf(record, columns))
    }
    isHeader = false
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function rowOf(record: readonly string[], columns: readonly (string | null)[]): Row {
  const row: Record<string, Cell> = {}
  columns.forEach((column, index) => {
    if (column !== null) row[column] = record[index] === '' ? null : (record[index] ?? null)
  })
  return row
}

/** Looker numbers the rows of a tile; what it adds to them, such as totals, has no number. */
function refuseUnnumbered(record: readonly string[], columns: readonly (string | null)[]): void {
  if (columns[0] === null && record[0] === '')
    throw new MlcError(
      'MLC-I014',
      'the delivery is not the figures alone: a row without its number is a total or a header',
    )
}

async function* recordsOf(csv: Buffer): AsyncGenerator<readonly string[], void> {
  const parser = Readable.from(pieces(csv)).pipe(parse(STRICT))
  try {
    for await (const record of parser) yield record as readonly string[]
  } catch (error) {
    throw unreadable(`it is no CSV (${quote(error instanceof Error ? error.message : '', 160)})`)
  }
}

/** One wrong quotation mark or one cell too many: nobody can tell any more which cell is which. */
const STRICT = {
  delimiter: ',',
  record_delimiter: ['\r\n', '\n'],
  skip_empty_lines: true,
  max_record_size: 1024 * 1024,
}

const PIECE = 64 * 1024

function* pieces(csv: Buffer): Generator<Buffer> {
  for (let at = 0; at < csv.length; at += PIECE) yield csv.subarray(at, at + PIECE)
}
