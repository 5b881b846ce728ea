import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Balance } from '../../src/model/chart.js'
import { absolute, add, compare, money, subtract, ZERO } from '../../src/model/money.js'
import type { Tolerance } from '../../src/model/variance.js'
import type { LookerAmount } from '../../src/reconcile/place.js'
import { reconcile, type ReconcileSettings } from './reconciled.js'

const SETTINGS: ReconcileSettings = {
  measure: 'net_amount',
  level: 'both',
  tolerance: { absolute: '0.01', percent: '0', mode: 'or' },
  overrides: [],
}

describe('a month as a controller sees it', () => {
  const looker = [
    amount('5010/1200', '287340.00'),
    amount('2010/1300', '-261447.55'),
    amount('5020/1300', '170118.90'),
    amount('5030/1100', '88215.40'),
    amount('5010/1100', '412880.15'),
  ]
  const ledger = [
    balance('5010/1200', '275340.00'),
    balance('2010/1300', '261447.55'),
    balance('5040/1300', '4310.00'),
    balance('5030/1100', '88215.41'),
    balance('5010/1100', '400000.00'),
    balance('5010/1100', '12880.15'),
    balance('5050/1100', '0.00'),
  ]
  const { lines, summary } = reconcile(looker, ledger, SETTINGS)

  test('has a line for each account and cost centre, in order', () => {
    const shown = lines.map((line) => [
      `${line.account}/${line.costCentre}`,
      line.looker,
      line.ledger,
      line.variance,
      line.percent,
      line.verdict,
    ])
    expect(shown).toEqual([
      ['2010/1300', '-261447.55', '261447.55', '-522895.10', '-200.00', 'outside'],
      ['5010/1100', '412880.15', '412880.15', '0.00', '0.00', 'equal'],
      ['5010/1200', '287340.00', '275340.00', '12000.00', '4.36', 'outside'],
      ['5020/1300', '170118.90', null, '170118.90', null, 'onlyLooker'],
      ['5030/1100', '88215.40', '88215.41', '-0.01', '0.00', 'within'],
      ['5040/1300', null, '4310.00', '-4310.00', '-100.00', 'onlyLedger'],
    ])
  })

  test('is summed up by verdict, net and gross', () => {
    expect(summary).toEqual({
      equal: 1,
      within: 1,
      outside: 2,
      onlyLooker: 1,
      onlyLedger: 1,
      net: '-345086.21',
      gross: '709324.01',
    })
  })

  test('names measure and currency on each line, and leaves cause and age open', () => {
    expect(lines.every((line) => line.measure === 'net_amount' && line.currency === 'USD')).toBe(true)
    expect(lines.every((line) => line.cause === null && line.ageDays === null)).toBe(true)
  })
})

describe('a tolerance', () => {
  test.each<[string, string, Tolerance, string]>([
    ['100.01', '100.00', { absolute: '0.01', percent: '0', mode: 'or' }, 'within'],
    ['100.02', '100.00', { absolute: '0.01', percent: '0', mode: 'or' }, 'outside'],
    ['99.99', '100.00', { absolute: '0.01', percent: '0', mode: 'or' }, 'within'],
    ['100.010000001', '100.00', { absolute: '0.01', percent: '0', mode: 'or' }, 'outside'],
    ['100.05', '100.00', { absolute: '0', percent: '0.05', mode: 'or' }, 'within'],
    ['-100.05', '-100.00', { absolute: '0', percent: '0.05', mode: 'or' }, 'within'],
    ['100.06', '100.00', { absolute: '0', percent: '0.05', mode: 'or' }, 'outside'],
    ['100.05', '100.00', { absolute: '1.00', percent: '0.01', mode: 'or' }, 'within'],
    ['100.05', '100.00', { absolute: '1.00', percent: '0.01', mode: 'and' }, 'outside'],
    ['100.05', '100.00', { absolute: '1.00', percent: '0.05', mode: 'and' }, 'within'],
    ['100.05', '100.00', { absolute: '0.04', percent: '0.05', mode: 'and' }, 'outside'],
    // Limits of zero let nothing through but equality.
    ['100.01', '100.00', { absolute: '0', percent: '0', mode: 'or' }, 'outside'],
    ['100.00', '100.00', { absolute: '0', percent: '0', mode: 'and' }, 'equal'],
    ['100.000', '100', { absolute: '0', percent: '0', mode: 'or' }, 'equal'],
    // Of a ledger of zero nothing is a small percentage.
    ['0.02', '0.00', { absolute: '0.01', percent: '100', mode: 'or' }, 'outside'],
    ['0.01', '0.00', { absolute: '0.01', percent: '100', mode: 'or' }, 'within'],
    ['0.01', '0.00', { absolute: '0.01', percent: '100', mode: 'and' }, 'outside'],
    ['0.00', '0.00', { absolute: '0', percent: '0', mode: 'and' }, 'equal'],
  ])('%s against %s under %j is %s', (looker, ledger, tolerance, verdict) => {
    const { lines, summary } = reconcile([amount('5010/1100', looker)], [balance('5010/1100', ledger)], {
      ...SETTINGS,
      tolerance,
    })
    expect(lines.map((line) => line.verdict)).toEqual([verdict])
    expect(summary).toMatchObject({ [verdict]: 1 })
  })

  test.each<[string, ReconcileSettings['overrides'], string]>([
    ['wider', [{ account: '5010', absolute: '1.00' }], 'within'],
    ['of the same account but for case and spaces', [{ account: ' 5010 ', absolute: '1.00' }], 'within'],
    ['by percent only', [{ account: '5010', percent: '1' }], 'within'],
    ['of another account', [{ account: '05010', absolute: '1.00' }], 'outside'],
    ['narrower than the usual', [{ account: '5010', absolute: '0', percent: '0' }], 'outside'],
    [
      'in two parts',
      [
        { account: '5010', absolute: '0' },
        { account: '5010', percent: '1' },
      ],
      'within',
    ],
  ])('of one account replaces the usual limits: %s', (_name, overrides, verdict) => {
    const { lines } = reconcile([amount('5010/1100', '100.50')], [balance('5010/1100', '100.00')], {
      ...SETTINGS,
      overrides,
    })
    expect(lines.map((line) => line.verdict)).toEqual([verdict])
  })
})

describe('sides that do not meet', () => {
  test('a ledger balance of zero alone is no line, a Looker figure of zero alone is an equal one', () => {
    const { lines, summary } = reconcile(
      [amount('5010/1100', '0')],
      [balance('5020/1100', '5.00'), balance('5020/1100', '-5.00')],
      SETTINGS,
    )
    expect(lines).toMatchObject([
      { account: '5010', looker: '0.00', ledger: null, variance: '0.00', percent: null, verdict: 'equal' },
    ])
    expect(summary).toMatchObject({ equal: 1, onlyLedger: 0 })
  })

  test('are unmatched however small', () => {
    const tolerance: Tolerance = { absolute: '1000', percent: '100', mode: 'or' }
    const { lines } = reconcile([amount('5010/1100', '0.01')], [balance('5020/1100', '0.01')], {
      ...SETTINGS,
      tolerance,
    })
    expect(lines.map(({ verdict }) => verdict)).toEqual(['onlyLooker', 'onlyLedger'])
  })

  test.each([
    ['leading zeros', '05010/1100', '5010/1100'],
    ['cost centre', '5010/1100', '5010/1200'],
    ['no cost centre', '5010/', '5010/1100'],
  ])('differ by %s', (_name, looker, ledger) => {
    expect(reconcile([amount(looker, '1')], [balance(ledger, '1')], SETTINGS).lines).toHaveLength(2)
  })

  test('differ by currency', () => {
    const euros = { ...balance('5010/1100', '1'), currency: 'EUR' }
    const { lines } = reconcile([amount('5010/1100', '1')], [euros], SETTINGS)
    expect(lines.map(({ currency, verdict }) => [currency, verdict])).toEqual([
      ['EUR', 'onlyLedger'],
      ['USD', 'onlyLooker'],
    ])
  })
})

describe('codes', () => {
  test('meet but for case and spaces, and are spelled as the ledger has them', () => {
    const { lines } = reconcile(
      [amount('ab1/cc-1', '1.00'), amount('AB1 /CC-1', '2.00')],
      [{ ...balance('Ab1/Cc-1', '3.00'), currency: 'usd' }],
      SETTINGS,
    )
    expect(lines).toMatchObject([
      { account: 'Ab1', costCentre: 'Cc-1', currency: 'usd', looker: '3.00', verdict: 'equal' },
    ])
  })

  test('at account level are compared without the cost centres of the ledger', () => {
    const { lines } = reconcile(
      [amount('5010/', '30.00')],
      [balance('5010/1100', '10.00'), balance('5010/1200', '20.00')],
      { ...SETTINGS, level: 'account' },
    )
    expect(lines).toMatchObject([{ account: '5010', costCentre: '', ledger: '30.00', verdict: 'equal' }])
  })
})

describe('amounts', () => {
  test('keep every digit, and show at least two decimals', () => {
    const { lines, summary } = reconcile(
      [amount('5010/1100', '123456789012345678.915'), amount('5020/1100', '7')],
      [balance('5010/1100', '9007199254740993'), balance('5020/1100', '6.5')],
      SETTINGS,
    )
    expect(lines).toMatchObject([
      { looker: '123456789012345678.915', ledger: '9007199254740993.00', variance: '114449589757604685.915' },
      { looker: '7.00', ledger: '6.50', variance: '0.50', percent: '7.69' },
    ])
    expect(summary).toMatchObject({ net: '114449589757604686.415', gross: '114449589757604686.415' })
  })

  test('that are no plain decimals are refused, named by side and place', () => {
    expect(() => reconcile([amount('5010/1100', '1e3')], [], SETTINGS)).toThrow(
      'the looker amount of 5010/1100 is "1e3"',
    )
    expect(() => reconcile([], [balance('5010/', '1,00')], SETTINGS)).toThrow('the ledger amount of 5010 is "1,00"')
  })
})

describe('for any two sides', () => {
  const place = fc.tuple(fc.constantFrom('5010', '05010', 'ab', 'AB'), fc.constantFrom('', '1100', '1200'))
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.constantFrom('', '.5', '.01', '.995'))
    .map((parts) => parts.join(''))
  const looker = fc.array(
    fc.tuple(place, decimal).map(([[account, costCentre], text]) => amount(`${account}/${costCentre}`, text)),
  )
  const ledger = fc.array(
    fc.tuple(place, decimal).map(([[account, costCentre], text]) => balance(`${account}/${costCentre}`, text)),
  )
  const level = fc.constantFrom<ReconcileSettings['level']>('account', 'both')

  test('the variances sum to Looker less ledger, and no amount is lost', () => {
    fc.assert(
      fc.property(looker, ledger, level, (ours, theirs, at) => {
        const { lines, summary } = reconcile(ours, theirs, { ...SETTINGS, level: at })
        const net = subtract(sum(ours.map((each) => each.amount)), sum(theirs.map((each) => each.amount)))
        expect(compare(sum(lines.map(({ variance }) => variance)), net)).toBe(0)
        expect(compare(money(summary.net ?? ''), net)).toBe(0)
        expect(compare(sum(lines.map(({ looker: text }) => text ?? '0')), sum(ours.map((each) => each.amount)))).toBe(0)
        const gross = lines.map(({ variance }) => absolute(money(variance))).reduce(add, ZERO)
        expect(compare(money(summary.gross ?? ''), gross)).toBe(0)
        const { equal, within, outside, onlyLooker, onlyLedger } = summary
        expect(equal + within + outside + onlyLooker + onlyLedger).toBe(lines.length)
      }),
    )
  })

  test('the order of amounts changes nothing', () => {
    fc.assert(
      fc.property(looker, ledger, level, (ours, theirs, at) => {
        const settings = { ...SETTINGS, level: at }
        expect(reconcile([...ours].reverse(), [...theirs].reverse(), settings)).toEqual(
          reconcile(ours, theirs, settings),
        )
      }),
    )
  })

  test('one set of amounts on both sides leaves no variance', () => {
    fc.assert(
      fc.property(looker, (ours) => {
        const theirs = ours.map((each) => balance(`${each.account}/${each.costCentre}`, each.amount))
        const { summary } = reconcile(ours, theirs, SETTINGS)
        expect([summary.net, summary.gross, summary.within + summary.outside]).toEqual(['0.00', '0.00', 0])
      }),
    )
  })
})

function amount(place: string, text: string): LookerAmount {
  const [account = '', costCentre = ''] = place.split('/')
  return { account, costCentre, currency: 'USD', amount: text }
}

function balance(place: string, text: string): Balance {
  return { ...amount(place, text), year: 2026, period: 3 }
}

function sum(texts: readonly string[]) {
  return texts.map(money).reduce(add, ZERO)
}
