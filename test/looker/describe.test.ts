import { describe, expect, test } from 'vitest'
import type { ExploreField } from '../../src/sandbox/looker/world.js'
import { INLINE, KEY, client, explore, failure, fakeClock, ledger, listen, look, pull, spec, start } from './harness.js'

test('a Look is described by its query, its labels and its types', async () => {
  const { looker, sandbox, url } = await start()
  const definition = await looker.describe(spec())
  expect(definition).toMatchObject({
    look: '42',
    title: 'Plant GL',
    model: 'finance',
    explore: 'gl',
    fields: [
      { name: 'gl.account', label: 'GL Account', type: 'string', kind: 'dimension' },
      { name: 'gl.net_amount', label: 'GL Net Amount', type: 'sum', kind: 'measure' },
    ],
    filters: { 'gl.month': '2026-08' },
    sorts: ['gl.account'],
    savedLimit: 500,
    timeZone: null,
    definition: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
  })
  expect(definition.exploreUrl?.startsWith(url)).toBe(true)
  expect(definition.queryId).toMatch(/^\w{32}$/)
  expect(sandbox.requests.every(({ path }) => !path.includes('/run/'))).toBe(true)
})

test('the hash of the definition is about the saved query, not about what is overridden', async () => {
  const looks = [
    look('42', {}),
    look('43', { limit: '7' }),
    look('44', { sorts: [] }),
    look('45', { filters: {} }),
    look('46', { filters: { 'gl.month': '2026-08', 'gl.centre': '1100' } }),
    look('47', { filters: { 'gl.centre': '1100', 'gl.month': '2026-08' } }),
    look('48', { fields: ['gl.net_amount', 'gl.account'] }),
  ]
  const { looker } = await start({ world: { looks } })
  const hash = async (id: string, changed = {}) => (await looker.describe(spec({ look: id, ...changed }))).definition
  const saved = await hash('42')
  expect(await hash('42', { filters: { 'gl.month': '2026-09' }, sorts: ['gl.month'], timeZone: 'UTC' })).toBe(saved)
  expect(await hash('43')).toBe(saved)
  const others = await Promise.all(['44', '45', '46', '48'].map((id) => hash(id)))
  expect(new Set([saved, ...others]).size).toBe(5)
  expect(await hash('47')).toBe(await hash('46'))
})

test.each([
  ['gl.account', 'NOT NULL', /^MLC-L027 .*-NULL/],
  ['gl.account', 'not null', /^MLC-L027 /],
  ['gl.account', 'NOT A100', /^MLC-L027 .*-VALUE/],
  ['gl.month', '-NULL', /^MLC-L027 .*NOT NULL/],
  ['gl.net_amount', '-EMPTY', /^MLC-L027 .*NOT NULL/],
  ['gl.account', 'A100, NOT NULL', /^MLC-L027 .*-NULL/],
  ['gl.account', '"NOT A100",A200', 'no error'],
  ['gl.account', 'A100^, NOT NULL', 'no error'],
  ['gl.account', "{{ _user_attributes['account'] }}", 'no error'],
  ['gl.month', '2026-08,-NULL', /^MLC-L027 .*NOT NULL/],
  ['gl.month', '2026-8', /^MLC-L027 .*8 years before 2026; for the month write 2026-08/],
  ['gl.month', '2026-1 to 2026-4', /^MLC-L027 .*write 2026-01/],
  ['gl.month', '2026-08', 'no error'],
  ['gl.month', '2026-08-01 to 2026-09-01', 'no error'],
  ['gl.month', '2026/8', 'no error'],
  ['gl.account', '-NULL', 'no error'],
  ['gl.account', 'NOTHING', 'no error'],
  ['gl.net_amount', 'NOT NULL', 'no error'],
  ['gl.net_amount', 'NOT 5', 'no error'],
  ['gl.month', 'NOT NULL', 'no error'],
])('a filter on %s of %j', async (field, expression, expected) => {
  const { looker } = await start()
  const found = await failure(looker.describe(spec({ filters: { [field]: expression } })))
  if (typeof expected === 'string') expect(found).toBe(expected)
  else expect(found).toMatch(expected)
})

test.each([
  ['a Look', { look: '999' }, /^MLC-L010 Look 999 /],
  ['a Look with an odd id', { look: '../users/1' }, /^MLC-C003 \.\.\/users\/1 cannot be part of an address /],
  ['a slug', { slug: 'Qb7kT0aVnE' }, /^MLC-L010 saved query Qb7kT0aVnE /],
  ['a model', { query: { ...INLINE, model: 'finanse' } }, /^MLC-L011 .*finanse\/gl/],
  ['an Explore', { query: { ...INLINE, explore: 'gk' } }, /^MLC-L011 .*finance\/gk/],
  [
    'a field',
    { query: { ...INLINE, fields: ['gl.net_amout'] } },
    /^MLC-L012 .*field gl\.net_amout \(did you mean gl\.net_amount\?\)/,
  ],
  ['a filter', { filters: { 'gl.moth': '2026-08' } }, /^MLC-L012 .*filter gl\.moth \(did you mean gl\.month\?\)/],
  ['a sort', { sorts: ['gl.acount desc'] }, /^MLC-L012 .*sort gl\.acount \(did you mean gl\.account\?\)/],
  ['a field of another kind', { query: { ...INLINE, fields: ['ap.vendor'] } }, /^MLC-L012 .*field ap\.vendor$/],
  [
    'all of them',
    { query: { ...INLINE, fields: ['x'] }, filters: { y: '' }, sorts: ['z'] },
    /field x, filter y, sort z/,
  ],
  ['any field', { query: { ...INLINE, fields: [] } }, /^MLC-L013 .*no field/],
])('%s that does not exist is named before anything runs', async (_, changed, expected) => {
  const { looker, runs } = await start()
  expect(await failure(looker.describe(spec(changed)))).toMatch(expected)
  expect(runs()).toHaveLength(0)
})

test('a field that the Explore lost since the Look was saved is found out, though Looker would ignore it', async () => {
  const lost = look('42', { fields: ['gl.account', 'gl.old_name', 'gl.net_amount'] })
  const { looker } = await start({ world: { looks: [lost] } })
  expect(await failure(looker.describe(spec()))).toMatch(/^MLC-L012 .*gl\.old_name/)
})

describe('addresses and slugs', () => {
  const asked = { fields: 'gl.account,gl.net_amount', 'f[gl.month]': '2026-08', sorts: 'gl.account desc', limit: '500' }
  const explorePage = `/explore/finance/gl?${new URLSearchParams(asked).toString()}`

  test.each([
    ['as it is', ''],
    ['with what a browser adds', '&toggle=dat,pik,vis&vis=%7B%7D&origin=share-expanded&column_limit=50'],
    ['with its filters once more', '&filter_config=%7B%22gl.month%22%3A%5B%5D%7D'],
  ])('an Explore address is the query that it spells out, %s', async (_, added) => {
    const { looker, url } = await start()
    const slug = `${url}${explorePage}${added}`
    const definition = await looker.describe(spec({ slug }))
    expect(definition).toMatchObject({
      look: null,
      model: 'finance',
      explore: 'gl',
      filters: { 'gl.month': '2026-08' },
      sorts: ['gl.account desc'],
      savedLimit: 500,
    })
    const { rows } = await pull(looker, { slug })
    expect(rows[0]).toEqual({ 'gl.account': 'A0000012', 'gl.net_amount': '12.10' })
  })

  test('a slug, its short address and its Explore address are the same query', async () => {
    const { looker, url } = await start()
    const { exploreUrl, definition } = await looker.describe(spec())
    const slug = exploreUrl?.split('/').at(-1) ?? ''
    for (const text of [
      slug,
      ` ${exploreUrl} `,
      `${url}/explore/finance/gl?qid=${slug}&toggle=fil`,
      `${url}/looks/42`,
    ]) {
      expect((await looker.describe(spec({ slug: text }))).definition).toBe(definition)
    }
  })

  test('the address of another Looker is refused, whatever is behind it; a page host that Looker itself names is not', async () => {
    const { looker } = await start()
    for (const page of ['/x/abc', '/looks/42', explorePage]) {
      const failed = await failure(looker.describe(spec({ slug: `https://other.looker.com${page}` })))
      expect(failed).toMatch(/^MLC-L024 .*other\.looker\.com.*127\.0\.0\.1/)
    }
    const other = await start({ sandbox: { webServerUrl: 'https://acme.cloud.looker.com' } })
    const slug = `https://acme.cloud.looker.com${explorePage}`
    expect(await other.looker.describe(spec({ slug }))).toMatchObject({ explore: 'gl' })
  })

  test.each([
    ['', 'neither a slug nor an address'],
    ['not a slug', 'neither a slug nor an address'],
    ['ftp://acme/x/abc', 'neither a slug nor an address'],
    ['https://acme.cloud.looker.com/dashboards/7', 'its path is not'],
    ['https://acme.cloud.looker.com/explore/finance', 'its path is not'],
    ['https://acme.cloud.looker.com/explore/finance/gl', 'names no fields'],
    ['https://acme.cloud.looker.com/explore/finance/gl?qid=a%20b', 'letters and digits'],
    ['https://acme.cloud.looker.com/explore/finance/gl?qid=abc&f[gl.month]=2026', 'both a qid and'],
    ['https://acme.cloud.looker.com/explore/finance/gl?fields=a&f[b]=1&f[b]=2', 'filters b twice'],
    [
      'https://acme.cloud.looker.com/explore/finance/gl?fields=a&filter_config={"b":[]}',
      'b by its filter_config alone',
    ],
    ['https://acme.cloud.looker.com/explore/finance/gl?fields=a&filter_config={', 'not JSON'],
    ['https://acme.cloud.looker.com/explore/fin%ZZ/gl?fields=a', 'not encoded'],
  ])('%j is refused', async (slug, why) => {
    const { looker } = await start()
    const failed = await failure(looker.describe(spec({ slug })))
    expect(failed).toMatch(/^MLC-L024 /)
    expect(failed).toContain(why)
  })

  test('an inline query has an address too', async () => {
    const { looker, url } = await start()
    const { exploreUrl } = await looker.describe(spec({ query: INLINE, filters: { 'gl.month': '2026-08' } }))
    expect(exploreUrl?.startsWith(`${url}/explore/finance/gl?`)).toBe(true)
    const search = new URL(exploreUrl ?? '').searchParams
    expect([...search]).toEqual([
      ['fields', 'gl.account,gl.net_amount'],
      ['f[gl.month]', '2026-08'],
    ])
  })
})

/** A Looker whose Look 42 has this query; runs answer with these rows. */
async function lookerWith(query: object, answers: { explore?: number; look?: object; rows?: unknown } = {}) {
  const bodies: string[] = []
  const url = await listen((request, response) => {
    const isExplore = request.url?.includes('/explores/') ?? false
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (request.url?.includes('/run/')) bodies.push(body)
      response.writeHead(isExplore ? (answers.explore ?? 200) : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(reply(request.url ?? '')))
    })
  })
  const fields = {
    dimensions: [{ name: 'a.id', type: 'string', label: 'A Id' }],
    measures: [{ name: 'a.sum', type: 'sum', label: 'A Sum' }],
    filters: [{ name: 'a.only', type: 'string' }],
    parameters: [{ name: 'a.choice', type: 'unquoted' }],
  }
  const reply = (path: string): unknown => {
    if (path.endsWith('/login')) return { access_token: 't', expires_in: 3600 }
    if (path.endsWith('/versions')) return { looker_release_version: '26.12.3' }
    if (path.includes('/run/')) return answers.rows ?? []
    if (path.includes('/explores/')) return { fields }
    const saved = {
      id: 7,
      model: 'm',
      view: 'e',
      fields: ['a.id', 'a.sum'],
      filters: null,
      sorts: null,
      limit: 500,
      ...query,
    }
    return { id: '42', title: null, query: saved, ...answers.look }
  }
  return { looker: client(url, fakeClock()), bodies }
}

const custom = { measure: 'mine', label: 'Mine', based_on: 'a.id', type: 'count_distinct' }
const calculation = { table_calculation: 'calc', expression: '${a.sum} * 2' }

test.each([
  ['pivots', { pivots: ['a.id'] }, /pivots \(a\.id\)/],
  ['totals', { total: true }, /totals/],
  ['row totals', { row_total: 'right' }, /row totals/],
  ['subtotals', { subtotals: ['a.id'] }, /subtotals/],
  ['table calculations', { dynamic_fields: JSON.stringify([custom, calculation]) }, /table calculations \(calc\)/],
  ['table calculations', { has_table_calculations: true }, /table calculations/],
])('a Look with %s cannot be posted', async (_, query, expected) => {
  const { looker } = await lookerWith(query)
  const failed = await failure(looker.describe(spec()))
  expect(failed).toMatch(/^MLC-L023 Look 42 has /)
  expect(failed).toMatch(expected)
})

test.each([
  ['null and empty shapes', { pivots: null, total: false, row_total: '', subtotals: [], dynamic_fields: '' }],
  ['dynamic_fields null', { pivots: [], total: null, row_total: null, dynamic_fields: 'null', fill_fields: null }],
  ['an unsorted query', { sorts: ['__UNSORTED__'] }],
  ['a filter-only field and a parameter', { filters: { 'a.only': 'x', 'a.choice': 'y' } }],
])('%s can', async (_, query) => {
  const { looker } = await lookerWith(query)
  expect((await looker.describe(spec())).fields).toHaveLength(2)
})

test('custom measures are fields, and travel with the query', async () => {
  const dynamic = JSON.stringify([custom])
  const query = {
    fields: ['a.id', 'mine'],
    dynamic_fields: dynamic,
    filter_expression: '${a.id} = 1',
    query_timezone: 'Asia/Tokyo',
  }
  const { looker, bodies } = await lookerWith(query)
  const definition = await looker.describe(spec())
  expect(definition.fields[1]).toEqual({ name: 'mine', label: 'Mine', type: 'count_distinct', kind: 'measure' })
  expect(definition.timeZone).toBe('Asia/Tokyo')
  await pull(looker, { filters: { 'a.id': '7' } })
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
    dynamic_fields: dynamic,
    filter_expression: '${a.id} = 1',
    query_timezone: 'Asia/Tokyo',
    filters: { 'a.id': '7' },
    filter_config: null,
  })
})

test.each([
  ['a Look in the trash', { look: { deleted: true } }, /^MLC-L010 .*trash/],
  ['a Look without a query', { look: { query: null } }, /^MLC-L015 /],
  ['a query without a model', { look: { query: { view: 'e' } } }, /^MLC-L015 /],
  ['fields that are no list', { look: { query: { model: 'm', view: 'e', fields: 'a' } } }, /^MLC-L015 /],
  ['filters that are no texts', { look: { query: { model: 'm', view: 'e', filters: { a: {} } } } }, /^MLC-L015 /],
  ['broken dynamic fields', { look: { query: { model: 'm', view: 'e', dynamic_fields: '{' } } }, /^MLC-L015 /],
])('%s is refused', async (_, answers, expected) => {
  const { looker } = await lookerWith({}, answers)
  expect(await failure(looker.describe(spec()))).toMatch(expected)
})

describe('a Look whose Explore may not be seen', () => {
  const filters = { 'a.id': '7' }
  const about = (applied: object) => ({
    metadata: {
      filters: applied,
      fields: { dimensions: [{ name: 'a.id', type: 'string' }], measures: [{ name: 'a.sum', type: 'sum' }] },
    },
    rows: [{ 'a.id': '7', 'a.sum': 5 }],
  })

  test('runs, and is checked and summed by what the answer tells', async () => {
    const { looker } = await lookerWith({ filters }, { explore: 404, rows: about(filters) })
    const { result, definition } = await pull(looker)
    expect(definition.fields.map(({ type }) => type)).toEqual(['unknown', 'unknown'])
    expect(result).toMatchObject({ totals: { 'a.sum': '5' }, fields: [{ type: 'string' }, { type: 'sum' }] })
    expect(result.notes.join()).toContain('cannot be read')
  })

  test.each([
    ['that drops the filter', about({})],
    ['that applies another', about({ 'a.id': '8' })],
    ['that does not tell', [{ 'a.id': '7', 'a.sum': 5 }]],
  ])('is refused for an answer %s', async (_, rows) => {
    const { looker } = await lookerWith({ filters }, { explore: 404, rows })
    expect(await failure(pull(looker))).toMatch(/^MLC-L017 /)
  })

  test('is no excuse for a query of its own', async () => {
    const { looker } = await lookerWith({}, { explore: 404 })
    expect(await failure(looker.describe(spec({ query: { model: 'm', explore: 'e', fields: ['a.id'] } })))).toMatch(
      /^MLC-L011 /,
    )
  })
})

test('a filter whose template Looker fills in is not taken for another', async () => {
  const rows = { metadata: { filters: { 'a.id': '7' } }, rows: [] }
  const { looker } = await lookerWith({ filters: { 'a.id': "{{ _user_attributes['id'] }}" } }, { rows })
  expect((await pull(looker)).result.appliedFilters).toEqual({ 'a.id': '7' })
})

test('a filter for any value need not be among those applied', async () => {
  const { looker } = await lookerWith({ filters: { 'a.id': '' } }, { rows: { metadata: { filters: {} }, rows: [] } })
  expect((await pull(looker)).result.rows).toBe(0)
})

test.each([
  ['measure', ['a.id'], [{ 'a.id': '1' }, { 'a.id': '1' }]],
  ['dimension', ['a.sum'], [{ 'a.sum': 1 }, { 'a.sum': 1 }]],
])('rows without a %s may be equal', async (_, fields, rows) => {
  const { looker } = await lookerWith({ fields }, { rows })
  expect((await pull(looker)).rows).toHaveLength(2)
})

test('an answer without rows must at least name the columns', async () => {
  const fields = { dimensions: [{ name: 'a.id' }], measures: [] }
  const { looker } = await lookerWith({}, { rows: { metadata: { fields }, rows: [] } })
  expect(await failure(pull(looker))).toMatch(/^MLC-L016 .*lacks a\.sum/)
})

test.each([
  ['totals in the answer', { metadata: { has_totals: true }, rows: [] }, /^MLC-L023 /],
  ['an object without rows', { id: 'x', status: 'complete' }, /^MLC-L015 .*without rows/],
  [
    'an error beside the rows',
    { rows: [], errors: [{ message: 'SQL error', message_details: 'line 1' }] },
    /^MLC-L014 .*SQL error: line 1/,
  ],
  ['an error instead of rows', { looker_error: 'no' }, /^MLC-L014 .*no/],
  ['a text', 'rows', /^MLC-L015 /],
])('%s is refused', async (_, rows, expected) => {
  const { looker } = await lookerWith({}, { rows })
  expect(await failure(pull(looker))).toMatch(expected)
})

test('a Look may be run by one who may only see Looks', async () => {
  const key = { ...KEY, permissions: ['access_data', 'see_looks', 'download_without_limit'] }
  const { looker } = await start({ world: { keys: [key], explores: [explore(ledger(13))] } })
  expect((await pull(looker)).result.rows).toBe(13)
})

test('many fields are looked through without delay', async () => {
  const fields = Array.from({ length: 3000 }, (_, index): ExploreField => ({
    name: `gl.dimension_number_${index}`,
    label: 'x',
    type: 'string',
    kind: 'dimension',
    column: 'account',
  }))
  const { looker } = await start({ world: { explores: [explore([], { fields })] } })
  expect(await failure(looker.describe(spec({ query: { ...INLINE, fields: ['gl.dimension_numbr_77'] } })))).toContain(
    'did you mean',
  )
})
