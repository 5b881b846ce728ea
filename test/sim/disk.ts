import { dirname } from 'node:path'
import type { Chance } from './random.js'
import type { Tally } from './tally.js'

/**
 * A disk that forgets: what was written and not synced may be gone after a crash, from the end backwards, the last piece torn;
 * so may names whose folder was not synced. (The model of "All File Systems Are Not Created Equal", OSDI 2014.)
 */
export interface SimDisk {
  readonly files: Map<string, SimFile>
  readonly folders: Set<string>
  write(file: SimFile, bytes: Buffer, at: number): void
  truncate(file: SimFile, size: number): void
  /** @throws whatever the weather brings: then the bytes are lost, though they can still be read until the crash */
  sync(file: SimFile): void
  syncFolder(folder: string): void
  crash(): void
}

export interface SimFile {
  content: Buffer
  size: number
  /** The folder knows it after a crash too. */
  named: boolean
  /** What was done since the last sync, to be undone in a crash. */
  unsynced: Change[]
  /** Ranges whose sync failed: a later sync says "done" and does not write them. */
  doomed: (readonly [from: number, to: number])[]
}

interface Change {
  readonly at: number
  readonly sizeBefore: number
  /** What stood there. */
  readonly before: Buffer
  /** What was written; null for a truncation. */
  readonly after: Buffer | null
}

export function createDisk(chance: Chance, tally: Tally): SimDisk {
  const files = new Map<string, SimFile>()
  const folders = new Set([''])
  return {
    files,
    folders,
    write(file, bytes, at) {
      const end = at + bytes.length
      file.unsynced.push({
        at,
        sizeBefore: file.size,
        before: Buffer.from(file.content.subarray(at, Math.min(end, file.size))),
        after: Buffer.from(bytes),
      })
      put(file, bytes, at)
      file.doomed = file.doomed.filter(([from, to]) => to <= at || from >= end)
    },
    truncate(file, size) {
      const before = Buffer.from(file.content.subarray(size, file.size))
      file.unsynced.push({ at: size, sizeBefore: file.size, before, after: null })
      file.size = size
      file.doomed = file.doomed.filter(([from]) => from < size)
    },
    sync(file) {
      file.unsynced = []
    },
    syncFolder(folder) {
      for (const [path, file] of files) if (dirname(path) === folder) file.named = true
    },
    crash() {
      for (const [path, file] of files) {
        if (!file.named && chance.hit(0.5)) {
          tally.count('disk: name lost')
          files.delete(path)
        } else forget(file, chance, tally)
        file.named = true
      }
    },
  }
}

export function emptyFile(): SimFile {
  return { content: Buffer.alloc(4096), size: 0, named: false, unsynced: [], doomed: [] }
}

function put(file: SimFile, bytes: Buffer, at: number): void {
  const end = at + bytes.length
  if (end > file.content.length) {
    const larger = Buffer.alloc(Math.max(end, file.content.length * 2))
    file.content.copy(larger, 0, 0, file.size)
    file.content = larger
  }
  if (at > file.size) file.content.fill(0, file.size, at)
  bytes.copy(file.content, at)
  file.size = Math.max(file.size, end)
}

function forget(file: SimFile, chance: Chance, tally: Tally): void {
  const { unsynced } = file
  if (unsynced.length > 0) {
    const kept = chance.whole(0, unsynced.length)
    for (const change of unsynced.slice(kept).reverse()) undo(file, change)
    if (kept < unsynced.length) tally.count('disk: write lost')
    const torn = unsynced[kept]
    if (torn?.after && chance.hit(0.5)) {
      tally.count('disk: write torn')
      put(file, torn.after.subarray(0, chance.whole(0, torn.after.length - 1)), torn.at)
    }
    file.unsynced = []
  }
  for (const [from, to] of file.doomed) {
    if (from < file.size && chance.hit(0.5)) file.content.fill(0, from, Math.min(to, file.size))
  }
  file.doomed = []
}

function undo(file: SimFile, { at, sizeBefore, before }: Change): void {
  before.copy(file.content, at)
  file.size = sizeBefore
}
