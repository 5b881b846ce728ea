import { absolute, add, isZero, money, toTextAtLeast, ZERO, type Money } from '../model/money.js'
import { fold } from '../model/fold.js'
import { createTable } from '../model/table.js'
import type { Variance, Verdict } from '../model/variance.js'

/** Lines by verdict. `net` sums the variances, `gross` their absolute values: a net of zero can hide two opposite breaks. */
export interface ReconcileSummary extends Readonly<Record<Verdict, number>> {
  /** Null where several currencies or measures have variances: those have no sum. */
  readonly net: string | null
  readonly gross: string | null
}

/** The sums of one measure in one currency. */
export interface Totals {
  readonly measure: string
  readonly currency: string
  readonly looker: string
  readonly ledger: string
  readonly net: string
  readonly gross: string
  /** What stands on one side alone, signed. */
  readonly onlyLooker: string
  readonly onlyLedger: string
}

/** By measure and currency, in the order in which they first appear. */
export function totalsOf(lines: Iterable<Variance>): readonly Totals[] {
  const table = createTable<Record<Sum, Money> & Pick<Totals, 'measure' | 'currency'>>()
  for (const line of lines) {
    const { measure, currency, verdict } = line
    const sums = table.at([measure, fold(currency)], () => ({ measure, currency, ...NOTHING }))
    const variance = money(line.variance)
    sums.looker = add(sums.looker, money(line.looker ?? '0'))
    sums.ledger = add(sums.ledger, money(line.ledger ?? '0'))
    sums.net = add(sums.net, variance)
    sums.gross = add(sums.gross, absolute(variance))
    if (verdict === 'onlyLooker' || verdict === 'onlyLedger')
      sums[verdict] = add(sums[verdict], money(line[SIDES[verdict]] ?? '0'))
  }
  return [...table.values()].map(({ measure, currency, ...sums }) => ({ measure, currency, ...texts(sums) }))
}

export function summaryOf(lines: Iterable<Variance>): ReconcileSummary {
  const counts: Record<Verdict, number> = { equal: 0, within: 0, outside: 0, onlyLooker: 0, onlyLedger: 0 }
  const all = [...lines]
  for (const { verdict } of all) counts[verdict] += 1
  const [first, ...others] = totalsOf(all).filter(({ gross }) => !isZero(money(gross)))
  if (others.length > 0) return { ...counts, net: null, gross: null }
  return { ...counts, net: first?.net ?? '0.00', gross: first?.gross ?? '0.00' }
}

type Sum = 'looker' | 'ledger' | 'net' | 'gross' | 'onlyLooker' | 'onlyLedger'

const NOTHING: Readonly<Record<Sum, Money>> = {
  ...{ looker: ZERO, ledger: ZERO, net: ZERO, gross: ZERO, onlyLooker: ZERO, onlyLedger: ZERO },
}

const SIDES = { onlyLooker: 'looker', onlyLedger: 'ledger' } as const

function texts(sums: Record<Sum, Money>): Record<Sum, string> {
  const entries = Object.entries(sums).map(([name, sum]) => [name, toTextAtLeast(sum, 2)])
  return Object.fromEntries(entries) as Record<Sum, string>
}
