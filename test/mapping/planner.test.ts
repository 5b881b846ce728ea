import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../src/errors.js'
import { readMap } from '../../src/mapping/map-file.js'
import { createPlanner } from '../../src/mapping/planner.js'
import { createResolver } from '../../src/mapping/resolve.js'
import { add, compare, money, round, toText, ZERO, type RoundingMode } from '../../src/model/money.js'
import { referenceKey } from '../../src/model/reference.js'
import { anyFigure, onlyEntry, planOf, plannerOf, settings } from './world.js'

describe('a figure', () => {
  test('becomes the reference at its place in QAD', () => {
    const { reference, ...entry } = onlyEntry(planOf([{ subAccount: '100', project: 'P-7', site: '10-100' }]))
    expect(entry).toEqual({ action: 'create', before: null, rows: [1], residue: '0' })
    const { key, ...rest } = reference
    expect(rest).toEqual({
      domain: '10USA',
      entity: '10USACO',
      year: 2026,
      period: 3,
      account: '5010',
      subAccount: '100',
      costCentre: '1100',
      project: 'P-7',
      site: '10-100',
      currency: 'USD',
      measure: 'net_amount',
      revision: 1,
      amount: '412880.15',
      description: 'net_amount 2026-03 5010/1100',
      source: 'look 42',
      run: '01J9Z8000000000000000000R1',
    })
    expect(key).toBe(referenceKey(reference))
  })

  test('keeps its leading zeros: 0100 and 100 are two accounts', () => {
    const plan = planOf([{ account: '0100' }, { account: '100' }])
    expect(plan.entries.map(({ reference }) => reference.account)).toEqual(['0100', '100'])
    expect(plan.problems).toEqual([])
  })

  test('is spelled as the chart spells it', () => {
    expect(onlyEntry(planOf([{ costCentre: ' anywhere' }])).reference.costCentre).toBe('CC-A')
  })

  test('of zero is a figure: it is posted', () => {
    expect(onlyEntry(planOf([{ amount: '0' }]))).toMatchObject({ action: 'create', reference: { amount: '0.00' } })
  })

  test('of a job without cost centres has none', () => {
    const { reference } = onlyEntry(planOf([{ costCentre: 'Pune' }], [], { costCentres: null }))
    expect(reference).toMatchObject({ costCentre: '', description: 'net_amount 2026-03 5010' })
  })

  test.each([['1e3'], ['1,000.00'], [''], ['NaN'], ['$5']])('of %j stops the plan, named by row', (amount) => {
    expect(() => plannerOf([{ row: 7, amount }])).toThrow(MlcError)
    expect(() => plannerOf([{ row: 7, amount }])).toThrow(`row 7: net_amount is ${JSON.stringify(amount)}`)
  })

  test('with a period that cannot be read stops the plan', () => {
    expect(() => plannerOf([{ row: 7, period: 'March' }])).toThrow('row 7: the period is "March"')
  })
})

describe('figures of one place', () => {
  test('are summed exactly and rounded once', () => {
    // Rounded one by one they would come to 0.00 each.
    const { reference, residue, rows } = onlyEntry(
      planOf([{ amount: '0.004' }, { amount: '0.004', costCentre: 'Detroit West' }, { amount: '0.004' }]),
    )
    expect([reference.amount, residue, rows]).toEqual(['0.01', '0.002', [1, 2, 3]])
  })

  test('are summed with digits beyond a double', () => {
    const { reference } = onlyEntry(planOf([{ amount: '9007199254740993.01' }, { amount: '0.01' }]))
    expect(reference.amount).toBe('9007199254740993.02')
  })

  test.each<[RoundingMode, string, string]>([
    ['half-even', '-0.12', '-0.005'],
    ['half-up', '-0.13', '0.005'],
    ['down', '-0.12', '-0.005'],
    ['up', '-0.13', '0.005'],
  ])('with sign -1 are turned before they are rounded (%s)', (mode, amount, residue) => {
    const entry = onlyEntry(planOf([{ amount: '0.125' }], [], { sign: -1, rounding: { scale: 2, mode } }))
    expect([entry.reference.amount, entry.residue]).toEqual([amount, residue])
  })

  test('list the first 50 rows, in order, whatever order they came in', () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({ row: 200 - index, amount: '1' }))
    const entry = onlyEntry(planOf(rows))
    expect(entry.rows).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
    expect(entry.reference.amount).toBe('200.00')
  })

  test.each([
    ['measure', { measure: 'budget' }],
    ['currency', { currency: 'EUR' }],
    ['period', { period: '2026-04' }],
    ['account', { account: '5020' }],
    ['cost centre', { costCentre: 'Monterrey' }],
    ['sub-account', { subAccount: '100' }],
    ['project', { project: 'P' }],
    ['site', { site: '10-100' }],
  ])('are kept apart by %s', (_name, change) => {
    expect(planOf([{}, change]).entries).toHaveLength(2)
  })

  test('are together when texts differ in Unicode form only', () => {
    expect(planOf([{ site: 'Z\u00FCrich' }, { site: 'Zu\u0308rich' }]).entries).toHaveLength(1)
  })
})

describe('control totals', () => {
  test('say what became of every row and amount', () => {
    const { totals } = plannerOf([
      { amount: '412880.15' },
      { amount: '1875.00', costCentre: 'Pune' },
      { amount: '99.9', costCentre: 'Oslo' },
      { amount: '5', currency: 'EUR' },
    ])
    expect(totals).toEqual({
      rows: { pulled: 4, mapped: 2, ignored: 1, unmapped: 1 },
      amounts: [
        {
          measure: 'net_amount',
          currency: 'EUR',
          pulled: '5.00',
          mapped: '5.00',
          ignored: '0.00',
          unmapped: '0.00',
          ties: true,
        },
        {
          measure: 'net_amount',
          currency: 'USD',
          pulled: '414855.05',
          mapped: '412880.15',
          ignored: '1875.00',
          unmapped: '99.90',
          ties: true,
        },
      ],
    })
  })

  test('count a row with three measures once', () => {
    const planner = plannerOf(['net_amount', 'budget', 'forecast'].map((measure) => ({ row: 1, measure })))
    expect(planner.totals.rows).toEqual({ pulled: 1, mapped: 1, ignored: 0, unmapped: 0 })
    expect(planner.totals.amounts).toHaveLength(3)
  })

  test('count a figure as ignored when any of its codes is', () => {
    const { totals } = plannerOf([{ account: null, costCentre: 'Pune' }])
    expect(totals.rows).toEqual({ pulled: 1, mapped: 0, ignored: 1, unmapped: 0 })
  })

  test('count a figure as ignored when its account is, even at a plant that nobody mapped', () => {
    const map = readMap('looker,qad,ignore,reason\nMemo,,yes,statistical\n', 'maps/accounts.csv')
    const planner = plannerOf([{ account: 'Memo', costCentre: 'Oslo' }], {
      accounts: createResolver(map, null, 'maps/accounts.csv'),
    })
    expect(planner.totals.rows).toEqual({ pulled: 1, mapped: 0, ignored: 1, unmapped: 0 })
    expect(planner.unmapped()).toEqual([])
  })

  test('always tie, whatever figures come', () => {
    fc.assert(
      fc.property(fc.array(anyFigure), (figures) => {
        const planner = createPlanner(settings())
        for (const each of figures) planner.add(each)
        const { rows, amounts } = planner.totals
        expect(amounts.every(({ ties }) => ties)).toBe(true)
        expect(rows.mapped + rows.ignored + rows.unmapped).toBe(rows.pulled)
        expect(rows.pulled).toBe(new Set(figures.map(({ row }) => row)).size)
        const pulled = amounts.reduce((sum, each) => add(sum, money(each.pulled)), ZERO)
        const given = figures.reduce((sum, each) => add(sum, money(each.amount)), ZERO)
        expect(compare(pulled, given)).toBe(0)
        expect(planner.plan([], new Map()).problems.filter(({ code }) => code === 'MLC-P018')).toEqual([])
      }),
    )
  })

  test('equal amounts plus residues of the references, so nothing is lost on the way', () => {
    fc.assert(
      fc.property(
        fc.array(anyFigure),
        fc.constantFrom<RoundingMode>('half-even', 'half-up', 'down', 'up'),
        (figures, mode) => {
          const planner = createPlanner(settings({ rounding: { scale: 1, mode } }))
          for (const each of figures) planner.add(each)
          const plan = planner.plan([], new Map())
          const posted = plan.entries.reduce(
            (sum, { reference, residue }) => add(add(sum, money(reference.amount)), money(residue)),
            ZERO,
          )
          const mapped = plan.totals.amounts.reduce((sum, each) => add(sum, money(each.mapped)), ZERO)
          expect(compare(posted, mapped)).toBe(0)
          for (const { reference, residue } of plan.entries) {
            const exact = add(money(reference.amount), money(residue))
            expect(reference.amount).toBe(toText(round(exact, 1, mode), 1))
          }
        },
      ),
    )
  })
})

describe('a value that is not mapped', () => {
  test('is reported once, with its rows and its amount', () => {
    const planner = plannerOf([
      { costCentre: 'Oslo', amount: '1875' },
      { costCentre: 'Oslo', amount: '0.5' },
      { costCentre: 'Oslo', amount: '7', currency: 'EUR' },
    ])
    expect(planner.unmapped()).toEqual([
      {
        dimension: 'costCentre',
        kind: 'unmapped',
        value: 'Oslo',
        lines: [],
        path: 'maps/cc.csv',
        rows: 3,
        amount: '7.00',
        amounts: [
          { measure: 'net_amount', currency: 'EUR', amount: '7.00' },
          { measure: 'net_amount', currency: 'USD', amount: '1875.50' },
        ],
      },
    ])
    expect(planner.plan([], new Map()).problems).toEqual([
      {
        code: 'MLC-P010',
        key: null,
        message: 'cost centre "Oslo" is not in maps/cc.csv (3 rows, net_amount 7.00 EUR, net_amount 1875.50 USD)',
      },
    ])
  })

  test('in both dimensions is reported in both', () => {
    const planner = plannerOf([{ account: null, costCentre: 'Oslo' }])
    expect(planner.unmapped().map(({ dimension, value }) => [dimension, value])).toEqual([
      ['account', ''],
      ['costCentre', 'Oslo'],
    ])
    expect(planner.plan([], new Map()).problems.map(({ message }) => message)).toEqual([
      'account (empty) is no code (1 row, net_amount 412880.15 USD)',
      'cost centre "Oslo" is not in maps/cc.csv (1 row, net_amount 412880.15 USD)',
    ])
  })

  test('because several lines match is ambiguous', () => {
    const planner = plannerOf([{ costCentre: 'Twin' }])
    expect(planner.unmapped()).toMatchObject([{ kind: 'ambiguous', value: 'Twin', lines: [9, 10] }])
    expect(planner.plan([], new Map()).problems).toMatchObject([{ code: 'MLC-P021', key: null }])
  })
})

describe('a resolver without masters', () => {
  test('lets codes through as they are', () => {
    const chart = { accounts: null, costCentres: null, periods: null }
    const plain = { chart, accounts: createResolver(null, null, null), costCentres: createResolver(null, null, null) }
    const plan = planOf([{ account: '00-9', costCentre: 'X y', period: '2031-13' }], [], plain)
    expect(onlyEntry(plan).reference).toMatchObject({ account: '00-9', costCentre: 'X y', year: 2031, period: 13 })
    expect(plan.problems).toEqual([])
  })
})
