import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { finance, GL, session } from './finance.js'

const looker = (changed: Parameters<typeof finance>[0] = {}) => session(createLookerSandbox(finance(changed)))
const ASKED = {
  fields: ['gl.account', 'gl.cost_centre', 'gl.is_open', 'gl.net_amount'],
  filters: { 'gl.posted_month': '2026-08' },
  sorts: ['gl.account', 'gl.cost_centre'],
}

test('json has a row a line, names as keys, yes and no as words, numbers as they are', async () => {
  const { ask } = await looker()
  const response = await ask(ASKED)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect((await response.text()).split('\n')).toEqual([
    '[{"gl.account":"1000","gl.cost_centre":"A","gl.is_open":"No","gl.net_amount":0.20},',
    '{"gl.account":"1000","gl.cost_centre":"B","gl.is_open":"Yes","gl.net_amount":78096.899999999994},',
    '{"gl.account":"2000","gl.cost_centre":null,"gl.is_open":"Yes","gl.net_amount":-1250000.00},',
    '{"gl.account":"A,B","gl.cost_centre":"","gl.is_open":"No","gl.net_amount":1234.5}]',
  ])
})

test('json_bi tells the fields, the filters applied and the SQL', async () => {
  const { text } = await looker()
  const { metadata, rows } = JSON.parse(await text(ASKED, 'json_bi')) as {
    metadata: { fields: Record<string, { name: string; type: string }[]>; sql: string }
    rows: object[]
  }
  expect(rows[1]).toEqual({
    'gl.account': '1000',
    'gl.cost_centre': 'B',
    'gl.is_open': 'Yes',
    'gl.net_amount': 78096.899999999994,
  })
  expect(metadata).toMatchObject({ filters: ASKED.filters, has_totals: false, columns_truncated: 'no' })
  expect(
    Object.entries(metadata.fields).map(([kind, fields]) => [
      kind,
      ...fields.map(({ name, type }) => `${name} ${type}`),
    ]),
  ).toEqual([
    ['dimensions', 'gl.account string', 'gl.cost_centre string', 'gl.is_open yesno'],
    ['measures', 'gl.net_amount sum'],
    ['pivots'],
    ['table_calculations'],
  ])
  expect(metadata.sql).toContain("gl.posted_month = '2026-08'")
})

test('json_bi is not known before release 24.4', async () => {
  const status = async (release: string) => (await (await looker({ release })).ask(ASKED, 'json_bi')).status
  expect([await status('24.2.9'), await status('24.4.0'), await status('23.20.1')]).toEqual([422, 200, 422])
})

test('json_detail wraps every cell and names the filters applied', async () => {
  const { text } = await looker()
  expect(JSON.parse(await text({ ...ASKED, limit: '1' }, 'json_detail'))).toMatchObject({
    status: 'complete',
    runtime: expect.any(String) as string,
    applied_filters: { 'gl.posted_month': { field: { name: 'gl.posted_month' }, value: '2026-08' } },
    data: [{ 'gl.account': { value: '1000' }, 'gl.cost_centre': { value: 'A' }, 'gl.net_amount': { value: 0.2 } }],
    errors: [],
  })
})

test('csv has labels in its header, quotes what it must, and nothing for null', async () => {
  const { text } = await looker()
  expect(await text(ASKED, 'csv')).toBe(
    [
      'GL Account,GL Cost Centre,GL Is Open,GL Net Amount',
      '1000,A,No,0.20',
      '1000,B,Yes,78096.899999999994',
      '2000,,Yes,-1250000.00',
      '"A,B",,No,1234.5',
      '',
    ].join('\n'),
  )
})

test('sql is the statement, not its result', async () => {
  const { text } = await looker()
  expect(await text(ASKED, 'sql')).toMatch(/^SELECT\n[^]*FROM finance\.gl[^]*LIMIT 500$/)
})

test('an empty result is an empty list, in every shape', async () => {
  const { text } = await looker()
  const nothing = { ...ASKED, filters: { 'gl.account': 'nowhere' } }
  expect(await text(nothing)).toBe('[]')
  expect(JSON.parse(await text(nothing, 'json_bi'))).toMatchObject({ rows: [] })
  expect(JSON.parse(await text(nothing, 'json_detail'))).toMatchObject({ data: [] })
  expect((await text(nothing, 'csv')).split('\n')).toHaveLength(2)
})

describe('options that spoil figures', () => {
  test('apply_formatting makes text of numbers', async () => {
    const { rows } = await looker()
    const found = await rows(ASKED, '?apply_formatting=true')
    expect(found.map((row) => row['gl.net_amount'])).toEqual(['$0.20', '$78,096.90', '($1,250,000.00)', '$1,234.50'])
  })

  test('apply_vis makes labels of names, and 500 rows of any number', async () => {
    const { rows } = await looker()
    const found = await rows({ view: 'long', fields: ['gl.line'] }, '?apply_vis=true&limit=-1')
    expect([found.length, found[0]]).toEqual([500, { 'GL Line': 0 }])
  })
})

describe('a pivot', () => {
  const PIVOTED = {
    fields: ['gl.account', 'gl.posted_month', 'gl.count'],
    filters: { 'gl.account': '1000' },
    sorts: ['gl.posted_month'],
  }

  test('nests the measure by field and value in json', async () => {
    const { rows } = await looker()
    expect(await rows({ ...PIVOTED, pivots: ['gl.posted_month'] })).toEqual([
      { 'gl.account': '1000', 'gl.count': { 'gl.posted_month': { '2026-07': 1, '2026-08': 2 } } },
    ])
    const deep = { ...PIVOTED, fields: [...PIVOTED.fields, 'gl.is_open'], pivots: ['gl.posted_month', 'gl.is_open'] }
    expect(await rows(deep)).toEqual([
      {
        'gl.account': '1000',
        'gl.count': {
          'gl.posted_month': { '2026-07': { 'gl.is_open': { No: 1 } }, '2026-08': { 'gl.is_open': { No: 1, Yes: 1 } } },
        },
      },
    ])
  })

  test('keeps a cell a column in json_detail', async () => {
    const { text } = await looker()
    expect(JSON.parse(await text({ ...PIVOTED, pivots: ['gl.posted_month'] }, 'json_detail'))).toMatchObject({
      fields: { pivots: [{ name: 'gl.posted_month' }] },
      pivots: [{ key: '2026-07', data: { 'gl.posted_month': '2026-07' } }, { key: '2026-08' }],
      data: [{ 'gl.account': { value: '1000' }, 'gl.count': { '2026-07': { value: 1 }, '2026-08': { value: 2 } } }],
    })
  })
})

test('the metadata of an Explore gives every field its type and the filters that are always there', async () => {
  const { get } = await looker({ explores: [{ ...GL, alwaysFilter: { 'gl.is_open': 'Yes' } }] })
  const explore = (await (await get('/lookml_models/finance/explores/gl')).json()) as {
    fields: Record<string, { name: string; type: string; is_numeric: boolean }[]>
    always_filter: unknown
  }
  expect(explore.always_filter).toEqual([{ name: 'gl.is_open', value: 'Yes' }])
  expect(explore.fields['dimensions']?.map(({ name, type, is_numeric }) => `${name} ${type} ${is_numeric}`)).toEqual([
    'gl.account string false',
    'gl.cost_centre string false',
    'gl.posted_month date_month false',
    'gl.line number true',
    'gl.is_open yesno false',
  ])
  expect(explore.fields['measures']?.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'gl.net_amount sum',
    'gl.count count',
  ])
  expect((await get('/lookml_models/finance/explores/gone')).status).toBe(404)
})

test('lists page with limit and offset and tell how many there are', async () => {
  const look = (id: string) => ({ ...finance().looks[0], id, title: `Look ${id}` })
  const looks = ['1', '2', '3'].map(look) as ReturnType<typeof finance>['looks']
  const { get } = await looker({ looks })
  const response = await get('/looks/search?title=look%25&limit=1&offset=1&fields=id,title')
  expect(response.headers.get('x-total-count')).toBe('3')
  expect(await response.json()).toEqual([{ id: '2', title: 'Look 2' }])
})

test('answers are compressed for who accepts it, when the sandbox is told to', async () => {
  const { send, headers } = await session(createLookerSandbox(finance(), { gzip: true }))
  const path = '/api/4.0/looks/42/run/json'
  const zipped = await send('GET', path, { ...headers, 'accept-encoding': 'gzip, deflate' })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  const plain = await (await send('GET', path, headers)).text()
  expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(plain)
})
