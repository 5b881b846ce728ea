import type { Cause } from '../../src/model/cause.js'
import type { Variance } from '../../src/model/variance.js'
import { explain, type Known } from '../../src/reconcile/causes/explain.js'
import type { LeftOut } from '../../src/reconcile/causes/missing.js'
import type { MappedPart } from '../../src/reconcile/causes/parts.js'
import { reconcile } from './reconciled.js'

/** Amounts of one line; null: that side has nothing. `5010/1100` unless it says another place. */
export interface Planted {
  readonly at?: string
  readonly looker: string | null
  readonly ledger: string | null
  /** Looker rows and balances that were summed. */
  readonly rows?: number
  readonly balances?: number
}

/** Nothing is known but what a test says. */
export const NOTHING_KNOWN: Known = {
  ...{ level: 'both', scale: 2, neighbours: [], leftOut: [] },
  partsAt: () => [],
  codes: { isActive: () => null, isMapped: () => null },
  lateAt: () => null,
}

export function explained(planted: readonly Planted[], known: Partial<Known> = {}): readonly Variance[] {
  const all = { ...NOTHING_KNOWN, ...known }
  const sides = {
    looker: planted.filter(({ looker }) => looker !== null),
    ledger: planted.filter(({ ledger }) => ledger !== null),
  }
  const amounts = sides.looker.map(({ at, looker, rows = 1 }) => ({ ...placeOf(at), amount: looker ?? '', rows }))
  const balances = sides.ledger.flatMap(({ at, ledger, balances: count = 1 }) =>
    Array.from({ length: count }, (_, index) => ({
      ...placeOf(at),
      ...JULY,
      amount: index === 0 ? (ledger ?? '') : '0',
    })),
  )
  const tolerance = { absolute: '0', percent: '0', mode: 'or' } as const
  const { lines } = reconcile(amounts, balances, { measure: 'net', level: all.level, tolerance, overrides: [] })
  return explain(lines, all)
}

/** The causes of the only line. */
export function causesOf(planted: Planted, known: Partial<Known> = {}): readonly Cause[] {
  return explained([planted], known)[0]?.causes ?? []
}

export function kindsOf(planted: Planted, known: Partial<Known> = {}): string[] {
  return causesOf(planted, known).map(({ kind }) => kind)
}

const JULY = { year: 2026, period: 7 }

function placeOf(at = '5010/1100') {
  const [account = '', costCentre = ''] = at.split('/')
  return { account, costCentre, currency: 'USD' }
}

/** Figures of one pair of Looker values at 5010/1100. */
export function part(costCentre: string, amount: string, rows = 1): MappedPart {
  return { account: '5010', costCentre, qadAccount: '5010', qadCostCentre: '1100', amount, rows }
}

export function leftOut(kind: LeftOut['kind'], amount: string, more: Partial<LeftOut> = {}): LeftOut {
  return {
    ...{ kind, dimension: 'costCentre', value: 'Pune', reason: kind === 'ignored' ? 'another system' : null },
    ...{ qadAccount: '5010', qadCostCentre: null, shownAt: null, currency: 'USD', measure: 'net', amount, rows: 1 },
    ...more,
  }
}
