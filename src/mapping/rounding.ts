import { absolute, add, compare, isZero, money, negate, toText, ZERO, type Money } from '../model/money.js'
import type { PlanEntry } from '../model/plan.js'

/** What rounding did to the amounts of one measure in one currency. Exact plain decimal text, QAD's sign. */
export interface RoundingEffect {
  readonly measure: string
  readonly currency: string
  /** How many amounts are not what the exact sum of their rows was. */
  readonly amounts: number
  /** Sum of the rounded amounts minus the exact sum. */
  readonly difference: string
  /** The largest change of one amount, without sign. */
  readonly largest: string
}

/** By measure and currency, in the order of the entries; none where rounding changed nothing. */
export function roundingOf(entries: readonly PlanEntry[]): readonly RoundingEffect[] {
  const effects = new Map<string, { of: PlanEntry['reference']; amounts: number; difference: Money; largest: Money }>()
  for (const { reference, residue } of entries) {
    const lost = money(residue)
    if (isZero(lost)) continue
    const key = JSON.stringify([reference.measure, reference.currency])
    const { amounts, difference, largest } = effects.get(key) ?? { amounts: 0, difference: ZERO, largest: ZERO }
    const size = absolute(lost)
    effects.set(key, {
      of: reference,
      amounts: amounts + 1,
      difference: add(difference, negate(lost)),
      largest: compare(size, largest) > 0 ? size : largest,
    })
  }
  return [...effects.values()].map(({ of: { measure, currency }, amounts, difference, largest }) => {
    return { measure, currency, amounts, difference: toText(difference), largest: toText(largest) }
  })
}
