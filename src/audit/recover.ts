import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { basename, dirname } from 'node:path'
import { syncFolder } from './disk.js'

/** What `audit.recovered` says. */
export interface SetAside {
  readonly file: string
  /** The file in the same folder that keeps the bytes. */
  readonly torn: string
  readonly bytes: number
  /** Of these bytes. */
  readonly digest: string
}

/**
 * Moves what stands behind the last complete line to the end of `<file>.torn`, and says what is there that no
 * `audit.recovered` speaks of yet: also bytes that an earlier start set aside before it died. Null: nothing.
 * @param end where the last complete line ends
 * @param noted bytes of the torn file that were noted before
 */
export function setAside(path: string, end: number, noted: number): SetAside | null {
  const torn = `${path}.torn`
  const before = fs.statSync(torn, { throwIfNoEntry: false })?.size ?? 0
  if (fs.statSync(path).size > end) {
    copyTail(path, end, torn, before)
    fs.truncateSync(path, end)
    syncFile(path)
  }
  const from = Math.min(noted, before)
  const { bytes, digest } = digestFrom(torn, from)
  return bytes === 0 ? null : { file: basename(path), torn: basename(torn), bytes, digest: `sha256:${digest}` }
}

function copyTail(path: string, from: number, torn: string, to: number): void {
  const fd = fs.openSync(torn, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  try {
    fs.fchmodSync(fd, 0o600)
    let at = to
    for (const chunk of chunksOf(path, from)) {
      for (let done = 0; done < chunk.length;) {
        done += fs.writeSync(fd, chunk, done, chunk.length - done, at + done)
      }
      at += chunk.length
    }
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  syncFolder(dirname(torn))
}

function digestFrom(path: string, from: number): { bytes: number; digest: string } {
  const sum = createHash('sha256')
  let bytes = 0
  if (fs.existsSync(path)) {
    for (const chunk of chunksOf(path, from)) {
      sum.update(chunk)
      bytes += chunk.length
    }
  }
  return { bytes, digest: sum.digest('hex') }
}

function* chunksOf(path: string, from: number): Generator<Buffer> {
  const fd = fs.openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(64 * 1024)
    for (let at = from, count = -1; count !== 0; at += count) {
      count = fs.readSync(fd, chunk, 0, chunk.length, at)
      if (count > 0) yield chunk.subarray(0, count)
    }
  } finally {
    fs.closeSync(fd)
  }
}

function syncFile(path: string): void {
  const fd = fs.openSync(path, 'r+')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
