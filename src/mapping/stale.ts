import { canonicalHash } from '../model/canonical.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { baseKeyOf, type Posted } from '../model/reference.js'
import { differenceFrom, readHoldings, sameAmount, type Holding } from './posted.js'

/** `sha256:…` over the canonical JSON of the plan without `madeAt`: the same plan made later has the same hash. */
export function planHash(plan: Plan): string {
  return canonicalHash({ ...plan, madeAt: undefined })
}

/** An entry made from something that QAD no longer holds. */
export interface StaleEntry {
  readonly entry: PlanEntry
  /** What QAD holds now: its newest revision; null when nothing. */
  readonly now: Posted | null
}

/**
 * The entries whose place in QAD changed since the plan was made. Not stale is what QAD holds exactly as the plan saw it, or
 * exactly as the plan would post it: then a push that was interrupted has posted it already.
 */
export function staleEntries(plan: Plan, postedNow: Iterable<Posted>): readonly StaleEntry[] {
  const keys = new Set(plan.entries.map(({ reference }) => baseKeyOf(reference.key)))
  const holdings = readHoldings(postedNow, (baseKey) => keys.has(baseKey))
  return plan.entries.flatMap((entry) => {
    const holding = holdings.get(baseKeyOf(entry.reference.key)) ?? null
    return isAsSeen(entry, holding) || isAsPlanned(entry, holding) ? [] : [{ entry, now: holding?.newest ?? null }]
  })
}

function isAsSeen({ reference, before }: PlanEntry, holding: Holding | null): boolean {
  if (before === null || holding === null) return before === null && holding === null
  const { newest } = holding
  const sameText = newest.key === before.key && newest.revision === before.revision
  const samePlace = differenceFrom(reference, newest) === differenceFrom(reference, before)
  return sameText && samePlace && (newest.amount === before.amount || sameAmount(newest.amount, before.amount))
}

function isAsPlanned({ reference }: PlanEntry, holding: Holding | null): boolean {
  if (holding === null || holding.fault !== null) return false
  const { newest } = holding
  return (
    newest.key === reference.key &&
    sameAmount(newest.amount, reference.amount) &&
    differenceFrom(reference, newest) === null
  )
}
