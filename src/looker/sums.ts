import { cellAt, NULL, type RowBlock } from '../model/block.js'
import { amountRead, amountText, NOT_PLAIN, readAmount, SLOTS } from '../model/amount.js'
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

  function addColumn(block: RowBlock, place: number, column: string, base: number): void {
    const { cells, bytes } = block
    const step = 2 * block.names.length
    const end = block.count * step
    for (let at = 2 * place; at < end; at += step) {
      const start = cells[at] as number
      if (start === NULL) continue
      const slot = start < 0 ? NOT_PLAIN : readAmount(bytes, start, cells[at + 1] as number)
      if (slot === NOT_PLAIN) {
        totals.add({ [column]: cellAt(block, at) })
        continue
      }
      const sum = (sums[base + slot] as number) + (amountRead[0] as number)
      sums[base + slot] = sum
      isUsed[base + slot] = 1
      if (sum > HAND_ON_ABOVE) handOn(column, base + slot)
    }
  }

  return {
    add(block) {
      columns.forEach((column, index) => {
        const place = block.names.indexOf(column)
        if (place !== -1) addColumn(block, place, column, index * SLOTS)
      })
    },
    settle() {
      isUsed.forEach((used, slot) => {
        if (used === 1) handOn(columns[Math.floor(slot / SLOTS)] as string, slot)
      })
    },
  }
}

const HAND_ON_ABOVE = 2 ** 52
