import { describe, expect, test } from 'vitest'
import { fromRow, type Key } from '../../src/looker/paging/key.js'
import type { Row } from '../../src/model/row.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { ExploreField, SourceRow, SourceValue } from '../../src/sandbox/looker/world.js'
import { INLINE, explore, failure, ledger, pull, start } from './harness.js'

const dimension = (name: string, type: string, changed: Partial<ExploreField> = {}): ExploreField => ({
  ...{ name: `k.${name}`, label: name, type, kind: 'dimension', column: name },
  ...changed,
})
const AMOUNT: ExploreField = { name: 'k.net', label: 'Net', type: 'sum', kind: 'measure', column: 'net' }

/** A source of these dimensions on a server that caps at three rows, pulled by key. */
async function keyed(
  dimensions: readonly ExploreField[],
  rows: readonly SourceRow[],
  changed = {},
  sorts: string[] = [],
) {
  const fields = [...dimensions, AMOUNT]
  const { looker, runs, sandbox } = await start({
    pageSize: 3,
    world: { explores: [{ ...explore(rows, changed), fields }], looks: [] },
    sandbox: { rowWorld: 'capped', rowCap: 3 },
  })
  const query = { ...INLINE, fields: fields.map(({ name }) => name) }
  return { sandbox, runs, pulled: () => pull(looker, { query, sorts, paging: 'keyset' }) }
}

const column = (name: string, values: readonly SourceValue[]): SourceRow[] =>
  values.map((value, at) => ({ [name]: value, net: { n: `${at}.10` } }))

/** Values that meet everything that is special somewhere on the way: filters, SQL, JSON, patterns, templates. */
const TEXTS = [
  '-100',
  '%',
  '_',
  '^',
  'A,B',
  'NULL',
  'EMPTY',
  "O'Neil",
  '',
  ' ',
  'a b ',
  '0100',
  'é',
  '名',
  '$',
  '#',
  '--',
  ';',
]

describe('every row comes once', () => {
  test.each([
    ['texts with the marks of filter expressions', [dimension('a', 'string')], column('a', TEXTS)],
    [
      'texts with quotes, whose key cannot be written',
      [dimension('a', 'string')],
      column('a', ['a', 'b"', 'c', 'd', 'e\\', 'f']),
    ],
    [
      'numbers',
      [dimension('a', 'number')],
      column(
        'a',
        ['-10', '-9.5', '0', '9', '10', '100'].map((n) => ({ n })),
      ),
    ],
    [
      'numbers beyond doubles',
      [dimension('a', 'number')],
      column(
        'a',
        ['1', '2', '3', '4', '5', '6', '7'].map((digit) => ({ n: `1234567890123456789${digit}.25` })),
      ),
    ],
    [
      'days',
      [dimension('a', 'date_date')],
      column('a', ['2025-12-31', '2026-01-01', '2026-02-28', '2026-03-01', '2026-10-01']),
    ],
    ['months', [dimension('a', 'date_month')], column('a', ['2025-12', '2026-01', '2026-02', '2026-10', '2026-11'])],
    [
      'quarters',
      [dimension('a', 'date_quarter')],
      column('a', ['2025-Q4', '2026-Q1', '2026-Q2', '2026-Q3', '2026-Q4']),
    ],
    [
      'times',
      [dimension('a', 'date_time')],
      column('a', ['2026-04-05 09:30:00', '2026-04-05 10:30:00', '2026-04-05 10:30:01', '2026-11-01 01:30:00']),
    ],
  ] as const)('%s', async (_, dimensions, rows) => {
    const { pulled } = await keyed(dimensions, rows)
    const { result, rows: found } = await pulled()
    expect(result).toMatchObject({ rows: rows.length, complete: true, paging: 'keyset' })
    expect(new Set(found.map((row) => JSON.stringify(row['k.a']))).size).toBe(rows.length)
  })

  // Three dimensions, each with null among its values, and ties in the first two wherever a page ends.
  const parts: readonly SourceValue[] = [null, 'A', 'B']
  const product = parts.flatMap((a) =>
    [null, { n: '1' }, { n: '10' }].flatMap((b) => [true, false].map((c) => ({ a, b, c, net: { n: '1.00' } }))),
  )
  const three = [dimension('a', 'string'), dimension('b', 'number'), dimension('c', 'yesno')]
  test.each([
    ...(['low', 'high', 'first', 'last'] as const).map((nullSort) => [nullSort, [] as string[]] as const),
    ...(['low', 'high', 'first', 'last'] as const).map((nullSort) => [nullSort, ['k.b desc', 'k.a']] as const),
    ['low', ['k.c desc', 'k.b', 'k.a desc']],
    ['high', ['k.c desc 0', 'k.b', 'k.a desc']],
  ] as const)('nulls that sort %s, ties, yes and no, sorted by %j', async (nullSort, sorts) => {
    const { pulled } = await keyed(three, product, { nullSort }, [...sorts])
    const { rows } = await pulled()
    expect(rows).toHaveLength(18)
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(18)
  })

  test('where an answer breaks off and comes again', async () => {
    const rows = ledger(12_345)
    const { looker, sandbox } = await start({
      world: { explores: [explore(rows, { flat: true, sortedBy: ['gl.account'] })] },
      sandbox: { rowWorld: 'capped' },
    })
    sandbox.fault({ kind: 'short', afterBytes: 100_000, after: 1 })
    const { result, rows: found, restarts } = await pull(looker, { paging: 'keyset' })
    expect(result).toMatchObject({ rows: 12_345, requests: 4 })
    expect(new Set(found.map((row) => row['gl.account'])).size).toBe(12_345)
    expect(restarts).toBe(0)
  })
})

describe('a source is refused that', () => {
  const rows = column('a', ['1', '2', '3', '4'])
  test.each([
    ['has no dimension', [], {}, 'it has no dimension'],
    [
      'has a dimension that cannot be filtered',
      [dimension('a', 'string', { canFilter: false })],
      {},
      'k.a cannot be filtered',
    ],
    ['has a hidden dimension', [dimension('a', 'string', { hidden: true })], {}, 'k.a is hidden'],
    [
      'has a dimension with cases',
      [dimension('a', 'string', { isCase: true })],
      {},
      'k.a is sorted by the order of its cases',
    ],
    ['has a dimension of another type', [dimension('a', 'tier')], {}, 'k.a is of type tier'],
    ['has a day of the week', [dimension('a', 'date_day_of_week')], {}, 'k.a is of type date_day_of_week'],
    [
      'may have nulls anywhere',
      [dimension('a', 'string')],
      { nullSort: null },
      'does not say where its database sorts nulls',
    ],
  ] as const)('%s', async (_, dimensions, changed, why) => {
    const { pulled, runs } = await keyed(dimensions, rows, changed)
    expect(await failure(pulled())).toMatch(new RegExp(`^MLC-L028 .*${why}`))
    expect(runs()).toEqual([])
  })

  test('has keys that cannot be written at all', async () => {
    const { pulled } = await keyed([dimension('a', 'string')], column('a', ['"1', '"2', '"3', '"4']))
    expect(await failure(pulled())).toMatch(/^MLC-L028 .*cannot write the last key .*k\.a = "\\"3"/)
  })
})

describe('an answer that does not begin with the last key', () => {
  const long = [1, 2, 3, 4, 5, 6, 7].map((digit) => ({ n: `1234567890123456789${digit}` }))
  test.each([
    ['a server that ignores the filter', { kind: 'ignored-expression' }],
    ['a server that reads numbers as doubles', { kind: 'rounded-literals' }],
    [
      'a server that refuses the filter',
      { kind: 'status', status: 400, message: 'Invalid filter expression', after: 1 },
    ],
    ['a server that answers nothing', { kind: 'empty', after: 1 }],
  ] as const)('is refused: %s', async (_, fault: LookerFault) => {
    const { pulled, sandbox } = await keyed([dimension('a', 'number')], column('a', long))
    sandbox.fault({ ...fault, times: 'always' })
    expect(await failure(pulled())).toMatch(
      /^MLC-L028 Looker does not resume at the last key: k\.a = "12345678901234567893"/,
    )
  })

  test('makes auto find another way', async () => {
    const { looker, sandbox } = await start({
      world: { explores: [explore(ledger(5001))] },
      sandbox: { rowWorld: 'offset' },
    })
    sandbox.fault({ kind: 'ignored-expression', times: 'always' })
    const { result } = await pull(looker)
    expect(result).toMatchObject({ rows: 5001, paging: 'offset', requests: 3 })
  })

  test('is refused where the answer changes while it is asked for again', async () => {
    const { pulled, sandbox } = await keyed([dimension('a', 'string')], column('a', ['1', '2', '3', '4', '5', '6']))
    sandbox.fault({ kind: 'duplicate-row', row: 1, after: 1 })
    expect(await failure(pulled())).toMatch(/^MLC-L022 /)
  })
})

test('the filter of the source itself stays, and its own custom filter too', async () => {
  const { looker, runs, url } = await start({ pageSize: 2, world: { explores: [explore(ledger(9))] } })
  const own = encodeURIComponent('${gl.account} != "A0000003"')
  const slug = `${url}/explore/finance/gl?fields=gl.account,gl.net_amount&f[gl.month]=2026-08&filter_expression=${own}`
  const { rows } = await pull(looker, { slug, paging: 'keyset' })
  expect(rows).toHaveLength(8)
  expect(JSON.parse(runs()[1]?.body ?? '')).toMatchObject({
    filters: { 'gl.month': '2026-08' },
    filter_expression:
      '(${gl.account} != "A0000003"\n) AND (${gl.account} > "A0000001" OR is_null(${gl.account}) OR ${gl.account} = "A0000001")',
  })
})

test.each([
  [{ a: 'x', b: '5' }, '${a} > "x" OR ${a} = "x" AND (${b} < 5 OR is_null(${b}) OR ${b} = 5)'],
  [{ a: null, b: '5' }, 'NOT is_null(${a}) OR is_null(${a}) AND (${b} < 5 OR is_null(${b}) OR ${b} = 5)'],
  [{ a: 'x', b: null }, '${a} > "x" OR ${a} = "x" AND (is_null(${b}))'],
  [{ a: 'x', b: '1e5' }, null],
  [{ a: 'x{{y', b: '1' }, null],
  [{ a: 'x\ny', b: '1' }, null],
  [{ a: true, b: '1' }, null],
] as const)('from %j on: %s', (row: Row, expected) => {
  const key: Key = {
    sorts: ['a', 'b desc'],
    columns: [
      { name: 'a', kind: 'text', isDescending: false, nulls: 'before' },
      { name: 'b', kind: 'number', isDescending: true, nulls: 'after' },
    ],
  }
  expect(fromRow(key, row, new Set(['a', 'b']))).toBe(expected)
})
