import { breakKeyOf, foldKey, isBreak, type OpenBreak } from '../../model/break.js'
import type { Variance } from '../../model/variance.js'

/** What is remembered of the breaks that a reconciliation may meet again. */
export interface Remembered {
  /** Of the same period, as it was reconciled before. */
  readonly here: readonly OpenBreak[]
  /** Of the period that was reconciled before it: what is open again is carried, with its age. */
  readonly carried: readonly OpenBreak[]
}

/**
 * The breaks among the lines of one period, each with when it was first seen. What is no break any more is left out: should it
 * come back, it is a new one.
 * @param now ISO time
 */
export function agedBreaks(
  lines: Iterable<Variance>,
  { here, carried }: Remembered,
  period: string,
  now: string,
): readonly OpenBreak[] {
  const known = new Map([...carried, ...here].map((one) => [foldKey(one.key), one]))
  return [...lines].filter(isBreak).map((line) => {
    const key = breakKeyOf(line)
    const { since, firstPeriod } = known.get(foldKey(key)) ?? { since: now, firstPeriod: period }
    return { key, variance: line.variance, since, firstPeriod }
  })
}

/** Whole days of 24 hours; 0 when the clock was set back. Both ISO times. */
export function daysBetween(since: string, now: string): number {
  return Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / DAY_MS))
}

const DAY_MS = 86_400_000
