import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import type { ExposedFile } from '../doctor/ports.js'

/** A file with a credential that others on this machine may read; null when it is well kept, or kept by the platform. */
export async function exposedFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExposedFile | null> {
  const found = await stat(path).catch(() => null)
  // Windows has no such bits.
  if (found === null || process.getuid === undefined) return null
  const isOurs = found.uid === process.getuid()
  // A file of root's that our group may read is how services are given one.
  const isOpen = (found.mode & (isOurs ? 0o077 : 0o007)) !== 0
  if (!isOpen || (await isMounted(path, env))) return null
  return { path, mode: found.mode & 0o777, isOurs }
}

/** Secrets that Docker, Kubernetes and systemd mount are for this container or service alone, whatever their mode. */
async function isMounted(path: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const real = await realpath(path).catch(() => path)
  const places = ['/run/secrets', '/var/run/secrets', env['CREDENTIALS_DIRECTORY']].filter((place) => place)
  if (places.some((place) => [path, real].some((one) => one.startsWith(`${place}/`)))) return true
  return access(path, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EROFS',
  )
}
