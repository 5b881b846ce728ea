import { constants } from 'node:fs'
import { mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file operations that can fail half-way; tests bring disks that are full or write short. */
export interface Files {
  open(path: string, flags: number, mode?: number): Promise<Handle>
  rename(from: string, to: string): Promise<void>
}

export type Handle = Pick<FileHandle, 'chmod' | 'close' | 'datasync' | 'sync' | 'truncate'> & {
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>
}

export const NODE_FILES: Files = { open, rename }

/** A new file of this user alone; its name is durable once the folder is synced. */
export async function openNew(path: string, files: Files): Promise<Handle> {
  const file = await files.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  // The umask cuts the mode given at creation; 777 would lock us out of our own file.
  await file.chmod(0o600).catch(async (error: unknown) => {
    await file.close().catch(() => undefined)
    throw error
  })
  return file
}

/** A disk that fills up shows as a short count first, and only then as an error. */
export async function writeWhole(file: Handle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    if (bytesWritten === 0) throw Object.assign(new Error('the disk takes no more bytes'), { code: 'ENOSPC' })
    done += bytesWritten
  }
}

/** A whole file under its name, or the one before: never a part. Other writers of the name do not exist. */
export async function replaceFile(path: string, bytes: Uint8Array, files: Files): Promise<void> {
  const temporary = `${path}.tmp`
  await removeFile(temporary)
  const file = await openNew(temporary, files)
  try {
    await writeWhole(file, bytes, 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(temporary, path)
  await syncFolder(dirname(path), files)
}

/** Without this a new name can be lost. Windows cannot open a folder, and NTFS journals its names by itself. */
export async function syncFolder(path: string, files: Files): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await files.open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch(unless('EEXIST'))
}

export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch(unless('ENOENT'))
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error
    return undefined
  }
}
