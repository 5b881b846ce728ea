import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { whyUnreadable } from '../../files.js'
import { compareNumbered } from '../../model/fold.js'

export interface Found {
  /** Plain files, and links to such, in the order of their names, 9 before 10. */
  readonly names: readonly string[]
  /** What is left alone, and why, for people. */
  readonly passedOver: readonly string[]
}

/** What of a folder may be a delivery. Mounted volumes, such as those of Kubernetes, consist of links. */
export async function lookInto(folder: string): Promise<Found> {
  const names: string[] = []
  const passedOver: string[] = []
  for (const name of (await readdir(folder)).sort(compareNumbered)) {
    // Programs hide what they are still copying, and a mounted volume its own folders.
    if (name.startsWith('.')) continue
    const why = await whyNot(folder, name)
    if (why === null) names.push(name)
    else passedOver.push(`${name}: ${why}`)
  }
  return { names, passedOver }
}

async function whyNot(folder: string, name: string): Promise<string | null> {
  if (COPYING.test(name)) return 'its name says that it is still being copied, or is a copy of an editor'
  try {
    const found = await stat(join(folder, name))
    if (found.isFile()) return null
    return found.isDirectory() ? 'it is a folder' : 'it is no plain file'
  } catch (error) {
    return `it cannot be read: ${whyUnreadable(error)}`
  }
}

/** What clients of SFTP and browsers call a file until it is whole. */
const COPYING = /(?:\.(?:part|partial|filepart|tmp|crdownload)|~)$/i
