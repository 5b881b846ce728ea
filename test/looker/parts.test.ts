import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apiUrl, normaliseBaseUrl } from '../../src/looker/address.js'
import { createGate, createPace } from '../../src/looker/pace.js'
import { suggest } from '../../src/looker/suggest.js'
import { createTotals } from '../../src/looker/totals.js'
import { inMemory } from '../../src/model/overflow.js'
import { createSeenRows } from '../../src/looker/tuples.js'
import { errorText, quote } from '../../src/looker/words.js'
import { add, money, toText, ZERO } from '../../src/model/money.js'
import { fakeClock, start, pull } from './harness.js'

test.each([
  ['https://acme.cloud.looker.com', 'https://acme.cloud.looker.com'],
  ['https://acme.cloud.looker.com/', 'https://acme.cloud.looker.com'],
  [' https://ACME.looker.com:19999/api/4.0/ ', 'https://acme.looker.com:19999'],
  ['https://acme.looker.com/api', 'https://acme.looker.com'],
  ['https://acme.looker.com/login', 'https://acme.looker.com'],
  ['https://acme.looker.com/api/3.1/login', 'https://acme.looker.com'],
  ['https://host/looker/api/4.0', 'https://host/looker'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['http://localhost:9999', 'http://localhost:9999'],
])('the base URL %j is %s', (text, expected) => {
  expect(normaliseBaseUrl(text)).toBe(expected)
})

test.each([
  ['acme.cloud.looker.com', 'MLC-C003'],
  ['ftp://acme', 'MLC-C003'],
  ['', 'MLC-C003'],
  ['https://user:pa55word@acme.looker.com', 'MLC-C003'],
  ['http://acme.looker.com', 'MLC-C007'],
])('the base URL %j is refused with %s and no secret', (text, code) => {
  expect(() => normaliseBaseUrl(text)).toThrow(expect.objectContaining({ code }) as Error)
  expect(() => normaliseBaseUrl(text)).not.toThrow(/pa55word/)
})

test('ids and names are encoded into addresses', () => {
  expect(apiUrl('https://h', ['looks', 'a b?c#d&é..'], { x: 'a&b' })).toBe(
    'https://h/api/4.0/looks/a%20b%3Fc%23d%26%C3%A9..?x=a%26b',
  )
})

test.each(['..', '.', '', 'a/b', 'a\\..', '%2e%2e', 'a\u0000', '\ud800', '\uff0e\uff0e'])(
  'the name %j, which would lead to another call, is refused',
  (name) => {
    expect(() => apiUrl('https://h', ['looks', name, 'run'])).toThrow('cannot be part of an address')
  },
)

test.each([
  ['gl.acount', 'gl.account'],
  ['GL.ACCOUNT', 'gl.account'],
  ['gl.net_amounts', 'gl.net_amount'],
  ['ap.vendor', null],
  ['', null],
])('%j suggests %s', (name, expected) => {
  expect(suggest(name, ['gl.account', 'gl.net_amount', 'gl.cost_centre'])).toBe(expected)
})

test('text of Looker is one line without control or direction marks, and short', () => {
  expect(quote('a\u001b[2J\r\nb\u202ec')).toBe('a [2J b c')
  expect(quote('x'.repeat(1000))).toHaveLength(301)
  expect(errorText('<html>')).toBe('')
  expect(errorText('[]')).toBe('')
})

test('a request leaves only when the one before n requests left a minute ago', async () => {
  const clock = fakeClock(0)
  const pace = createPace(3, clock)
  const left: number[] = []
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      await pace.turn()
      left.push(clock.now())
    }),
  )
  expect(left).toEqual([0, 0, 0, 60_300, 60_300, 60_300, 120_600, 120_600, 120_600, 180_900])
})

test('in no minute do more requests leave than agreed, however they are spread', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(40_000), { maxLength: 40 }),
      async (limit, gaps) => {
        const clock = fakeClock(0)
        const pace = createPace(limit, clock)
        const left: number[] = []
        for (const gap of gaps) {
          clock.pass(gap)
          await pace.turn()
          left.push(clock.now())
        }
        for (const time of left)
          expect(left.filter((other) => other >= time && other < time + 60_000).length).toBeLessThanOrEqual(limit)
      },
    ),
  )
})

test('who waits for the pace can be stopped, and the next still gets a turn', async () => {
  const clock = fakeClock(0)
  const pace = createPace(1, clock)
  await pace.turn()
  expect(await pace.takeIfFree()).toBe(false)
  await expect(pace.turn(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped')
  await pace.turn()
  expect(clock.now()).toBe(60_300)
})

test('a client keeps the pace over everything it asks', async () => {
  const { looker, clock, sandbox } = await start({ requestsPerMinute: 3 })
  const began = clock.now()
  await pull(looker)
  // Login, Look, Explore; then versions and the run a minute later.
  expect(sandbox.requests).toHaveLength(5)
  expect(clock.now() - began).toBe(60_300)
})

test('a gate lets so many in, and the others in order', async () => {
  const gate = createGate(2)
  const order: number[] = []
  const leave = [await gate.enter(), await gate.enter()]
  const waiting = [3, 4].map((number) => gate.enter().then((exit) => (order.push(number), exit)))
  await Promise.resolve()
  expect(order).toEqual([])
  leave[0]?.()
  const exit = await waiting[0]
  expect(order).toEqual([3])
  exit?.()
  await waiting[1]
  expect(order).toEqual([3, 4])
})

test('sums are exact, whatever the digits', () => {
  const amount = fc
    .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.stringMatching(/^\d{0,12}$/))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`)
  fc.assert(
    fc.property(fc.array(fc.option(amount), { maxLength: 30 }), (amounts) => {
      const totals = createTotals(['a'])
      for (const each of amounts) totals.add({ a: each })
      const expected = amounts.reduce((sum, each) => (each === null ? sum : add(sum, money(each))), ZERO)
      const scale = Math.max(0, ...amounts.map((each) => each?.split('.')[1]?.length ?? 0))
      expect(totals.sums()).toEqual({ a: toText(expected, scale) })
    }),
  )
})

test.each(['$1.00', '1,000.00', '(5)', '1e3', '', ' 1', '+1', 'NaN', '--1', '01', true])(
  'a column that holds %j has no sum',
  (cell) => {
    const totals = createTotals(['a', 'b'])
    totals.add({ a: '1', b: '2.50' })
    totals.add({ a: cell, b: '2.50' })
    expect(totals.sums()).toEqual({ b: '5.00' })
    expect(totals.gross('a')).toBeNull()
  },
)

test('rows are told apart by every cell, its kind and its place', () => {
  const columns = ['a', 'b']
  const cells = [null, '', 'x', 'null', 'true', true, false, '0', 'xx', '\u0000', 'é', 'e\u0301']
  const seen = createSeenRows(columns, true, inMemory)
  for (const a of cells) for (const b of cells) expect(seen.add({ a, b })).toBe(true)
  for (const a of cells) for (const b of cells) expect(seen.add({ a, b })).toBe(false)
  expect(seen.add({ a: 'ab', b: 'c' })).toBe(true)
  expect(seen.add({ a: 'a', b: 'bc' })).toBe(true)
  expect(seen.isFirst({ a: null, b: null })).toBe(true)
  expect(seen.isFirst({ a: 'a', b: 'bc' })).toBe(false)
})

test('codes that differ as regularly as those of a ledger are told apart', () => {
  const columns = ['period', 'plant', 'account', 'centre', 'currency']
  const row = (...cells: readonly string[]) => Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null]))
  const seen = createSeenRows(columns, true, inMemory)
  expect(seen.add(row('2029-07', 'Plant 30', '18830', 'C0187', 'USD'))).toBe(true)
  expect(seen.add(row('2033-07', 'Plant 30', '18950', 'C0307', 'USD'))).toBe(true)
})

test('a quarter of a million rows that differ are all told apart', () => {
  const seen = createSeenRows(['account', 'centre'], true, inMemory)
  for (let index = 0; index < 250_000; index++) {
    if (!seen.add({ account: `${4000 + (index % 500)}`, centre: `${Math.floor(index / 500)}` }))
      throw new Error(`row ${index}`)
  }
  expect(seen.repeated()).toBeNull()
  seen.add({ account: '4001', centre: '300' })
  seen.add({ account: '4000', centre: '0' })
  expect(seen.repeated()).toEqual({ row: 250_001, first: 150_002 })
})
