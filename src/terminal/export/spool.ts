import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Terminal } from '../output.js'
import { closeHidden, failing, openHidden, writeWhole, type Hidden } from './hidden.js'
import { createPen, type Pen } from '../../model/pen.js'

/** Data that is gathered where nobody sees it: it comes out whole, or not at all. */
export interface Spool {
  readonly pen: Pen
  /** Forgets everything written so far. */
  restart(): void
  /** Everything is there: the file gets its name, or stdout its data. */
  finish(): Promise<void>
  /** Leaves nothing behind. After finish() it does nothing. */
  discard(): void
}

type Screen = Pick<Terminal, 'data' | 'isClosed' | 'isPerson'>

/** @param path what --output says; undefined and `-` are stdout @throws MLC-C006 when nothing can be written there */
export function openSpool(path: string | undefined, terminal: Screen): Spool {
  if (path === undefined || path === '-') return gather(openHidden(), (file) => copyOut(file, terminal))
  const shown = `--output ${path}`
  const before = failing(shown, () => statSync(path, { throwIfNoEntry: false }))
  if (before !== undefined && !before.isFile()) return gather(openHidden(), (file) => copyInto(path, file))
  // What a link points at is replaced, and the link stays.
  const target = before === undefined ? path : realpathSync(path)
  const partial = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.part`)
  const file = { fd: failing(shown, () => openSync(partial, 'wx', 0o600)), path: partial, shown }
  return gather(file, () => {
    failing(shown, () => {
      if (before !== undefined) {
        fchmodSync(file.fd, before.mode & 0o777)
        // A file that is replaced was good: without this, a power failure could leave an empty one.
        fsyncSync(file.fd)
      }
      renameSync(partial, target)
    })
    return Promise.resolve()
  })
}

function gather(file: Hidden, bringOut: (file: Hidden) => Promise<void>): Spool {
  let position = 0
  let isOver = false
  const pen = createPen((bytes) => {
    writeWhole(file, bytes, position)
    position += bytes.length
  })
  const discard = () => {
    if (isOver) return
    isOver = true
    closeHidden(file)
  }
  return {
    pen,
    discard,
    restart() {
      pen.at = 0
      position = 0
      failing(file.shown, () => ftruncateSync(file.fd, 0))
    },
    async finish() {
      try {
        pen.flush()
        await bringOut(file)
      } finally {
        discard()
      }
    },
  }
}

const BLOCK = 256 * 1024

function* blocks({ fd }: Hidden): Generator<Uint8Array> {
  const bytes = Buffer.allocUnsafe(BLOCK)
  for (let position = 0; ;) {
    const count = readSync(fd, bytes, 0, BLOCK, position)
    if (count === 0) return
    position += count
    yield bytes.subarray(0, count)
  }
}

/** A person gets whole lines, so that no character and no line end is torn; a pipe gets the bytes. */
async function copyOut(file: Hidden, terminal: Screen): Promise<void> {
  const decoder = new TextDecoder()
  let carried = ''
  for (const block of blocks(file)) {
    if (terminal.isClosed) return
    if (!terminal.isPerson) {
      // The block is used again, and stdout may take its time.
      await terminal.data(Uint8Array.from(block))
      continue
    }
    const text = carried + decoder.decode(block, { stream: true })
    const end = text.lastIndexOf('\n') + 1
    carried = text.slice(end)
    await terminal.data(text.slice(0, end))
  }
  if (carried !== '') await terminal.data(carried)
}

/** A device or a named pipe cannot be replaced: it is written to, once everything is there. */
function copyInto(path: string, file: Hidden): Promise<void> {
  const shown = `--output ${path}`
  const target = { fd: failing(shown, () => openSync(path, 'w')), path, shown }
  try {
    for (const block of blocks(file)) writeWhole(target, block, null)
  } finally {
    closeSync(target.fd)
  }
  return Promise.resolve()
}

/** Lines that wait to be read again. */
export interface Scratch {
  readonly pen: Pen
  lines(): Generator<string>
  discard(): void
}

export function createScratch(): Scratch {
  const file = openHidden()
  let position = 0
  const pen = createPen((bytes) => {
    writeWhole(file, bytes, position)
    position += bytes.length
  })
  return {
    pen,
    *lines() {
      pen.flush()
      const decoder = new TextDecoder()
      let carried = ''
      for (const block of blocks(file)) {
        const lines = (carried + decoder.decode(block, { stream: true })).split('\n')
        carried = lines.pop() ?? ''
        yield* lines
      }
    },
    discard: () => closeHidden(file),
  }
}
