import fs from 'node:fs'
import { dirname } from 'node:path'

/** The system calls that make a line durable, so that a test can let the n-th of them fail. */
export type Disk = Pick<
  typeof fs,
  'openSync' | 'readSync' | 'writeSync' | 'fdatasyncSync' | 'fsyncSync' | 'fstatSync' | 'ftruncateSync' | 'closeSync'
>

export const realDisk: Disk = fs

/** A file that only grows, by whole pieces. */
export interface GrowingFile {
  /** All of the bytes or none; on stable storage when `durable`. @throws WriteFailure */
  append(bytes: Buffer, durable: boolean): void
  /** All that was appended is on stable storage. @throws WriteFailure */
  sync(): void
  close(): void
}

/** A write that failed. `intact`: the file ends where it ended before, and the next piece may follow. */
export class WriteFailure extends Error {
  override readonly name = 'WriteFailure'
  readonly intact: boolean

  constructor(cause: unknown, intact: boolean) {
    super('write failed', { cause })
    this.intact = intact
  }
}

/**
 * Opens a file to append to; one that is missing is created with mode 0600, its name durable.
 * @param expected bytes that must be in it: nobody else writes here
 */
export function openGrowing(path: string, expected: number, disk: Disk = realDisk): GrowingFile {
  const fd = disk.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  try {
    requireSize(fd, expected, disk)
    if (expected === 0) {
      // The umask cuts the mode given at creation; 777 would lock us out of our own file.
      fs.fchmodSync(fd, 0o600)
      syncFolder(dirname(path), disk)
    } else refreshEnd(fd, expected, disk)
  } catch (error) {
    disk.closeSync(fd)
    throw error
  }
  return growing(fd, expected, disk)
}

/** More than a process leaves unsynced, but for what it skips at its end. */
const END_BYTES = 256 * 1024

/**
 * Writes the end of the file over itself. A sync that failed in a process before us may have left lines that can be read and are
 * not on the disk, and that no later sync would write: only what is written again is.
 */
function refreshEnd(fd: number, size: number, disk: Disk): void {
  const from = Math.max(0, size - END_BYTES)
  const bytes = Buffer.alloc(size - from)
  for (let done = 0; done < bytes.length;) {
    const count = disk.readSync(fd, bytes, done, bytes.length - done, from + done)
    if (count <= 0) throw new Error('it ends before its end')
    done += count
  }
  writeAll(fd, bytes, from, disk)
}

function growing(fd: number, start: number, disk: Disk): GrowingFile {
  let size = start
  // What a process before us wrote last may be in the cache alone.
  let unsynced = start > 0
  let synced = start
  function sync(): void {
    try {
      if (unsynced) disk.fdatasyncSync(fd)
    } catch (error) {
      // The system may have dropped every line since the last sync, and would still say "done" to the next one: a later crash
      // would tear them out of the middle of the chain. So they go now, while they are the end of it.
      if (cutBack(fd, synced, disk)) size = synced
      throw new WriteFailure(error, false)
    }
    unsynced = false
    synced = size
  }
  return {
    append(bytes, durable) {
      // Asked first: the lines of a second writer are never written over, nor cut off.
      requireSize(fd, size, disk)
      try {
        writeAll(fd, bytes, size, disk)
      } catch (error) {
        throw new WriteFailure(error, cutBack(fd, size, disk))
      }
      size += bytes.length
      unsynced = true
      if (durable) sync()
    },
    sync,
    close() {
      try {
        disk.closeSync(fd)
      } catch {
        // Whoever needed the bytes on disk has synced them; closing adds nothing to that.
      }
    },
  }
}

function writeAll(fd: number, bytes: Buffer, at: number, disk: Disk): void {
  let done = 0
  while (done < bytes.length) {
    // A disk that fills up shows as a short count first, and only then as an error.
    const count = disk.writeSync(fd, bytes, done, bytes.length - done, at + done)
    if (count <= 0) throw new Error('nothing was written')
    done += count
  }
  requireSize(fd, at + bytes.length, disk)
}

function requireSize(fd: number, expected: number, disk: Disk): void {
  const found = disk.fstatSync(fd)
  if (!found.isFile()) throw new Error('it is not a regular file')
  if (found.nlink === 0) throw new Error('it was deleted meanwhile')
  if (found.size !== expected) throw new Error(`it has ${found.size} bytes instead of ${expected}`)
}

function cutBack(fd: number, size: number, disk: Disk): boolean {
  try {
    disk.ftruncateSync(fd, size)
    disk.fsyncSync(fd)
    return disk.fstatSync(fd).size === size
  } catch {
    return false
  }
}

/** Makes new names in a folder durable. */
export function syncFolder(folder: string, disk: Disk = realDisk): void {
  // Windows opens no folders; NTFS journals its names by itself.
  if (process.platform === 'win32') return
  const fd = disk.openSync(folder, 'r')
  try {
    disk.fsyncSync(fd)
  } finally {
    disk.closeSync(fd)
  }
}

/**
 * Makes a new file (0600), durable with its name; of one that fails nothing stays.
 * @throws the system's error, EEXIST where something is there
 */
export function createFile(path: string, bytes: Buffer, disk: Disk = realDisk): void {
  const { O_RDWR, O_CREAT, O_EXCL } = fs.constants
  const fd = disk.openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
  try {
    fs.fchmodSync(fd, 0o600)
    writeAll(fd, bytes, 0, disk)
    disk.fsyncSync(fd)
    syncFolder(dirname(path), disk)
  } catch (error) {
    fs.unlinkSync(path)
    throw error
  } finally {
    disk.closeSync(fd)
  }
}

/** Makes a folder and those missing above it, each with mode 0700 whatever the umask. One that exists is left as it is. */
export function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process of ours may have been faster.
    if (!fs.existsSync(folder)) throw error
    return
  }
  fs.chmodSync(folder, 0o700)
  syncFolder(dirname(folder))
}
