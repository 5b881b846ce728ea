import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { explainFault } from './model/fault.js'

export interface ReadLimits {
  /** Never more than this and one byte is read. */
  readonly maxBytes: number
  /** A pipe, as a shell makes one of `<(command)`, is read as well. */
  readonly pipes: boolean
  /** Ends the wait for a pipe; its reason is thrown. A plain file is read in any case. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The bytes of a file somebody named. Opening a pipe that nobody writes to would wait for ever, whatever signals and deadlines say,
 * so nothing here waits longer than ten seconds. @throws the system's error, or one that `whyUnreadable` puts into words
 */
export async function readBounded(path: string, limits: ReadLimits): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const found = await file.stat()
    const isPlain = found.isFile() || found.isDirectory()
    if (!isPlain && !limits.pipes) throw withCode('ENOTPLAIN')
    return await readAll(file, limits, found.isFIFO())
  } finally {
    await file.close()
  }
}

/** What a read failed with, for a message. */
export function whyUnreadable(error: unknown): string {
  return WORDS.get((error as NodeJS.ErrnoException).code ?? '') ?? explainFault(error, 'reading')
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOTPLAIN', 'it is not a plain file'],
  ['ESILENT', 'a pipe or device that gives nothing within 10 s'],
])

const PATIENCE_MS = 10_000
const POLL_MS = 20

async function readAll(file: FileHandle, { maxBytes, signal }: ReadLimits, mayWait: boolean): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const until = performance.now() + PATIENCE_MS
  let hasWriter = false
  for (let length = 0; length <= maxBytes;) {
    const chunk = await readSome(file, Math.min(CHUNK_BYTES, maxBytes + 1 - length))
    // Before its writer has come, a pipe reads as if it had ended.
    if (chunk?.length === 0 && (!mayWait || hasWriter || length > 0)) break
    if (chunk !== null && chunk.length > 0) {
      chunks.push(chunk)
      length += chunk.length
      continue
    }
    hasWriter ||= chunk === null
    signal?.throwIfAborted()
    if (performance.now() > until) throw withCode('ESILENT')
    await pause(POLL_MS)
  }
  return Buffer.concat(chunks)
}

const CHUNK_BYTES = 64 * 1024

/** Null: there may be more later. */
async function readSome(file: FileHandle, most: number): Promise<Uint8Array | null> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(most), 0, most)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null
    throw error
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(WORDS.get(code)), { code })
}
