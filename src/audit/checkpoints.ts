import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { counted } from '../model/counted.js'
import { explainFault } from '../model/fault.js'
import { openGrowing, type Disk, type GrowingFile } from './disk.js'
import type { Link } from './chain.js'
import type { PublicKey, Signer } from './keys.js'
import { errnoOf } from './months.js'
import { judgeSignatures, parseNotes, type Note, type Notes } from './note.js'
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
  /** The note that speaks of it; null: there is none. */
  readonly note: Note | null
}

/** @throws MLC-A005 when the file holds something else than notes */
export function newestCheckpoint(folder: string): Newest {
  const path = join(folder, CHECKPOINTS)
  const { notes, faults, end } = readNotes(path)
  if (faults[0] !== undefined) throw new MlcError('MLC-A005', `${path} line ${faults[0]} is no signed note`)
  const note = notes.at(-1) ?? null
  return { head: note && { seq: note.head.records, hash: note.head.hash }, end, note }
}

/** That from now on another key signs than did until now, or none, in words; null: nothing changes. */
export function changeOfSigner({ note }: Newest, signer: Signer | null): string | null {
  if (note === null || (signer && judgeSignatures(note, [signer.publicKey]) === 'good')) return null
  const records = `its first ${counted(note.head.records, 'record')}`
  if (signer === null)
    return `This audit was signed until now (${records}) and no key is given: what this run adds is not signed. Set MLC_AUDIT_KEY_FILE.`
  return (
    `This audit was signed with another key until now (${records}), and goes on with the key that MLC_AUDIT_KEY_FILE or MLC_AUDIT_KEY ` +
    'gives. If nobody changed the key, find out who did; else give mlc audit verify both: --key old.pub --key new.pub'
  )
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
  /** Who signed, as far as can be told without keys: one entry for each change. */
  readonly signers: readonly CheckpointSigner[]
}

/** Notes one after another by one signer. */
export interface CheckpointSigner {
  /** As the signature says; null: it is not signed. */
  readonly name: string | null
  /** Four bytes that name key and name together, in hex. */
  readonly keyId: string | null
  /** Line of `checkpoints` on which its first note begins. */
  readonly line: number
  /** What that note covers. */
  readonly records: number
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
    signers: signersOf(notes, keys),
  }
}

/** The id of a key depends on the host's name too; where the key itself is known, another name is no other signer. */
function signersOf(notes: Notes['notes'], keys: readonly PublicKey[]): CheckpointSigner[] {
  const signers: CheckpointSigner[] = []
  let last: string | null = null
  for (const note of notes) {
    const [{ name, keyId } = { name: null, keyId: null }] = note.signatures
    const known = keys.find((key) => judgeSignatures(note, [key]) === 'good')
    const identity = known?.text ?? keyId ?? ''
    if (identity !== last) signers.push({ name, keyId, line: note.line, records: note.head.records })
    last = identity
  }
  return signers
}

function readNotes(path: string): Notes {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return parseNotes(Buffer.alloc(0))
    throw new MlcError('MLC-A004', `${path} cannot be read: ${explainFault(error, 'reading')}`, { cause: error })
  }
  return parseNotes(bytes)
}
