import { describe, expect, test } from 'vitest'
import { INLINE, LOOK, explore, failure, ledger, look, pull, start } from './harness.js'

const FIELDS = { account: 'gl.account', amount: 'gl.net_amount' }

test('a Look is pulled whole, whatever limit is saved with it, and each number is its own text', async () => {
  const { looker, runs } = await start({ world: { explores: [explore(ledger(613))] } })
  const { rows, result } = await pull(looker)
  expect(rows).toHaveLength(613)
  expect(rows[1]).toEqual({ [FIELDS.account]: 'A0000001', [FIELDS.amount]: '1.10' })
  expect(result).toMatchObject({ rows: 613, complete: true, paging: 'single', requests: 1 })
  // 0 + … + 612, and 613 times 0.10.
  expect(result.totals).toEqual({ [FIELDS.amount]: '187639.30' })
  expect(result.appliedFilters).toEqual({ 'gl.month': '2026-08' })
  expect(runs()).toHaveLength(1)
})

test('a Look with nothing overridden is run as a Look, fresh, unformatted, in production and without limit', async () => {
  const { looker, runs } = await start()
  await pull(looker)
  expect(runs()[0]).toMatchObject({ method: 'GET', path: '/api/4.0/looks/42/run/json_bi' })
  expect(Object.fromEntries(new URLSearchParams(runs()[0]?.query))).toEqual({
    limit: '-1',
    cache: 'false',
    force_production: 'true',
    apply_formatting: 'false',
    apply_vis: 'false',
  })
})

test.each([
  ['filters', { filters: { 'gl.account': 'A0000001' } }, {}],
  ['sorts', { sorts: ['gl.account desc'] }, {}],
  ['a time zone of the source', { timeZone: 'Asia/Kolkata' }, {}],
  ['a time zone of the configuration', {}, { timeZone: 'Asia/Kolkata' }],
])('a Look with %s is run as a query, since a Look takes none', async (_, changed, setting) => {
  const { looker, runs } = await start(setting)
  const { definition } = await pull(looker, changed)
  expect(runs()[0]).toMatchObject({ method: 'POST', path: '/api/4.0/queries/run/json_bi' })
  expect(JSON.parse(runs()[0]?.body ?? '')).toEqual({
    model: 'finance',
    view: 'gl',
    fields: LOOK.query.fields,
    filters: definition.filters,
    sorts: definition.sorts,
    limit: '-1',
    filter_config: null,
    ...(definition.timeZone === null ? {} : { query_timezone: definition.timeZone }),
  })
})

test('filters given to a Look override its own and leave the others', async () => {
  const { looker } = await start({
    world: { looks: [look('42', { filters: { 'gl.month': '2026-07', 'gl.centre': '1100' } })] },
  })
  const { definition, result } = await pull(looker, { filters: { 'gl.month': '2026-08' } })
  expect(definition.filters).toEqual({ 'gl.month': '2026-08', 'gl.centre': '1100' })
  expect(result).toMatchObject({ rows: 13, appliedFilters: definition.filters })
})

test('an explicit limit is asked with one row more, and says that it cut', async () => {
  const { looker, runs } = await start()
  const { rows, result } = await pull(looker, { limit: 5 })
  expect(rows).toHaveLength(5)
  expect(result).toMatchObject({ rows: 5, complete: false, totals: { [FIELDS.amount]: '10.50' } })
  expect(runs()[0]?.query).toContain('limit=6&')
})

test.each([
  [13, true],
  [14, true],
  [12, false],
])('of 13 rows, a limit of %i is complete: %s', async (limit, complete) => {
  const { looker } = await start()
  const { result } = await pull(looker, { limit })
  expect(result).toMatchObject({ rows: Math.min(13, limit), complete })
})

test('no rows are a result, with totals of nothing', async () => {
  const { looker } = await start({ world: { explores: [explore([])] } })
  const { rows, result } = await pull(looker)
  expect(rows).toEqual([])
  expect(result).toMatchObject({ rows: 0, complete: true, requests: 1, totals: { [FIELDS.amount]: '0' } })
})

test('the result is not told before the rows have been read to their end, and the rows are read once', async () => {
  const { looker } = await start()
  const asked = {
    look: '42',
    query: null,
    slug: null,
    filters: {},
    sorts: [],
    timeZone: null,
    paging: 'auto',
    limit: 'all',
  } as const
  const stream = looker.rows(asked, await looker.describe(asked))
  expect(() => stream.result()).toThrow(/read to their end/)
  for await (const batch of stream) expect(batch.length).toBeGreaterThan(0)
  expect(stream.result().rows).toBe(13)
  expect(await failure(stream[Symbol.asyncIterator]().next())).toContain('once')
})

test('a consumer that stops early leaves nothing behind that blocks the next query', async () => {
  const { looker } = await start({ maxConcurrent: 1, world: { explores: [explore(ledger(20_000))] } })
  const asked = {
    look: '42',
    query: null,
    slug: null,
    filters: {},
    sorts: [],
    timeZone: null,
    paging: 'auto',
    limit: 'all',
  } as const
  const definition = await looker.describe(asked)
  for await (const batch of looker.rows(asked, definition)) {
    expect(batch.length).toBeGreaterThan(0)
    break
  }
  expect((await pull(looker, { limit: 3 })).rows).toHaveLength(3)
})

test('progress tells the rows so far', async () => {
  const seen: number[] = []
  const { looker } = await start({ onProgress: (rows) => seen.push(rows) })
  await pull(looker)
  expect(seen.at(-1)).toBe(13)
})

describe('the release', () => {
  test.each([
    ['26.12.3', 'json_bi'],
    ['24.4.0', 'json_bi'],
    ['24.10', 'json_bi'],
    ['24.2.1', 'json'],
    ['23.20.5', 'json'],
    ['nightly', 'json'],
  ])('%s is asked for %s', async (release, format) => {
    const { looker, runs } = await start({ world: { release } })
    const { result } = await pull(looker)
    expect(result.rows).toBe(13)
    expect(runs().map(({ path }) => path)).toEqual([`/api/4.0/looks/42/run/${format}`])
    expect(result.appliedFilters).toEqual(format === 'json' ? null : { 'gl.month': '2026-08' })
  })

  test('that cannot be read is taken for an old one', async () => {
    const { looker, runs } = await start({ sandbox: { faults: [{ kind: 'status', status: 404, on: '/versions' }] } })
    await pull(looker)
    expect(runs()[0]?.path).toContain('/run/json')
    expect(runs()[0]?.path).not.toContain('json_bi')
  })

  test('that lies about json_bi is asked for json once, and then always', async () => {
    const fault = {
      kind: 'status',
      status: 422,
      message: 'Invalid result format: json_bi',
      on: 'json_bi',
      times: 'always',
    } as const
    const { looker, runs } = await start({ sandbox: { faults: [fault] } })
    expect((await pull(looker)).result).toMatchObject({ rows: 13, requests: 2 })
    expect((await pull(looker)).result).toMatchObject({ rows: 13, requests: 1 })
    expect(runs().map(({ path }) => path.split('/').at(-1))).toEqual(['json_bi', 'json', 'json'])
  })

  test('that answers json_bi with plain rows is read all the same', async () => {
    const { looker } = await start({ sandbox: { faults: [{ kind: 'plain-json' }] } })
    expect((await pull(looker)).result).toMatchObject({ rows: 13, appliedFilters: null })
  })
})

test('filters that the Explore adds by itself are noted', async () => {
  const { looker } = await start({
    world: { explores: [explore(ledger(13), { alwaysFilter: { 'gl.centre': '1100' } })] },
  })
  const { result } = await pull(looker)
  expect(result.notes.join('\n')).toContain('gl.centre')
  expect(result.appliedFilters).toEqual({ 'gl.month': '2026-08', 'gl.centre': '1100' })
})

test('columns that are no numbers in every row have no total; nulls count as nothing', async () => {
  const rows = [...ledger(3), { account: 'X', centre: '1100', month: '2026-08', amount: null }]
  const { looker } = await start({ world: { explores: [explore(rows)] } })
  expect((await pull(looker)).result.totals).toEqual({ [FIELDS.amount]: '3.30' })
  const spoilt = await start({ sandbox: { faults: [{ kind: 'cells', field: FIELDS.amount, as: 'currency', row: 2 }] } })
  expect((await pull(spoilt.looker)).result.totals).toEqual({})
})

test('an inline query is pulled with its filters and sorts', async () => {
  const { looker } = await start()
  const { rows, result } = await pull(looker, {
    query: INLINE,
    filters: { 'gl.account': 'A0000003,A0000004' },
    sorts: ['gl.account desc'],
  })
  expect(rows.map((row) => row[FIELDS.account])).toEqual(['A0000004', 'A0000003'])
  expect(result.totals).toEqual({ [FIELDS.amount]: '7.20' })
})
