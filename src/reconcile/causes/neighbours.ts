import type { Cause } from '../../model/cause.js'
import type { Variance } from '../../model/variance.js'
import { sameAmount, unitsOf, decimalsOf } from './amounts.js'

/** One side of a neighbouring period, summed at the level of the lines. */
export interface Neighbour {
  /** `YYYY-PP` */
  readonly period: string
  readonly side: 'looker' | 'ledger'
  /** Plain decimal text; null where it has nothing there. */
  at(line: Place): string | null
}

export type Place = Pick<Variance, 'account' | 'costCentre' | 'currency' | 'measure'>

/**
 * One side shows what the other has in the period before or after. What it has in both is an amount of every month, such as a rent,
 * and tells of no period.
 */
export function neighbourCauses(line: Variance, neighbours: readonly Neighbour[]): Cause[] {
  const causes = neighbours.flatMap((neighbour): PeriodCause[] => {
    const amount = neighbour.at(line)
    const shown = neighbour.side === 'ledger' ? line.looker : line.ledger
    if (amount === null || shown === null || isNothing(shown) || !sameAmount(amount, shown)) return []
    const [here, there] = neighbour.side === 'ledger' ? ['Looker', 'QAD'] : ['QAD', 'Looker']
    return [
      {
        kind: 'period',
        text: `neighbouring period: ${here} shows what ${there} has in ${neighbour.period}`,
        side: neighbour.side,
        neighbour: neighbour.period,
        amount,
      },
    ]
  })
  return causes.filter(({ side }) => causes.filter((one) => one.side === side).length === 1)
}

type PeriodCause = Extract<Cause, { readonly kind: 'period' }>

function isNothing(amount: string): boolean {
  return unitsOf(amount, decimalsOf(amount)) === 0n
}
