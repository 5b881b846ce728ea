import { lstat, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'

export interface FindConfigOptions {
  /** `--config`. */
  readonly flag: string | undefined
  /** `MLC_CONFIG`. */
  readonly env: string | undefined
  readonly cwd: string
  /** `XDG_CONFIG_HOME`. */
  readonly xdgConfigHome: string | undefined
  readonly home: string
}

/**
 * The absolute path of `mlc.yaml`: `--config`, else `MLC_CONFIG`, else the working folder or a parent, else the user's
 * configuration folder. @throws MLC-C001 with the places looked at
 */
export async function findConfig({ flag, env, cwd, xdgConfigHome, home }: FindConfigOptions): Promise<string> {
  if (flag !== undefined) return named(flag, '--config', cwd)
  if (env !== undefined && env !== '') return named(env, 'MLC_CONFIG', cwd)
  const places = [...folderAndParents(cwd).map((folder) => join(folder, 'mlc.yaml')), userConfig(xdgConfigHome, home)]
  for (const place of places) {
    if (await isThere(place)) return place
  }
  throw new MlcError('MLC-C001', `no mlc.yaml was found; looked at ${[...new Set(places)].join(', ')}`)
}

async function named(path: string, by: string, cwd: string): Promise<string> {
  const absolute = resolve(cwd, path)
  const found = path === '' ? null : await stat(absolute).catch(whyMissing)
  if (found === 'ELOOP')
    throw new MlcError('MLC-C001', `${by} names ${JSON.stringify(path)}, a link that leads to itself`)
  if (found === null) throw new MlcError('MLC-C001', `${by} names ${JSON.stringify(path)}, which does not exist`)
  if (found instanceof Error)
    throw new MlcError(
      'MLC-C001',
      `${by} names ${JSON.stringify(path)}, which cannot be read: ${explainFault(found, 'reading')}`,
    )
  if (found.isDirectory()) throw new MlcError('MLC-C001', `${by} names ${JSON.stringify(path)}, which is a folder`)
  return absolute
}

function whyMissing(error: NodeJS.ErrnoException): 'ELOOP' | Error | null {
  if (error.code === 'ELOOP') return error.code
  return error.code === 'ENOENT' || error.code === 'ENOTDIR' ? null : error
}

function folderAndParents(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...folderAndParents(parent)]
}

/** The XDG specification says that a relative `XDG_CONFIG_HOME` is to be ignored. */
function userConfig(xdgConfigHome: string | undefined, home: string): string {
  const folder = xdgConfigHome?.startsWith('/') ? xdgConfigHome : join(home, '.config')
  return join(folder, 'mlc', 'mlc.yaml')
}

/** @throws MLC-C001 for what cannot be read as a file: a pipe that nobody writes to would be waited for, and nobody named it */
async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  // A link that leads nowhere now is this folder's mlc.yaml all the same: another one must not stand in for it.
  if (found === null) return lstat(path).then(Boolean, () => false)
  if (found.isFile() || found.isDirectory()) return found.isFile()
  throw new MlcError('MLC-C001', `${path} is not a regular file`)
}
