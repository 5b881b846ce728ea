import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/errors.js'
import { checkReferences, checkTotals, type CheckSettings } from '../../src/mapping/checks.js'
import type { ControlTotals } from '../../src/model/plan.js'
import type { Reference } from '../../src/model/reference.js'
import { baseKey, CHART, onlyEntry, planOf } from './world.js'

const { reference: sound } = onlyEntry(planOf([{}]))
const settings: CheckSettings = { chart: CHART, limits: { account: 8, costCentre: 8, text: 40 }, owners: new Map() }
const noMasters = { accounts: null, costCentres: null, periods: null }

test('a sound reference has no problem', () => {
  expect(checkReferences([sound, { ...sound, costCentre: '' }], settings)).toEqual([])
})

describe('a reference is refused', () => {
  test.each<[string, Partial<Reference>, Partial<CheckSettings>, string, string]>([
    [
      'unknown account',
      { account: '05010' },
      {},
      'MLC-P011',
      'account 05010 does not exist in domain 10USA, entity 10USACO',
    ],
    [
      'inactive account',
      { account: '4010' },
      {},
      'MLC-P013',
      'account 4010 is inactive in domain 10USA, entity 10USACO',
    ],
    ['unknown cost centre', { costCentre: 'x y' }, {}, 'MLC-P014', 'cost centre "x y" does not exist'],
    ['inactive cost centre', { costCentre: '1900' }, {}, 'MLC-P015', 'cost centre 1900 is inactive'],
    ['unknown period', { period: 13 }, {}, 'MLC-Q032', 'period 2026-13 is not in the calendar'],
    [
      'closed period',
      { period: 2 },
      {},
      'MLC-Q031',
      'period 2026-02 is not open in domain 10USA, entity 10USACO: QAD says "locked"',
    ],
    ['lower-case currency', { currency: 'usd' }, {}, 'MLC-P002', 'currency usd of 5010/1100 2026-03 net_amount'],
    ['no currency', { currency: '' }, {}, 'MLC-P002', 'currency ""'],
    [
      'long account',
      { account: '123456789' },
      { chart: noMasters },
      'MLC-P016',
      'account 123456789 has 9 characters, the limit is 8',
    ],
    ['long cost centre', { costCentre: '123456789' }, { chart: noMasters }, 'MLC-P016', 'cost centre 123456789 has 9'],
    ['long measure', { measure: 'm'.repeat(41) }, {}, 'MLC-P016', 'has 41 characters, the limit is 40'],
    [
      'no room for a revision',
      {},
      { limits: { account: 8, costCentre: 8, text: 32 } },
      'MLC-P016',
      'needs 33 characters, the limit is 32',
    ],
    [
      'no room for this revision',
      { key: `${sound.key}-R100`, revision: 100 },
      { limits: { account: 8, costCentre: 8, text: 33 } },
      'MLC-P016',
      'needs 34 characters, the limit is 33',
    ],
    [
      'another job',
      {},
      { owners: new Map([[baseKey(sound), 'plant-gl-old']]) },
      'MLC-P017',
      'also posted by job plant-gl-old',
    ],
    [
      'another job, restated',
      { key: `${sound.key}-R2`, revision: 2 },
      { owners: new Map([[baseKey(sound), 'plant-gl-old']]) },
      'MLC-P017',
      'also posted by job plant-gl-old',
    ],
  ])('%s', (_name, change, grounds, code, message) => {
    const reference = { ...sound, ...change }
    const problems = checkReferences([reference], { ...settings, ...grounds })
    expect(problems).toMatchObject([{ code, key: reference.key }])
    expect(problems[0]?.message).toContain(message)
    expect(CATALOGUE).toHaveProperty([code])
  })
})

test('masters that are not configured are not checked', () => {
  const anywhere = { ...sound, account: 'X', costCentre: 'Y', period: 99 }
  expect(checkReferences([anywhere], { ...settings, chart: noMasters })).toEqual([])
})

test('masters that are configured and empty refuse everything', () => {
  const codes = checkReferences([sound], { ...settings, chart: { accounts: [], costCentres: [], periods: [] } })
  expect(codes.map(({ code }) => code)).toEqual(['MLC-P011', 'MLC-P014', 'MLC-Q032'])
})

test('limits that fit exactly pass', () => {
  const reference = { ...sound, account: '12345678', costCentre: '\u{1F4B0}'.repeat(8) }
  expect(
    checkReferences([reference], { ...settings, chart: noMasters, limits: { account: 8, costCentre: 8, text: 33 } }),
  ).toEqual([])
})

test('a code that the chart lists twice is active when one of them is', () => {
  const row = (active: boolean) => ({ code: '5010', description: '', active, type: null })
  for (const accounts of [
    [row(true), row(false)],
    [row(false), row(true)],
  ]) {
    expect(checkReferences([sound], { ...settings, chart: { ...CHART, accounts } })).toEqual([])
  }
})

describe('control totals', () => {
  const amount = {
    measure: 'net',
    currency: 'USD',
    pulled: '3.00',
    mapped: '1.00',
    ignored: '1.00',
    unmapped: '1.00',
    ties: true,
  }
  const totals: ControlTotals = { rows: { pulled: 3, mapped: 1, ignored: 1, unmapped: 1 }, amounts: [amount] }

  test('that tie are no problem', () => {
    expect(checkTotals(totals)).toEqual([])
  })

  test('that miss an amount stop the plan', () => {
    expect(checkTotals({ ...totals, amounts: [amount, { ...amount, mapped: '0.99', ties: false }] })).toEqual([
      {
        code: 'MLC-P018',
        message: 'net USD: pulled 3.00, but mapped 0.99 + ignored 1.00 + unmapped 1.00',
        key: null,
      },
    ])
  })

  test('that miss a row stop the plan', () => {
    expect(checkTotals({ ...totals, rows: { ...totals.rows, pulled: 4 } })).toMatchObject([
      { code: 'MLC-P018', key: null },
    ])
  })
})
