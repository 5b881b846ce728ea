import { describe, expect, test } from 'vitest'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { Paging } from '../../src/looker/source.js'
import { INLINE, client, explore as keyed, failure, fakeClock, ledger, listen, look, pull, start } from './harness.js'
import type { Explore } from '../../src/sandbox/looker/world.js'

/** Where Looker does not say how its database sorts nulls, no pull can resume after a key. */
const explore = (rows: Explore['rows']) => keyed(rows, { nullSort: null })

/** A pull comes either to all rows or to an error: never to fewer rows. */
interface Case {
  readonly rows: number
  readonly world: 'stream' | 'offset' | 'capped'
  readonly cap?: number
  readonly pageSize?: number
  readonly paging?: Paging
  readonly fields?: readonly string[]
  readonly savedLimit?: string
  readonly fault?: LookerFault
  /** `paging requests`, or the beginning of the error. */
  readonly expected: string | RegExp
}

const RATIO = ['gl.account', 'gl.ratio']
const NO_TASKS = { kind: 'status', status: 403, message: 'no', on: 'POST /query_tasks' } as const
const cases: readonly Case[] = [
  // Looker as documented: one request for everything.
  { rows: 4998, world: 'stream', expected: 'single 1' },
  { rows: 20_001, world: 'stream', expected: 'single 1' },
  // Counts that look like a limit: the rows after them are asked for, then the control total and both ends of the result.
  { rows: 5000, world: 'stream', expected: 'single 5' },
  { rows: 500, world: 'stream', expected: 'single 5' },
  { rows: 1300, world: 'stream', expected: 'single 5' },
  { rows: 77, world: 'stream', savedLimit: '77', expected: 'single 5' },
  { rows: 60, world: 'stream', pageSize: 20, expected: 'single 5' },
  // The same with a measure that does not add up: both ends of the result are asked for.
  { rows: 500, world: 'stream', fields: RATIO, expected: 'single 4' },
  { rows: 500, world: 'stream', fields: ['gl.account'], expected: 'single 4' },
  // A server that cuts at its cap and knows no offset.
  {
    rows: 5001,
    world: 'capped',
    fault: NO_TASKS,
    expected: /^MLC-L021 .*sent 5000 rows.*gl\.net_amount sums to 12498000\.\d+ .*5000\.1 is missing/,
  },
  { rows: 5000, world: 'capped', expected: 'single 5' },
  { rows: 1001, world: 'capped', cap: 1000, fault: NO_TASKS, expected: /^MLC-L021 / },
  { rows: 5001, world: 'capped', fields: RATIO, fault: NO_TASKS, expected: /^MLC-L021 .*another order/ },
  { rows: 5001, world: 'capped', fields: ['gl.account'], fault: NO_TASKS, expected: /^MLC-L021 .*another order/ },
  // The same where query tasks are completed whatever their size.
  { rows: 5001, world: 'capped', expected: 'task 8' },
  { rows: 12_345, world: 'capped', fields: RATIO, expected: 'task 8' },
  { rows: 20_000, world: 'capped', expected: 'task 19' },
  { rows: 613, world: 'stream', savedLimit: '500', fault: { kind: 'cap', rows: 500 }, expected: /^MLC-L021 / },
  // A server that pages.
  { rows: 4998, world: 'offset', expected: 'single 1' },
  { rows: 5000, world: 'offset', expected: 'single 2' },
  { rows: 12_345, world: 'offset', expected: 'offset 3' },
  { rows: 10_000, world: 'offset', expected: 'offset 3' },
  { rows: 2345, world: 'offset', cap: 1000, expected: 'offset 3' },
  { rows: 250, world: 'offset', cap: 60, pageSize: 60, expected: 'offset 5' },
  // Asked for by name.
  { rows: 20_001, world: 'stream', paging: 'stream', expected: 'stream 1' },
  { rows: 5000, world: 'stream', paging: 'stream', expected: 'stream 4' },
  { rows: 5001, world: 'capped', paging: 'stream', expected: /^MLC-L021 / },
  { rows: 5001, world: 'offset', paging: 'stream', expected: /^MLC-L021 / },
  { rows: 4998, world: 'stream', paging: 'single', expected: 'single 1' },
  { rows: 5000, world: 'stream', paging: 'single', expected: 'single 4' },
  { rows: 5001, world: 'stream', paging: 'single', expected: /^MLC-L021 .*more than the 5000/ },
  { rows: 5001, world: 'capped', paging: 'single', expected: /^MLC-L021 / },
  { rows: 13, world: 'offset', paging: 'offset', expected: 'offset 1' },
  { rows: 4998, world: 'offset', paging: 'offset', expected: 'offset 1' },
  { rows: 5000, world: 'offset', paging: 'offset', expected: 'offset 2' },
  { rows: 12_345, world: 'offset', paging: 'offset', expected: 'offset 3' },
  { rows: 2345, world: 'offset', cap: 1000, paging: 'offset', expected: 'offset 3' },
  { rows: 4998, world: 'stream', paging: 'offset', expected: 'offset 1' },
  { rows: 5001, world: 'stream', paging: 'offset', expected: /^MLC-L021 .*knows no offset/ },
  { rows: 5001, world: 'capped', paging: 'offset', expected: /^MLC-L021 .*knows no offset/ },
  { rows: 4998, world: 'stream', paging: 'task', expected: 'task 5' },
  { rows: 12_345, world: 'capped', paging: 'task', expected: 'task 5' },
  { rows: 5000, world: 'capped', paging: 'task', expected: 'task 16' },
  { rows: 4998, world: 'offset', paging: 'task', expected: 'task 5' },
  { rows: 5001, world: 'offset', paging: 'task', expected: /^MLC-L021 / },
]

const name = ({ rows, world, cap, paging, fields, savedLimit, pageSize, fault }: Case) =>
  [`${rows} rows`, world, paging ?? 'auto', cap && `cap ${cap}`, fields, savedLimit && `saved limit ${savedLimit}`]
    .concat([pageSize && `page ${pageSize}`, fault?.kind])
    .filter((part) => part !== undefined)
    .join(', ')

test.each(cases.map((each) => [name(each), each] as const))('%s', async (_, each) => {
  const { rows, world, cap = 5000, pageSize = 5000, paging = 'auto', savedLimit = '501', fields, fault } = each
  const query = { limit: savedLimit, ...(fields === undefined ? {} : { fields, sorts: [] }) }
  const { looker, runs } = await start({
    pageSize,
    world: { explores: [explore(ledger(rows))], looks: [look('42', query)] },
    sandbox: { rowWorld: world, rowCap: cap, faults: fault === undefined ? [] : [{ ...fault, times: 'always' }] },
  })
  if (typeof each.expected !== 'string') return expect(await failure(pull(looker, { paging }))).toMatch(each.expected)
  const pulled = await pull(looker, { paging })
  expect(`${pulled.result.paging} ${pulled.result.requests}`).toBe(each.expected)
  expect(pulled.result).toMatchObject({ rows, complete: true })
  expect(new Set(pulled.rows.map((row) => row['gl.account'])).size).toBe(rows)
  expect(runs()).toHaveLength(pulled.result.requests)
})

describe('pages', () => {
  const paged = { world: { explores: [explore(ledger(12_345))] }, sandbox: { rowWorld: 'offset' } } as const

  test('come in an order that names every dimension, from the first question on', async () => {
    const { looker, runs } = await start(paged)
    const { restarts } = await pull(looker, {
      query: { ...INLINE, fields: ['gl.centre', ...INLINE.fields] },
      sorts: ['gl.net_amount desc'],
    })
    expect(restarts).toBe(0)
    const asked = runs().map(({ query, body }) => [
      new URLSearchParams(query).get('offset'),
      (JSON.parse(body ?? '') as { sorts: unknown }).sorts,
    ])
    const fixed = ['gl.net_amount desc', 'gl.centre', 'gl.account']
    expect(asked).toEqual([
      [null, fixed],
      ['4999', fixed],
      ['9998', fixed],
    ])
  })

  test('that break off are asked for again by themselves', async () => {
    const { looker, sandbox } = await start(paged)
    sandbox.fault({ kind: 'short', afterBytes: 100_000, after: 1 })
    const { result, restarts } = await pull(looker, { paging: 'offset' })
    expect(result).toMatchObject({ rows: 12_345, requests: 4 })
    expect(restarts).toBe(0)
  })

  test('that overlap are refused', async () => {
    const { looker, sandbox } = await start(paged)
    sandbox.fault({ kind: 'duplicate-row', row: 2000, after: 2 })
    expect(await failure(pull(looker, { paging: 'offset' }))).toMatch(/^MLC-L022 /)
  })

  test('fit together although rows that tie come in another order each time', async () => {
    const { looker, sandbox } = await start(paged)
    sandbox.fault({ kind: 'unstable-order', times: 'always' })
    const { rows } = await pull(looker, { query: INLINE, sorts: ['gl.centre'] })
    expect(new Set(rows.map((row) => row['gl.account'])).size).toBe(12_345)
  })

  test('of which one is the first again are refused', async () => {
    const { looker, sandbox } = await start(paged)
    sandbox.fault({ kind: 'repeat-page', after: 2 })
    expect(await failure(pull(looker, { paging: 'offset' }))).toMatch(/^MLC-L021 .*again.*no offset/)
  })

  test('end at an explicit limit', async () => {
    const { looker } = await start(paged)
    const { rows, result } = await pull(looker, { limit: 8000 })
    expect(rows).toHaveLength(8000)
    expect(result).toMatchObject({ rows: 8000, complete: false, paging: 'offset' })
    expect((await pull(looker, { limit: 12_345 })).result).toMatchObject({ rows: 12_345, complete: true })
  })
})

describe('the proof of completeness', () => {
  const odd = { world: { explores: [explore(ledger(500))] } }

  test('asks for the measures alone, with the same filters', async () => {
    const { looker, runs } = await start(odd)
    await pull(looker)
    expect(JSON.parse(runs()[2]?.body ?? '')).toMatchObject({
      fields: ['gl.net_amount'],
      filters: { 'gl.month': '2026-08' },
      sorts: [],
      limit: '2',
    })
  })

  test('does not take the noise of doubles for a missing row', async () => {
    const noisy = ledger(500).map((row, index) => ({ ...row, amount: { n: index % 2 === 0 ? '0.1' : '123456789.7' } }))
    const { looker } = await start({ world: { explores: [explore(noisy)] } })
    expect((await pull(looker)).result.complete).toBe(true)
  })

  test.each([
    ['0.01', '1000000000'],
    ['-0.01', '0.00'],
  ])('takes a missing %s among amounts of %s for a missing row', async (missing, amount) => {
    const rows = ledger(501).map((row, index) => ({ ...row, amount: { n: index === 500 ? missing : amount } }))
    const { looker } = await start({
      world: { explores: [explore(rows)] },
      sandbox: { rowWorld: 'capped', rowCap: 500, faults: [{ ...NO_TASKS, times: 'always' }] },
    })
    expect(await failure(pull(looker))).toMatch(/^MLC-L021 .*is missing/)
  })

  test('that ties is not enough: rows that sum to nothing may be missing all the same', async () => {
    const rows = ledger(502).map((row, index) =>
      index < 500 ? row : { ...row, amount: { n: index === 500 ? '5.00' : '-5.00' } },
    )
    const { looker } = await start({
      world: { explores: [explore(rows)] },
      sandbox: { rowWorld: 'capped', rowCap: 500, faults: [{ ...NO_TASKS, times: 'always' }] },
    })
    expect(await failure(pull(looker))).toMatch(/^MLC-L021 .*another order/)
  })

  test('that is refused proves nothing', async () => {
    const { looker } = await start(odd)
    const refused = { kind: 'status', status: 400, message: 'no', on: 'POST /queries/run', times: 'always' } as const
    const again = await start({ ...odd, sandbox: { faults: [refused] } })
    expect((await pull(looker)).result.requests).toBe(5)
    expect(await failure(pull(again.looker))).toMatch(/^MLC-L021 .*refused the query/)
  })

  test('is not fooled by a server that ignores the order too', async () => {
    const all = Array.from({ length: 700 }, (_, index) => ({ 'a.id': `A${index}`, 'a.ratio': index }))
    const url = await listen((request, response) => {
      response.setHeader('content-type', 'application/json')
      if (request.url?.includes('/run/')) return response.end(JSON.stringify(all.slice(0, 500)))
      const fields = {
        dimensions: [{ name: 'a.id', type: 'string' }],
        measures: [{ name: 'a.ratio', type: 'average' }],
      }
      return response.end(JSON.stringify({ access_token: 't', fields }))
    })
    const query = { model: 'm', explore: 'e', fields: ['a.id', 'a.ratio'] }
    expect(await failure(pull(client(url, fakeClock()), { query }))).toMatch(/^MLC-L021 .*cannot be told/)
  })
})
