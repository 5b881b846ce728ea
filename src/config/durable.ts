import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, mkdir, open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'

/** The file operations that can fail half-way; tests bring disks that are full or write short. */
export interface Files {
  open(path: string, flags: number, mode?: number): Promise<Handle>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export type Handle = Pick<FileHandle, 'chmod' | 'close' | 'sync'> & {
  stat(): Promise<{ readonly size: number; isDirectory(): boolean }>
  write(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>
}

/**
 * Replaces a file (0600) so that after any crash it holds either the old text or the whole new one.
 * A good file is never replaced by a short one: the new size is checked before the rename. @throws MLC-C008
 */
export async function writeFileDurably(path: string, text: string, files: Files = NODE_FILES): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeWhole(temporary, Buffer.from(text, 'utf8'), files)
    await files.rename(temporary, path)
    await syncFolder(dirname(path), files)
  } catch (cause) {
    await files.unlink(temporary).catch(() => undefined)
    throw new MlcError('MLC-C008', `${path} cannot be written: ${explainFault(cause)}`, { cause })
  }
}

/** As writeFileDurably, for a file that is the user's: who may read it stays as it is, and so does a link that leads to it. */
export async function rewriteDurably(path: string, text: string): Promise<void> {
  const file = await realpath(path)
  const { mode } = await stat(file)
  await writeFileDurably(file, text)
  await chmod(file, mode & 0o777)
}

const NODE_FILES: Files = { open, rename, unlink }

async function writeWhole(path: string, bytes: Uint8Array, files: Files): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const file = await files.open(path, flags, 0o600)
  try {
    await file.chmod(0o600)
    // write() may take only a part and call it success, on a full disk above all.
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done)
      if (bytesWritten === 0) throw new Error('the disk takes no more bytes')
      done += bytesWritten
    }
    await file.sync()
    const { size } = await file.stat()
    if (size !== bytes.length) throw new Error(`the disk holds ${size} of ${bytes.length} bytes`)
  } finally {
    await file.close()
  }
}

/** Without this the rename itself can be lost. Windows cannot open a folder, and NTFS journals renames. */
async function syncFolder(path: string, files: Files): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await files.open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Makes a folder and those missing above it, one by one: Node's own `recursive` never returns where a folder takes no new
 * names and says that it does not exist, as /proc does. One that is there is left as it is.
 * @param mode of each that is made, whatever the umask; absent: as the umask has it
 */
export async function makeFolders(path: string, mode?: number): Promise<void> {
  if (await isFolder(path)) return
  await makeFolders(dirname(path), mode)
  try {
    await mkdir(path)
    if (mode !== undefined) await chmod(path, mode)
  } catch (error) {
    // Another process may have been faster.
    if (!(await isFolder(path))) throw error
  }
}

/** False: it is not there. @throws EEXIST when it is something else */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null || found.isDirectory()) return found !== null
  throw Object.assign(new Error('not a folder'), { code: 'EEXIST' })
}
