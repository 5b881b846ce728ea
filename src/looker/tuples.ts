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
  const tables: Uint32Array[] = Array.from({ length: TABLES }, () => new Uint32Array(32))
  const counts = new Uint32Array(TABLES)
  const hash: Hash = [0, 0]
  let first: Hash | null = null

  function remember(): boolean {
    first ??= [hash[0], hash[1]]
    const index = hash[0] >>> 24
    const table = tables[index] as Uint32Array
    if (!insert(table, hash)) return false
    const count = (counts[index] as number) + 1
    counts[index] = count
    if (count * 8 > table.length * 3) tables[index] = grown(table)
    return true
  }

  return {
    add(row) {
      hashCells(row, columns, hash)
      return remember()
    },
    addBlock(block, mustDiffer) {
      const places = columns.map((column) => block.names.indexOf(column))
      for (let row = 0; row < block.count; row++) {
        hashBlockRow(block, row * block.names.length, places, hash)
        if (!remember() && mustDiffer) return row
      }
      return null
    },
    has(row) {
      hashCells(row, columns, hash)
      const table = tables[hash[0] >>> 24] as Uint32Array
      return table[place(table, hash) + 1] !== 0
    },
    isFirst(row) {
      hashCells(row, columns, hash)
      return first !== null && first[0] === hash[0] && first[1] === hash[1]
    },
  }
}

/** The second half is never zero: zero marks a free place. */
type Hash = [number, number]

function insert(table: Uint32Array, hash: Hash): boolean {
  const at = place(table, hash)
  if (table[at + 1] !== 0) return false
  table[at] = hash[0]
  table[at + 1] = hash[1]
  return true
}

/** Where the hash is in the table, or the free place where it belongs. */
function place(table: Uint32Array, hash: Hash): number {
  const mask = table.length - 1
  let at = (hash[1] << 1) & mask
  while (table[at + 1] !== 0 && (table[at] !== hash[0] || table[at + 1] !== hash[1])) at = (at + 2) & mask
  return at
}

function grown(table: Uint32Array): Uint32Array {
  const larger = new Uint32Array(table.length * 2)
  for (let at = 0; at < table.length; at += 2) {
    if (table[at + 1] !== 0) insert(larger, [table[at] as number, table[at + 1] as number])
  }
  return larger
}

/** Two 32-bit hashes with different multipliers (the scheme known as cyrb53), over each cell with its kind and length. */
function hashCells(row: Row, columns: readonly string[], hash: Hash): void {
  hash[0] = SEED_HIGH
  hash[1] = SEED_LOW
  for (const column of columns) hashCell(row[column] ?? null, hash)
  finishHash(hash)
}

/** The same for a row of a block, from its bytes. @param first place of its first cell */
function hashBlockRow(block: RowBlock, first: number, places: readonly number[], hash: Hash): void {
  const { cells, bytes } = block
  hash[0] = SEED_HIGH
  hash[1] = SEED_LOW
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as number
    const at = 2 * (first + place)
    const start = place === -1 ? -1 : (cells[at] as number)
    if (start < 0) hashCell(place === -1 ? null : cellAt(block, at), hash)
    else hashBytes(bytes, start, cells[at + 1] as number, hash)
  }
  finishHash(hash)
}

function hashCell(cell: Cell, hash: Hash): void {
  const text = typeof cell === 'string' ? cell : ''
  let [high, low] = hash
  const kind = kindOf(cell) ^ (text.length << 3)
  high = Math.imul(high ^ kind, HIGH_FACTOR)
  low = Math.imul(low ^ kind, LOW_FACTOR)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, HIGH_FACTOR)
    low = Math.imul(low ^ code, LOW_FACTOR)
  }
  hash[0] = high
  hash[1] = low
}

/** As hashCell, for the ASCII text between two places. */
function hashBytes(bytes: Uint8Array, start: number, end: number, hash: Hash): void {
  const kind = TEXT_KIND ^ ((end - start) << 3)
  let high = Math.imul(hash[0] ^ kind, HIGH_FACTOR)
  let low = Math.imul(hash[1] ^ kind, LOW_FACTOR)
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number
    high = Math.imul(high ^ code, HIGH_FACTOR)
    low = Math.imul(low ^ code, LOW_FACTOR)
  }
  hash[0] = high
  hash[1] = low
}

function finishHash(hash: Hash): void {
  const [high, low] = hash
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(mixedHigh ^ (mixedHigh >>> 13), 0xc2b2ae35)
  hash[0] = mixedHigh >>> 0
  hash[1] = mixedLow >>> 0 || 1
}

const [SEED_HIGH, SEED_LOW] = [0xdeadbeef, 0x41c6ce57] as const
const [HIGH_FACTOR, LOW_FACTOR] = [0x9e3779b1, 0x5f356495] as const
const TEXT_KIND = 2

function kindOf(cell: Cell): number {
  if (cell === null) return 1
  return typeof cell === 'string' ? TEXT_KIND : cell ? 3 : 4
}
