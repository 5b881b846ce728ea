import type { Cause } from '../../model/cause.js'
import type { Variance } from '../../model/variance.js'
import { sameAmount, textOf, type Sides } from './amounts.js'

/** What the ledger had here when it was read before. */
export interface Reading {
  /** ISO time, UTC. */
  readonly at: string
  /** Plain decimal text. */
  readonly amount: string
}

export interface Late {
  /** ISO time as of which Looker speaks. */
  readonly asOf: string
  /** Oldest first; empty when the ledger was never read. */
  readonly readings: readonly Reading[]
  /** ISO time of the newest posting; null where the tenant's read does not give it. */
  readonly lastPosted: string | null
}

/** The ledger agreed with Looker once and has moved since; or, where QAD tells, it was posted to after Looker was asked. */
export function lateCauses(line: Variance, sides: Sides, { asOf, readings, lastPosted }: Late): Cause[] {
  if (line.looker === null || line.ledger === null) return []
  const { looker, ledger } = line
  const agreed = readings.findLast(({ amount }) => sameAmount(amount, looker))
  const isLater = lastPosted !== null && timeOf(lastPosted) > timeOf(asOf)
  if (agreed === undefined && !isLater) return []
  const was = agreed?.amount ?? null
  const moved = textOf(-sides.variance, sides.decimals)
  const text =
    agreed === undefined
      ? `late posting: QAD posted at ${lastPosted ?? ''}, Looker is as of ${asOf}`
      : `late posting: QAD agreed at ${agreed.at} and has moved by ${moved} since`
  const since = agreed?.at ?? asOf
  return [
    { kind: 'latePosting', text, since, was, now: ledger, moved: agreed === undefined ? null : moved, lastPosted },
  ]
}

/** NaN of what is no time, which is later than nothing. A day alone begins at midnight UTC: of that day nothing is claimed. */
function timeOf(text: string): number {
  const hasZone = /^\d{4}-\d\d-\d\d$|(?:Z|[+-]\d\d:?\d\d)$/.test(text)
  return Date.parse(hasZone ? text : `${text}Z`)
}
