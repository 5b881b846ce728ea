/** Numbers for keys of several whole numbers each, from 0 on in the order in which they come. Keys are compared number by number. */
export interface Slots {
  readonly size: number
  /** The slot of the key that stands in `entries` from `at` on; a new one when there is none yet. */
  slotOf(entries: Int32Array, at: number): number
  /** The slot of the key that stands there; −1 when there is none. */
  find(entries: Int32Array, at: number): number
  /** The keys one after the other; good until the next key. */
  readonly keys: Int32Array
  clear(): void
}

/** @param width numbers of a key */
export function createSlots(width: number): Slots {
  let keys = new Int32Array(1024 * width)
  // By hash; a slot and one more, since zero marks a free place.
  let heads = new Int32Array(2048)
  let mask = 2047
  let size = 0

  function grow(): void {
    const larger = new Int32Array(keys.length * 2)
    larger.set(keys)
    keys = larger
    heads = new Int32Array(heads.length * 2)
    mask = heads.length - 1
    for (let slot = 0; slot < size; slot++) {
      let at = hashOf(keys, slot * width, width) & mask
      while (heads[at] !== 0) at = (at + 1) & mask
      heads[at] = slot + 1
    }
  }

  /** Where the key is noted, or the free place where it belongs. */
  function placeOf(entries: Int32Array, from: number): number {
    let at = hashOf(entries, from, width) & mask
    for (let noted = heads[at] as number; noted !== 0; noted = heads[at] as number) {
      const key = (noted - 1) * width
      let same = 0
      while (same < width && keys[key + same] === entries[from + same]) same++
      if (same === width) break
      at = (at + 1) & mask
    }
    return at
  }

  return {
    get size() {
      return size
    },
    get keys() {
      return keys
    },
    slotOf(entries, from) {
      const at = placeOf(entries, from)
      const noted = heads[at] as number
      if (noted !== 0) return noted - 1
      const slot = size++
      for (let index = 0; index < width; index++) keys[slot * width + index] = entries[from + index] as number
      heads[at] = size
      if (size * width === keys.length) grow()
      return slot
    },
    find: (entries, from) => (heads[placeOf(entries, from)] as number) - 1,
    clear() {
      heads.fill(0)
      size = 0
    },
  }
}

/** Of whole numbers; every bit of them counts in every bit of it. */
export function hashOf(entries: Int32Array, at: number, width: number): number {
  let hash = 0x9e3779b9 | 0
  for (let index = 0; index < width; index++) {
    hash = Math.imul(hash ^ (entries[at + index] as number), 0x85ebca6b)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
