import { blockOf, hasOnly, IS_LONG, IS_NULL, IS_SHORT, NULL, RARE, rowAt, type RowBlock } from '../../model/block.js'
import { createObjectWriter } from '../../model/json-rows.js'
import { memoised } from '../../model/memoised.js'
import { copy, createStamp, press, type Pen } from '../../model/pen.js'
import type { Cell, Row } from '../../model/row.js'
import { csvLine, jsonText, spreadsheetText } from '../formats.js'

/** Writes batches of rows in one format. */
export type WriteRows = (batch: readonly Row[], pen: Pen) => void

/** One JSON object a row, and between two of them a separator. */
export interface JsonRows {
  write: WriteRows
  /** The next row is the first one again. */
  reset(): void
}

/** @param between what stands between two rows @param after and after each */
export function jsonRows(between: string, after: string): JsonRows {
  let isFirst = true
  const [separator, ending] = [createStamp(between), createStamp(after)]
  const writeObject = createObjectWriter(jsonText)
  const begin = (pen: Pen) => {
    if (!isFirst) press(separator, pen)
    isFirst = false
  }
  const write: WriteRows = (batch, pen) => {
    const block = blockOf(batch)
    if (block === null) {
      for (const row of batch) {
        begin(pen)
        pen.text(jsonText(row))
        press(ending, pen)
      }
      return
    }
    for (let row = 0; row < block.count; row++) {
      begin(pen)
      writeObject(block, row, pen)
      press(ending, pen)
    }
  }
  return { write, reset: () => void (isFirst = true) }
}

/** RFC 4180, one line a row, without a header. `numeric[i]`: see csvLine. */
export function csvRows(names: readonly string[], numeric: readonly boolean[]): WriteRows {
  const placesOf = memoised((shown: readonly string[]) => names.map((name) => shown.indexOf(name)))
  const columnOf = (block: RowBlock, place: number, index: number): Column => {
    const isNumeric = numeric[index] ?? false
    return { place, isNumeric, isAllBare: isNumeric && hasOnly(block, place, IS_SHORT | IS_LONG | IS_NULL) }
  }
  return (batch, pen) => {
    const block = blockOf(batch)
    if (block === null) {
      for (const row of batch) pen.text(csvLine(textsOf(row, names), { numeric }))
      return
    }
    const columns = placesOf(block.names).map((place, index) => columnOf(block, place, index))
    for (let row = 0; row < block.count; row++) {
      if (!writeLine(block, row * block.names.length, columns, pen))
        pen.text(csvLine(textsOf(rowAt(block, row), names), { numeric }))
    }
  }
}

interface Column {
  /** Of its cell in a row of the block; −1: the block has no such column. */
  readonly place: number
  readonly isNumeric: boolean
  /** True when each of its cells is null or a number. */
  readonly isAllBare: boolean
}

/** False, with nothing written, when a cell of the row may need more than its own bytes. */
function writeLine(block: RowBlock, first: number, columns: readonly Column[], pen: Pen): boolean {
  const size = bareSize(block, first, columns)
  if (size === null) return false
  pen.room(size)
  const { cells, view: from } = block
  const { bytes, view } = pen
  let to = pen.at
  for (let index = 0; index < columns.length; index++) {
    const at = 2 * (first + (columns[index] as Column).place)
    const start = cells[at] as number
    if (index > 0) bytes[to++] = COMMA
    if (start >= 0) to = copy(from, start, (cells[at + 1] as number) - start, view, to)
  }
  bytes[to++] = CARRIAGE_RETURN
  bytes[to++] = LINE_FEED
  pen.at = to
  return true
}

/** Size of the line when each of its cells is null or bare; else null. */
function bareSize({ cells, bytes, view }: RowBlock, first: number, columns: readonly Column[]): number | null {
  let size = columns.length + 2
  for (let index = 0; index < columns.length; index++) {
    const { place, isNumeric, isAllBare } = columns[index] as Column
    const at = 2 * (first + place)
    const start = place === -1 ? RARE : (cells[at] as number)
    if (start === NULL) continue
    const end = cells[at + 1] as number
    if (start < 0) return null
    if (!isAllBare && !(isNumeric && isDecimal(bytes, start, end)) && !isBare(bytes, view, start, end)) return null
    size += end - start
  }
  return size
}

/** True for a text that is neither quoted nor kept from being a formula, in whatever column. */
function isBare(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  if (start === end) return true
  if (STARTS_BARE[bytes[start] as number] === 0 || bytes[end - 1] === SPACE) return false
  // Four bytes at a time: a comma becomes zero, what follows the text does not.
  for (let at = start; at < end; at += 4) {
    const four = (view.getInt32(at, true) ^ 0x2c2c2c2c) | (end - at < 4 ? -1 << (8 * (end - at)) : 0)
    if (((four - 0x01010101) & ~four & 0x80808080) !== 0) return false
  }
  return true
}

/** `-?\d+(\.\d+)?` */
function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0
  let isFraction = false
  for (let at = bytes[start] === MINUS ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte >= ZERO && byte <= ZERO + 9) digits++
    else if (byte === POINT && digits > 0 && !isFraction) {
      isFraction = true
      digits = 0
    } else return false
  }
  return digits > 0
}

/** The cells of a row as a person or a spreadsheet sees them: null is nothing, booleans are Yes and No. */
export function textsOf(row: Row, names: readonly string[]): string[] {
  return names.map((name) => textOf(row[name] ?? null))
}

function textOf(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'Yes' : 'No'
  return cell ?? ''
}

const [COMMA, SPACE] = [0x2c, 0x20]
const [MINUS, POINT, ZERO, LINE_FEED, CARRIAGE_RETURN] = [0x2d, 0x2e, 0x30, 0x0a, 0x0d]

const STARTS_BARE = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) {
  const text = String.fromCharCode(byte)
  if (csvLine([text]) === `${spreadsheetText(text, false)}\r\n` && spreadsheetText(text, false) === text)
    STARTS_BARE[byte] = 1
}
