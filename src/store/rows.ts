import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import type { Row } from '../model/row.js'
import type { RowSink } from '../pipeline/ports.js'

/** What is gathered before a write, or read at once: large enough to be quick, small enough to keep memory flat. */
const BLOCK = 64 * 1024
/** Writes rows as JSON lines, every value as text. Nothing stands under `path` before `finish` has made all of it durable. */
export function createRowSink(path: string): RowSink {
  const partial = `${path}.part`
  const file = guarded(path, () => openSync(partial, 'w', 0o600))
  let hash = createHash('sha256')
  let block = ''
  let position = 0
  // One buffer for the whole file: new ones would pile up faster than they are collected.
  const bytes = new Uint8Array(BLOCK)
  const encoder = new TextEncoder()
  const flush = () => {
    while (block !== '') {
      const { read, written } = encoder.encodeInto(block, bytes)
      block = block.slice(read)
      hash.update(bytes.subarray(0, written))
      // writeSync may write less than asked without an error, and a short file would be a lost figure.
      for (let done = 0; done < written;) {
        const count = guarded(path, () => writeSync(file, bytes, done, written - done, position + done))
        if (count === 0) throw new MlcError('MLC-C008', `${path} cannot be written: the disk takes no more bytes`)
        done += count
      }
      position += written
    }
  }
  return {
    write: (rows) => {
      for (const row of rows) block += `${JSON.stringify(row)}\n`
      if (block.length >= BLOCK) flush()
    },
    restart: () => {
      guarded(path, () => ftruncateSync(file, 0))
      hash = createHash('sha256')
      block = ''
      position = 0
    },
    finish: async () => {
      flush()
      guarded(path, () => fsyncSync(file))
      closeSync(file)
      guarded(path, () => renameSync(partial, path))
      return `sha256:${hash.digest('hex')}`
    },
  }
}

/** Rows of a file in batches. @throws MLC-P012 when the file is not the one whose hash is given */
export async function* readRows(path: string, expectedHash: string | null): AsyncGenerator<readonly Row[]> {
  const hash = createHash('sha256')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const file = await reading(path, () => open(path, 'r'))
  const bytes = Buffer.allocUnsafe(BLOCK)
  let carried = ''
  try {
    for (;;) {
      const { bytesRead } = await reading(path, () => file.read(bytes, 0, BLOCK))
      if (bytesRead === 0) break
      const read = bytes.subarray(0, bytesRead)
      hash.update(read)
      // Not readline: it also breaks lines at U+2028, which a JSON text may hold.
      const lines = (carried + decoder.decode(read, { stream: true })).split('\n')
      carried = lines.pop() ?? ''
      if (lines.length > 0) yield lines.map((line) => parseRow(line, path))
    }
  } finally {
    await file.close()
  }
  const found = `sha256:${hash.digest('hex')}`
  if (expectedHash !== null && (found !== expectedHash || carried !== '')) {
    throw changed(path)
  }
}

/** A line that is no row is a file that somebody changed: what is said about the hash says it all. */
function parseRow(line: string, path: string): Row {
  try {
    return JSON.parse(line) as Row
  } catch {
    throw changed(path)
  }
}

function changed(path: string): MlcError {
  return new MlcError('MLC-P012', `the rows in ${path} are not the ones that were pulled`, {
    fix: 'Run mlc pull again.',
  })
}

async function reading<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    throw new MlcError('MLC-C008', `${path} cannot be read: ${explainFault(cause, 'reading')}`, { cause })
  }
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    throw new MlcError('MLC-C008', `${path} cannot be written: ${explainFault(cause)}`, { cause })
  }
}
