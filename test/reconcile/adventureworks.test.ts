import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Known } from '../../src/reconcile/causes/explain.js'
import { add, money, negate, round, toText, ZERO } from '../../src/model/money.js'
import { actualsOf } from '../examples/published.js'
import { explained, part, type Planted } from './planted.js'

const FACTS = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'adventureworks')
const isThere = existsSync(join(FACTS, 'FactFinance.csv'))
const WHERE = isThere ? '' : ' (skipped: its files are not in ../shared/data/adventureworks)'

describe.skipIf(!isThere)(
  `the busiest month of AdventureWorks, in each currency by account and department${WHERE}`,
  () => {
    test('has no cause where nothing was planted', () => {
      const lines = explained(month('2011-05').map(({ at, amount }) => ({ at, looker: amount, ledger: amount })))
      expect(lines.length).toBeGreaterThan(300)
      expect(lines.filter(({ causes, verdict }) => causes.length > 0 || verdict !== 'equal')).toEqual([])
    })

    // June has no facts.
    const after = isThere ? new Map(month('2011-07').map(({ at, amount }) => [at, amount])) : new Map<string, string>()

    /** What stands on Looker's side in place of the ledger's amount; null where the cause cannot be planted. */
    const PLANTS: readonly [string, (amount: string, at: string) => string | null, Partial<Known>][] = [
      ['sign', (amount) => toText(negate(money(amount))), {}],
      ['scale', (amount) => (significant(amount) < 2 ? null : shifted(amount, 3)), {}],
      ['scale', (amount) => (significant(amount) < 2 ? null : shifted(amount, 2)), {}],
      ['transposed', swapped, {}],
      ['rounding', (amount) => toText(add(money(amount), money('0.01'))), {}],
      [
        'period',
        (_, at) => after.get(at) ?? null,
        { neighbours: [{ period: '2011-07', side: 'ledger', at: at(after) }] },
      ],
      ['mappedTwice', (amount) => sum(amount, '77.77'), { partsAt: () => [part('B', '77.77'), part('A', '0')] }],
      ['latePosting', (amount) => sum(amount, '-41.41'), { lateAt: (line) => late(sum(line.ledger ?? '0', '-41.41')) }],
    ]

    test.each(PLANTS)('finds %s wherever it is planted', (kind, plant, known) => {
      const lines = explained(
        month('2011-05').map(({ at: place, amount }) => ({
          at: place,
          looker: plant(amount, place) ?? amount,
          ledger: amount,
        })),
        known,
      ).filter(({ verdict }) => verdict !== 'equal')
      expect(lines.length).toBeGreaterThan(100)
      expect(lines.filter(({ causes }) => !causes.some((cause) => cause.kind === kind))).toEqual([])
    })

    test('finds the two departments between which an amount was moved, in every account that has two', () => {
      const lines = explained(moved(month('2011-05'))).filter(({ verdict }) => verdict !== 'equal')
      expect(lines.length).toBeGreaterThan(50)
      expect(lines.filter(({ causes }) => !causes.some(({ kind }) => kind === 'costCentre'))).toEqual([])
    })
  },
)

interface Placed {
  /** `account/department`: accounts of different currencies are told apart by a suffix. */
  readonly at: string
  readonly amount: string
}

function month(name: string): Placed[] {
  const sums = new Map<string, ReturnType<typeof money>>()
  for (const { month: of, isMoney, account, department, currency, amount } of actualsOf(FACTS)) {
    if (of !== name || !isMoney) continue
    const place = `${account}-${currency}/${department}`
    sums.set(place, add(sums.get(place) ?? ZERO, money(amount)))
  }
  const rounded = [...sums].map(([place, total]) => ({ at: place, amount: toText(round(total, 2, 'half-even'), 2) }))
  return rounded.filter(({ amount }) => Math.abs(Number(amount)) > 5)
}

function at(amounts: ReadonlyMap<string, string>) {
  return ({ account, costCentre }: { account: string; costCentre: string }) =>
    amounts.get(`${account}/${costCentre}`) ?? null
}

function late(amount: string) {
  return { asOf: '2011-06-02T00:00:00Z', lastPosted: null, readings: [{ at: '2011-06-01T00:00:00Z', amount }] }
}

function sum(a: string, b: string): string {
  return toText(add(money(a), money(b)))
}

function shifted(amount: string, places: number): string {
  const [, sign = '', whole = '', cents = ''] = /^(-?)(\d+)\.(\d\d)$/.exec(amount) ?? []
  const digits = `${whole}${cents}${'0'.repeat(places)}`.replace(/^0+/, '')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function significant(amount: string): number {
  return amount.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length
}

/** The first two neighbouring digits that differ, save that no number begins with a zero. */
function swapped(amount: string): string | null {
  const found = /^(-?)(\d+)\.(\d\d)$/.exec(amount)
  const digits = [...`${found?.[2] ?? ''}${found?.[3] ?? ''}`]
  const first = digits.findIndex((digit, index) => {
    const next = digits[index + 1]
    return next !== undefined && next !== digit && !(index === 0 && next === '0')
  })
  if (first < 0 || digits.length < 4) return null
  const [a = '', b = ''] = digits.slice(first, first + 2)
  const text = [...digits.slice(0, first), b, a, ...digits.slice(first + 2)].join('')
  return `${found?.[1] ?? ''}${text.slice(0, -2)}.${text.slice(-2)}`
}

/** 123.45 from the second department of each account to its first. */
function moved(places: readonly Placed[]): Planted[] {
  const byAccount = new Map<string, Placed[]>()
  for (const place of places) {
    const [account = ''] = place.at.split('/')
    byAccount.set(account, [...(byAccount.get(account) ?? []), place])
  }
  return [...byAccount.values()].flatMap((group) =>
    group.map(({ at: place, amount }, index) => {
      const shift = group.length < 2 || index > 1 ? '0' : index === 0 ? '123.45' : '-123.45'
      return { at: place, looker: sum(amount, shift), ledger: amount }
    }),
  )
}
