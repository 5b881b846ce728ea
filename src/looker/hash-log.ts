import type { Overflow } from '../model/overflow.js'
import { createParted } from '../model/parted.js'

/**
 * The hashes of rows, in the order they came, apart by their first bits: equal ones lie in the same part, and a part is looked
 * through by itself. So memory holds one part and the ends of the others, however many rows there are.
 */
export interface HashLog {
  append(high: number, low: number, row: number): void
  /** The first row that has the hash of one before it, and that one; null when all differ. */
  repeated(): Repeated | null
  /** True when each hash of the other log is in this one. */
  containsAll(other: HashLog): boolean
  /** The entries of a part, three numbers each: both halves of the hash, and the row. Good until the next call. */
  part(index: number): Int32Array
  close(): void
}

export interface Repeated {
  readonly row: number
  readonly first: number
}

const PARTS = 64
const PART_BITS = 6
/** Entries of a part that wait in memory. */
const WAITING = 1024
const ENTRY = 3

/** @param openOverflow called when the entries no longer fit into memory */
export function createHashLog(openOverflow: () => Overflow): HashLog {
  const parted = createParted({ width: ENTRY, parts: PARTS, waiting: WAITING, openOverflow })
  const part = (index: number) => parted.part(index)
  return {
    append(high, low, row) {
      const at = parted.next(high >>> (32 - PART_BITS))
      const { room } = parted
      room[at] = high
      room[at + 1] = low
      room[at + 2] = row
    },
    repeated() {
      let found: Repeated | null = null
      const finder = createFinder()
      for (let index = 0; index < PARTS; index++) {
        const one = finder.open(part(index))
        if (one !== null && (found === null || one.row < found.row)) found = one
      }
      return found
    },
    containsAll(other) {
      const finder = createFinder()
      for (let index = 0; index < PARTS; index++) {
        finder.open(part(index))
        const entries = other.part(index)
        for (let at = 0; at < entries.length; at += ENTRY) if (!finder.has(entries, at)) return false
      }
      return true
    },
    part,
    close: () => parted.close(),
  }
}

/** Finds equal hashes in one part. */
function createFinder() {
  let entries: Int32Array = new Int32Array(0)
  // Places in `entries`, one more than they are: zero marks a free place.
  let table = new Int32Array(1024)
  let mask = 0

  /** Where an equal hash is noted, or the free place where it belongs. */
  function placeOf(high: number, low: number): number {
    let at = low & mask
    for (let noted = table[at] as number; noted !== 0; noted = table[at] as number) {
      if (entries[noted - 1] === high && entries[noted] === low) return at
      at = (at + 1) & mask
    }
    return at
  }

  return {
    /** Takes the place of the part before. @returns the first that is there twice */
    open(next: Int32Array): Repeated | null {
      entries = next
      let size = 1024
      while (size * ENTRY < 2 * next.length) size *= 2
      if (table.length < size) table = new Int32Array(size)
      else table.fill(0, 0, size)
      mask = size - 1
      let found: Repeated | null = null
      for (let entry = 0; entry < next.length; entry += ENTRY) {
        const at = placeOf(next[entry] as number, next[entry + 1] as number)
        const noted = table[at] as number
        if (noted === 0) table[at] = entry + 1
        else found ??= { row: next[entry + 2] as number, first: next[noted + 1] as number }
      }
      return found
    },
    has: (others: Int32Array, at: number) => table[placeOf(others[at] as number, others[at + 1] as number)] !== 0,
  }
}
