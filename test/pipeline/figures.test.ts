import { expect, test } from 'vitest'
import { MlcError } from '../../src/errors.js'
import type { FigureSpec } from '../../src/model/job.js'
import type { Row } from '../../src/model/row.js'
import { figuresOfRow, type PeriodScope } from '../../src/pipeline/figures.js'
import { fillPlaceholders } from '../../src/pipeline/placeholders.js'

const SPEC: FigureSpec = {
  account: 'a.account',
  costCentre: 'a.centre',
  currency: 'USD',
  period: 'a.period',
  measures: { net: 'a.net' },
  subAccount: null,
  project: null,
  site: null,
  sign: 1,
}
const MARCH: PeriodScope = { asked: { year: 2026, period: 3 }, within: 'period', calendar: [] }
const ROW: Row = { 'a.account': '0100', 'a.centre': '1100', 'a.period': '2026-03', 'a.net': '1.10' }

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof MlcError) return error.code
    throw error
  }
  return 'none'
}

test('a row becomes one figure a measure, digits and leading zeros as they came', () => {
  expect(figuresOfRow(ROW, 7, SPEC, MARCH)).toEqual([
    {
      account: '0100',
      costCentre: '1100',
      subAccount: null,
      project: null,
      site: null,
      currency: 'USD',
      period: '2026-03',
      row: 7,
      measure: 'net',
      amount: '1.10',
    },
  ])
})

test.each<[string, Row[string] | undefined, string]>([
  ['a currency sign', '$1.00', 'MLC-P001'],
  ['thousands signs', '1,000.00', 'MLC-P001'],
  ['brackets', '(1.00)', 'MLC-P001'],
  ['a percent sign', '1%', 'MLC-P001'],
  ['an exponent in text', '1e3', 'MLC-P001'],
  ['a plus', '+1', 'MLC-P001'],
  ['NaN', 'NaN', 'MLC-P001'],
  ['nothing', '', 'MLC-P001'],
  ['a blank', ' ', 'MLC-P001'],
  ['null', null, 'MLC-P001'],
  ['yes or no', true, 'MLC-P001'],
  ['a leading zero', '01', 'MLC-P001'],
  ['no column', undefined, 'MLC-P005'],
])('an amount that is %s is refused', (_what, cell, code) => {
  const { 'a.net': _net, ...rest } = ROW
  const row = cell === undefined ? rest : { ...rest, 'a.net': cell }
  expect(codeOf(() => figuresOfRow(row, 1, SPEC, MARCH))).toBe(code)
})

test.each<[string, string, string, PeriodScope, string]>([
  ['the period asked for', '2026-03', 'none', MARCH, '2026-03'],
  ['a day in it', '2026-03-31', 'none', MARCH, '2026-03'],
  ['another period', '2026-04', 'MLC-P003', MARCH, ''],
  ['a day of another period', '2026-02-28', 'MLC-P003', MARCH, ''],
  ['a day that does not exist', '2026-02-30', 'MLC-P004', MARCH, ''],
  ['words', 'March', 'MLC-P004', MARCH, ''],
  ['any period of the year, when the year was asked for', '2026-11', 'none', { ...MARCH, within: 'year' }, '2026-11'],
  ['another year', '2025-03', 'MLC-P003', { ...MARCH, within: 'year' }, ''],
  ['any, when none was asked for', '2024-01', 'none', { ...MARCH, asked: null }, '2024-01'],
  [
    'a day, by the calendar of QAD',
    '2026-03-30',
    'none',
    {
      asked: null,
      within: 'period',
      calendar: [{ year: 2026, period: 4, start: '2026-03-29', end: '2026-04-25', open: true, status: 'open' }],
    },
    '2026-04',
  ],
])('a row of %s (%s): %s', (_what, cell, code, scope, period) => {
  const read = () => figuresOfRow({ ...ROW, 'a.period': cell }, 1, SPEC, scope)
  expect(codeOf(read)).toBe(code)
  if (code === 'none') expect(read()[0]?.period).toBe(period)
})

test.each([
  ['usd', 'USD', 'none'],
  ['EUR', 'EUR', 'none'],
  ['US', '', 'MLC-P002'],
  [null, '', 'MLC-P002'],
])('a currency column that holds %j', (cell, currency, code) => {
  const read = () => figuresOfRow({ ...ROW, 'a.cur': cell }, 1, { ...SPEC, currency: 'a.cur' }, MARCH)
  expect(codeOf(read)).toBe(code)
  if (code === 'none') expect(read()[0]?.currency).toBe(currency)
})

test('placeholders are filled in, whatever stands around them', () => {
  const filters = { a: '{start} to {end}', b: '{year}-{pp},{period}', c: 'Detroit $&' }
  const days = { start: '2026-03-01', end: '2026-04-01' }
  expect(fillPlaceholders(filters, { year: 2026, period: 3 }, days)).toEqual({
    a: '2026-03-01 to 2026-04-01',
    b: '2026-03,2026-03',
    c: 'Detroit $&',
  })
})

test.each([
  ['{period}', null, 'MLC-C006'],
  ['{start}', { year: 2026, period: 13 }, 'MLC-Q032'],
])('%s without what it needs is refused', (value, period, code) => {
  expect(codeOf(() => fillPlaceholders({ f: value }, period, null))).toBe(code)
})
