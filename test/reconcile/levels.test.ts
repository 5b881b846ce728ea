import { describe, expect, test } from 'vitest'
import type { Level, Tolerance } from '../../src/model/variance.js'
import { createLimits, type Override } from '../../src/reconcile/limits.js'
import { toText } from '../../src/model/money.js'
import type { LookerAmount } from '../../src/reconcile/place.js'
import { reconcile } from './reconciled.js'

const TOLERANCE: Tolerance = { absolute: '0.01', percent: '0', mode: 'or' }

describe('a level', () => {
  const looker = [at('5010/1100', '10'), at('5010/1200', '20'), at('5020/1100', '5'), at('5020/1100', '7', 'EUR')]
  const ledger = [at('5010/1100', '11'), at('5010/1200', '19'), at('5030/1200', '5'), at('5020/1100', '7', 'EUR')]

  test.each<[Level, string[]]>([
    [
      'both',
      [
        '5010/1100 USD 10.00 11.00 outside',
        '5010/1200 USD 20.00 19.00 outside',
        '5020/1100 EUR 7.00 7.00 equal',
        '5020/1100 USD 5.00 - onlyLooker',
        '5030/1200 USD - 5.00 onlyLedger',
      ],
    ],
    [
      'account',
      [
        '5010/ USD 30.00 30.00 equal',
        '5020/ EUR 7.00 7.00 equal',
        '5020/ USD 5.00 - onlyLooker',
        '5030/ USD - 5.00 onlyLedger',
      ],
    ],
    ['costCentre', ['/1100 EUR 7.00 7.00 equal', '/1100 USD 15.00 11.00 outside', '/1200 USD 20.00 24.00 outside']],
    ['total', ['/ EUR 7.00 7.00 equal', '/ USD 35.00 35.00 equal']],
  ])('%s: one line for each, in each currency', (level, expected) => {
    const { lines } = reconcile(looker, ledger, { measure: 'net', level, tolerance: TOLERANCE, overrides: [] })
    const shown = lines.map(
      (line) =>
        `${line.account}/${line.costCentre} ${line.currency} ${line.looker ?? '-'} ${line.ledger ?? '-'} ${line.verdict}`,
    )
    expect(shown).toEqual(expected)
  })

  test('that sums accounts up knows no limits of one account', () => {
    const overrides = [{ account: '5010', absolute: '100' }]
    const verdicts = (level: Level) =>
      reconcile(looker.slice(0, 1), ledger.slice(0, 1), { measure: 'net', level, tolerance: TOLERANCE, overrides })
        .lines
    expect(verdicts('account').map(({ verdict }) => verdict)).toEqual(['within'])
    expect(verdicts('costCentre').map(({ verdict }) => verdict)).toEqual(['outside'])
  })

  test('counts the rows and balances behind each line', () => {
    const amounts = [{ ...at('5010/1100', '10'), rows: 4 }, at('5010/1200', '20')]
    const settings = { measure: 'net', level: 'account', tolerance: TOLERANCE, overrides: [] } as const
    expect(reconcile(amounts, ledger.slice(0, 1), settings).lines).toMatchObject([{ figures: 5, balances: 1 }])
  })
})

describe('the limits of an account', () => {
  const overrides: readonly Override[] = [
    { account: '5010', absolute: '1' },
    { account: '5000..5999', absolute: '5' },
    { account: '50*', percent: '2' },
    { account: '*99', absolute: '9' },
    { account: 'A1..A9', absolute: '3' },
  ]
  const limitsOf = createLimits({ absolute: '0.01', percent: '0', mode: 'or' }, overrides)

  test.each([
    ['4999', '9', '0'],
    ['5000', '5', '2'],
    ['5010', '1', '2'],
    ['5099', '9', '2'],
    ['5100', '5', '0'],
    ['5999', '9', '0'],
    ['6000', '0.01', '0'],
    // Codes are text: of another length they are none of a range.
    ['05100', '0.01', '0'],
    ['510', '0.01', '0'],
    ['a5', '3', '0'],
    [' 5010 ', '1', '2'],
    ['50', '0.01', '2'],
  ])('%s: %s or %s %%', (account, absolute, percent) => {
    const limits = limitsOf(account)
    expect([toText(limits.absolute), toText(limits.percent), limits.mode]).toEqual([absolute, percent, 'or'])
  })
})

describe('sums', () => {
  const sums = (level: Level, ...amounts: readonly [LookerAmount[], LookerAmount[]]) =>
    reconcile(
      amounts[0],
      amounts[1].map((one) => ({ ...one, year: 2026, period: 7 })),
      {
        ...{ measure: 'net', level, tolerance: TOLERANCE, overrides: [] },
      },
    )

  test('are of one currency each, with what stands on one side alone', () => {
    const found = sums(
      'both',
      [at('5010/1100', '10.5'), at('5020/1100', '3'), at('5010/1100', '8', 'EUR')],
      [at('5010/1100', '11'), at('5030/1100', '-2'), at('5010/1100', '8', 'eur')],
    )
    expect(found.totals).toEqual([
      {
        measure: 'net',
        currency: 'USD',
        ...texts('13.50', '9.00', '4.50', '5.50'),
        onlyLooker: '3.00',
        onlyLedger: '-2.00',
      },
      {
        measure: 'net',
        currency: 'eur',
        ...texts('8.00', '8.00', '0.00', '0.00'),
        onlyLooker: '0.00',
        onlyLedger: '0.00',
      },
    ])
    // One currency has variances, so there is a sum of them.
    expect(found.summary).toMatchObject({
      net: '4.50',
      gross: '5.50',
      equal: 1,
      outside: 1,
      onlyLooker: 1,
      onlyLedger: 1,
    })
  })

  test('of variances in two currencies there is none', () => {
    const found = sums('both', [at('5010/1100', '10'), at('5010/1100', '8', 'EUR')], [])
    expect(found.summary).toMatchObject({ net: null, gross: null, onlyLooker: 2 })
    expect(sums('both', [], []).summary).toMatchObject({ net: '0.00', gross: '0.00' })
  })
})

function texts(looker: string, ledger: string, net: string, gross: string) {
  return { looker, ledger, net, gross }
}

function at(place: string, amount: string, currency = 'USD') {
  const [account = '', costCentre = ''] = place.split('/')
  return { account, costCentre, currency, amount, year: 2026, period: 7 }
}
