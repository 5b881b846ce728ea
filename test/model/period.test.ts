import { describe, expect, test } from 'vitest'
import {
  formatPeriod,
  isIsoDate,
  parsePeriod,
  periodDates,
  periodOfDate,
  previousPeriod,
  type CalendarPeriod,
} from '../../src/model/period.js'

// A 4-4-5 year that starts on 29 December, with a correction period that overlaps the last one.
const CALENDAR: readonly CalendarPeriod[] = [
  { year: 2025, period: 12, start: '2025-11-24', end: '2025-12-28', open: false, status: 'locked' },
  { year: 2025, period: 13, start: '2025-12-28', end: '2025-12-28', open: true, status: 'open' },
  { year: 2026, period: 1, start: '2025-12-29', end: '2026-01-25', open: true, status: 'open' },
  { year: 2026, period: 2, start: '2026-01-26', end: '2026-02-22', open: true, status: 'open' },
]

test.each([
  ['2026-03', { year: 2026, period: 3 }],
  ['2026-13', { year: 2026, period: 13 }],
  ['2026-00', null],
  ['2026-3', null],
  ['2026-03-01', null],
  [' 2026-03', null],
  ['0026-03', null],
  ['', null],
])('the period %j is read as %j', (text, expected) => {
  const period = parsePeriod(text)
  expect(period).toEqual(expected)
  if (period) expect(formatPeriod(period)).toBe(text)
})

describe('with the calendar of QAD', () => {
  test.each([
    ['2025-12-29', '2026-01'],
    ['2026-01-25', '2026-01'],
    ['2026-01-26', '2026-02'],
    ['2025-12-28', '2025-12'],
    ['2026-01-05T10:00:00Z', '2026-01'],
    ['2027-01-01', null],
    ['2026-02-30', null],
    ['January', null],
  ])('%s lies in %s', (date, expected) => {
    const period = periodOfDate(date, CALENDAR)
    expect(period && formatPeriod(period)).toBe(expected)
  })

  test('the day after the last day ends a period', () => {
    expect(periodDates({ year: 2026, period: 1 }, CALENDAR)).toEqual({ start: '2025-12-29', end: '2026-01-26' })
    expect(periodDates({ year: 2026, period: 9 }, CALENDAR)).toBeNull()
  })

  test('the period before skips correction periods', () => {
    expect(previousPeriod({ year: 2026, period: 1 }, CALENDAR)).toEqual({ year: 2025, period: 12 })
    expect(previousPeriod({ year: 2025, period: 12 }, CALENDAR)).toBeNull()
  })
})

describe('without a calendar', () => {
  test('a period is a month', () => {
    expect(periodDates({ year: 2026, period: 12 }, [])).toEqual({ start: '2026-12-01', end: '2027-01-01' })
    expect(periodDates({ year: 2026, period: 13 }, [])).toBeNull()
    expect(periodOfDate('2026-02-28', [])).toEqual({ year: 2026, period: 2 })
    expect(previousPeriod({ year: 2026, period: 1 }, [])).toEqual({ year: 2025, period: 12 })
  })

  test.each([
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-1-1', false],
    ['', false],
  ])('%j is a date: %s', (text, expected) => {
    expect(isIsoDate(text)).toBe(expected)
  })
})
