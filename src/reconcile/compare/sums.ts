import { AS_TEXT, LIMB, MOST_HIGH, putUnits, unitsIn, type Units } from './amount.js'
import type { Names } from './names.js'

/** Exact sums, a slot each: whole numbers while they fit, and of any size where they do not. */
export interface Sums {
  /** Amounts summed; 0 where none was. */
  countOf(slot: number): number
  /** Adds the amount that stands in `entries` from `at` on. @param count amounts that it sums up itself */
  add(slot: number, entries: Int32Array, at: number, count: number): void
  /** Where the three numbers of a sum stand in `entries`, once `settle` has been called. */
  at(slot: number): number
  /** Good until a new slot is added to. */
  readonly entries: Int32Array
  /** Every sum that did not fit is made text. */
  settle(): void
  clear(): void
}

/** High, low, decimals, and how many were added. */
const WIDTH = 4

export function createSums(names: Names): Sums {
  let entries = new Int32Array(1024 * WIDTH)
  const wide = new Map<number, Units>()

  function roomFor(at: number): void {
    if (at + WIDTH <= entries.length) return
    const larger = new Int32Array(Math.max(entries.length * 2, at + WIDTH))
    larger.set(entries)
    entries = larger
  }

  function addExactly(slot: number, others: Int32Array, from: number): void {
    const at = slot * WIDTH
    const before = wide.get(slot) ?? unitsIn(entries, at, names)
    const sum = plus(before, unitsIn(others, from, names))
    const high = sum.units / BigInt(LIMB)
    if (high < BigInt(MOST_HIGH) && high > -BigInt(MOST_HIGH)) {
      wide.delete(slot)
      putUnits(entries, at, sum, names)
    } else {
      wide.set(slot, sum)
      entries[at + 2] = AS_TEXT
    }
  }

  return {
    countOf: (slot) => entries[slot * WIDTH + 3] ?? 0,
    add(slot, others, from, count) {
      const at = slot * WIDTH
      roomFor(at)
      const decimals = others[from + 2] as number
      if (entries[at + 3] === 0) {
        entries[at] = others[from] as number
        entries[at + 1] = others[from + 1] as number
        entries[at + 2] = decimals
        entries[at + 3] = count
        if (decimals === AS_TEXT) wide.set(slot, unitsIn(others, from, names))
        return
      }
      entries[at + 3] = (entries[at + 3] as number) + count
      let high = (entries[at] as number) + (others[from] as number)
      let low = (entries[at + 1] as number) + (others[from + 1] as number)
      if (low >= LIMB || (high < 0 && low > 0)) {
        low -= LIMB
        high += 1
      } else if (low <= -LIMB || (high > 0 && low < 0)) {
        low += LIMB
        high -= 1
      }
      const isPlain = decimals === entries[at + 2] && decimals !== AS_TEXT && Math.abs(high) < MOST_HIGH
      if (!isPlain) return addExactly(slot, others, from)
      entries[at] = high
      entries[at + 1] = low
    },
    at: (slot) => slot * WIDTH,
    get entries() {
      return entries
    },
    settle() {
      for (const [slot, sum] of wide) putUnits(entries, slot * WIDTH, sum, names)
    },
    clear() {
      entries.fill(0)
      wide.clear()
    },
  }
}

function plus(a: Units, b: Units): Units {
  const decimals = Math.max(a.decimals, b.decimals)
  const scaled = ({ units, decimals: own }: Units) => units * 10n ** BigInt(decimals - own)
  return { units: scaled(a) + scaled(b), decimals }
}
