import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { MlcError } from '../errors.js'
import { blockOf } from '../model/block.js'
import { explainFault } from '../model/fault.js'
import { createObjectWriter } from '../model/json-rows.js'
import { memoised } from '../model/memoised.js'
import { createPen, createStamp, press } from '../model/pen.js'
import type { Row } from '../model/row.js'
import type { RowSink } from '../pipeline/ports.js'
import { areKeptInOrder, createLineReader } from './lines.js'

/** What is read at once: large enough to be quick, small enough to keep memory flat. */
const BLOCK = 256 * 1024

/** Writes rows as JSON lines, every value as text. Nothing stands under `path` before `finish` has made all of it durable. */
export function createRowSink(path: string): RowSink {
  const partial = `${path}.part`
  const file = guarded(path, () => openSync(partial, 'w', 0o600))
  let hash = createHash('sha256')
  let position = 0
  const pen = createPen((bytes) => {
    hash.update(bytes)
    // writeSync may write less than asked without an error, and a short file would be a lost figure.
    for (let done = 0; done < bytes.length;) {
      const count = guarded(path, () => writeSync(file, bytes, done, bytes.length - done, position + done))
      if (count === 0) throw new MlcError('MLC-C008', `${path} cannot be written: the disk takes no more bytes`)
      done += count
    }
    position += bytes.length
  })
  const lineFeed = createStamp('\n')
  const writeObject = createObjectWriter(JSON.stringify)
  const isWritable = memoised(areKeptInOrder)
  return {
    write: (rows) => {
      const block = blockOf(rows)
      if (block === null || !isWritable(block.names)) {
        for (const row of rows) pen.text(`${JSON.stringify(row)}\n`)
        return
      }
      for (let row = 0; row < block.count; row++) {
        writeObject(block, row, pen)
        press(lineFeed, pen)
      }
    },
    restart: () => {
      guarded(path, () => ftruncateSync(file, 0))
      hash = createHash('sha256')
      pen.at = 0
      position = 0
    },
    finish: async () => {
      pen.flush()
      guarded(path, () => fsyncSync(file))
      closeSync(file)
      guarded(path, () => renameSync(partial, path))
      return `sha256:${hash.digest('hex')}`
    },
  }
}

/**
 * Rows of a file in batches, each to be read before the next one is asked for.
 * @throws MLC-P012 when the file is not the one whose hash is given
 */
export async function* readRows(path: string, expectedHash: string | null): AsyncGenerator<readonly Row[]> {
  const hash = createHash('sha256')
  const lines = createLineReader(() => changed(path))
  const file = reading(path, () => openSync(path, 'r'))
  let bytes = Buffer.alloc(2 * BLOCK)
  let carried = 0
  try {
    for (;;) {
      // A line that is longer than the buffer.
      if (bytes.length < carried + BLOCK + BEYOND) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)])
      const count = reading(path, () => readSync(file, bytes, carried, BLOCK, null))
      if (count === 0) break
      hash.update(bytes.subarray(carried, carried + count))
      const filled = carried + count
      const end = bytes.lastIndexOf(LINE_FEED, filled - 1) + 1
      yield* lines.read(bytes, end)
      bytes.copyWithin(0, end, filled)
      carried = filled - end
      // A signal is heard between two reads.
      await setImmediate()
    }
  } finally {
    closeSync(file)
  }
  const found = `sha256:${hash.digest('hex')}`
  if (expectedHash !== null && (found !== expectedHash || carried > 0)) throw changed(path)
}

const BEYOND = 8
const LINE_FEED = 0x0a

function changed(path: string): MlcError {
  return new MlcError('MLC-P012', `the rows in ${path} are not the ones that were pulled`, {
    fix: 'Run mlc pull again.',
  })
}

function reading<T>(path: string, act: () => T): T {
  try {
    return act()
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
