import type { Cell, Row } from '../model/row.js'

/** The rows seen so far, each as 64 bits over some of its columns: 1,000,000 rows take 16 MB, whatever they hold. */
export interface SeenRows {
  /** Remembers the row; false when an equal one was there. The chance of a false alarm among a million rows is 3 in 10^8. */
  add(row: Row): boolean
  has(row: Row): boolean
  /** True when the row equals the first one that was added. */
  isFirst(row: Row): boolean
}

export function createSeenRows(columns: readonly string[]): SeenRows {
  let high = new Uint32Array(1024)
  let low = new Uint32Array(1024)
  let count = 0
  let first: readonly [number, number] | null = null
  const hash: [number, number] = [0, 0]

  /** Slot of the hash, or of the free place where it belongs. Zero in both halves marks a free one. */
  function slot(highs: Uint32Array, lows: Uint32Array): number {
    const mask = highs.length - 1
    let at = hash[1] & mask
    while ((highs[at] !== 0 || lows[at] !== 0) && (highs[at] !== hash[0] || lows[at] !== hash[1])) at = (at + 1) & mask
    return at
  }

  function grow(): void {
    const [oldHigh, oldLow] = [high, low]
    high = new Uint32Array(oldHigh.length * 2)
    low = new Uint32Array(oldLow.length * 2)
    for (let at = 0; at < oldHigh.length; at++) {
      hash[0] = oldHigh[at] as number
      hash[1] = oldLow[at] as number
      if (hash[0] === 0 && hash[1] === 0) continue
      const place = slot(high, low)
      high[place] = hash[0]
      low[place] = hash[1]
    }
  }

  return {
    add(row) {
      hashCells(row, columns, hash)
      first ??= [hash[0], hash[1]]
      const at = slot(high, low)
      if (high[at] !== 0 || low[at] !== 0) return false
      high[at] = hash[0]
      low[at] = hash[1]
      if (++count * 4 > high.length * 3) grow()
      return true
    },
    has(row) {
      hashCells(row, columns, hash)
      const at = slot(high, low)
      return high[at] !== 0 || low[at] !== 0
    },
    isFirst(row) {
      hashCells(row, columns, hash)
      return first !== null && first[0] === hash[0] && first[1] === hash[1]
    },
  }
}

/** Two 32-bit hashes with different multipliers (the scheme known as cyrb53), over each cell with its kind and length. */
function hashCells(row: Row, columns: readonly string[], hash: [number, number]): void {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (const column of columns) {
    const cell = row[column] ?? null
    const text = typeof cell === 'string' ? cell : ''
    const kind = kindOf(cell) ^ (text.length << 3)
    high = Math.imul(high ^ kind, 0x9e3779b1)
    low = Math.imul(low ^ kind, 0x5f356495)
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      high = Math.imul(high ^ code, 0x9e3779b1)
      low = Math.imul(low ^ code, 0x5f356495)
    }
  }
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(mixedHigh ^ (mixedHigh >>> 13), 0xc2b2ae35)
  hash[0] = mixedHigh >>> 0
  // Never zero in both halves, which would look like a free place.
  hash[1] = mixedLow >>> 0 || 1
}

function kindOf(cell: Cell): number {
  if (cell === null) return 1
  return typeof cell === 'string' ? 2 : cell ? 3 : 4
}
