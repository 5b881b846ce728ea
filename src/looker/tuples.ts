import type { Cell, Row } from '../model/row.js'

/** The rows seen so far, each as 64 bits over some of its columns: 1,000,000 rows take 16 MB, whatever they hold. */
export interface SeenRows {
  /** Remembers the row; false when an equal one was there. The chance of a false alarm among a million rows is 3 in 10^8. */
  add(row: Row): boolean
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

  return {
    add(row) {
      hashCells(row, columns, hash)
      first ??= [hash[0], hash[1]]
      const index = hash[0] >>> 24
      const table = tables[index] as Uint32Array
      if (!insert(table, hash)) return false
      const count = (counts[index] as number) + 1
      counts[index] = count
      if (count * 8 > table.length * 3) tables[index] = grown(table)
      return true
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
  hash[1] = mixedLow >>> 0 || 1
}

function kindOf(cell: Cell): number {
  if (cell === null) return 1
  return typeof cell === 'string' ? 2 : cell ? 3 : 4
}
