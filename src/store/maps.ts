import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { rewriteDurably } from '../config/state.js'
import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import { addLines, readMap, type NewMapLine } from '../mapping/map-file.js'
import type { MapStore } from '../pipeline/ports.js'

export interface MapFiles extends MapStore {
  add(path: string, lines: readonly NewMapLine[]): Promise<void>
  /** The file as it is. @throws MLC-C011, MLC-P020 when it is larger than 256 MiB */
  bytes(path: string): Promise<Uint8Array>
}

/** Map files beside mlc.yaml. They belong to the user: lines are added, nothing else is touched. */
export function createMapStore(folder: string): MapFiles {
  return {
    bytes: (path) => readBytes(resolve(folder, path), path),
    read: async (path) => {
      const text = await readText(resolve(folder, path), path)
      return { lines: readMap(text, path), hash: `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}` }
    },
    add: async (path, lines) => {
      const file = resolve(folder, path)
      await rewriteDurably(file, addLines(await readText(file, path), lines))
    },
  }
}

/** A million lines are some 30 MB. */
const MAX_BYTES = 256 * 1024 * 1024

async function readBytes(file: string, shownAs: string): Promise<Uint8Array> {
  // Not from a pipe: a command reads a map more than once.
  const bytes = await readBounded(file, { maxBytes: MAX_BYTES, pipes: false }).catch((error: unknown) => {
    throw new MlcError('MLC-C011', `${shownAs} cannot be read: ${whyUnreadable(error)}`, {
      fix: 'Make the file with the header looker,qad,ignore,reason,from,to, or correct the path: it is relative to mlc.yaml.',
    })
  })
  if (bytes.length > MAX_BYTES) throw new MlcError('MLC-P020', `${shownAs} is larger than 256 MiB`)
  return bytes
}

async function readText(file: string, shownAs: string): Promise<string> {
  const bytes = await readBytes(file, shownAs)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new MlcError('MLC-P020', `${shownAs} is not valid UTF-8`)
  }
}
