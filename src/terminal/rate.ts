import { groupCount } from './amount.js'

/** A rate of less than this is a guess. */
const TELLS_AFTER_MS = 1_000

/**
 * How far a pull is, for a person: `1,234,000 rows, 310,000 rows/s`. A count that falls is a pull that begins anew.
 * @param now milliseconds
 */
export function createRate(now: () => number): (rows: number) => string {
  let first = { rows: 0, atMs: now() }
  let last = Infinity
  return (rows) => {
    if (rows < last) first = { rows, atMs: now() }
    last = rows
    const passedMs = now() - first.atMs
    const count = `${groupCount(rows)} rows`
    if (passedMs < TELLS_AFTER_MS) return count
    return `${count}, ${groupCount(Math.round(((rows - first.rows) * 1000) / passedMs))} rows/s`
  }
}
