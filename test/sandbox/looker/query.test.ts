import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { finance, GL, LOOK, longLedger, session } from './finance.js'

const looker = (changed: Parameters<typeof finance>[0] = {}) => session(createLookerSandbox(finance(changed)))

describe('an inline query', () => {
  test('groups by the dimensions asked for and sums exactly what whole cents allow', async () => {
    const { text } = await looker()
    expect(await text({ fields: ['gl.account', 'gl.net_amount', 'gl.count'], sorts: ['gl.account'] })).toBe(
      [
        '[{"gl.account":null,"gl.net_amount":7,"gl.count":1},',
        '{"gl.account":"-100","gl.net_amount":null,"gl.count":1},',
        '{"gl.account":"1000","gl.net_amount":78107.2,"gl.count":3},',
        '{"gl.account":"2000","gl.net_amount":-1250000.00,"gl.count":1},',
        '{"gl.account":"A,B","gl.net_amount":1234.5,"gl.count":1}]',
      ].join('\n'),
    )
  })

  test('adds in doubles where a value is finer than a cent, and keeps the noise', async () => {
    const rows = ['0.1', '0.2', '0.001'].map((n) => ({ amount: { n } }))
    const { text } = await looker({ explores: [{ ...GL, rows }] })
    expect(await text({ fields: ['gl.net_amount'] })).toBe('[{"gl.net_amount":0.30100000000000005}]')
  })

  test('keeps the digits of a single value, however many', async () => {
    const rows = [{ amount: { n: '12345678901234567.890' } }]
    const { text } = await looker({ explores: [{ ...GL, rows }] })
    expect(await text({ fields: ['gl.net_amount'] })).toBe('[{"gl.net_amount":12345678901234567.890}]')
  })

  test('without a dimension answers one row, even over nothing', async () => {
    const { text } = await looker()
    const nothing = { 'gl.posted_month': '1999' }
    expect(await text({ fields: ['gl.net_amount', 'gl.count'], filters: nothing })).toBe(
      '[{"gl.net_amount":null,"gl.count":0}]',
    )
    expect(await text({ fields: ['gl.account', 'gl.count'], filters: nothing })).toBe('[]')
  })

  test('sorts by several fields, numbers by value, null first', async () => {
    const { rows } = await looker()
    const asked = { fields: ['gl.is_open', 'gl.line'], sorts: ['gl.is_open desc 0', 'gl.line'] }
    expect((await rows(asked)).map((row) => Object.values(row))).toEqual([
      ['Yes', 3],
      ['Yes', 4],
      ['Yes', 10],
      ['Yes', 11],
      ['No', 1],
      ['No', 2],
      ['No', 5],
    ])
    expect((await rows({ fields: ['gl.cost_centre'], sorts: ['gl.cost_centre'] }))[0]).toEqual({
      'gl.cost_centre': null,
    })
  })

  test('without sorts comes by date, newest first; without a date by the largest measure', async () => {
    const { rows } = await looker()
    expect((await rows({ fields: ['gl.account', 'gl.posted_month'] }))[0]).toEqual({
      'gl.account': null,
      'gl.posted_month': '2026-10',
    })
    expect((await rows({ fields: ['gl.account', 'gl.net_amount'] }))[0]).toMatchObject({ 'gl.account': '1000' })
  })

  test('filters on a field that is not shown, and on a measure after grouping', async () => {
    const { rows } = await looker()
    const asked = { fields: ['gl.account'], sorts: ['gl.account'], filters: { 'gl.count': '>1', 'gl.is_open': 'No' } }
    expect(await rows(asked)).toEqual([{ 'gl.account': '1000' }])
  })

  test('gives totals over the whole result, not over the rows that the limit lets through', async () => {
    const { text } = await looker()
    const asked = { fields: ['gl.account', 'gl.net_amount'], total: true, limit: '1', sorts: ['gl.account desc'] }
    const detail = await text(asked, 'json_detail')
    expect(detail).toContain('"totals_data":{"gl.net_amount":{"value":-1170651.3}}')
    expect((JSON.parse(detail) as { data: unknown[] }).data).toEqual([
      { 'gl.account': { value: 'A,B' }, 'gl.net_amount': { value: 1234.5 } },
    ])
    expect(await text(asked)).toBe('[{"gl.account":"A,B","gl.net_amount":1234.5}]')
    expect(JSON.parse(await text(asked, 'json_bi'))).toMatchObject({ metadata: { has_totals: true }, rows: [{}] })
  })

  test("adds the Explore's own filter, which a query may change but not drop", async () => {
    const { rows, text } = await looker({ explores: [{ ...GL, alwaysFilter: { 'gl.is_open': 'Yes' } }] })
    expect(await rows({ fields: ['gl.count'] })).toEqual([{ 'gl.count': 4 }])
    expect(await rows({ fields: ['gl.count'], filters: { 'gl.is_open': 'No' } })).toEqual([{ 'gl.count': 3 }])
    expect(JSON.parse(await text({ fields: ['gl.count'] }, 'json_bi'))).toMatchObject({
      metadata: { filters: { 'gl.is_open': 'Yes' } },
    })
  })

  const REFUSED: readonly [why: string, asked: object, status: number, message: string][] = [
    ['an unknown filter', { filters: { 'gl.workspace_id': '1' } }, 400, 'Invalid filter: gl.workspace_id'],
    ['an unknown field', { fields: ['gl.gone'] }, 400, 'Invalid field: gl.gone'],
    ['an unknown Explore', { view: 'gone' }, 404, 'Not found'],
    ['an unknown model', { model: 'gone' }, 404, 'Not found'],
    ['no view', { view: undefined }, 422, 'Validation Failed'],
    ['fields that are no list', { fields: 'gl.account' }, 422, 'Validation Failed'],
    ['a filter that is no text', { filters: { 'gl.line': 5 } }, 422, 'Validation Failed'],
    ['a limit that is no number', { limit: 'all' }, 422, 'Validation Failed'],
  ]
  test.each(REFUSED)('is refused for %s', async (_why, asked, status, message) => {
    const { ask } = await looker()
    const response = await ask({ fields: ['gl.account'], ...asked })
    expect([response.status, ((await response.json()) as { message: string }).message]).toEqual([status, message])
  })

  test('is refused when the body is no JSON object', async () => {
    const { send, headers } = await looker()
    for (const body of ['', '[]', '{', 'null']) {
      expect((await send('POST', '/api/4.0/queries/run/json', headers, body)).status).toBe(400)
    }
  })

  test('in the URL runs like one in a body', async () => {
    const { get } = await looker()
    const path = '/queries/models/finance/views/gl/run/json?fields=gl.account,gl.count&f[gl.account]=1000&limit=5'
    expect(await (await get(path)).json()).toEqual([{ 'gl.account': '1000', 'gl.count': 3 }])
  })
})

describe('a saved query', () => {
  test('has one id for one body, of 32 characters, and is found by slug and by client id', async () => {
    const { post, get } = await looker()
    const body = {
      model: 'finance',
      view: 'gl',
      fields: ['gl.account'],
      filters: { 'gl.line': '1', 'gl.account': '1000' },
    }
    const same = { ...body, filters: { 'gl.account': '1000', 'gl.line': '1' } }
    type Saved = { id: string; slug: string; client_id: string }
    const first = (await (await post('/queries', body)).json()) as Saved
    const second = (await (await post('/queries', same)).json()) as Saved
    const other = (await (await post('/queries', { ...body, limit: '7' })).json()) as Saved
    expect(first.id).toMatch(/^\w{32}$/)
    expect([second.id === first.id, other.id === first.id]).toEqual([true, false])
    for (const path of [`/queries/${first.id}`, `/queries/slug/${first.slug}`, `/queries/slug/${first.client_id}`]) {
      expect(await (await get(path)).json()).toMatchObject({ id: first.id, fields: ['gl.account'] })
    }
    expect((await get('/queries/123')).status).toBe(404)
    expect(await (await get(`/queries/${first.id}/run/json`)).json()).toEqual([{ 'gl.account': '1000' }])
  })

  test('of a Look ignores what its Explore no longer has: the lost filter widens the figure', async () => {
    const query = {
      ...LOOK.query,
      fields: ['gl.account', 'gl.net_amount', 'gl.gone'],
      filters: { 'gl.account': '2000,A^,B', 'gl.gone': '1' },
    }
    const { get } = await looker({ looks: [{ ...LOOK, query }] })
    expect(await (await get('/looks/42/run/json')).json()).toEqual([
      { 'gl.account': '2000', 'gl.net_amount': -1250000 },
      { 'gl.account': 'A,B', 'gl.net_amount': 1234.5 },
    ])
    expect(await (await get('/looks/42')).json()).toMatchObject({ query: { filters: { 'gl.gone': '1' } } })
    const { metadata } = (await (await get('/looks/42/run/json_bi')).json()) as { metadata: { filters: object } }
    expect(metadata.filters).toEqual({ 'gl.account': '2000,A^,B' })
  })
})

describe('the row limit', () => {
  const LONG = { view: 'long', fields: ['gl.line', 'gl.net_amount'], sorts: ['gl.line'] }
  const CASES: readonly [
    rowWorld: 'offset' | 'stream' | 'capped',
    query: string,
    rows: number,
    first: number | null,
  ][] = [
    ['stream', '?limit=-1', 12_345, 0],
    ['stream', '?limit=7000', 7000, 0],
    ['stream', '?limit=-1&offset=5000', 12_345, 0],
    ['stream', '?limit=0', 0, null],
    ['stream', '', 500, 0],
    ['offset', '?limit=-1', 5000, 0],
    ['offset', '?limit=-1&offset=5000', 5000, 5000],
    ['offset', '?limit=-1&offset=10000', 2345, 10_000],
    ['offset', '?limit=10&offset=20', 10, 20],
    ['offset', '?limit=10&offset=99999', 0, null],
    ['capped', '?limit=-1', 5000, 0],
    ['capped', '?limit=7000&offset=5000', 5000, 0],
    ['capped', '?limit=12', 12, 0],
  ]
  test.each(CASES)('%s %s gives %i rows from line %s', async (rowWorld, query, count, first) => {
    const { rows } = await session(createLookerSandbox(finance(), { rowWorld }))
    const found = await rows(LONG, query)
    expect([found.length, found[0]?.['gl.line'] ?? null]).toEqual([count, first])
  })

  test('comes from the Look when the call names none, and from the call when it does', async () => {
    const looks = [{ ...LOOK, query: { ...LOOK.query, ...LONG, filters: {}, limit: '100' } }]
    const { get } = await looker({ looks })
    const count = async (query: string) =>
      ((await (await get(`/looks/42/run/json${query}`)).json()) as unknown[]).length
    expect([await count(''), await count('?limit=150'), await count('?limit=-1')]).toEqual([100, 150, 12_345])
  })

  test('is 5000, silently, for a key that may not download without limit', async () => {
    const keys = [{ clientId: 'key', clientSecret: 's&=% ü', name: 'mlc', permissions: ['access_data'] }]
    const { rows } = await looker({ keys })
    expect(await rows(LONG, '?limit=-1')).toHaveLength(5000)
  })

  test('refuses what is no number', async () => {
    const { ask } = await looker()
    expect((await ask(LONG, 'json', '?limit=all')).status).toBe(400)
  })
})

describe('a flat Explore', () => {
  test('groups like any other when its key is not asked for', async () => {
    const { text } = await looker()
    expect(await text({ view: 'long', fields: ['gl.account', 'gl.count'] })).toBe(
      '[{"gl.account":"1000","gl.count":12345}]',
    )
    expect(await text({ view: 'long', fields: ['gl.count'] })).toBe('[{"gl.count":12345}]')
  })

  test('lets a million rows flow without holding them', async () => {
    const { ask } = await looker({ explores: [longLedger(1_000_000)] })
    const before = process.memoryUsage().heapUsed
    const asked = { view: 'long', fields: ['gl.account', 'gl.line', 'gl.net_amount'], sorts: ['gl.line'], limit: '-1' }
    const response = await ask(asked)
    let [bytes, heap] = [0, 0]
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length
      heap = Math.max(heap, process.memoryUsage().heapUsed - before)
    }
    expect(bytes).toBeGreaterThan(60_000_000)
    expect(heap).toBeLessThan(120_000_000)
  })
})
