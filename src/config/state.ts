import { access, chmod, readdir, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import { posix, win32 } from 'node:path'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import { makeFolders } from './durable.js'

export { rewriteDurably, writeFileDurably } from './durable.js'

/** The folder of runs, plans, locks and audit: `MLC_STATE_DIR`, else the platform's place for the state of programs. */
export function stateFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): string {
  const path = platform === 'win32' ? win32 : posix
  if (env['MLC_STATE_DIR']) return path.resolve(env['MLC_STATE_DIR'])
  if (platform === 'win32') return path.join(env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local'), 'mlc')
  const xdg = env['XDG_STATE_HOME']
  // The XDG specification says that a relative path in its variables is to be ignored.
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, 'mlc')
  return platform === 'darwin'
    ? path.join(home, 'Library', 'Application Support', 'mlc')
    : path.join(home, '.local', 'state', 'mlc')
}

/** Makes the folder (0700) where it is missing. One that is there keeps its permissions. @throws MLC-C008 not a folder, not writable */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await makeFolders(path, 0o700)
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new MlcError('MLC-C008', `the folder ${path} cannot be used: ${explainFault(cause)}`, { cause })
  }
}

/**
 * Takes a state folder from the eyes of other users, as the contract has it (0700), where it is ours and holds nothing else.
 * @returns what was found and done, for people; null when it was closed already
 */
export async function closeFolder(path: string): Promise<string | null> {
  const { mode, uid } = await stat(path)
  if (process.platform === 'win32' || (mode & 0o077) === 0) return null
  const found = `other users may look into the state folder ${path} (mode ${(mode & 0o777).toString(8)})`
  if (uid !== process.getuid?.()) return `${found}, which belongs to another user: have it closed with chmod 700`
  const foreign = (await readdir(path)).find((name) => !OURS.test(name))
  if (foreign !== undefined)
    return `${found}; it also holds ${foreign}, so it is left as it is: name a folder of its own`
  const isClosed = await chmod(path, 0o700).then(
    () => true,
    () => false,
  )
  return isClosed ? `${found}: it is closed to them now (mode 700)` : `${found}, and that cannot be changed here`
}

/** What mlc keeps there, what a crash leaves of it, and what the root of a volume holds. */
const OURS =
  /^(?:audit|runs|readings|breaks|ingest|looker-calls|qad-probe\.json|lock(?:\.json)?|vault\.json(?:\.lock)?|\..*\.tmp|lost\+found)$/
