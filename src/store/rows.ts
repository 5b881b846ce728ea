import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { MlcError } from '../errors.js'
import type { Row } from '../model/row.js'
import type { RowSink } from '../pipeline/ports.js'

/** Bytes gathered before a write: large enough to be quick, small enough to keep memory flat. */
const BLOCK = 256 * 1024
const BATCH = 500

/** Writes rows as JSON lines, every value as text. Nothing stands under `path` before `finish` has made all of it durable. */
export function createRowSink(path: string): RowSink {
  const partial = `${path}.part`
  const file = guarded(path, () => openSync(partial, 'w', 0o600))
  let hash = createHash('sha256')
  let block = ''
  let position = 0
  const flush = () => {
    const bytes = Buffer.from(block, 'utf8')
    block = ''
    hash.update(bytes)
    // writeSync may write less than asked without an error, and a short file would be a lost figure.
    for (let done = 0; done < bytes.length;) {
      done += guarded(path, () => writeSync(file, bytes, done, bytes.length - done, position + done))
    }
    position += bytes.length
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
  let carried = ''
  let batch: Row[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: BLOCK })) {
    hash.update(chunk as Buffer)
    // Not readline: it also breaks lines at U+2028, which a JSON text may hold.
    const lines = (carried + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    carried = lines.pop() ?? ''
    for (const line of lines) batch.push(JSON.parse(line) as Row)
    if (batch.length >= BATCH) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
  const found = `sha256:${hash.digest('hex')}`
  if (expectedHash !== null && (found !== expectedHash || carried !== '')) {
    throw new MlcError('MLC-P012', `the rows in ${path} are not the ones that were pulled`, {
      fix: 'Run mlc pull again.',
    })
  }
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new MlcError('MLC-C008', `cannot write ${path}: ${code ?? 'unexpected error'}`)
  }
}
