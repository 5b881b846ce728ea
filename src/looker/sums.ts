import { cellAt, NULL, type RowBlock } from '../model/block.js'
import type { Totals } from './totals.js'

/** Adds the rows of blocks to totals. */
export interface BlockSums {
  add(block: RowBlock): void
  /** Hands on what is not in the totals yet. */
  settle(): void
}

/**
 * Amounts of up to fifteen digits are added as whole numbers of their last digit, which a double holds exactly up to 2^53; a
 * sum is handed on, as text, long before that. Everything else goes to the totals as it is.
 */
export function createBlockSums(columns: readonly string[], totals: Totals): BlockSums {
  const sums = new Float64Array(columns.length * SLOTS)
  const isUsed = new Uint8Array(columns.length * SLOTS)

  function handOn(column: string, slot: number): void {
    totals.add({ [column]: amountText(sums[slot] as number, slot % SLOTS) })
    sums[slot] = 0
    isUsed[slot] = 0
  }

  function addCell(block: RowBlock, at: number, column: string, base: number): void {
    const start = block.cells[at] as number
    if (start === NULL) return
    const slot = start < 0 ? NOT_PLAIN : readAmount(block.bytes, start, block.cells[at + 1] as number)
    if (slot === NOT_PLAIN) return totals.add({ [column]: cellAt(block, at) })
    const sum = (sums[base + slot] as number) + (amount[0] as number)
    sums[base + slot] = sum
    isUsed[base + slot] = 1
    if (sum > HAND_ON_ABOVE) handOn(column, base + slot)
  }

  return {
    add(block) {
      const { names, count } = block
      columns.forEach((column, index) => {
        const place = names.indexOf(column)
        if (place === -1) return
        for (let row = 0, at = 2 * place; row < count; row++, at += 2 * names.length)
          addCell(block, at, column, index * SLOTS)
      })
    },
    settle() {
      isUsed.forEach((used, slot) => {
        if (used === 1) handOn(columns[Math.floor(slot / SLOTS)] as string, slot)
      })
    },
  }
}

/** By sign and by digits after the point, of which there may be up to fifteen. */
const SLOTS = 32
const NEGATIVE = 16
const MAX_DIGITS = 15
const NOT_PLAIN = -1
const HAND_ON_ABOVE = 2 ** 52

/** What readAmount found, without sign and point: a second result, in an array so that it is no object of its own. */
const amount = new Float64Array(1)

/** @returns the slot of a plain decimal, whose digits are then in `amount[0]` */
function readAmount(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d
  const first = isNegative ? start + 1 : start
  let point = -1
  let digits = 0
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit
    else if (digit === -2 && point === -1 && at > first) point = at
    else return NOT_PLAIN
  }
  const scale = point === -1 ? 0 : end - point - 1
  const count = end - first - (point === -1 ? 0 : 1)
  // A needless zero is a code's, such as 007.
  const isCode = bytes[first] === 0x30 && count - scale > 1
  if (isCode || count === 0 || count > MAX_DIGITS || (point !== -1 && scale === 0)) return NOT_PLAIN
  amount[0] = digits
  return isNegative ? NEGATIVE + scale : scale
}

function amountText(sum: number, kind: number): string {
  const scale = kind % NEGATIVE
  const digits = String(sum).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return kind >= NEGATIVE ? `-${text}` : text
}
