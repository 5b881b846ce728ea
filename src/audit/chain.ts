import type { AuditRecord } from './event.js'
import type { Line } from './months.js'
import { readLine, ZEROS } from './record.js'

export type ProblemKind = 'hash' | 'prev' | 'seq' | 'json' | 'blank' | 'torn' | 'missing-month' | 'shape'

/** The end of a chain so far. */
export interface Link {
  readonly seq: number
  readonly hash: string
}

/** Follows the chain line by line. A bad line is named once; what stands behind it is judged by itself. */
export interface Chain {
  /** Says which file the next lines are from. */
  enter(file: string): void
  /** What is wrong with a complete line: nothing, for a good one. */
  check(line: Line): readonly ProblemKind[]
  /** The last good record, and its text. */
  readonly last: { readonly record: AuditRecord; readonly text: string } | null
  /** Complete lines seen, blank ones not counted. */
  readonly records: number
}

/** @param start the line before the first; null when it cannot be known, then any beginning is good */
export function createChain(start: Link | null, fileBefore: string | null = null): Chain {
  let expected = start ? after(start) : ANYTHING
  let files: { readonly before: string | null; readonly here: string } = { before: fileBefore, here: '' }
  let last: Chain['last'] = null
  let records = 0
  return {
    enter(file) {
      files = { before: files.here === '' ? fileBefore : files.here, here: file }
    },
    check(line) {
      if (isBlank(line.bytes)) return ['blank']
      records++
      const read = readLine(line.bytes)
      if ('fault' in read) {
        expected = afterBadLine(expected, read.hashes)
        return [read.fault]
      }
      const problems = judge(read.record, expected)
      last = read
      expected = after(read.record)
      return problems.length > 0 && line.number === 1 && mayLackMonth(files) ? ['missing-month'] : problems
    },
    get last() {
      return last
    },
    get records() {
      return records
    },
  }
}

export const START: Link = { seq: 0, hash: ZEROS }

/** What the next line may say. After a good line there is one answer; after a bad one, each that the bad line explains. */
interface Expected {
  readonly seqFrom: number
  readonly seqTo: number
  /** Null: no telling. */
  readonly prevs: readonly string[] | null
  /** Hashes of bad lines: who names one of these follows that line, whatever its number was. */
  readonly bad: readonly string[]
}

const ANYTHING: Expected = { seqFrom: 1, seqTo: Infinity, prevs: null, bad: [] }

function after(link: Link): Expected {
  return { seqFrom: link.seq + 1, seqTo: link.seq + 1, prevs: [link.hash], bad: [] }
}

/** The bad line was either changed in its place or put in between, so its number may be used up or not. */
function afterBadLine(expected: Expected, hashes: readonly string[] | null): Expected {
  const prevs = hashes && expected.prevs ? [...expected.prevs.slice(0, 1), ...hashes] : null
  return { seqFrom: expected.seqFrom, seqTo: expected.seqTo + 1, prevs, bad: hashes ?? [] }
}

const NOTHING: readonly ProblemKind[] = []

function judge(record: AuditRecord, expected: Expected): readonly ProblemKind[] {
  const follows = expected.prevs === null || expected.prevs.includes(record.prev)
  const counts = (record.seq >= expected.seqFrom && record.seq <= expected.seqTo) || expected.bad.includes(record.prev)
  if (follows && counts) return NOTHING
  return [...(follows ? [] : (['prev'] as const)), ...(counts ? [] : (['seq'] as const))]
}

/** Months without a run have no file, so a gap in the names proves nothing; a gap in the names and in the chain does. */
function mayLackMonth({ before, here }: { before: string | null; here: string }): boolean {
  if (before === null) return true
  return monthNumber(here) - monthNumber(before) > 1
}

function monthNumber(file: string): number {
  return Number(file.slice(0, 4)) * 12 + Number(file.slice(5, 7))
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 16 && bytes.every((byte) => byte === 32 || byte === 9 || byte === 13)
}
