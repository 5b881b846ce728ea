import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { openGrowing, type Disk, type GrowingFile } from './disk.js'
import type { Link } from './chain.js'
import type { PublicKey, Signer } from './keys.js'
import { errnoOf } from './months.js'
import { judgeSignatures, parseNotes, type Notes } from './note.js'
import type { Claim } from './proof.js'

/** The file beside the months that holds a signed note for each checkpoint, oldest first. */
export const CHECKPOINTS = 'checkpoints'

/** Records that are never left without a checkpoint while a key is there. */
export const CHECKPOINT_EVERY = 1000

/** Adds checkpoints to the file. */
export interface Checkpoints {
  /** Signs the head, which must be on stable storage, unless the newest checkpoint speaks of it. @throws WriteFailure */
  add(head: Link): void
  /** Records that the newest checkpoint covers. */
  readonly records: number
  readonly path: string
  close(): void
}

/** The newest checkpoint, and where the next one goes. */
export interface Newest {
  /** Null: there is none. */
  readonly head: Link | null
  readonly end: number
}

/** @throws MLC-A005 when the file holds something else than notes */
export function newestCheckpoint(folder: string): Newest {
  const path = join(folder, CHECKPOINTS)
  const { notes, faults, end } = readNotes(path)
  if (faults[0] !== undefined) throw new MlcError('MLC-A005', `${path} line ${faults[0]} is no signed note`)
  const head = notes.at(-1)?.head
  return { head: head ? { seq: head.records, hash: head.hash } : null, end }
}

/** Opens the file to add to it; a note that a crash left half written is written over. */
export function openCheckpoints(folder: string, { head, end }: Newest, signer: Signer, disk: Disk): Checkpoints {
  const path = join(folder, CHECKPOINTS)
  let file: GrowingFile | null = null
  let records = head?.seq ?? 0
  return {
    path,
    get records() {
      return records
    },
    add({ seq, hash }) {
      if (seq === records) return
      if (file === null) {
        if (existsSync(path)) truncateSync(path, end)
        file = openGrowing(path, end, disk)
      }
      // The blank line between two notes comes first, in case the one before was cut off there or added by hand.
      const between = records === 0 ? '' : '\n'
      file.append(Buffer.from(`${between}${signer.sign({ records: seq, hash })}`, 'utf8'), true)
      records = seq
    },
    close: () => file?.close(),
  }
}

/** Checkpoints as claims about the chain, and what is wrong with the file itself. */
export interface CheckpointFile {
  readonly total: number
  readonly claims: readonly Claim[]
  readonly faults: readonly { readonly line: number; readonly problem: 'note' | 'signature' }[]
  readonly torn: number | null
}

/** @param keys whose signatures count; none: signatures are not checked, and every note is a claim */
export function readCheckpoints(folder: string, keys: readonly PublicKey[]): CheckpointFile {
  return judgeCheckpoints(readNotes(join(folder, CHECKPOINTS)), keys)
}

export function judgeCheckpoints({ notes, faults, torn }: Notes, keys: readonly PublicKey[]): CheckpointFile {
  const isGood = (note: Notes['notes'][number]) => keys.length === 0 || judgeSignatures(note, keys) === 'good'
  const claims = notes.filter(isGood).map(({ head, line }): Claim => {
    return { kind: 'checkpoint', records: head.records, hash: head.hash, by: `${CHECKPOINTS} line ${line}` }
  })
  const unsigned = notes.filter((note) => !isGood(note)).map(({ line }) => ({ line, problem: 'signature' as const }))
  const unread = faults.map((line) => ({ line, problem: 'note' as const }))
  return {
    total: notes.length + faults.length,
    claims,
    faults: [...unread, ...unsigned].sort((a, b) => a.line - b.line),
    torn,
  }
}

function readNotes(path: string): Notes {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return parseNotes(Buffer.alloc(0))
    throw new MlcError('MLC-A004', `${path} cannot be read: ${errnoOf(error)}`, { cause: error })
  }
  return parseNotes(bytes)
}
