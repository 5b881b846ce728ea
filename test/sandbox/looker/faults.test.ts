import { describe, expect, test } from 'vitest'
import type { CellForm, LookerFault } from '../../../src/sandbox/looker/faults.js'
import { createLookerSandbox, type LookerOptions } from '../../../src/sandbox/looker/sandbox.js'
import { finance, session } from './finance.js'

const ASKED = {
  fields: ['gl.account', 'gl.net_amount'],
  filters: { 'gl.posted_month': '2026-08' },
  sorts: ['gl.account'],
}
const WHOLE = [
  '{"gl.account":"1000","gl.net_amount":78097.09999999999},',
  '{"gl.account":"2000","gl.net_amount":-1250000.00},',
  '{"gl.account":"A,B","gl.net_amount":1234.5}',
]

const looker = (faults: readonly LookerFault[], options: LookerOptions = {}) =>
  session(createLookerSandbox(finance(), { ...options, faults }))

async function lines(fault: LookerFault, format = 'json', query = ''): Promise<string[]> {
  return (await (await looker([fault])).text(ASKED, format, query)).replace(/^\[|\]$/g, '').split('\n')
}

test('without a fault the rows are these', async () => {
  expect((await (await looker([])).text(ASKED)).replace(/^\[|\]$/g, '').split('\n')).toEqual(WHOLE)
})

describe('a planned refusal', () => {
  const CASES: readonly [fault: LookerFault, status: number, type: string, body: RegExp][] = [
    [{ kind: 'status', status: 400 }, 400, 'application/json', /"Bad Request"/],
    [{ kind: 'status', status: 400, message: 'Invalid filter: x' }, 400, 'application/json', /"Invalid filter: x"/],
    [{ kind: 'status', status: 422 }, 422, 'application/json', /err\/4\.0\/422\/post\/queries\/run\/json/],
    [{ kind: 'status', status: 429 }, 429, 'application/json', /Too many requests/],
    [{ kind: 'status', status: 500 }, 500, 'application/json', /"An error has occurred\."/],
    [{ kind: 'status', status: 503 }, 503, 'application/json', /Service Unavailable/],
    [{ kind: 'nginx' }, 502, 'text/html', /<title>502 Bad Gateway<\/title>/],
    [{ kind: 'nginx', status: 504 }, 504, 'text/html', /504 Gateway Time-out/],
    [{ kind: 'instance-page' }, 404, 'text/html', /Looker is unavailable\./],
    [{ kind: 'instance-page', status: 200 }, 200, 'text/html', /Looker is unavailable\./],
    [{ kind: 'accepted' }, 202, 'application/json', /^$/],
    [{ kind: 'redirect', location: 'https://elsewhere.test/' }, 302, 'text/plain', /^$/],
  ]
  test.each(CASES)('%o', async (fault, status, type, body) => {
    const { ask } = await looker([fault])
    const response = await ask(ASKED)
    expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([status, type])
    expect(await response.text()).toMatch(body)
    expect((await ask(ASKED)).status).toBe(200)
  })

  test('tells when to come back only when it is planned to', async () => {
    const { ask } = await looker([
      { kind: 'status', status: 429, headers: { 'retry-after': '9' } },
      { kind: 'status', status: 429 },
    ])
    expect((await ask(ASKED)).headers.get('retry-after')).toBe('9')
    expect((await ask(ASKED)).headers.get('retry-after')).toBe(null)
  })
})

describe('a fault strikes', () => {
  const CASES: readonly [aim: object, statuses: number[]][] = [
    [{}, [500, 200, 200]],
    [{ times: 2 }, [500, 500, 200]],
    [{ times: 'always' }, [500, 500, 500]],
    [{ after: 1 }, [200, 500, 200]],
    [{ on: '/queries/run/' }, [500, 200, 200]],
    [{ on: /^POST .*json$/ }, [500, 200, 200]],
    [{ on: '/looks/' }, [200, 200, 200]],
  ]
  test.each(CASES)('%o', async (aim, statuses) => {
    const { ask } = await looker([{ kind: 'status', status: 500, ...aim }])
    const seen = [await ask(ASKED), await ask(ASKED), await ask(ASKED)].map((response) => response.status)
    expect(seen).toEqual(statuses)
  })

  test('only runs and results, unless it is aimed; planned later too, until it is cleared', async () => {
    const sandbox = createLookerSandbox(finance())
    const { get } = await session(sandbox)
    sandbox.fault({ kind: 'nginx', times: 'always' })
    expect([(await get('/looks/42')).status, (await get('/looks/42/run/json')).status]).toEqual([200, 502])
    sandbox.clearFaults()
    sandbox.fault({ kind: 'nginx', on: 'GET /versions' })
    expect([(await get('/looks/42/run/json')).status, (await get('/versions')).status]).toEqual([200, 502])
  })
})

describe('an error behind a 200', () => {
  const ERROR = '{"looker_error":"gone"}'
  const CASES: readonly [where: 'first' | 'middle' | 'last', lines: string[]][] = [
    ['first', [ERROR]],
    ['middle', [WHOLE[0] ?? '', WHOLE[1] ?? '', ERROR]],
    ['last', [WHOLE[0] ?? '', WHOLE[1] ?? '', `${WHOLE[2]},`, ERROR]],
  ]
  test.each(CASES)('comes %s in json', async (where, expected) => {
    expect(await lines({ kind: 'looker-error', where, message: 'gone' })).toEqual(expected)
  })

  test('is a row in json_bi, a member in json_detail, a line in csv', async () => {
    const fault = { kind: 'looker-error', where: 'first', message: 'gone' } as const
    expect(JSON.parse((await lines(fault, 'json_bi')).join('\n'))).toMatchObject({ rows: [{ looker_error: 'gone' }] })
    expect(JSON.parse((await lines(fault, 'json_detail')).join('\n'))).toMatchObject({
      data: [],
      errors: [{ message: 'gone' }],
    })
    expect((await lines(fault, 'csv'))[1]).toBe('gone')
  })

  test('is told apart from mere warnings, which leave the rows good', async () => {
    const fault = { kind: 'warnings', messages: ['Note: derived tables'] } as const
    expect(JSON.parse((await lines(fault, 'json_detail')).join('\n'))).toMatchObject({
      status: 'complete',
      data: [{}, {}, {}],
      errors: [{ message: 'Note: derived tables' }],
    })
    expect(JSON.parse((await lines(fault, 'json_bi')).join('\n'))).toMatchObject({ rows: [{}, {}, {}], errors: [{}] })
  })
})

describe('rows that are not what was asked for', () => {
  const CASES: readonly [fault: LookerFault, lines: string[]][] = [
    [{ kind: 'empty' }, ['']],
    [{ kind: 'cap', rows: 1 }, ['{"gl.account":"1000","gl.net_amount":78097.09999999999}']],
    [{ kind: 'duplicate-row', row: 2 }, [...WHOLE.slice(0, 2), `${WHOLE[2]},`, WHOLE[2] ?? '']],
    [{ kind: 'ignored-field', field: 'gl.account' }, ['{"gl.net_amount":-1170668.4}']],
    [
      { kind: 'missing-column', field: 'gl.net_amount' },
      ['{"gl.account":"1000"},', '{"gl.account":"2000"},', '{"gl.account":"A,B"}'],
    ],
    [{ kind: 'total-row' }, [...WHOLE.slice(0, 2), `${WHOLE[2]},`, '{"gl.account":null,"gl.net_amount":-1170668.4}']],
  ]
  test.each(CASES)('%o', async (fault, expected) => expect(await lines(fault)).toEqual(expected))

  test('an ignored filter widens the figure and is absent from json_bi', async () => {
    const fault = { kind: 'ignored-filter', field: 'gl.posted_month', times: 2 } as const
    const { text } = await looker([fault])
    expect(JSON.parse(await text(ASKED))).toHaveLength(5)
    expect(JSON.parse(await text(ASKED, 'json_bi'))).toMatchObject({
      metadata: { filters: {} },
      rows: [{}, {}, {}, {}, {}],
    })
  })

  test('a key that comes twice', async () => {
    const [first] = await lines({ kind: 'duplicate-key', field: 'gl.net_amount' })
    expect(first).toBe('{"gl.account":"1000","gl.net_amount":78097.09999999999,"gl.net_amount":78097.09999999999},')
  })

  test('a page that comes again', async () => {
    const faults: LookerFault[] = [{ kind: 'repeat-page', after: 1 }]
    const { rows } = await looker(faults, { rowWorld: 'offset', rowCap: 2 })
    expect(
      [await rows(ASKED), await rows(ASKED, '?offset=2'), await rows(ASKED, '?offset=2')].map((page) => page.length),
    ).toEqual([2, 2, 1])
  })

  test('rows that sort alike in another order', async () => {
    const asked = {
      fields: ['gl.line', 'gl.posted_month'],
      sorts: ['gl.posted_month'],
      filters: { 'gl.posted_month': '2026-08' },
    }
    const { rows } = await looker([{ kind: 'unstable-order', after: 1 }])
    const order = async () => (await rows(asked)).map((row) => row['gl.line'])
    expect([await order(), await order()]).toEqual([
      [2, 3, 4, 5],
      [5, 4, 3, 2],
    ])
  })

  test('columns that were truncated, and a release that does not know json_bi but answers', async () => {
    expect((await lines({ kind: 'columns-truncated' }, 'json_bi')).join('')).toContain('"columns_truncated":"yes"')
    expect(await lines({ kind: 'plain-json' }, 'json_bi')).toEqual(WHOLE)
  })
})

describe('a cell', () => {
  const CASES: readonly [as: CellForm, cell: string][] = [
    ['text', '"-1250000.00"'],
    ['currency', '"($1,250,000.00)"'],
    ['parentheses', '"(1,250,000.00)"'],
    ['thousands', '"-1,250,000.00"'],
    ['NaN', '"NaN"'],
    ['Infinity', '"Infinity"'],
    ['blank', '""'],
    ['null', 'null'],
    ['huge', '12345678901234567890.12'],
    ['exponent', '-1.25e+6'],
    [{ raw: 'NaN' }, 'NaN'],
  ]
  test.each(CASES)('as %o', async (as, cell) => {
    const spoiled = await lines({ kind: 'cells', field: 'gl.net_amount', as, row: 1 })
    expect(spoiled).toEqual([WHOLE[0], `{"gl.account":"2000","gl.net_amount":${cell}},`, WHOLE[2]])
  })

  test('of every row, when no row is named', async () => {
    const spoiled = await lines({ kind: 'cells', field: 'gl.net_amount', as: 'null' })
    expect(spoiled.map((line) => line.includes(':null'))).toEqual([true, true, true])
  })
})

describe('a body', () => {
  test('ends cleanly and too soon', async () => {
    const { text } = await looker([{ kind: 'short', afterBytes: 70 }])
    const short = await text(ASKED)
    expect(short).toHaveLength(70)
    expect(() => JSON.parse(short) as unknown).toThrow()
  })

  test('is late, or drips, by the injected delay', async () => {
    const waits: number[] = []
    const delay = async (ms: number) => void waits.push(ms)
    const { text } = await looker(
      [
        { kind: 'slow', ms: 301_000 },
        { kind: 'drip', bytes: 50, ms: 7 },
      ],
      { delay },
    )
    const whole = await text(ASKED)
    expect(waits).toEqual([301_000])
    expect(await text(ASKED)).toBe(whole)
    expect(waits).toEqual([301_000, 7, 7, 7, 7])
  })
})
