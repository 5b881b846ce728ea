import { createHash, verify } from 'node:crypto'
import type { PublicKey } from './keys.js'

/** The end of an audit as a note states it: the first `records` records are those whose last one has this hash. */
export interface Head {
  /** Whose audit it is: `mlc/<tenant>/<host>`. */
  readonly origin: string
  readonly records: number
  /** Of record number `records`, in hex; 64 zeros for none. */
  readonly hash: string
}

/** A head with the signatures under it: a signed note of C2SP, https://c2sp.org/signed-note. */
export interface Note {
  readonly head: Head
  readonly signatures: readonly SignatureLine[]
  /** Line of its file on which it begins, from 1. */
  readonly line: number
}

export interface SignatureLine {
  readonly name: string
  /** Four bytes that name the key, in hex. */
  readonly keyId: string
  readonly signature: Buffer
}

/** What a file of notes holds, one note after another. */
export interface Notes {
  readonly notes: readonly Note[]
  /** Lines on which something begins that is no note. */
  readonly faults: readonly number[]
  /** Line on which a note begins that was not written to its end; null: none. */
  readonly torn: number | null
  /** Bytes up to the end of the last whole note. */
  readonly end: number
}

/** The text that is signed. */
export function noteText({ origin, records, hash }: Head): string {
  return `${origin}\n${records}\n${Buffer.from(hash, 'hex').toString('base64')}\n`
}

/** Every note of a file. A note without a signature line is whole only where `unsigned` ones are taken. */
export function parseNotes(bytes: Buffer, { unsigned = false } = {}): Notes {
  // Bytes that are no UTF-8 stay distinct: they must not read like the dash of a signature line.
  const lines = bytes.toString('latin1').split('\n')
  const rest = lines.pop() ?? ''
  const notes: Note[] = []
  const faults: number[] = []
  const least = unsigned ? 0 : 1
  let torn: number | null = null
  let at = 0
  let wholeLines = 0
  while (at < lines.length) {
    if (lines[at] === '') {
      if (wholeLines === at) wholeLines++
      at++
      continue
    }
    const read = readNote(lines, at)
    const isCut = read.next === lines.length && (read.note === null || read.note.signatures.length < least)
    if (read.note !== null && read.note.signatures.length >= least) {
      notes.push(read.note)
      wholeLines = read.next
    } else if (isCut && read.isPrefix) torn = at + 1
    else faults.push(at + 1)
    at = read.next
  }
  if (rest !== '' && torn === null) torn = lines.length + 1
  const end = lines.slice(0, wholeLines).reduce((sum, line) => sum + line.length + 1, 0)
  return { notes, faults, torn, end }
}

/** Reads the note that begins at a line; `isPrefix`: as far as the lines go, they are those of a note. */
function readNote(lines: readonly string[], at: number): { note: Note | null; next: number; isPrefix: boolean } {
  const [origin = '', count, head, blank] = lines.slice(at, at + 4)
  const hash = head === undefined ? '' : hashOf(head)
  const isPrefix =
    isName(origin) &&
    (count === undefined || COUNT.test(count)) &&
    hash !== null &&
    (blank === undefined || blank === '')
  if (!isPrefix) return { note: null, next: afterBlock(lines, at), isPrefix: false }
  if (blank === undefined) return { note: null, next: lines.length, isPrefix: true }
  const signatures: SignatureLine[] = []
  let next = at + 4
  for (; next < lines.length && lines[next]?.startsWith(DASH); next++) {
    const signature = signatureOf(lines[next] ?? '')
    if (signature === null) return { note: null, next: afterBlock(lines, next), isPrefix: false }
    signatures.push(signature)
  }
  return { note: { head: { origin, records: Number(count), hash }, signatures, line: at + 1 }, next, isPrefix: true }
}

/** The em dash of a signature line and its blank, byte by byte. */
const DASH = Buffer.from('\u2014 ', 'utf8').toString('latin1')
const COUNT = /^(?:0|[1-9]\d{0,14})$/

/** Where the next note may begin: behind the blank line that ends the signatures of this one. */
function afterBlock(lines: readonly string[], at: number): number {
  let next = at
  while (next < lines.length && !(lines[next] === '' && !lines[next + 1]?.startsWith(DASH))) next++
  return next
}

function isName(text: string): boolean {
  return /^[^\s+\p{Cc}]{1,300}$/u.test(text) && text.startsWith('mlc/')
}

function hashOf(head: string): string | null {
  const bytes = exactBase64(head)
  return bytes?.length === 32 ? bytes.toString('hex') : null
}

function signatureOf(line: string): SignatureLine | null {
  const [name = '', text = '', ...more] = line.slice(DASH.length).split(' ')
  const bytes = exactBase64(text)
  if (name === '' || more.length > 0 || bytes === null || bytes.length < 5) return null
  return { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) }
}

/** Of base64 only the one spelling that an encoder writes: two spellings of one signature would be two files. */
export function exactBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return text !== '' && bytes.toString('base64') === text ? bytes : null
}

/** The four bytes by which a signature line names its key, in hex. */
export function keyIdOf(name: string, publicKey: Buffer): string {
  const sum = createHash('sha256')
    .update(name, 'latin1')
    .update(Buffer.from([0x0a, ED25519]))
    .update(publicKey)
  return sum.digest('hex').slice(0, 8)
}

/** C2SP's number for the kind of signature. */
export const ED25519 = 1

/** `good`: signed by one of the keys, and no line claims one of them wrongly. `unknown`: no line is by any of them. */
export function judgeSignatures({ head, signatures }: Note, keys: readonly PublicKey[]): 'good' | 'bad' | 'unknown' {
  const text = Buffer.from(noteText(head), 'latin1')
  const known = signatures.flatMap(({ name, keyId, signature }) =>
    keys
      .filter((key) => (key.name ?? name) === name && keyIdOf(name, key.raw) === keyId)
      .map((key) => signature.length === 64 && verify(null, text, key.key, signature)),
  )
  if (known.length === 0) return 'unknown'
  return known.every(Boolean) ? 'good' : 'bad'
}
