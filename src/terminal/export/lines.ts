import { blockOf, cellAt, NULL, rowAt, type RowBlock } from '../../model/block.js'
import type { Cell, Row } from '../../model/row.js'
import { csvLine, jsonText, spreadsheetText } from '../formats.js'
import { createStamp, type Pen, type Stamp } from './pen.js'

/** Writes batches of rows in one format. */
export type WriteRows = (batch: readonly Row[], pen: Pen) => void

/** One JSON object a row, `separator` before each but the first of all. A row keeps the order of its columns. */
export function jsonRows(first: string, separator: string): WriteRows & { reset(): void } {
  let isFirst = true
  const stamps = memoised((names: readonly string[]) => names.map((name) => createStamp(`${jsonText(name)}:"`)))
  const between = (pen: Pen) => {
    pen.text(isFirst ? first : separator)
    isFirst = false
  }
  const write = (batch: readonly Row[], pen: Pen) => {
    const block = blockOf(batch)
    if (block === null) {
      for (const row of batch) {
        between(pen)
        pen.text(jsonText(row))
      }
      return
    }
    const names = stamps(block.names)
    for (let row = 0; row < block.count; row++) {
      between(pen)
      writeObject(block, row, names, pen)
    }
  }
  return Object.assign(write, { reset: () => void (isFirst = true) })
}

/** One JSON object and a line feed for each row. */
export function ndjsonRows(): WriteRows {
  const stamps = memoised((names: readonly string[]) => names.map((name) => createStamp(`${jsonText(name)}:"`)))
  return (batch, pen) => {
    const block = blockOf(batch)
    if (block === null) for (const row of batch) pen.text(`${jsonText(row)}\n`)
    else {
      const names = stamps(block.names)
      for (let row = 0; row < block.count; row++) {
        writeObject(block, row, names, pen)
        pen.room(1)
        pen.byte(LINE_FEED)
      }
    }
  }
}

function writeObject(block: RowBlock, row: number, names: readonly Stamp[], pen: Pen): void {
  const { cells } = block
  let at = 2 * row * names.length
  if (names.length === 0) return pen.text('{}')
  for (let column = 0; column < names.length; column++, at += 2) {
    const stamp = names[column] as Stamp
    const start = cells[at] as number
    const length = start < 0 ? 0 : (cells[at + 1] as number) - start
    pen.room(stamp.length + length + 3)
    pen.byte(column === 0 ? OPEN : COMMA)
    if (start >= 0) {
      pen.copy(stamp.view, 0, stamp.length)
      pen.copy(block.view, start, length)
      pen.byte(QUOTE)
    } else {
      // The stamp ends with the quote of a text; null, booleans and rare texts bring their own.
      pen.copy(stamp.view, 0, stamp.length - 1)
      pen.text(jsonText(cellAt(block, at)))
    }
  }
  pen.room(1)
  pen.byte(CLOSE)
}

/** RFC 4180, one line a row, without a header. `numeric[i]`: see csvLine. */
export function csvRows(names: readonly string[], numeric: readonly boolean[]): WriteRows {
  const places = memoised((shown: readonly string[]) => names.map((name) => shown.indexOf(name)))
  return (batch, pen) => {
    const block = blockOf(batch)
    if (block === null || block.count === 0) {
      for (const row of batch) pen.text(csvLine(textsOf(row, names), { numeric }))
      return
    }
    const columns = places(block.names)
    // A column that is not there at all is left to the way that knows what to do about it.
    if (columns.includes(-1)) {
      for (let row = 0; row < block.count; row++) pen.text(csvLine(textsOf(rowAt(block, row), names), { numeric }))
      return
    }
    for (let row = 0; row < block.count; row++) writeLine(block, row * block.names.length, columns, numeric, pen)
  }
}

function writeLine(
  block: RowBlock,
  first: number,
  columns: readonly number[],
  numeric: readonly boolean[],
  pen: Pen,
): void {
  for (let column = 0; column < columns.length; column++) {
    const at = 2 * (first + (columns[column] as number))
    const start = block.cells[at] as number
    const end = block.cells[at + 1] as number
    if (column > 0) {
      pen.room(1)
      pen.byte(COMMA)
    }
    if (start === NULL) continue
    if (start >= 0 && isBare(block.bytes, start, end)) {
      pen.room(end - start)
      pen.copy(block.view, start, end - start)
    } else pen.text(csvLine([textOf(cellAt(block, at))], { numeric: [numeric[column] ?? false] }).slice(0, -2))
  }
  pen.room(2)
  pen.byte(CARRIAGE_RETURN)
  pen.byte(LINE_FEED)
}

/** True for a cell that is neither quoted nor kept from being a formula, whatever its column: letters, digits, points. */
function isBare(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true
  if (!STARTS_BARE[bytes[start] as number] || bytes[end - 1] === SPACE) return false
  for (let at = start; at < end; at++) if (bytes[at] === COMMA) return false
  return true
}

/** The cells of a row as a person or a spreadsheet sees them: null is nothing, booleans are Yes and No. */
export function textsOf(row: Row, names: readonly string[]): string[] {
  return names.map((name) => textOf(row[name] ?? null))
}

function textOf(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'Yes' : 'No'
  return cell ?? ''
}

/** Remembers the last answer: names are the same array for as long as rows are alike. */
function memoised<A, R>(make: (argument: A) => R): (argument: A) => R {
  let last: { readonly argument: A; readonly made: R } | null = null
  return (argument) => {
    if (last === null || last.argument !== argument) last = { argument, made: make(argument) }
    return last.made
  }
}

const [QUOTE, COMMA, OPEN, CLOSE, SPACE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x2c, 0x7b, 0x7d, 0x20, 0x0a, 0x0d]

const STARTS_BARE = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) {
  const text = String.fromCharCode(byte)
  if (csvLine([text]) === `${spreadsheetText(text, false)}\r\n` && spreadsheetText(text, false) === text)
    STARTS_BARE[byte] = 1
}
