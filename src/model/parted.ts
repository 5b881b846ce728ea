import type { Overflow } from './overflow.js'

/**
 * Entries of equally many numbers, apart by what they have in common, so that a part can be looked through by itself: memory holds
 * one part and the ends of the others, however many entries there are.
 */
export interface Parted {
  readonly parts: number
  /** Makes room for one more entry of a part: it goes into `room`, from the place returned on. */
  next(part: number): number
  /** Good until the next call of `next`. */
  readonly room: Int32Array
  /** The entries of a part, in the order in which they came. Good until the next call. */
  part(index: number): Int32Array
  close(): void
}

export interface PartedOptions {
  /** Numbers of an entry. */
  readonly width: number
  /** A power of two. */
  readonly parts: number
  /** Entries of a part that wait in memory. */
  readonly waiting: number
  /** Called when the entries no longer fit into memory. */
  readonly openOverflow: () => Overflow
}

export function createParted({ width, parts, waiting, openOverflow }: PartedOptions): Parted {
  const full = waiting * width
  // By part, grown as it is needed: most have few entries.
  const ends = Array.from({ length: parts }, () => new Int32Array(0))
  const filled = new Int32Array(parts)
  const places: number[][] = Array.from({ length: parts }, () => [])
  let overflow: Overflow | null = null
  let written = 0
  let read = new Int32Array(0)
  let room: Int32Array = read

  function makeRoom(index: number): Int32Array {
    const end = ends[index] as Int32Array
    if (end.length < full) {
      const larger = new Int32Array(Math.min(full, Math.max(16 * width, 4 * end.length)))
      larger.set(end)
      return (ends[index] = larger)
    }
    overflow ??= openOverflow()
    overflow.write(bytesOf(end), written)
    ;(places[index] as number[]).push(written)
    written += end.byteLength
    filled[index] = 0
    return end
  }

  return {
    parts,
    next(index) {
      room = ends[index] as Int32Array
      if ((filled[index] as number) === room.length) room = makeRoom(index)
      const at = filled[index] as number
      filled[index] = at + width
      return at
    },
    get room() {
      return room
    },
    part(index) {
      const spilled = places[index] as readonly number[]
      const length = spilled.length * full + (filled[index] as number)
      if (read.length < length) read = new Int32Array(length + full)
      spilled.forEach((place, at) => overflow?.read(bytesOf(read.subarray(at * full, (at + 1) * full)), place))
      read.set((ends[index] as Int32Array).subarray(0, filled[index]), spilled.length * full)
      return read.subarray(0, length)
    },
    close() {
      overflow?.close()
      overflow = null
    },
  }
}

export function bytesOf(entries: Int32Array): Uint8Array {
  return new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength)
}
