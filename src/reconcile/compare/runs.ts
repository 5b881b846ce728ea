import type { Overflow } from '../../model/overflow.js'
import { createIntLog, type IntReader } from './int-log.js'

/** Records that are added in runs, each in order, and read in one order. */
export interface Runs {
  /** Adds a record to the run. Its first number is its length; those behind decide its place: see `ORDER_WIDTH`. */
  add(record: Int32Array): void
  /** What follows is a run of its own. */
  endRun(): void
  /** All records in order. Each is good until the next. */
  merged(): Generator<Int32Array>
}

/** Numbers that records are ordered by, behind their length. */
export const ORDER_WIDTH = 3

export function createRuns(openOverflow: () => Overflow): Runs {
  const log = createIntLog(openOverflow)
  const runs: { from: number; to: number }[] = []
  let from = 0
  return {
    add: (record) => log.append(record, record[0] as number),
    endRun() {
      if (log.length > from) runs.push({ from, to: log.length })
      from = log.length
    },
    *merged() {
      const heads = runs
        .map((run) => createHead(log.readerAt(run.from), run.to - run.from))
        .filter((head) => head.next())
      for (let start = (heads.length >> 1) - 1; start >= 0; start--) sink(heads, start)
      for (let head = heads[0]; head !== undefined; head = heads[0]) {
        yield head.record
        const last = head.next() ? null : heads.pop()
        if (last && heads.length > 0) heads[0] = last
        sink(heads, 0)
      }
    },
  }
}

interface Head {
  record: Int32Array
  /** False at the end of the run. */
  next(): boolean
}

function createHead(reader: IntReader, length: number): Head {
  let left = length
  const head: Head = {
    record: new Int32Array(32),
    next() {
      if (left === 0) return false
      const size = reader.next()
      if (size > head.record.length) head.record = new Int32Array(2 * size)
      head.record[0] = size
      for (let index = 1; index < size; index++) head.record[index] = reader.next()
      left -= size
      return true
    },
  }
  return head
}

/** Of a heap whose first shall be the least: moves the one in this place down to where it belongs. */
function sink(heads: Head[], start: number): void {
  for (let at = start; at < heads.length;) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heads.length && isBefore(heads[child] as Head, heads[least] as Head)) least = child
    if (least === at) return
    const moved = heads[at] as Head
    heads[at] = heads[least] as Head
    heads[least] = moved
    at = least
  }
}

function isBefore({ record: a }: Head, { record: b }: Head): boolean {
  for (let index = 1; index <= ORDER_WIDTH; index++)
    if (a[index] !== b[index]) return (a[index] as number) < (b[index] as number)
  return false
}
