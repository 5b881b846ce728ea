import { cellAt, type RowBlock } from '../model/block.js'
import type { Overflow } from '../model/overflow.js'
import type { Cell, Row } from '../model/row.js'
import { createHashLog, type HashLog, type Repeated } from './hash-log.js'

/** The rows seen so far, each as 64 bits over some of its columns. Memory has a bound, whatever they hold and however many. */
export interface SeenRows {
  /** Remembers the row; false when an equal one was there, as far as that shows at once. */
  add(row: Row): boolean
  /** Remembers each row; stops at the first that shows at once to have been there, and returns its place. */
  addBlock(block: RowBlock): number | null
  /** Looks through all: the first row that was there before, counted from one. The chance of a false alarm among a million rows is 3 in 10^8. */
  repeated(): Repeated | null
  /** True when each row of the other, over the same columns, is among these. */
  containsAll(other: SeenRows): boolean
  /** True when the row equals the first one that was added. */
  isFirst(row: Row): boolean
  readonly log: HashLog
}

/** @param mustDiffer whether equal rows are told at all */
export function createSeenRows(
  columns: readonly string[],
  mustDiffer: boolean,
  openOverflow: () => Overflow,
): SeenRows {
  const log = createHashLog(openOverflow)
  const hash: Hash = new Int32Array(2)
  const early = mustDiffer ? createEarly() : null
  let first: Hash | null = null
  let rows = 0

  /** Of the hash in hand. */
  function remember(): boolean {
    const [high, low] = [hash[0] as number, hash[1] as number]
    first ??= Int32Array.of(high, low)
    rows++
    log.append(high, low, rows)
    return early === null || rows > EARLY_ROWS || early.add(high, low)
  }

  return {
    log,
    add(row) {
      hashCells(row, columns, hash)
      return remember()
    },
    addBlock(block) {
      const places = columns.map((column) => block.names.indexOf(column))
      const { length } = block.names
      for (let row = 0; row < block.count; row++) {
        hashBlockRow(block, row * length, places, hash)
        if (!remember()) return row
      }
      return null
    },
    repeated: () => (rows <= EARLY_ROWS ? null : log.repeated()),
    containsAll: (other) => log.containsAll(other.log),
    isFirst(row) {
      hashCells(row, columns, hash)
      return first !== null && first[0] === hash[0] && first[1] === hash[1]
    },
  }
}

/** Among so many rows an equal one shows at once; later, when all are looked through. */
const EARLY_ROWS = 64 * 1024

/** The hashes of the first rows, in a table that stays in the processor's cache. */
function createEarly() {
  let table = new Int32Array(2 * 1024)
  let count = 0

  function insert(high: number, low: number): boolean {
    const mask = table.length - 1
    let at = (low << 1) & mask
    while (table[at + 1] !== 0) {
      if (table[at] === high && table[at + 1] === low) return false
      at = (at + 2) & mask
    }
    table[at] = high
    table[at + 1] = low
    return true
  }

  return {
    /** False when it was there. */
    add(high: number, low: number): boolean {
      if (!insert(high, low)) return false
      if (++count * 4 <= table.length) return true
      const full = table
      table = new Int32Array(2 * full.length)
      for (let at = 0; at < full.length; at += 2) {
        if (full[at + 1] !== 0) insert(full[at] as number, full[at + 1] as number)
      }
      return true
    },
  }
}

/** Two halves; the second one is never zero: zero marks a free place. */
type Hash = Int32Array

/**
 * Two 32-bit hashes with different multipliers, over each cell with its kind and length, four characters at a time. A product
 * carries changes upwards alone, so each step brings them down again: without that, regular codes collide among ten million.
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
  let high = hash[0] as number
  let low = hash[1] as number
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as number
    const cell = 2 * (first + place)
    let at = place === -1 ? -1 : (cells[cell] as number)
    if (at < 0) {
      hash[0] = high
      hash[1] = low
      hashCell(place === -1 ? null : cellAt(block, cell), hash)
      high = hash[0]
      low = hash[1]
      continue
    }
    const end = cells[cell + 1] as number
    const kind = TEXT_KIND ^ ((end - at) << 3)
    high = Math.imul(high ^ kind, HIGH_FACTOR)
    high ^= high >>> HIGH_SHIFT
    low = Math.imul(low ^ kind, LOW_FACTOR)
    low = ((low ^ (low >>> LOW_SHIFT)) + high) | 0
    for (; at + 4 <= end; at += 4) {
      const four = view.getInt32(at, true)
      high = Math.imul(high ^ four, HIGH_FACTOR)
      high ^= high >>> HIGH_SHIFT
      low = Math.imul(low ^ four, LOW_FACTOR)
      low = ((low ^ (low >>> LOW_SHIFT)) + high) | 0
    }
    for (; at < end; at++) {
      const code = bytes[at] as number
      high = Math.imul(high ^ code, HIGH_FACTOR)
      high ^= high >>> HIGH_SHIFT
      low = Math.imul(low ^ code, LOW_FACTOR)
      low = ((low ^ (low >>> LOW_SHIFT)) + high) | 0
    }
  }
  hash[0] = high
  hash[1] = low
  finish(hash)
}

function hashCell(cell: Cell, hash: Hash): void {
  const text = typeof cell === 'string' ? cell : ''
  const end = text.length
  mix(kindOf(cell) ^ (end << 3), hash)
  let at = 0
  let wide = 0
  for (; at + 4 <= end; at += 4) {
    const [a, b] = [text.charCodeAt(at), text.charCodeAt(at + 1)]
    const [c, d] = [text.charCodeAt(at + 2), text.charCodeAt(at + 3)]
    wide |= a | b | c | d
    mix(a ^ (b << 8) ^ (c << 16) ^ (d << 24), hash)
  }
  // Four wide characters do not fit into 32 bits: texts that differ in one of them would be alike.
  if (wide > 0xff) at = 0
  for (; at < end; at++) mix(text.charCodeAt(at), hash)
}

function begin(hash: Hash): void {
  hash[0] = 0xdeadbeef
  hash[1] = 0x41c6ce57
}

function mix(value: number, hash: Hash): void {
  const high = Math.imul((hash[0] as number) ^ value, HIGH_FACTOR)
  const low = Math.imul((hash[1] as number) ^ value, LOW_FACTOR)
  hash[0] = high ^ (high >>> HIGH_SHIFT)
  hash[1] = (low ^ (low >>> LOW_SHIFT)) + hash[0]
}

function finish(hash: Hash): void {
  const [high = 0, low = 0] = hash
  const mixedHigh = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  const mixedLow = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(mixedHigh ^ (mixedHigh >>> 13), 0xc2b2ae35)
  hash[0] = mixedHigh
  hash[1] = mixedLow === 0 ? 1 : mixedLow
}

const [HIGH_FACTOR, LOW_FACTOR] = [0x9e3779b1, 0x5f356495] as const
const [HIGH_SHIFT, LOW_SHIFT] = [15, 13] as const
const TEXT_KIND = 2

function kindOf(cell: Cell): number {
  if (cell === null) return 1
  return typeof cell === 'string' ? TEXT_KIND : cell ? 3 : 4
}
