import { basename } from 'node:path'
import type { Context } from '../../context.js'
import type { Job } from '../../model/job.js'
import { textIn } from '../trace/read.js'
import type { RunTold } from './told.js'

export interface MapCopy {
  readonly dimension: 'accounts' | 'costCentres'
  /** Relative to mlc.yaml, as the job names it. */
  readonly file: string
  /** In the archive. */
  readonly name: string
  readonly bytes: Uint8Array
  /** `sha256:…`, as `map.done` of the audit has it. */
  readonly hash: string
}

/** The job's map files as they are now. @throws MLC-C011, MLC-P020 */
export async function mapCopies({ map }: Pick<Job, 'map'>, context: Context): Promise<readonly MapCopy[]> {
  const store = await context.maps()
  const copies: MapCopy[] = []
  for (const dimension of ['accounts', 'costCentres'] as const) {
    const file = map[dimension]
    if (file === null) continue
    const plain = `maps/${archiveName(basename(file))}`
    const isTaken = copies.some(({ name }) => name === plain)
    const name = isTaken ? `maps/${dimension}-${archiveName(basename(file))}` : plain
    copies.push({ dimension, file, name, bytes: await store.bytes(file), hash: (await store.read(file)).hash })
  }
  return copies
}

/** What every unpacker can make a file of. */
export function archiveName(name: string): string {
  return name.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_')
}

/** Whether a run was mapped by the very file that is in the archive; null: it was not mapped, or took codes as they are. */
export function wasUsedBy({ mapped }: RunTold, { dimension, hash }: MapCopy): boolean | null {
  const [accounts, costCentres] = textIn(mapped?.data, 'mapHash')?.split('+') ?? []
  const used = dimension === 'accounts' ? accounts : costCentres
  return used === undefined || used === 'none' ? null : used === hash
}
