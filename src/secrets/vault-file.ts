import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'

/** Some dozens of entries; whatever is larger is another file. */
const MAX_BYTES = 1024 * 1024

/**
 * The text of the vault; null when there is none. Only a plain file of this user that nobody else may open is taken.
 * @throws MLC-S021 it is too large or cannot be read, MLC-S022 it is a link, a pipe, another user's or open to others
 */
export async function readVaultText(path: string): Promise<string | null> {
  const file = await openGuarded(path)
  if (file === null) return null
  try {
    await checkOwner(path, file)
    const buffer = Buffer.alloc(MAX_BYTES + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    if (bytesRead > MAX_BYTES) throw new MlcError('MLC-S021', `${path} is larger than 1 MiB: no vault of mlc`)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file.close()
  }
}

async function openGuarded(path: string): Promise<FileHandle | null> {
  try {
    // O_NONBLOCK, or a pipe of that name would keep mlc waiting for a writer.
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    if (code === 'ELOOP' || code === 'EMLINK') throw new MlcError('MLC-S022', `${path} is a symbolic link`, { cause })
    throw new MlcError('MLC-S021', `${path} cannot be read: ${explainFault(cause, 'reading')}`, { cause })
  }
}

async function checkOwner(path: string, file: FileHandle): Promise<void> {
  const found = await file.stat()
  if (!found.isFile()) throw new MlcError('MLC-S022', `${path} is not a plain file`)
  // Windows knows neither; there the user's own folder is what protects it.
  if (process.getuid === undefined) return
  if (found.uid !== process.getuid())
    throw new MlcError(
      'MLC-S022',
      `${path} belongs to the user with number ${found.uid}, mlc runs as ${process.getuid()}`,
    )
  const mode = found.mode & 0o777
  if ((mode & 0o077) !== 0)
    throw new MlcError('MLC-S022', `${path} has mode 0${mode.toString(8)}: other users may open it`)
}
