import type { QadBalance } from '../qad/world.js'
import { cents, centsText, MONTHS } from './figures.js'

/** A planted difference: what `mlc reconcile` must show for period 2026-07 of `plant-gl`, codes as QAD spells them. */
export interface PlantedDifference {
  readonly account: string
  readonly costCentre: string
  readonly looker: string | null
  readonly ledger: string | null
  /** Looker − ledger, a missing side as 0. */
  readonly variance: string
  readonly verdict: 'within' | 'outside' | 'onlyLooker' | 'onlyLedger'
  readonly why: string
}

/** The one table of everything that is planted between Looker and the ledger; every other line of 2026-07 is equal. */
export const PLANTED: readonly PlantedDifference[] = [
  // prettier-ignore
  { account: '05030', costCentre: '1100', looker: '88215.40', ledger: '88215.41', variance: '-0.01', verdict: 'within', why: 'a cent of rounding' },
  // prettier-ignore
  { account: '05010', costCentre: '1200', looker: '287340.00', ledger: '275340.00', variance: '12000.00', verdict: 'outside', why: 'a freight accrual that QAD books a month later; the same amount is open in 2026-06' },
  // prettier-ignore
  { account: '02010', costCentre: '1300', looker: '-261447.55', ledger: '261447.55', variance: '-522895.10', verdict: 'outside', why: 'a payable booked with the sign turned round' },
  // prettier-ignore
  { account: '05020', costCentre: '1300', looker: '170118.90', ledger: null, variance: '170118.90', verdict: 'onlyLooker', why: 'payroll not yet posted in QAD' },
  // prettier-ignore
  { account: '05040', costCentre: '1300', looker: null, ledger: '4310.00', variance: '-4310.00', verdict: 'onlyLedger', why: 'freight that the Look leaves out' },
]

/** What the planted differences come to: 13 lines, 8 of them equal. */
export const PLANTED_SUMMARY = {
  equal: 8,
  within: 1,
  outside: 2,
  onlyLooker: 1,
  onlyLedger: 1,
  net: '-345086.21',
  gross: '709324.01',
} as const

/** The ledger: what Looker reports, rounded to the cent, save for what is planted. Official layer, and two rows that are not. */
export function demoBalances(): readonly QadBalance[] {
  const official = Object.keys(MONTHS).flatMap((month) => [...followed(month), ...added(month)])
  const july = { year: 2026, period: 7, currency: 'USD' }
  return [
    ...official,
    { ...july, account: '05010', costCentre: '1100', amount: '999999.99', layer: 'MANAGEMENT' },
    { ...july, account: '05020', costCentre: '1300', amount: '170118.90', layer: 'RECON-TRANSIENT' },
  ]
}

function followed(month: string): readonly QadBalance[] {
  return (MONTHS[month] ?? []).flatMap(({ plant, account, net }) => {
    if (plant.costCentre === null) return []
    const place = { account: `0${account}`, costCentre: plant.costCentre }
    const amount = ledgerAmount(month, place, net)
    return amount === null ? [] : [{ year: 2026, period: Number(month.slice(5)), ...place, currency: 'USD', amount }]
  })
}

function ledgerAmount(month: string, place: { account: string; costCentre: string }, net: string): string | null {
  const planted = PLANTED.find((one) => one.account === place.account && one.costCentre === place.costCentre)
  if (planted && month === '2026-07') return planted.ledger
  // The accrual of July is older: June shows the same break.
  if (planted?.variance === '12000.00' && month === '2026-06') return centsText(cents(net) - 1_200_000n)
  return centsText(cents(net))
}

function added(month: string): readonly QadBalance[] {
  if (month !== '2026-07') return []
  return PLANTED.filter(({ looker }) => looker === null).map(({ account, costCentre, ledger }) => {
    return { year: 2026, period: 7, account, costCentre, currency: 'USD', amount: ledger ?? '0.00' }
  })
}
