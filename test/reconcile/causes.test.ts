import { describe, expect, test } from 'vitest'
import type { Known } from '../../src/reconcile/causes/explain.js'
import { causesOf, explained, kindsOf } from './planted.js'

describe('the digits of both amounts tell', () => {
  test.each<[looker: string, ledger: string, kinds: string[]]>([
    // The sign.
    ['-261447.55', '261447.55', ['sign']],
    ['261447.55', '-261447.55', ['sign']],
    ['-5', '5.00', ['sign']],
    ['-261447.55', '261447.56', []],
    // The scale: thousands, cents, any power of ten, with either sign.
    ['287.34', '287340.00', ['scale']],
    ['-287.34', '-287340.00', ['scale']],
    ['-287.34', '287340.00', ['scale']],
    ['287340000.00', '287340.00', ['scale']],
    ['28734000.00', '287340.00', ['scale']],
    ['2873.40', '287340.00', ['scale']],
    ['28734.00', '287340.00', ['scale']],
    ['0.28734', '287340.00', ['scale']],
    ['15.00', '150.00', ['scale']],
    // Its last digits may be lost, the longer rounded to the shorter: half a unit passes, more does not.
    ['287.34', '287341.77', ['scale']],
    ['287.34', '287345.00', ['scale']],
    ['287.34', '287335.00', ['scale']],
    ['287.34', '287345.01', []],
    ['287.34', '287334.99', []],
    // Round numbers of one digit, and short numbers that others are rounded to, are at any scale of each other.
    ['500.00', '5000.00', []],
    ['287.00', '287340.00', []],
    // Two digits that changed places: neighbours, or the two around a third.
    ['12543.00', '12453.00', ['transposed']],
    ['-12543.00', '-12453.00', ['transposed']],
    ['12543.01', '12543.10', ['transposed']],
    ['32145.67', '12345.67', ['transposed']],
    ['1050.00', '10050.00', []],
    ['10.50', '10.05', ['transposed']],
    ['-12543.00', '12453.00', []],
    ['52341.00', '12345.00', []],
    ['12.00', '21.00', ['transposed']],
    ['1.20', '2.10', []],
    ['0.12', '0.21', []],
    // Nothing is at a scale of nothing.
    ['0.00', '261447.55', []],
    ['412880.15', '398211.07', []],
  ])('%s against %s: %j', (looker, ledger, kinds) => {
    expect(kindsOf({ looker, ledger })).toEqual(kinds)
  })

  test.each([
    ['287.34', 'Looker in thousands, or QAD too large by a thousand: Looker = QAD × 10^-3'],
    ['287340000.00', 'Looker too large by a thousand, or QAD in thousands: Looker = QAD × 10^3'],
    ['28734000.00', 'Looker in cents, or QAD too small by a hundred: Looker = QAD × 10^2'],
    ['2873.40', 'Looker too small by a hundred, or QAD in cents: Looker = QAD × 10^-2'],
    ['2873400000.00', 'off by a power of ten (10^4): Looker = QAD × 10^4'],
  ])('%s against 287340.00 may be the fault of either side', (looker, said) => {
    expect(causesOf({ looker, ledger: '287340.00' }).map(({ text }) => text)).toEqual([said])
  })

  test('with the power of ten, the digits that changed and what is left over as evidence', () => {
    expect(causesOf({ looker: '-287.34', ledger: '287341.77' })).toEqual([
      {
        kind: 'scale',
        text: 'Looker in thousands, or QAD too large by a thousand: Looker ≈ −QAD × 10^-3',
        power: -3,
        signFlipped: true,
        remainder: '1.77',
      },
    ])
    expect(causesOf({ looker: '12543.00', ledger: '12453.00' })).toEqual([
      {
        kind: 'transposed',
        text: 'digits transposed: 54 in Looker, 45 in QAD (the variance is 9 × 10.00)',
        looker: '12543.00',
        ledger: '12453.00',
        lookerDigits: '54',
        ledgerDigits: '45',
        ninth: '10.00',
      },
    ])
  })
})

describe('rounding', () => {
  test.each<[looker: string, ledger: string, rows: number, balances: number, kinds: string[]]>([
    // Half a cent for each amount that was summed, on either side; the bound passes.
    ['88215.40', '88215.41', 1, 1, ['rounding']],
    ['-88215.40', '-88215.41', 1, 1, ['rounding']],
    ['88215.40', '88215.42', 1, 1, []],
    ['88215.40', '88215.42', 3, 1, ['rounding']],
    ['88215.40', '88215.42', 2, 2, ['rounding']],
    ['88215.40', '88215.43', 3, 2, []],
    ['0.01', '0.02', 1, 1, ['rounding']],
    ['100.00', '100.10', 19, 1, ['rounding']],
    // Of many amounts the bound would explain anything: half a percent is the most.
    ['100.00', '100.50', 199, 1, ['rounding']],
    ['100.00', '100.60', 199, 1, []],
    // Whole units and whole thousands on one side.
    ['287341.00', '287340.55', 1, 1, ['rounding']],
    ['287340.55', '287341.00', 1, 1, ['rounding']],
    ['287340.00', '287340.51', 1, 1, []],
    ['287340.00', '287340.51', 2, 1, ['rounding']],
    ['287000.00', '287340.15', 1, 1, ['rounding']],
    ['287000.00', '287500.00', 1, 1, []],
    ['288000.00', '287340.15', 1, 1, []],
    // A number rounder still is round for another reason.
    ['1700.00', '1699.70', 1, 1, []],
  ])('%s against %s, %i rows and %i balances: %j', (looker, ledger, rows, balances, kinds) => {
    expect(kindsOf({ looker, ledger, rows, balances })).toEqual(kinds)
  })

  test('says how many amounts, to what, and how far they may lie apart', () => {
    expect(causesOf({ looker: '287000.00', ledger: '287340.15', rows: 1 })).toEqual([
      {
        kind: 'rounding',
        text: 'rounding: 1 amount to the nearest 1000.00 differs by up to 500.00',
        summed: 1,
        unit: '1000.00',
        bound: '500.00',
      },
    ])
  })

  test('is to the scale of the job', () => {
    expect(kindsOf({ looker: '88215', ledger: '88216' }, { scale: 0 })).toEqual(['rounding'])
    expect(kindsOf({ looker: '88215', ledger: '88217' }, { scale: 0 })).toEqual([])
    expect(kindsOf({ looker: '1.0001', ledger: '1.0002' }, { scale: 4 })).toEqual(['rounding'])
  })
})

describe('a neighbouring period', () => {
  const near = (side: 'looker' | 'ledger', period: string, amount: string | null): Partial<Known> => ({
    neighbours: [{ side, period, at: () => amount }],
  })

  test.each<[looker: string | null, ledger: string | null, known: Partial<Known>, kinds: string[]]>([
    ['96.50', '100.00', near('ledger', '2026-06', '96.5'), ['period']],
    ['-96.50', '100.00', near('ledger', '2026-08', '-96.50'), ['period']],
    ['96.50', '100.00', near('looker', '2026-06', '100.00'), ['period']],
    ['96.50', null, near('ledger', '2026-06', '96.50'), ['period']],
    [null, '96.50', near('looker', '2026-08', '96.50'), ['period']],
    ['96.50', '100.00', near('ledger', '2026-06', '-96.50'), []],
    ['96.50', '100.00', near('ledger', '2026-06', null), []],
    ['0.00', '100.00', near('ledger', '2026-06', '0.00'), []],
  ])('%s against %s', (looker, ledger, known, kinds) => {
    expect(kindsOf({ looker, ledger }, known)).toEqual(kinds)
  })

  test('is not claimed of an amount that both neighbours show: it recurs every month', () => {
    const rent = (...periods: string[]) => ({
      neighbours: periods.map((period) => ({ side: 'ledger' as const, period, at: () => '5000.00' })),
    })
    const line = { looker: '5000.00', ledger: '4871.00' }
    expect(kindsOf(line, rent('2026-06', '2026-08'))).toEqual([])
    expect(kindsOf(line, rent('2026-06'))).toEqual(['period'])
  })

  test('is named with the amount it has', () => {
    expect(causesOf({ looker: '96.50', ledger: '100.00' }, near('ledger', '2026-06', '96.50'))).toMatchObject([
      {
        text: 'neighbouring period: Looker shows what QAD has in 2026-06',
        side: 'ledger',
        neighbour: '2026-06',
        amount: '96.50',
      },
    ])
  })
})

describe('a late posting', () => {
  const asOf = '2026-08-03T06:00:00Z'
  const read = (...readings: readonly [string, string][]): Partial<Known> => ({
    lateAt: () => ({ asOf, lastPosted: null, readings: readings.map(([at, amount]) => ({ at, amount })) }),
  })
  const posted = (lastPosted: string): Partial<Known> => ({ lateAt: () => ({ asOf, readings: [], lastPosted }) })

  test.each<[string, Partial<Known>, string[]]>([
    ['the ledger agreed before', read(['2026-08-01T00:00:00Z', '100.00']), ['latePosting']],
    [
      'it agreed once, and has moved twice',
      read(['2026-08-01T00:00:00Z', '100'], ['2026-08-02T00:00:00Z', '101']),
      ['latePosting'],
    ],
    ['it never agreed', read(['2026-08-01T00:00:00Z', '99.99']), []],
    ['QAD says that it was posted to since', posted('2026-08-03T06:00:01Z'), ['latePosting']],
    ['a time without a zone is UTC', posted('2026-08-03T06:00:01'), ['latePosting']],
    ['QAD says when, and Looker knew it', posted('2026-08-03T06:00:00Z'), []],
    ['a day is no time of it', posted('2026-08-03'), []],
    ['a word that is no time', posted('yesterday'), []],
  ])('%s', (_what, known, kinds) => {
    expect(kindsOf({ looker: '100.00', ledger: '107.31' }, known)).toEqual(kinds)
  })

  test('says since when, and by how much the ledger has moved', () => {
    const known = read(['2026-08-01T00:00:00Z', '100.00'])
    expect(causesOf({ looker: '100.00', ledger: '107.31' }, known)).toMatchObject([
      { since: '2026-08-01T00:00:00Z', was: '100.00', now: '107.31', moved: '7.31', lastPosted: null },
    ])
  })
})

describe('of a line', () => {
  test('all causes that fit are named, in one text', () => {
    const neighbours = [{ side: 'ledger' as const, period: '2026-06', at: () => '-96.50' }]
    const [line] = explained([{ looker: '-96.50', ledger: '96.50' }], { neighbours })
    expect(line?.causes.map(({ kind }) => kind)).toEqual(['sign', 'period'])
    expect(line?.cause).toBe(
      'sign flipped: Looker + QAD = 0.00; neighbouring period: Looker shows what QAD has in 2026-06',
    )
  })

  test('none is named where none fits, nor of an equal one', () => {
    const [one, equal] = explained([
      { looker: '412880.15', ledger: '398211.07' },
      { at: '5020/1100', looker: '0.00', ledger: '0.00' },
    ])
    expect(one).toMatchObject({ verdict: 'outside', cause: null, causes: [] })
    expect(equal).toMatchObject({ verdict: 'equal', cause: null, causes: [] })
  })
})
