import { RARE, type RowBlock } from './block.js'
import { memoised } from './memoised.js'

/** Numbers the distinct lists of cells that rows have in some of their columns: a million rows hold few. */
export interface CellTable {
  /** The number of a row's list, counted from 0 in the order in which they came; MISSING when the block lacks a column. */
  at(block: RowBlock, row: number): number
  readonly size: number
  /** Forgets all of them: counting begins anew. */
  clear(): void
}

export const MISSING = -1

/** Lists are compared whole, cell by cell, never by a hash alone: no two can be mistaken for one. */
export function createCellTable(columns: readonly string[]): CellTable {
  const placesOf = memoised((names: readonly string[]) => columns.map((column) => names.indexOf(column)))
  // Of each cell a word that tells its kind and length, then its text four characters at a time.
  let key = new Int32Array(64)
  let length = 0
  let kept = new Int32Array(1024)
  let starts = new Int32Array(128)
  let slots = new Int32Array(256)
  let size = 0

  /** @returns the hash of the key; the length of the key is negative when a column is missing */
  function readKey({ names, cells, view, rare }: RowBlock, row: number): number {
    const places = placesOf(names)
    const first = row * names.length
    let hash = 0
    length = 0
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as number
      if (place === -1) return missing()
      const start = cells[2 * (first + place)] as number
      const end = cells[2 * (first + place) + 1] as number
      if (start === RARE) {
        hash = mix(hash, keepText(rare[end] ?? ''))
        continue
      }
      const characters = start < 0 ? 0 : end - start
      if (length + characters + 4 > key.length) key = grown(key, length + characters + 4)
      const kind = start < 0 ? start : characters
      key[length++] = kind
      hash = mix(hash, kind)
      for (let at = 0; at < characters; at += 4) {
        const rest = characters - at
        const word = view.getInt32(start + at, true)
        // What follows the last character belongs to another cell.
        const own = rest >= 4 ? word : word & ((1 << (8 * rest)) - 1)
        key[length++] = own
        hash = mix(hash, own)
      }
    }
    return hash
  }

  function missing(): number {
    length = -1
    return 0
  }

  /** A text that is no plain one, by its UTF-16 code units. @returns its hash */
  function keepText(text: string): number {
    if (length + text.length + 4 > key.length) key = grown(key, length + text.length + 4)
    let hash = RARE_KIND - text.length
    key[length++] = hash
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      key[length++] = unit
      hash = mix(hash, unit)
    }
    return hash
  }

  function isKept(number: number): boolean {
    const start = starts[number] as number
    if ((starts[number + 1] as number) - start !== length) return false
    for (let at = 0; at < length; at++) if (kept[start + at] !== key[at]) return false
    return true
  }

  function keep(slot: number, hash: number): number {
    const start = starts[size] as number
    if (start + length > kept.length) kept = grown(kept, start + length)
    kept.set(key.subarray(0, length), start)
    if (size + 2 > starts.length) starts = grown(starts, size + 2)
    starts[size + 1] = start + length
    slots[slot] = hash
    slots[slot + 1] = ++size
    if (4 * size > slots.length) slots = spread(slots)
    return size - 1
  }

  return {
    at(block, row) {
      const hash = readKey(block, row)
      if (length < 0) return MISSING
      const mask = slots.length - 1
      let slot = firstSlot(hash, mask)
      for (let number = slots[slot + 1] as number; number > 0; number = slots[slot + 1] as number) {
        if (slots[slot] === hash && isKept(number - 1)) return number - 1
        slot = (slot + 2) & mask
      }
      return keep(slot, hash)
    },
    get size() {
      return size
    },
    clear() {
      slots.fill(0)
      size = 0
    },
  }
}

/** Kinds of plain texts are their length, those of null and booleans -1 to -3; a rare one's are below. */
const RARE_KIND = -16

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

function firstSlot(hash: number, mask: number): number {
  return (Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) >>> 3) & mask & ~1
}

/** The numbers in a table twice as large. */
function spread(slots: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * slots.length)
  const mask = larger.length - 1
  for (let at = 0; at < slots.length; at += 2) {
    if (slots[at + 1] === 0) continue
    let slot = firstSlot(slots[at] as number, mask)
    while (larger[slot + 1] !== 0) slot = (slot + 2) & mask
    larger[slot] = slots[at] as number
    larger[slot + 1] = slots[at + 1] as number
  }
  return larger
}

function grown(numbers: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * numbers.length, least))
  larger.set(numbers)
  return larger
}
