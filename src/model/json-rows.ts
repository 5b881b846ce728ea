import { RARE, rowAt, type RowBlock } from './block.js'
import { memoised } from './memoised.js'
import { copy, createStamp, type Pen, type Stamp } from './pen.js'

/** Writes a row of a block as a JSON object, straight from its bytes wherever that is possible. */
export type WriteObject = (block: RowBlock, row: number, pen: Pen) => void

/** @param textOf JSON of a name, and of a whole row that needs more than its bytes */
export function createObjectWriter(textOf: (value: unknown) => string): WriteObject {
  const stampsOf = memoised((names: readonly string[]) => names.map((name) => createStamp(`${textOf(name)}:"`)))
  return (block, row, pen) => {
    if (!writeObject(block, row, stampsOf(block.names), pen)) pen.text(textOf(rowAt(block, row)))
  }
}

/** False, with nothing written, for a row that has a rare text. */
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
