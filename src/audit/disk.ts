import fs from 'node:fs'
import { dirname } from 'node:path'

/** The system calls that make a line durable, so that a test can let the n-th of them fail. */
export type Disk = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'fdatasyncSync' | 'fsyncSync' | 'fstatSync' | 'ftruncateSync' | 'closeSync'
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
    }
  } catch (error) {
    disk.closeSync(fd)
    throw error
  }
  return growing(fd, expected, disk)
}

function growing(fd: number, start: number, disk: Disk): GrowingFile {
  let size = start
  let unsynced = false
  function sync(): void {
    if (unsynced) disk.fdatasyncSync(fd)
    unsynced = false
  }
  return {
    append(bytes, durable) {
      // Asked first: the lines of a second writer are never written over, nor cut off.
      requireSize(fd, size, disk)
      let written = false
      try {
        writeAll(fd, bytes, size, disk)
        written = true
        unsynced = true
        if (durable) sync()
      } catch (error) {
        // After a failed sync the system may have dropped earlier lines too, and the next sync would still say "done".
        throw new WriteFailure(error, cutBack(fd, size, disk) && !written)
      }
      size += bytes.length
    },
    sync() {
      try {
        sync()
      } catch (error) {
        throw new WriteFailure(error, false)
      }
    },
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
