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
 * Whatever was cut off shows: the line is not whole, or the digest does not fit.
 */
export function encodeRecord(kept: Kept, body: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ v: 1, ...kept })}\n`), ...body, LINE_FEED])
}

const LINE_FEED = Buffer.from('\n')

export interface Scanned {
  readonly records: readonly { readonly kept: Kept; readonly bodyAt: number }[]
  /** Bytes up to the end of the last whole record: what comes behind was never acknowledged, or was damaged. */
  readonly wholeBytes: number
}

/** Reads the records of a segment, as far as they are whole. */
export function scanSegment(bytes: Buffer): Scanned {
  const records: { kept: Kept; bodyAt: number }[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf(0x0a, at)
    const kept = lineEnd < 0 ? null : parseLine(bytes.toString('utf8', at, lineEnd))
    if (kept === null) return { records, wholeBytes: at }
    const bodyAt = lineEnd + 1
    const end = bodyAt + (kept.isInline ? kept.bytes : 0)
    if (bytes[end] !== 0x0a) return { records, wholeBytes: at }
    if (kept.isInline && digestOf(bytes.subarray(bodyAt, end)) !== kept.digest) return { records, wholeBytes: at }
    records.push({ kept, bodyAt })
    at = end + 1
  }
}

export function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function parseLine(line: string): Kept | null {
  try {
    const { v, ...kept } = JSON.parse(line) as Kept & { readonly v: number }
    const isWhole =
      v === 1 &&
      [kept.id, kept.job, kept.digest].every((text) => typeof text === 'string') &&
      [kept.at, kept.bytes, kept.secret].every((number) => Number.isSafeInteger(number) && number >= 0) &&
      typeof kept.isInline === 'boolean'
    return isWhole ? kept : null
  } catch {
    return null
  }
}
