import { cellAt, type RowBlock } from '../model/block.js'
import type { Cell, Row } from '../model/row.js'

/** The rows seen so far, each as 64 bits over some of its columns: 1,000,000 rows take 16 MB, whatever they hold. */
export interface SeenRows {
  /** Remembers the row; false when an equal one was there. The chance of a false alarm among a million rows is 3 in 10^8. */
  add(row: Row): boolean
  /** Remembers each row; stops at the first that was there, and returns its place, when rows must differ. */
  addBlock(block: RowBlock, mustDiffer: boolean): number | null
  has(row: Row): boolean
  /** True when the row equals the first one that was added. */
  isFirst(row: Row): boolean
}

/** Many small tables rather than one large one: while one grows, only its own old half lies about. */
const TABLES = 256

export function createSeenRows(columns: readonly string[]): SeenRows {
  const tables: Int32Array[] = Array.from({ length: TABLES }, () => new Int32Array(32))
  const counts = new Int32Array(TABLES)
  const hash: Hash = new Int32Array(2)
  let first: Hash | null = null
  let hashes = new Int32Array(0)

  function remember(high: number, low: number): boolean {
    first ??= Int32Array.of(high, low)
    const index = high >>> 24
    const table = tables[index] as Int32Array
    if (!insert(table, high, low)) return false
    const count = (counts[index] as number) + 1
    counts[index] = count
    if (count * 8 > table.length * 3) tables[index] = grown(table)
    return true
  }

  return {
    add(row) {
      hashCells(row, columns, hash)
      return remember(hash[0] as number, hash[1] as number)
    },
    addBlock(block, mustDiffer) {
      const places = columns.map((column) => block.names.indexOf(column))
      if (hashes.length < 2 * block.count) hashes = new Int32Array(4 * block.count)
      for (let row = 0; row < block.count; row++) {
        hashBlockRow(block, row * block.names.length, places, hash)
        hashes[2 * row] = hash[0] as number
        hashes[2 * row + 1] = hash[1] as number
      }
      // By themselves, so that the processor can wait for several places in memory at once.
      for (let row = 0; row < block.count; row++) {
        if (!remember(hashes[2 * row] as number, hashes[2 * row + 1] as number) && mustDiffer) return row
      }
      return null
    },
    has(row) {
      hashCells(row, columns, hash)
      const [high = 0, low = 0] = hash
      const table = tables[high >>> 24] as Int32Array
      return table[place(table, high, low) + 1] !== 0
    },
    isFirst(row) {
      hashCells(row, columns, hash)
      return first !== null && first[0] === hash[0] && first[1] === hash[1]
    },
  }
}

/** Two halves; the second one is never zero: zero marks a free place. */
type Hash = Int32Array

function insert(table: Int32Array, high: number, low: number): boolean {
  const at = place(table, high, low)
  if (table[at + 1] !== 0) return false
  table[at] = high
  table[at + 1] = low
  return true
}

/** Where the hash is in the table, or the free place where it belongs. */
function place(table: Int32Array, high: number, low: number): number {
  const mask = table.length - 1
  let at = (low << 1) & mask
  while (table[at + 1] !== 0 && (table[at] !== high || table[at + 1] !== low)) at = (at + 2) & mask
  return at
}

function grown(table: Int32Array): Int32Array {
  const larger = new Int32Array(table.length * 2)
  for (let at = 0; at < table.length; at += 2) {
    if (table[at + 1] !== 0) insert(larger, table[at] as number, table[at + 1] as number)
  }
  return larger
}

/**
 * Two 32-bit hashes with different multipliers (the scheme known as cyrb53), over each cell with its kind and length, four
 * characters at a time.
 */
function hashCells(row: Row, columns: readonly string[], hash: Hash): void {
  begin(hash)
  for (const column of columns) hashCell(row[column] ?? null, hash)
  finish(hash)
}

/** The same for a row of a block, from its bytes. @param first place of its first cell */
function hashBlockRow(block: RowBlock, first: number, places: readonly number[], hash: Hash): void {
  const { cells, bytes, view } = block
  begin(hash)
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as number
    const at = 2 * (first + place)
    const start = place === -1 ? -1 : (cells[at] as number)
    if (start < 0) hashCell(place === -1 ? null : cellAt(block, at), hash)
    else hashBytes(bytes, view, start, cells[at + 1] as number, hash)
  }
  finish(hash)
}

function hashCell(cell: Cell, hash: Hash): void {
  const text = typeof cell === 'string' ? cell : ''
  const end = text.length
  mix(kindOf(cell) ^ (end << 3), hash)
  let at = 0
  for (; at + 4 <= end; at += 4) mix(fourOf(text, at), hash)
  for (; at < end; at++) mix(text.charCodeAt(at), hash)
}

function fourOf(text: string, at: number): number {
  const [a, b] = [text.charCodeAt(at), text.charCodeAt(at + 1)]
  return a ^ (b << 8) ^ (text.charCodeAt(at + 2) << 16) ^ (text.charCodeAt(at + 3) << 24)
}

/** As hashCell, for the ASCII text between two places. */
function hashBytes(bytes: Uint8Array, view: DataView, start: number, end: number, hash: Hash): void {
  const kind = TEXT_KIND ^ ((end - start) << 3)
  let high = Math.imul((hash[0] as number) ^ kind, HIGH_FACTOR)
  let low = Math.imul((hash[1] as number) ^ kind, LOW_FACTOR)
  let at = start
  for (; at + 4 <= end; at += 4) {
    const four = view.getInt32(at, true)
    high = Math.imul(high ^ four, HIGH_FACTOR)
    low = Math.imul(low ^ four, LOW_FACTOR)
  }
  for (; at < end; at++) {
    const code = bytes[at] as number
    high = Math.imul(high ^ code, HIGH_FACTOR)
    low = Math.imul(low ^ code, LOW_FACTOR)
  }
  hash[0] = high
  hash[1] = low
}

function begin(hash: Hash): void {
  hash[0] = 0xdeadbeef
  hash[1] = 0x41c6ce57
}

function mix(value: number, hash: Hash): void {
  hash[0] = Math.imul((hash[0] as number) ^ value, HIGH_FACTOR)
  hash[1] = Math.imul((hash[1] as number) ^ value, LOW_FACTOR)
}

function finish(hash: Hash): void {
  const [high = 0, low = 0] = hash
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(mixedHigh ^ (mixedHigh >>> 13), 0xc2b2ae35)
  hash[0] = mixedHigh
  hash[1] = mixedLow === 0 ? 1 : mixedLow
}

const [HIGH_FACTOR, LOW_FACTOR] = [0x9e3779b1, 0x5f356495] as const
const TEXT_KIND = 2

function kindOf(cell: Cell): number {
  if (cell === null) return 1
  return typeof cell === 'string' ? TEXT_KIND : cell ? 3 : 4
}
