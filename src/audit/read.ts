import { join } from 'node:path'
import { MlcError } from '../errors.js'
import { parseKey } from '../model/reference.js'
import type { AuditEvent, AuditRecord } from './event.js'
import { linesOf, monthFiles, type Line } from './months.js'
import { readLine } from './record.js'

/** A record and where it stands. `text` is its line as hashed, without the newline: export it untouched. */
export interface AuditLine extends AuditRecord {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Only records that meet all that is given. */
export interface AuditFilter {
  readonly run?: string
  readonly job?: string
  /** A posted key, or a base key with all its revisions. */
  readonly key?: string
  readonly events?: readonly AuditEvent[]
  /** ISO 8601, a date or a time; records from then on. */
  readonly since?: string
  /** The same; records up to then, the whole of a day that is named. */
  readonly until?: string
}

/**
 * The records of all months in the order of the chain, in constant memory. Checks each line that it hands out against
 * its own hash, not the chain: that is `verifyAudit`. A torn last line is left out.
 * @throws MLC-A002, MLC-A004 at a line that was changed or cannot be read
 */
export async function* readAudit(folder: string, filter: AuditFilter = {}): AsyncGenerator<AuditLine> {
  const wanted = filterOf(filter)
  const files = await monthFiles(folder)
  for (const file of files.filter((each) => wanted.mayHold(each))) {
    for await (const lines of linesOf(join(folder, file))) {
      for (const line of lines) {
        if (!line.ended || !wanted.mayBe(line.bytes)) continue
        const found = locate(line, join(folder, file), file)
        if (wanted.is(found)) yield found
      }
    }
  }
}

/** Whether a record meets all that is given. @throws MLC-C006 for a time that cannot be read */
export function meets(filter: AuditFilter): (record: AuditRecord) => boolean {
  const wanted = filterOf(filter)
  return (record) => wanted.is(record)
}

function locate(line: Line, path: string, file: string): AuditLine {
  const read = readLine(line.bytes)
  if ('record' in read) return { ...read.record, file, line: line.number, text: read.text }
  if (read.fault === 'hash') {
    throw new MlcError('MLC-A002', `${path} line ${line.number} does not match its hash`)
  }
  throw new MlcError('MLC-A004', `${path} line ${line.number} is not an audit line`)
}

interface Wanted {
  mayHold(file: string): boolean
  mayBe(bytes: Buffer): boolean
  is(record: AuditRecord): boolean
}

function filterOf({ run, job, key, events, since, until }: AuditFilter): Wanted {
  const sinceMs = since === undefined ? -Infinity : timeOf(since)
  const untilMs = until === undefined ? Infinity : timeOf(until) + (/^\d{4}-\d\d-\d\d$/.test(until) ? DAY_MS - 1 : 0)
  const needles = [run, job, key].filter((word) => word !== undefined && /^[\w.-]+$/.test(word)).map(bytesOf)
  const spoken = events?.map(bytesOf)
  return {
    // No line is younger than the month of its file; older ones occur when a clock was set back.
    mayHold: (file) => since === undefined || file.slice(0, 7) >= new Date(sinceMs).toISOString().slice(0, 7),
    // Plain words are spelled in one way only, so a line without these bytes need not be parsed.
    mayBe: (bytes) =>
      needles.every((needle) => bytes.includes(needle)) && (spoken?.some((word) => bytes.includes(word)) ?? true),
    is: (record) =>
      (run === undefined || record.run === run) &&
      (job === undefined || record.job === job) &&
      (key === undefined || record.key === key || baseKeyOf(record.key) === key) &&
      (events === undefined || events.includes(record.event)) &&
      (since === undefined || Date.parse(record.at) >= sinceMs) &&
      (until === undefined || Date.parse(record.at) <= untilMs),
  }
}

const DAY_MS = 86_400_000

function timeOf(text: string): number {
  const ms = Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  throw new MlcError('MLC-C006', `"${text}" is not a date or time, such as 2026-08-01`)
}

function bytesOf(word: string | undefined): Buffer {
  return Buffer.from(word ?? '', 'utf8')
}

function baseKeyOf(key: string | null): string | null {
  return key === null ? null : (parseKey(key)?.baseKey ?? null)
}
