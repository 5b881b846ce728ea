import { hasOnly, IS_NULL, IS_TEXT, RARE, rowAt, type RowBlock } from './block.js'
import { memoised } from './memoised.js'
import { copy, createStamp, type Pen, type Stamp } from './pen.js'

/** Writes a row of a block as a JSON object, straight from its bytes wherever that is possible. */
export type WriteObject = (block: RowBlock, row: number, pen: Pen) => void

/** @param textOf JSON of a name, and of a whole row that needs more than its bytes */
export function createObjectWriter(textOf: (value: unknown) => string): WriteObject {
  const headsOf = memoised((names: readonly string[]) => ({
    stamps: names.map((name) => createStamp(`${textOf(name)}:"`)),
    // What is written as it came must be written so.
    areAsTheyCome: names.length > 0 && names.every((name) => textOf(name) === JSON.stringify(name)),
  }))
  const writerOf = memoised((block: RowBlock): WriteRow => {
    const { stamps, areAsTheyCome } = headsOf(block.names)
    if (!block.isTight || !areAsTheyCome) return (row, pen) => writeObject(block, row, stamps, pen)
    const bare = bareColumns(block)
    const head = (stamps[0] as Stamp).length
    return (row, pen) => quoteDecimals(block, row, head, bare, pen)
  })
  return (block, row, pen) => {
    if (!writerOf(block)(row, pen)) pen.text(textOf(rowAt(block, row)))
  }
}

/** False, with nothing written, for a row that needs more than its bytes. */
type WriteRow = (row: number, pen: Pen) => boolean

/** Places of the columns that hold more than texts in quotes and nulls. */
function bareColumns(block: RowBlock): number[] {
  return block.names.map((_, place) => place).filter((place) => !hasOnly(block, place, IS_TEXT | IS_NULL))
}

/**
 * Writes a row of a tight block as it came, but for quotes around its decimals.
 * @param head bytes of `{"name":` before the first value @param bare the columns in which a decimal may be
 */
function quoteDecimals(
  { cells, names, bytes: came, view: from }: RowBlock,
  row: number,
  head: number,
  bare: readonly number[],
  pen: Pen,
): boolean {
  const first = 2 * row * names.length
  const last = first + 2 * (names.length - 1)
  if (cells[first] === RARE || cells[last] === RARE) return false
  const end = endOf(cells, came, last)
  let at = beginOf(cells, came, first) - head
  pen.room(end - at + 2 * bare.length + 1)
  const { bytes, view } = pen
  let to = pen.at
  for (let index = 0; index < bare.length; index++) {
    const cell = first + 2 * (bare[index] as number)
    const start = cells[cell] as number
    if (start === RARE) return false
    if (start < 0 || came[start - 1] === QUOTE) continue
    const length = (cells[cell + 1] as number) - start
    to = copy(from, at, start - at, view, to)
    bytes[to++] = QUOTE
    to = copy(from, start, length, view, to)
    bytes[to++] = QUOTE
    at = start + length
  }
  to = copy(from, at, end - at, view, to)
  bytes[to++] = CLOSE
  pen.at = to
  return true
}

/** Where a value begins, with its quote. */
function beginOf(cells: Int32Array, bytes: Uint8Array, cell: number): number {
  const start = cells[cell] as number
  if (start < 0) return cells[cell + 1] as number
  return bytes[start - 1] === QUOTE ? start - 1 : start
}

/** Where a value ends, with its quote. */
function endOf(cells: Int32Array, bytes: Uint8Array, cell: number): number {
  const start = cells[cell] as number
  const end = cells[cell + 1] as number
  if (start < 0) return end + (WORDS[-1 - start] as Stamp).length
  return bytes[start - 1] === QUOTE ? end + 1 : end
}

function writeObject({ cells, view: from }: RowBlock, row: number, stamps: readonly Stamp[], pen: Pen): boolean {
  const first = 2 * row * stamps.length
  const size = sizeOf(cells, first, stamps)
  if (size === null) return false
  pen.room(size)
  const { bytes, view } = pen
  let to = pen.at
  for (let column = 0; column < stamps.length; column++) {
    const stamp = stamps[column] as Stamp
    const start = cells[first + 2 * column] as number
    bytes[to++] = column === 0 ? OPEN : COMMA
    // The stamp ends with the quote of a text, which null and booleans overwrite.
    to = copy(stamp.view, 0, stamp.length, view, to)
    if (start >= 0) {
      to = copy(from, start, (cells[first + 2 * column + 1] as number) - start, view, to)
      bytes[to++] = QUOTE
    } else {
      const word = WORDS[-1 - start] as Stamp
      to = copy(word.view, 0, word.length, view, to - 1)
    }
  }
  bytes[to++] = CLOSE
  pen.at = to
  return true
}

/** Room that the row needs at most; null when it has a rare text, or no cell at all. */
function sizeOf(cells: Int32Array, first: number, stamps: readonly Stamp[]): number | null {
  let size = 1
  for (let column = 0; column < stamps.length; column++) {
    const start = cells[first + 2 * column] as number
    if (start === RARE) return null
    const length = start < 0 ? LONGEST_WORD : (cells[first + 2 * column + 1] as number) - start
    size += (stamps[column] as Stamp).length + length + 2
  }
  return stamps.length === 0 ? null : size
}

/** By −1, −2 and −3: NULL, TRUE, FALSE. */
const WORDS = ['null', 'true', 'false'].map(createStamp)
const LONGEST_WORD = 5

const [QUOTE, COMMA, OPEN, CLOSE] = [0x22, 0x2c, 0x7b, 0x7d]
