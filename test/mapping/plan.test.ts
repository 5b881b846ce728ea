import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPlanner, planHash } from '../../src/mapping/planner.js'
import { anyFigure, asPosted, baseKey, CHART, onlyEntry, planOf, plannerOf, settings } from './world.js'

describe('against what QAD holds', () => {
  const { reference } = onlyEntry(planOf([{}]))
  const key = reference.key
  const r1 = asPosted(reference)
  const r2 = asPosted(reference, { key: `${key}-R2`, revision: 2, amount: '10.00' })
  const r3 = asPosted(reference, { key: `${key}-R3`, revision: 3, amount: '20.00' })

  test.each([
    ['the same amount: nothing is to be sent', [r1], { action: 'same', key, revision: 1, before: r1 }],
    ['the same amount in other digits', [{ ...r1, amount: '412880.1500' }], { action: 'same', key, revision: 1 }],
    [
      'another amount: the next revision',
      [{ ...r1, amount: '1.00' }],
      { action: 'revise', key: `${key}-R2`, revision: 2 },
    ],
    ['three revisions in any order', [r2, r3, r1], { action: 'revise', key: `${key}-R4`, revision: 4, before: r3 }],
    [
      'an old revision of the same amount does not count',
      [r1, r2],
      { action: 'revise', key: `${key}-R3`, revision: 3 },
    ],
    [
      'the newest revision of the same amount',
      [r1, r2, { ...r3, amount: r1.amount }],
      { action: 'same', key: `${key}-R3`, revision: 3 },
    ],
    ['no revision column: the key tells', [{ ...r3, revision: null }], { action: 'revise', key: `${key}-R4` }],
    [
      'columns that QAD does not show',
      [{ ...r1, year: null, period: null, account: null, costCentre: null, currency: null, measure: null }],
      { action: 'same' },
    ],
    ['codes in other case', [{ ...r1, currency: 'usd', costCentre: '1100 ' }], { action: 'same' }],
    [
      'one record shown twice',
      [
        { ...r1, qadRef: 'Q1' },
        { ...r1, qadRef: 'Q1' },
      ],
      { action: 'same' },
    ],
    [
      'records of others',
      [
        { ...r1, key: 'JE-1' },
        { ...r1, key: `MLC${'0'.repeat(26)}` },
      ],
      { action: 'create', key, before: null },
    ],
  ])('%s', (_name, posted, expected) => {
    const plan = planOf([{}], posted)
    const entry = onlyEntry(plan)
    expect({ ...entry.reference, ...entry }).toMatchObject(expected)
    expect(plan.problems).toEqual([])
  })

  test.each([
    ['another account', [{ ...r1, account: '5020' }], 'account "5020" where "5010" belongs'],
    ['another cost centre', [{ ...r1, costCentre: '' }], 'cost centre "" where "1100" belongs'],
    ['another period', [{ ...r1, period: 4 }], 'period 4 where 3 belongs'],
    ['another year', [{ ...r1, year: 2027 }], 'year 2027 where 2026 belongs'],
    ['another currency', [{ ...r1, currency: 'EUR' }], 'currency "EUR" where "USD" belongs'],
    ['a measure cut short', [{ ...r1, measure: 'net_am' }], 'measure "net_am" where "net_amount" belongs'],
    ['a revision that the key denies', [{ ...r1, revision: 2 }], 'with revision 2'],
    [
      'our key twice, with two amounts',
      [r1, { ...r1, amount: '1.00' }],
      `holds ${key} twice, with 412880.15 and with 1.00`,
    ],
    ['our key twice, with one amount', [r1, r1], `holds ${key} twice`],
    ['an old key twice', [r1, r1, r2], `holds ${key} twice`],
    ['no amount', [{ ...r1, amount: 'n/a' }], 'with the amount "n/a"'],
  ])('%s is for a person to decide', (_name, posted, message) => {
    const plan = planOf([{}], posted)
    expect(onlyEntry(plan).action).toBe('blocked')
    expect(plan.problems).toMatchObject([{ code: 'MLC-Q022', key: onlyEntry(plan).reference.key }])
    expect(plan.problems[0]?.message).toContain(message)
  })

  test('a restatement is refused where the job says so, and the same amount is not', () => {
    const plan = planOf([{}], [{ ...r1, amount: '1.00' }], { onRestate: 'refuse' })
    expect(onlyEntry(plan).action).toBe('blocked')
    expect(plan.problems).toMatchObject([{ code: 'MLC-P019', key: `${key}-R2` }])
    expect(plan.problems[0]?.message).toBe(
      `5010/1100 2026-03 net_amount is now 412880.15, but ${key} was posted with 1.00 and onRestate is refuse`,
    )
    expect(planOf([{}], [r1], { onRestate: 'refuse' }).problems).toEqual([])
  })

  test('an identity of another job is refused, even at the same amount', () => {
    const owners = new Map([[baseKey(reference), 'old-job']])
    for (const posted of [[], [r1], [r2]]) {
      const plan = plannerOf([{}]).plan(posted, owners)
      expect(plan.problems).toMatchObject([{ code: 'MLC-P017', key: onlyEntry(plan).reference.key }])
      expect(plan.problems[0]?.message).toContain('old-job')
      expect(onlyEntry(plan).action).toBe('blocked')
    }
  })

  test('what is there already may stay in a period that was closed since', () => {
    const chart = { ...CHART, periods: CHART.periods?.map((period) => ({ ...period, open: false })) ?? null }
    expect(planOf([{}], [r1], { chart }).problems).toEqual([])
    expect(planOf([{}], [r2], { chart }).problems).toMatchObject([{ code: 'MLC-Q031' }])
  })
})

describe('a plan', () => {
  test('lists references by period, account, cost centre and measure', () => {
    const plan = planOf([
      { period: '2026-04' },
      { costCentre: 'Monterrey' },
      { account: '5020' },
      { measure: 'budget' },
      {},
      { account: '0100' },
    ])
    expect(
      plan.entries.map(
        ({ reference: { period, account, costCentre, measure } }) => `${period} ${account}/${costCentre} ${measure}`,
      ),
    ).toEqual([
      '3 0100/1100 net_amount',
      '3 5010/1100 budget',
      '3 5010/1100 net_amount',
      '3 5010/1200 net_amount',
      '3 5020/1100 net_amount',
      '4 5010/1100 net_amount',
    ])
  })

  test('does not depend on the order of figures or of what QAD shows', () => {
    const shuffled = fc
      .array(anyFigure, { maxLength: 30 })
      .chain((figures) => fc.tuple(fc.constant(figures), fc.shuffledSubarray(figures, { minLength: figures.length })))
    fc.assert(
      fc.property(shuffled, ([figures, reordered]) => {
        const [plan, other] = [figures, reordered].map((each) => {
          const planner = createPlanner(settings())
          for (const one of each) planner.add(one)
          const before = planner
            .plan([], new Map())
            .entries.map(({ reference }) => asPosted(reference, { amount: '1.00' }))
          return planner.plan(each === figures ? before : before.reverse(), new Map())
        })
        expect(other).toEqual(plan)
        expect(plan && other && planHash(other)).toBe(plan && planHash(plan))
      }),
    )
  })

  test('never has one key twice', () => {
    fc.assert(
      fc.property(fc.array(anyFigure), (figures) => {
        const keys = planOf(figures).entries.map(({ reference }) => reference.key)
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  test('made twice from one planner is the same', () => {
    const planner = plannerOf([{}, { costCentre: 'Pune' }])
    expect(planner.plan([], new Map())).toEqual(planner.plan([], new Map()))
  })

  test('cuts texts that are too long where everyone can see it', () => {
    const long = {
      source: 'finance/general_ledger_summary_by_plant_and_month',
      description: () => '\u{1F4B0}'.repeat(60),
    }
    const { reference } = onlyEntry(planOf([{}], [], long))
    expect(reference.source).toBe('finance/general_ledger_summary_by_pla...')
    expect(reference.description).toBe(`${'\u{1F4B0}'.repeat(37)}...`)
  })

  test('of no figures is empty and ties', () => {
    const plan = planOf([])
    expect([plan.entries, plan.problems, plan.totals.amounts]).toEqual([[], [], []])
  })
})

describe('the hash of a plan', () => {
  const plan = planOf([{}, { account: '5020' }])

  test('does not depend on when it was made', () => {
    expect(planHash({ ...plan, madeAt: 'later' })).toBe(planHash(plan))
    expect(planHash(plan)).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test('changes with everything else', () => {
    const others = [
      planOf([{}, { account: '5020', amount: '412880.16' }]),
      planOf([{}]),
      planOf([{}, { account: '5020' }], [], { run: 'other' }),
      { ...plan, figuresHash: 'x' },
      { ...plan, mapHash: 'x' },
      { ...plan, problems: [{ code: 'MLC-P010', message: 'x', key: null }] },
    ]
    expect(new Set([plan, ...others].map(planHash)).size).toBe(7)
  })
})
