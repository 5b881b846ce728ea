import { expect, test } from 'vitest'
import { breakKeyOf, type BreakNote, type SignOff } from '../../src/model/break.js'
import type { Variance } from '../../src/model/variance.js'
import { agedBreaks, daysBetween } from '../../src/reconcile/breaks/ages.js'
import { createNotes } from '../../src/reconcile/breaks/notes.js'
import { hashOf, requireMaySign, signOffsOf } from '../../src/reconcile/breaks/signoffs.js'

const VIEW = { tenant: 'https://qad.example/erp', domain: 'D', entity: 'E', level: 'both', basis: 'period' }
const KEY = '5010/1200/USD/net_amount'
const [JULY, AUGUST] = ['2026-08-03T06:00:00.000Z', '2026-09-02T06:00:00.000Z']

test('a key tells every place and measure apart, whatever the codes hold', () => {
  const places = [
    ['5010', '1200'],
    ['5010/1200', ''],
    ['5010', '/1200'],
    ['5010%2F1200', ''],
    ['', '5010/1200'],
  ]
  const keys = places.map(([account = '', costCentre = '']) => breakKeyOf(line({ account, costCentre })))
  expect(keys[0]).toBe(KEY)
  expect(new Set(keys).size).toBe(places.length)
})

test('a break keeps the day it was first seen: in the same period, and carried from the one before', () => {
  const first = agedBreaks([line({})], { here: [], carried: [] }, '2026-07', JULY)
  expect(first).toEqual([{ key: KEY, variance: '12000.00', since: JULY, firstPeriod: '2026-07' }])
  const again = agedBreaks([line({ variance: '7.00' })], { here: first, carried: [] }, '2026-07', AUGUST)
  expect(again).toMatchObject([{ variance: '7.00', since: JULY }])
  const next = agedBreaks(
    [line({ costCentre: ' 1200 ' }), line({ account: '5020' })],
    { here: [], carried: first },
    '2026-08',
    AUGUST,
  )
  expect(next.map(({ since, firstPeriod }) => [since, firstPeriod])).toEqual([
    [JULY, '2026-07'],
    [AUGUST, '2026-08'],
  ])
})

test('a break that was closed begins anew when it comes back', () => {
  const open = agedBreaks([line({})], { here: [], carried: [] }, '2026-07', JULY)
  for (const verdict of ['equal', 'within'] as const) {
    const closed = agedBreaks([line({ verdict })], { here: open, carried: [] }, '2026-07', JULY)
    expect(closed).toEqual([])
    expect(agedBreaks([line({})], { here: closed, carried: [] }, '2026-07', AUGUST)).toMatchObject([{ since: AUGUST }])
  }
})

test.each<[string, string, number]>([
  [JULY, JULY, 0],
  [JULY, '2026-08-04T05:59:59.999Z', 0],
  [JULY, '2026-08-04T06:00:00.000Z', 1],
  [JULY, '2026-09-05T07:00:00.000Z', 33],
  [AUGUST, JULY, 0],
])('from %s to %s are %d days', (since, now, days) => {
  expect(daysBetween(since, now)).toBe(days)
})

test.each<[string, Partial<BreakNote>[], Partial<Variance>, string, string | null]>([
  ['its period and amount', [{}], {}, '2026-07', 'explains'],
  ['the amount with other digits', [{ variance: '12000' }], {}, '2026-07', 'explains'],
  ['a cent more', [{}], { variance: '12000.01' }, '2026-07', 'moved'],
  ['the other sign', [{}], { variance: '-12000.00' }, '2026-07', 'moved'],
  ['the next period', [{}], {}, '2026-08', 'lapsed'],
  ['the next period, until it', [{ until: '2026-08' }], {}, '2026-08', 'explains'],
  ['beyond until', [{ until: '2026-08' }], {}, '2026-09', 'lapsed'],
  ['an earlier period', [{}], {}, '2026-06', null],
  ['the newest', [{ text: 'old' }, { variance: '1.00' }], {}, '2026-07', 'moved'],
  [
    'an older one of more periods',
    [{ until: '2026-12' }, { period: '2026-08', variance: '1.00' }],
    {},
    '2026-09',
    'explains',
  ],
  ['another place', [{ key: '5010/1300/USD/net_amount' }], {}, '2026-07', null],
  ['another level', [{ level: 'account' }], {}, '2026-07', null],
  ['the year to date', [{ basis: 'ytd' }], {}, '2026-07', null],
  ['another company', [{ entity: 'F' }], {}, '2026-07', null],
  ['another tenant', [{ tenant: 'https://test.example/erp' }], {}, '2026-07', null],
])('a note on %s', (_, notes, of, period, state) => {
  const noteOn = createNotes(notes.map(note), VIEW)
  expect(noteOn(line(of), period)?.state ?? null).toBe(state)
})

test.each<[string, Partial<Variance>, Record<string, unknown>, 'standing' | 'suspended', string | null]>([
  ['nothing', {}, {}, 'standing', null],
  ['an age', { ageDays: 40 }, {}, 'standing', null],
  ['a cause', { cause: 'late', percent: '9.99' }, {}, 'standing', null],
  ['a cent of Looker', { looker: '287340.01' }, {}, 'suspended', 'figures'],
  ['a side that is gone', { ledger: null }, {}, 'suspended', 'figures'],
  ['the tolerance', {}, { tolerance: '2.00' }, 'suspended', 'settings or notes'],
  ['a verdict', { verdict: 'within' }, {}, 'suspended', 'settings or notes'],
])('a sign-off when %s changed', (_, change, settings, state, moved) => {
  const asSigned = hashOf([{ ...line({}), note: null }], { tolerance: '1.00' })
  const now = hashOf([{ ...line(change), note: null }], { tolerance: '1.00', ...settings })
  const signed: SignOff = { ...VIEW, ...asSigned, role: 'preparer', period: '2026-07', open: 0, by: 'ann', at: JULY }
  expect(signOffsOf([signed], '2026-07', VIEW, now)).toMatchObject([{ role: 'preparer', state, moved }])
  expect(signOffsOf([signed], '2026-08', VIEW, now)).toEqual([])
  for (const other of [{ basis: 'ytd' }, { domain: 'X' }, { entity: 'X' }, { tenant: 'X' }])
    expect(signOffsOf([signed], '2026-07', { ...VIEW, ...other }, now)).toEqual([])
})

test.each<[string, Partial<SignOff>[], 'preparer' | 'reviewer', boolean, string | null]>([
  ['the first preparer', [], 'preparer', true, null],
  ['a reviewer before any preparer', [], 'reviewer', false, 'MLC-C022'],
  ['a reviewer of what has moved since', [{ hash: 'h0' }], 'reviewer', false, 'MLC-C022'],
  ['a reviewer of another period', [{ period: '2026-06' }], 'reviewer', false, 'MLC-C022'],
  ['a reviewer of another level', [{ level: 'account' }], 'reviewer', false, 'MLC-C022'],
  ['a reviewer of another company', [{ domain: 'X' }], 'reviewer', false, 'MLC-C022'],
  ['one person as both', [{}], 'reviewer', false, null],
  ['one person as both, where two are required', [{}], 'reviewer', true, 'MLC-C023'],
  ['one person in another spelling', [{ by: 'Ann' }], 'reviewer', true, 'MLC-C023'],
  ['a second person', [{ by: 'bob' }], 'reviewer', true, null],
  ['the reviewer as preparer', [{ by: 'bob' }, { role: 'reviewer' }], 'preparer', true, 'MLC-C023'],
])('%s signs', (_, before, role, secondPerson, code) => {
  const signed = {
    ...VIEW,
    role: 'preparer',
    period: '2026-07',
    hash: 'h',
    figures: 'f',
    open: 0,
    by: 'ann',
    at: JULY,
  } as const
  const signoffs = before.map((one) => ({ ...signed, ...one }))
  const sign = () =>
    requireMaySign(signoffs, { ...VIEW, role, user: 'ann', period: '2026-07', hash: 'h', secondPerson })
  if (code === null) expect(sign).not.toThrow()
  else expect(sign).toThrow(expect.objectContaining({ code }))
})

function line(of: Partial<Variance>): Variance {
  return {
    ...{ account: '5010', costCentre: '1200', currency: 'USD', measure: 'net_amount' },
    ...{ looker: '287340.00', ledger: '275340.00', variance: '12000.00', percent: '4.36', verdict: 'outside' },
    ...{ cause: null, causes: [], ageDays: null, figures: 1, balances: 1, keys: [] },
    ...of,
  }
}

function note(of: Partial<BreakNote>): BreakNote {
  return {
    ...VIEW,
    key: KEY,
    period: '2026-07',
    until: null,
    text: 't',
    variance: '12000.00',
    by: 'ann',
    at: JULY,
    ...of,
  }
}
