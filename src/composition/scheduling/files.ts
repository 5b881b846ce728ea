import { mkdir, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { writeFileDurably } from '../../config/state.js'
import { MlcError } from '../../errors.js'
import { explainFault } from '../../model/fault.js'

/** The folder of the repository that mlc.yaml lies in, or its own where there is none. */
export interface Repository {
  root(): Promise<string>
  /** Null: not there. `path` is relative to the root. @throws MLC-C011 */
  read(path: string): Promise<string | null>
  /** @throws MLC-C008, MLC-C014 */
  write(path: string, text: string): Promise<void>
  /** It need not be there. @throws MLC-C050 */
  remove(path: string): Promise<void>
}

export function createRepository(folder: () => Promise<string>): Repository {
  const root = async () => rootAbove(await folder())
  return {
    root,
    read: async (path) => readTextOf(join(await root(), path)),
    async write(path, text) {
      const whole = join(await root(), path)
      await mkdir(dirname(whole), { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
        throw new MlcError('MLC-C014', `${dirname(whole)} cannot be made: ${explainFault(cause)}`, { cause })
      })
      await writeFileDurably(whole, text)
    },
    remove: async (path) => removeFile(join(await root(), path)),
  }
}

async function rootAbove(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    // In a worktree it is a file.
    if (await stat(join(at, '.git')).catch(() => null)) return at
    if (relative(at, dirname(at)) === '') return folder
  }
}

export async function readTextOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null
    throw new MlcError('MLC-C011', `${path} cannot be read: ${explainFault(cause, 'reading')}`, { cause })
  })
}

/** It need not be there. @throws MLC-C050 */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return
    throw new MlcError('MLC-C050', `${path} cannot be removed: ${explainFault(cause)}`, { cause })
  })
}
