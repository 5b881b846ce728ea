import type { Overflow } from '../../model/overflow.js'
import { bytesOf } from '../../model/parted.js'

/** Whole numbers one after the other: the first of them in memory, and where they are many, all on a disk. */
export interface IntLog {
  readonly length: number
  append(numbers: Int32Array, count: number): void
  /** Reads from any place on. Readers may stand at several places at once. */
  readerAt(position: number): IntReader
}

export interface IntReader {
  next(): number
}

/** Numbers of a block: what is written, or read, at once. */
const BLOCK = 4_096
const BLOCKS_IN_MEMORY = 256

/** @param openOverflow called when the numbers no longer fit into memory; whoever made it closes it */
export function createIntLog(openOverflow: () => Overflow): IntLog {
  const blocks: Int32Array[] = []
  let end = new Int32Array(BLOCK)
  let filled = 0
  let full = 0
  let overflow: Overflow | null = null

  function putAside(): void {
    if (blocks.length < BLOCKS_IN_MEMORY) {
      blocks.push(end)
      end = new Int32Array(BLOCK)
    } else {
      overflow ??= openOverflow()
      overflow.write(bytesOf(end), full * BLOCK * Int32Array.BYTES_PER_ELEMENT)
    }
    full++
    filled = 0
  }

  /** @param spare for a block that has to be read */
  function blockAt(index: number, spare: () => Int32Array): Int32Array {
    const kept = index === full ? end : blocks[index]
    if (kept !== undefined) return kept
    const block = spare()
    overflow?.read(bytesOf(block), index * BLOCK * Int32Array.BYTES_PER_ELEMENT)
    return block
  }

  return {
    get length() {
      return full * BLOCK + filled
    },
    append(numbers, count) {
      for (let done = 0; done < count;) {
        const most = Math.min(count - done, BLOCK - filled)
        end.set(numbers.subarray(done, done + most), filled)
        filled += most
        done += most
        if (filled === BLOCK) putAside()
      }
    },
    readerAt(position) {
      let spare: Int32Array | null = null
      let index = Math.floor(position / BLOCK)
      let at = position % BLOCK
      const open = () => blockAt(index, () => (spare ??= new Int32Array(BLOCK)))
      let block = open()
      return {
        next() {
          if (at === BLOCK) {
            index++
            at = 0
            block = open()
          }
          return block[at++] as number
        },
      }
    },
  }
}
