import { absolute, add, isZero, money, toTextAtLeast, ZERO, type Money } from '../model/money.js'
import { fold } from '../model/fold.js'
import { createTable } from '../model/table.js'
import type { Variance, Verdict } from '../model/variance.js'

export type Counts = Readonly<Record<Verdict, number>>

/** Lines by verdict. `net` sums the variances, `gross` their absolute values: a net of zero can hide two opposite breaks. */
export interface ReconcileSummary extends Counts {
  /** Null where several currencies or measures have variances: those have no sum. */
  readonly net: string | null
  readonly gross: string | null
}

/** The sums of one measure in one currency. */
export interface Totals extends Readonly<Record<Sum, string>> {
  readonly measure: string
  readonly currency: string
}

/** `onlyLooker` and `onlyLedger`: what stands on one side alone, signed. */
type Sum = 'looker' | 'ledger' | 'net' | 'gross' | 'onlyLooker' | 'onlyLedger'

/** Those of one measure and currency summed, in the order in which they first appear. */
export function sumTotals(all: Iterable<Totals>): readonly Totals[] {
  const table = createTable<Pick<Totals, 'measure' | 'currency'> & { readonly sums: Record<Sum, Money> }>()
  for (const { measure, currency, ...amounts } of all) {
    const { sums } = table.at([measure, fold(currency)], () => ({ measure, currency, sums: { ...NOTHING } }))
    for (const name of SUMS) sums[name] = add(sums[name], money(amounts[name]))
  }
  return [...table.values()].map(({ measure, currency, sums }) => {
    const texts = SUMS.map((name) => [name, toTextAtLeast(sums[name], 2)] as const)
    return { measure, currency, ...(Object.fromEntries(texts) as Record<Sum, string>) }
  })
}

/** What one line adds to them. */
export function totalsOf({ measure, currency, looker, ledger, variance, verdict }: Variance): Totals {
  return {
    ...{ measure, currency, looker: looker ?? '0', ledger: ledger ?? '0', net: variance },
    gross: toTextAtLeast(absolute(money(variance)), 2),
    onlyLooker: verdict === 'onlyLooker' ? (looker ?? '0') : '0',
    onlyLedger: verdict === 'onlyLedger' ? (ledger ?? '0') : '0',
  }
}

export function noCounts(): Record<Verdict, number> {
  return { equal: 0, within: 0, outside: 0, onlyLooker: 0, onlyLedger: 0 }
}

export function sumCounts(all: Iterable<Counts>): Counts {
  const counts = noCounts()
  for (const one of all) for (const verdict of VERDICTS) counts[verdict] += one[verdict]
  return counts
}

export function summaryOf(counts: Counts, totals: readonly Totals[]): ReconcileSummary {
  const [first, ...others] = totals.filter(({ gross }) => !isZero(money(gross)))
  if (others.length > 0) return { ...counts, net: null, gross: null }
  return { ...counts, net: first?.net ?? '0.00', gross: first?.gross ?? '0.00' }
}

const VERDICTS = ['equal', 'within', 'outside', 'onlyLooker', 'onlyLedger'] as const
const SUMS = ['looker', 'ledger', 'net', 'gross', 'onlyLooker', 'onlyLedger'] as const

const NOTHING: Readonly<Record<Sum, Money>> = {
  ...{ looker: ZERO, ledger: ZERO, net: ZERO, gross: ZERO, onlyLooker: ZERO, onlyLedger: ZERO },
}
