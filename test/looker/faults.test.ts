import { describe, expect, test } from 'vitest'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import { INLINE, client, explore, failure, fakeClock, ledger, listen, pull, start } from './harness.js'

const always = { times: 'always' } as const

describe('whole but wrong: refused at once, nothing is used', () => {
  const cases: readonly (readonly [string, LookerFault, RegExp])[] = [
    ['an error in place of the rows', { kind: 'looker-error', where: 'first' }, /^MLC-L014 .*relation "finance.gl"/],
    ['an error after some rows', { kind: 'looker-error', where: 'middle' }, /^MLC-L014 /],
    ['an error as the last row', { kind: 'looker-error', where: 'last' }, /^MLC-L014 /],
    [
      'an error text with control characters',
      { kind: 'looker-error', where: 'first', message: 'a\u001b[31m\nb'.padEnd(900, 'x') },
      /^MLC-L014 [^\u001b\n]{50,400}…$/,
    ],
    ['an ignored filter', { kind: 'ignored-filter', field: 'gl.month' }, /^MLC-L017 .*gl\.month/],
    ['an ignored field', { kind: 'ignored-field', field: 'gl.account' }, /^MLC-L016 .*lacks gl\.account/],
    ['a missing column', { kind: 'missing-column', field: 'gl.net_amount' }, /^MLC-L016 .*lacks gl\.net_amount/],
    ['a row twice', { kind: 'duplicate-row', row: 4 }, /^MLC-L022 .*gl\.account = A0000004/],
    ['a column twice in a row', { kind: 'duplicate-key', field: 'gl.net_amount' }, /^MLC-L015 .*twice/],
    ['NaN', { kind: 'cells', field: 'gl.net_amount', as: { raw: 'NaN' }, row: 3 }, /^MLC-L015 .*NaN/],
    ['Infinity', { kind: 'cells', field: 'gl.net_amount', as: { raw: '-Infinity' }, row: 3 }, /^MLC-L015 .*Infinity/],
    ['a nested cell', { kind: 'cells', field: 'gl.net_amount', as: { raw: '{"a":1}' } }, /^MLC-L015 .*nested/],
    ['columns left out', { kind: 'columns-truncated' }, /^MLC-L021 .*columns_truncated: yes/],
    ['an unknown remark', { kind: 'warnings', messages: ['Something is off'] }, /^MLC-L014 .*Something is off/],
    ['a totals row', { kind: 'total-row' }, /^MLC-L023 .*total/],
    ['an unfinished task', { kind: 'accepted', ...always }, /^MLC-L015 .*202/],
  ]
  test.each(cases)('%s', async (_, fault, expected) => {
    const { looker, runs } = await start({ sandbox: { faults: [fault] } })
    expect(await failure(pull(looker))).toMatch(expected)
    expect(runs()).toHaveLength(1)
  })

  test('an error inside one of many chunks', async () => {
    const fault = { kind: 'looker-error', where: 'middle', afterRows: 9000 } as const
    const { looker } = await start({ world: { explores: [explore(ledger(20_001))] }, sandbox: { faults: [fault] } })
    expect(await failure(pull(looker))).toMatch(/^MLC-L014 /)
  })
})

describe('odd but right', () => {
  test('known remarks are notes', async () => {
    const messages = [
      'Note: This query contains derived tables with conditional SQL for Development Mode. Query results may differ.',
      'The filter "Overall" should be a value, not a label',
    ]
    const { looker } = await start({ sandbox: { faults: [{ kind: 'warnings', messages }] } })
    expect((await pull(looker)).result.notes).toEqual(messages)
  })

  test.each(['no', 'No', 'false', ''])('columns_truncated %j is a no', async (value) => {
    const { looker } = await start({ sandbox: { faults: [{ kind: 'columns-truncated', value }] } })
    expect((await pull(looker)).result.rows).toBe(13)
  })

  test.each([
    ['exponent', /^\d+(\.\d+)?$/],
    ['huge', /^\d{16,}/],
    ['text', /^2\.10?$/],
  ] as const)('a number as %s keeps its value', async (as, expected) => {
    const { looker } = await start({ sandbox: { faults: [{ kind: 'cells', field: 'gl.net_amount', as, row: 2 }] } })
    expect((await pull(looker)).rows[2]?.['gl.net_amount']).toMatch(expected)
  })
})

describe('an answer that breaks off is asked for again, and what came of it is to be forgotten', () => {
  const long = { world: { explores: [explore(ledger(20_001))] } }
  const cases: readonly (readonly [string, LookerFault])[] = [
    ['the connection dies', { kind: 'cut', afterBytes: 700_000 }],
    ['the text ends', { kind: 'short', afterBytes: 700_000 }],
  ]
  test.each(cases)('%s in the middle', async (_, fault) => {
    const { looker, clock } = await start({ ...long, sandbox: { faults: [fault] } })
    const { rows, result, restarts } = await pull(looker)
    expect(rows).toHaveLength(20_001)
    expect(restarts).toBe(1)
    expect(result).toMatchObject({ rows: 20_001, complete: true, requests: 2 })
    expect(result.totals['gl.net_amount']).toBe('200012000.10')
    expect(clock.slept).toHaveLength(1)
  })

  test.each(cases)('%s every time', async (_, fault) => {
    const { looker, runs } = await start({ ...long, sandbox: { faults: [{ ...fault, ...always }] } })
    expect(await failure(pull(looker))).toMatch(/^MLC-L009 .*broke off 3 times/)
    expect(runs()).toHaveLength(3)
  })

  test('before the first row there is nothing to forget', async () => {
    const { looker } = await start({ sandbox: { faults: [{ kind: 'short', afterBytes: 40 }] } })
    expect(await pull(looker)).toMatchObject({ restarts: 0, result: { rows: 13, requests: 2 } })
  })

  test('each cut of a small answer is noticed, wherever it falls', async () => {
    const { looker, sandbox } = await start()
    for (let afterBytes = 1; afterBytes < 1200; afterBytes += 97) {
      sandbox.fault({ kind: 'short', afterBytes })
      expect((await pull(looker)).result.requests).toBe(2)
    }
  })
})

describe('a server in trouble', () => {
  const cases: readonly (readonly [string, LookerFault, RegExp])[] = [
    ['429', { kind: 'status', status: 429 }, /^MLC-L007 /],
    ['500', { kind: 'status', status: 500 }, /^MLC-L008 .*An error has occurred/],
    ['503', { kind: 'status', status: 503 }, /^MLC-L008 /],
    ['502 as HTML', { kind: 'nginx' }, /^MLC-L008 .*502/],
    ['504 as HTML', { kind: 'nginx', status: 504 }, /^MLC-L008 .*504/],
    ['408', { kind: 'status', status: 408 }, /^MLC-L008 .*408/],
    ['a dead instance', { kind: 'instance-page' }, /^MLC-L005 .*text\/html/],
    ['a page with status 200', { kind: 'instance-page', status: 200 }, /^MLC-L005 .*text\/html/],
    ['a reset connection', { kind: 'reset' }, /^MLC-L001 /],
  ]
  test.each(cases)('%s once is got over', async (_, fault) => {
    const { looker, clock } = await start({ sandbox: { faults: [fault] } })
    expect((await pull(looker)).result.rows).toBe(13)
    expect(clock.slept).toHaveLength(1)
  })

  test.each(cases)('%s for good ends after five tries', async (_, fault, expected) => {
    const { looker, runs } = await start({ sandbox: { faults: [{ ...fault, ...always }] } })
    expect(await failure(pull(looker))).toMatch(expected)
    expect(runs()).toHaveLength(5)
  })

  test.each(cases)('%s while the Look is read is got over too', async (_, fault) => {
    const { looker } = await start({ sandbox: { faults: [{ ...fault, on: 'GET /looks/42' }] } })
    expect((await pull(looker)).result.rows).toBe(13)
  })

  test('silence ends in a timeout, and is asked again', async () => {
    const { looker, runs } = await start({ timeoutMs: 60, sandbox: { faults: [{ kind: 'hang', ...always }] } })
    expect(await failure(pull(looker))).toMatch(/^MLC-L002 /)
    expect(runs()).toHaveLength(5)
  })

  test.each([
    ['seconds', '7', 7000],
    ['a date', 'Mon, 03 Aug 2026 06:16:00 GMT', 60_000],
  ])('Retry-After in %s is waited for', async (_, header, ms) => {
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': header } } as const
    const { looker, clock } = await start({ sandbox: { faults: [fault] } })
    expect((await pull(looker)).result.rows).toBe(13)
    expect(clock.slept).toEqual([ms])
  })

  test('a Retry-After beyond ten minutes is not', async () => {
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': '601' }, ...always } as const
    const { looker, clock, runs } = await start({ sandbox: { faults: [fault] } })
    const words = /^MLC-L007 .* answered 429 .*it asks to wait 601 s, and mlc waits 600 s at most/
    expect(await failure(pull(looker))).toMatch(words)
    expect(clock.slept).toEqual([])
    expect(runs()).toHaveLength(1)
  })

  test('a redirect is not followed', async () => {
    const fault = { kind: 'redirect', location: 'https://elsewhere.example/' } as const
    const { looker } = await start({ sandbox: { faults: [fault] } })
    expect(await failure(pull(looker))).toMatch(/^MLC-L005 .*redirect/)
  })

  test('nobody there, and no such host', async () => {
    expect(await failure(pull(client('http://127.0.0.1:1', fakeClock())))).toMatch(/^MLC-L001 .*refused/)
  })
})

describe('a refusal', () => {
  test.each([
    [400, 'Invalid filter: gl.nothing', /^MLC-L013 .*finance\/gl \(400\): Invalid filter: gl\.nothing/],
    [422, 'Validation Failed', /^MLC-L013 .*Validation Failed/],
    [403, 'Database OAuth Error', /^MLC-L006 .*access_data.*Database OAuth Error/],
    [404, 'Not found', /^MLC-L011 .*finance\/gl/],
    [409, 'Resource Already Exists', /^MLC-L013 .*409/],
  ])('with %i is final and quotes Looker', async (status, message, expected) => {
    const fault = { kind: 'status', status, message, times: 'always' } as const
    const { looker, clock } = await start({ sandbox: { faults: [fault] } })
    expect(await failure(pull(looker, { query: INLINE }))).toMatch(expected)
    expect(clock.slept).toEqual([])
  })

  test('names each field that Looker names', async () => {
    const body = {
      message: 'Validation Failed',
      errors: [
        { field: 'view', code: 'missing_field', message: 'This field is required.' },
        { field: 'limit', message: 'bad' },
      ],
    }
    const url = await listen((request, response) => {
      const isRun = request.url?.includes('/run/') ?? false
      response.writeHead(isRun ? 422 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isRun ? body : { access_token: 't', fields: { dimensions: [{ name: 'a.b' }] } }))
    })
    const looker = client(url, fakeClock())
    expect(await failure(pull(looker, { query: { model: 'm', explore: 'e', fields: ['a.b'] } }))).toMatch(
      /^MLC-L013 .*Validation Failed; view: This field is required\.; limit: bad/,
    )
  })
})

test('an abort ends a pull with the reason given', async () => {
  const stop = new AbortController()
  const { looker } = await start({
    signal: stop.signal,
    world: { explores: [explore(ledger(50_000))] },
    onProgress: () => stop.abort(new Error('stopped by the user')),
  })
  expect(await failure(pull(looker))).toBe('Error stopped by the user')
})
