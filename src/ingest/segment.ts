import { createHash } from 'node:crypto'

/** A delivery as the spool keeps it. */
export interface Kept {
  /** Grows with time. */
  readonly id: string
  readonly job: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly bytes: number
  /** SHA-256 of the body, in hex. */
  readonly digest: string
  /** Which of the secrets it came with, from 1. */
  readonly secret: number
  /** False: the body is a file of its own. */
  readonly isInline: boolean
}

/**
 * One record of a segment: a line that says what it is, then the body where it is kept inline, then a line feed.
 * Whatever was cut off or changed shows: the line is not whole or not what it was, or the digest does not fit.
 */
export function encodeRecord(kept: Kept, body: readonly Buffer[]): Buffer {
  const line = JSON.stringify({ v: 1, ...kept, check: checkOf(kept) })
  return Buffer.concat([Buffer.from(`${line}\n`), ...body, LINE_FEED])
}

const LINE_FEED = Buffer.from('\n')

export interface Scanned {
  readonly records: readonly { readonly kept: Kept; readonly bodyAt: number }[]
  /** What was damaged between whole records, in order. */
  readonly gaps: readonly Gap[]
  /** Bytes up to the end of the last whole record: what comes behind was never acknowledged, or was damaged. */
  readonly wholeBytes: number
}

/** Bytes that are no record any more, although whole ones come behind them: a disk has changed what was acknowledged. */
export interface Gap {
  readonly at: number
  readonly bytes: number
  /** What the first record in it says of itself, where its line can be read; its body cannot. */
  readonly kept: Kept | null
}

/** Reads the whole records of a segment; behind damage it goes on where the next one begins. */
export function scanSegment(bytes: Buffer): Scanned {
  const records: { kept: Kept; bodyAt: number }[] = []
  const gaps: Gap[] = []
  let at = 0
  for (;;) {
    const found = recordAt(bytes, at)
    if (found.end !== null && found.kept !== null) {
      records.push({ kept: found.kept, bodyAt: found.bodyAt })
      at = found.end
      continue
    }
    const next = nextRecord(bytes, at, found)
    if (next === null) return { records, gaps, wholeBytes: at }
    gaps.push({ at, bytes: next - at, kept: found.kept })
    at = next
  }
}

interface RecordFound {
  /** Null: its line cannot be read. */
  readonly kept: Kept | null
  readonly bodyAt: number
  /** Where the next record begins; null: this one is not whole. */
  readonly end: number | null
}

function recordAt(bytes: Buffer, at: number): RecordFound {
  const lineEnd = bytes.indexOf(0x0a, at)
  const kept = lineEnd < 0 ? null : parseLine(bytes.toString('utf8', at, lineEnd))
  const bodyAt = lineEnd + 1
  if (kept === null) return { kept, bodyAt, end: null }
  const end = bodyAt + (kept.isInline ? kept.bytes : 0)
  const isWhole = bytes[end] === 0x0a && (!kept.isInline || digestOf(bytes.subarray(bodyAt, end)) === kept.digest)
  return { kept, bodyAt, end: isWhole ? end + 1 : null }
}

/** How every record begins: see encodeRecord. */
const BEGINS = Buffer.from('{"v":1,')

/** Where the next whole record begins. The length that a damaged one tells goes first: a body may hold what looks like a record. */
function nextRecord(bytes: Buffer, at: number, { kept, bodyAt }: RecordFound): number | null {
  const told = kept === null ? at : bodyAt + (kept.isInline ? kept.bytes : 0) + 1
  if (told > at && recordAt(bytes, told).end !== null) return told
  for (let next = bytes.indexOf(BEGINS, at + 1); next >= 0; next = bytes.indexOf(BEGINS, next + 1))
    if (recordAt(bytes, next).end !== null) return next
  return null
}

/** That a disk has not changed the line; it guards nothing against people. */
function checkOf({ id, job, at, bytes, digest, secret, isInline }: Kept): string {
  return digestOf(Buffer.from(JSON.stringify([id, job, at, bytes, digest, secret, isInline]))).slice(0, 16)
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function parseLine(line: string): Kept | null {
  try {
    const { v, check, ...kept } = JSON.parse(line) as Kept & { readonly v: number; readonly check?: string }
    const isWhole =
      v === 1 &&
      [kept.id, kept.job, kept.digest].every((text) => typeof text === 'string') &&
      [kept.at, kept.bytes, kept.secret].every((number) => Number.isSafeInteger(number) && number >= 0) &&
      typeof kept.isInline === 'boolean' &&
      // Lines of earlier releases have none.
      (check === undefined || check === checkOf(kept))
    return isWhole ? kept : null
  } catch {
    return null
  }
}
