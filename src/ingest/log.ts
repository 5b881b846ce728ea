import { openNew, syncFolder, writeWhole, type Files, type Handle } from './files.js'
import { segmentPath } from './read.js'

/** Where a record stands. */
export interface Place {
  readonly segment: number
  readonly at: number
}

/** Records one behind another in files that are never written again once they are left. */
export interface CommitLog {
  /**
   * Resolves when the record is on stable storage. Records that come while a sync is under way share the next one.
   * Rejects with the system's error: then nothing of the record is kept.
   */
  append(record: Buffer): Promise<Place>
  /** The segment that the next record goes to, or a later one. */
  readonly segment: number
  close(): Promise<void>
}

export interface LogOptions {
  readonly folder: string
  /** Number of the first segment that this process writes: none of that number is there. */
  readonly first: number
  readonly segmentBytes: number
  readonly files: Files
}

interface Waiting {
  readonly record: Buffer
  readonly resolve: (place: Place) => void
  readonly reject: (error: unknown) => void
}

/** More in one write gains nothing, and delays those that wait behind. */
const BATCH_BYTES = 4 * 1024 * 1024

export function createCommitLog({ folder, first, segmentBytes, files }: LogOptions): CommitLog {
  const queue: Waiting[] = []
  let open: { readonly file: Handle; size: number } | null = null
  let segment = first
  let draining: Promise<void> | null = null

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue)
      try {
        let at = await commit(Buffer.concat(batch.map(({ record }) => record)))
        for (const { record, resolve } of batch) {
          resolve({ segment, at })
          at += record.length
        }
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    draining = null
  }

  async function commit(bytes: Buffer): Promise<number> {
    if (open !== null && open.size >= segmentBytes) await leave()
    const { file, size } = (open ??= await openNext())
    try {
      await writeWhole(file, bytes, size)
      await file.datasync()
    } catch (error) {
      // The system may have dropped what it did not write and would still say "done" to the next sync: this file is left for good.
      await file.truncate(size).catch(() => undefined)
      await file.datasync().catch(() => undefined)
      await leave()
      throw error
    }
    open.size += bytes.length
    return size
  }

  async function openNext(): Promise<{ file: Handle; size: number }> {
    let file: Handle | null = null
    try {
      file = await openNew(segmentPath(folder, segment, 'seg'), files)
      await syncFolder(folder, files)
      return { file, size: 0 }
    } catch (error) {
      // A name that was half made is not tried again.
      segment++
      await file?.close().catch(() => undefined)
      throw error
    }
  }

  async function leave(): Promise<void> {
    const left = open
    if (left === null) return
    open = null
    segment++
    await left.file.close().catch(() => undefined)
  }

  return {
    append: (record) =>
      new Promise((resolve, reject) => {
        queue.push({ record, resolve, reject })
        draining ??= drain()
      }),
    get segment() {
      return segment
    },
    async close() {
      await draining
      await leave()
    },
  }
}

function takeBatch(queue: Waiting[]): Waiting[] {
  let [count, bytes] = [0, 0]
  while (count < queue.length && bytes < BATCH_BYTES) bytes += queue[count++]?.record.length ?? 0
  return queue.splice(0, count)
}
