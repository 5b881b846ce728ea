import { sumTotals, totalsOf, type Totals } from '../totals.js'
import type { Variance } from '../../model/variance.js'
import { textIn } from './amount.js'
import type { LineTable } from './line-table.js'
import type { Names, Order } from './names.js'
import { ORDER_WIDTH } from './runs.js'
import { createSums } from './sums.js'

/** The sums of lines by currency: of those that are equal without a thought, since millions are. */
export interface Tally {
  addEqual(table: LineTable, slot: number): void
  addUnequal(table: LineTable, slot: number, line: Variance): void
  /** In the order in which the currencies first appear among the lines. */
  totals(measure: string): readonly Totals[]
}

interface OfCurrency {
  readonly slot: number
  /** Ranks of the first of its lines. */
  first: readonly number[]
  unequal: Totals | null
}

export function createTally(names: Names, order: Order): Tally {
  const [looker, ledger] = [createSums(names), createSums(names)]
  const currencies = new Map<number, OfCurrency>()

  function at(table: LineTable, slot: number): OfCurrency {
    const spelled = table.spelledAt(slot)
    const folded = table.places[table.placeAt(slot)] as number
    let found = currencies.get(folded)
    if (found === undefined) {
      found = { slot: currencies.size, first: [Infinity, 0, 0], unequal: null }
      currencies.set(folded, found)
    }
    for (let index = 0; index < ORDER_WIDTH; index++) {
      const [rank, first] = [table.spelled[spelled + index] as number, found.first[index] as number]
      if (rank > first) break
      if (rank < first) found.first = [...table.spelled.subarray(spelled, spelled + ORDER_WIDTH)]
      if (rank < first) break
    }
    return found
  }

  const sumOf = (sums: typeof looker, slot: number) =>
    sums.countOf(slot) === 0 ? '0' : textIn(sums.entries, sums.at(slot), names)

  return {
    addEqual(table, slot) {
      const { slot: own } = at(table, slot)
      if (table.looker.countOf(slot) > 0) looker.add(own, table.looker.entries, table.looker.at(slot), 1)
      if (table.ledger.countOf(slot) > 0) ledger.add(own, table.ledger.entries, table.ledger.at(slot), 1)
    },
    addUnequal(table, slot, line) {
      const found = at(table, slot)
      const [sum] = sumTotals(found.unequal === null ? [totalsOf(line)] : [found.unequal, totalsOf(line)])
      found.unequal = sum ?? null
    },
    totals(measure) {
      looker.settle()
      ledger.settle()
      const inOrder = [...currencies.values()].sort((a, b) => byRank(a.first, b.first))
      return sumTotals(
        inOrder.flatMap(({ slot, first, unequal }) => {
          const currency = order.textAt(first[ORDER_WIDTH - 1] ?? 0)
          const equal = { looker: sumOf(looker, slot), ledger: sumOf(ledger, slot), ...NO_VARIANCE }
          return [{ measure, currency, ...equal }, ...(unequal === null ? [] : [unequal])]
        }),
      )
    },
  }
}

const NO_VARIANCE = { net: '0', gross: '0', onlyLooker: '0', onlyLedger: '0' }

function byRank(a: readonly number[], b: readonly number[]): number {
  const odd = a.findIndex((rank, index) => rank !== b[index])
  return odd < 0 ? 0 : (a[odd] ?? 0) - (b[odd] ?? 0)
}
