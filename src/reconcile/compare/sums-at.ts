import type { Variance } from '../../model/variance.js'
import { textIn } from './amount.js'
import type { Figures, Balances } from './books.js'
import { addBalances, createLineTable } from './line-table.js'
import { createReferences, type Rounding } from './references.js'
import { createSums } from './sums.js'
import type { Wanted } from './wanted.js'

/** One side of another period. */
export interface OtherSide {
  readonly figures: readonly Figures[]
  readonly balances: readonly Balances[]
  readonly rounding: Rounding
}

/** What one side of another period has at wanted places, summed as lines are; null where it has nothing. */
export function sumsAt(
  wanted: Wanted,
  { figures, balances, rounding }: OtherSide,
): (line: Pick<Variance, 'account' | 'costCentre' | 'currency'>) => string | null {
  const { names, parts } = wanted.books
  const sums = createSums(names)
  const table = createLineTable(names, names.inOrder(), wanted.level, () => '')
  const references = createReferences(names, rounding)
  for (let part = 0; part < parts; part++) {
    table.clear()
    figures.forEach(({ entries }, period) => references.add(entries.part(part), period, table))
    for (const { entries } of balances) addBalances(entries.part(part), table)
    for (const side of [table.looker, table.ledger]) {
      side.settle()
      for (let slot = 0; slot < table.size; slot++) {
        const at = wanted.slotOfPlace(table.places, table.placeAt(slot))
        if (at >= 0 && side.countOf(slot) > 0) sums.add(at, side.entries, side.at(slot), 1)
      }
    }
  }
  sums.settle()
  return (line) => {
    const slot = wanted.slotOf(line)
    return slot < 0 || sums.countOf(slot) === 0 ? null : textIn(sums.entries, sums.at(slot), names)
  }
}
