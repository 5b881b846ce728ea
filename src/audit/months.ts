import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { MAX_LINE_BYTES } from './record.js'

/** Names of the month files that hold anything, oldest first: the order of the chain. A folder that is not there has none. */
export async function monthFiles(folder: string): Promise<readonly string[]> {
  const names = await readingFrom(folder, async () => {
    try {
      return await readdir(folder)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return []
      throw error
    }
  })
  const found: string[] = []
  for (const name of names.filter((each) => MONTH_FILE.test(each)).sort()) {
    const path = join(folder, name)
    // A file is made empty before its first line is written; a crash may leave it so.
    const kind = await readingFrom(path, () => stat(path))
    if (kind.size > 0 || !kind.isFile()) found.push(name)
  }
  return found
}

const MONTH_FILE = /^\d{4}-(?:0[1-9]|1[0-2])\.jsonl$/

export interface Line {
  /** Without the newline. A view: good until the next block is asked for. */
  readonly bytes: Buffer
  /** From 1. */
  readonly number: number
  /** Where the next line begins. */
  readonly end: number
  /** False for a last line without its newline. */
  readonly ended: boolean
}

/** The lines of a file, block by block, in constant memory. @throws MLC-A004 when the file cannot be read */
export async function* linesOf(path: string): AsyncGenerator<readonly Line[]> {
  const file = await readingFrom(path, () => openRegular(path))
  try {
    yield* splitLines(file, path)
  } finally {
    await file.close()
  }
}

async function* splitLines(file: FileHandle, path: string): AsyncGenerator<readonly Line[]> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES)
  let carry = Buffer.alloc(0)
  let number = 0
  let offset = 0
  for (;;) {
    const { bytesRead } = await readingFrom(path, () => file.read(block, 0, BLOCK_BYTES, null))
    if (bytesRead === 0) break
    const lines: Line[] = []
    let from = 0
    for (let at = block.indexOf(LF); at !== -1 && at < bytesRead; at = block.indexOf(LF, from)) {
      const bytes = carry.length === 0 ? block.subarray(from, at) : Buffer.concat([carry, block.subarray(from, at)])
      lines.push({ bytes, number: ++number, end: offset + at + 1, ended: true })
      carry = NONE
      from = at + 1
    }
    yield lines
    // Of a line beyond all measure only the beginning is kept: enough to find it bad.
    if (carry.length < MAX_LINE_BYTES) carry = Buffer.concat([carry, block.subarray(from, bytesRead)])
    offset += bytesRead
  }
  if (carry.length > 0) yield [{ bytes: carry, number: number + 1, end: offset, ended: false }]
}

const BLOCK_BYTES = 64 * 1024
const LF = 10
const NONE = Buffer.alloc(0)

/** The last complete line of a file without its newline; null when what stands there is longer than any line. */
export async function lastLine(path: string): Promise<Buffer | null> {
  const file = await readingFrom(path, () => openRegular(path))
  try {
    const { size } = await file.stat()
    for (let span = 64 * 1024; ; span *= 4) {
      const tail = Buffer.alloc(Math.min(span, size))
      await readingFrom(path, () => file.read(tail, 0, tail.length, size - tail.length))
      const end = tail.lastIndexOf(LF)
      const before = end < 1 ? -1 : tail.lastIndexOf(LF, end - 1)
      if (end !== -1 && (before !== -1 || tail.length === size)) return tail.subarray(before + 1, end)
      if (tail.length === size || span > 2 * MAX_LINE_BYTES) return null
    }
  } finally {
    await file.close()
  }
}

async function openRegular(path: string): Promise<FileHandle> {
  // Asked before opening: a pipe would keep us waiting, a device would never end.
  if (!(await stat(path)).isFile()) throw new MlcError('MLC-A004', `${path} is not a regular file`)
  return open(path, 'r')
}

async function readingFrom<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof MlcError) throw error
    throw new MlcError('MLC-A004', `${path} cannot be read: ${explainFault(error, 'reading')}`, { cause: error })
  }
}

/** The system's name of a failure, such as ENOSPC. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
