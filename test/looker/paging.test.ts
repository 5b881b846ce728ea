import { describe, expect, test } from 'vitest'
import type { Paging } from '../../src/looker/source.js'
import type { RowWorld } from '../../src/sandbox/looker/run.js'
import { INLINE, KEY, explore, failure, ledger, look, pull, start } from './harness.js'

/** One contract over all strategies and all servers: every row once, or an error. Never fewer rows. */
const SIZES = [0, 1, 4999, 5000, 5001, 12_345] as const
const CUT = /^MLC-L021 Looker sent (?:4999|5000) rows, a count at which it cuts answers, and has more after them/
const LARGE = /^MLC-L021 the result has more than the 5000 rows of a page/
const NO_OFFSET = /^MLC-L021 .*knows no offset/

/** `strategy calls` by size, or the error. The least calls with which that server's rows can be known to be complete. */
const contract: Readonly<Record<RowWorld, Readonly<Record<Paging, readonly (string | RegExp)[]>>>> = {
  // Ignores offsets and sends everything for limit -1.
  stream: {
    auto: ['single 1', 'single 1', 'single 2', 'single 2', 'single 1', 'single 1'],
    single: ['single 1', 'single 1', 'single 2', 'single 2', LARGE, LARGE],
    stream: ['stream 1', 'stream 1', 'stream 2', 'stream 2', 'stream 1', 'stream 1'],
    offset: ['offset 1', 'offset 1', 'offset 3', 'offset 3', NO_OFFSET, NO_OFFSET],
    keyset: ['keyset 1', 'keyset 1', 'keyset 2', 'keyset 2', 'keyset 2', 'keyset 3'],
    task: ['task 5', 'task 5', 'task 6', 'task 6', 'task 5', 'task 5'],
  },
  // Honours offsets and caps whatever it runs, tasks too.
  offset: {
    auto: ['single 1', 'single 1', 'single 2', 'single 2', 'keyset 2', 'keyset 3'],
    single: ['single 1', 'single 1', 'single 2', 'single 2', CUT, CUT],
    stream: ['stream 1', 'stream 1', 'stream 2', 'stream 2', CUT, CUT],
    offset: ['offset 1', 'offset 1', 'offset 2', 'offset 2', 'offset 2', 'offset 3'],
    keyset: ['keyset 1', 'keyset 1', 'keyset 2', 'keyset 2', 'keyset 2', 'keyset 3'],
    task: ['task 5', 'task 5', 'task 6', 'task 6', CUT, CUT],
  },
  // Ignores offsets and caps, but for query tasks.
  capped: {
    auto: ['single 1', 'single 1', 'single 2', 'single 2', 'keyset 2', 'keyset 3'],
    single: ['single 1', 'single 1', 'single 2', 'single 2', CUT, CUT],
    stream: ['stream 1', 'stream 1', 'stream 2', 'stream 2', CUT, CUT],
    offset: ['offset 1', 'offset 1', 'offset 3', 'offset 3', NO_OFFSET, NO_OFFSET],
    keyset: ['keyset 1', 'keyset 1', 'keyset 2', 'keyset 2', 'keyset 2', 'keyset 3'],
    task: ['task 5', 'task 5', 'task 6', 'task 6', 'task 5', 'task 5'],
  },
}

const cases = Object.entries(contract).flatMap(([world, strategies]) =>
  Object.entries(strategies).flatMap(([paging, outcomes]) =>
    SIZES.map((rows, at) => [world as RowWorld, paging as Paging, rows, outcomes[at] ?? ''] as const),
  ),
)

/** A ledger that the sandbox serves without sorting it for every page. */
const long = (rows: number) => explore(ledger(rows), { flat: true, sortedBy: ['gl.account'] })

test.each(cases)('%s world, --paging %s, %i rows: %s', async (rowWorld, paging, rows, expected) => {
  const { looker, runs } = await start({ world: { explores: [long(rows)] }, sandbox: { rowWorld } })
  if (typeof expected !== 'string') return expect(await failure(pull(looker, { paging }))).toMatch(expected)
  const pulled = await pull(looker, { paging })
  expect(`${pulled.result.paging} ${pulled.result.requests}`).toBe(expected)
  expect(pulled.result).toMatchObject({ rows, complete: true })
  expect(pulled.restarts).toBe(0)
  expect(new Set(pulled.rows.map((row) => row['gl.account'])).size).toBe(rows)
  expect(runs()).toHaveLength(pulled.result.requests)
})

// A count of whole hundreds is asked about once. Pages are 5,000 rows here, and a task takes four calls: nobody knows
// beforehand that there will be 21 pages, so three are fetched before a task takes over.
test.each([
  ['stream', 'single 2'],
  ['offset', 'keyset 21'],
  ['capped', 'keyset 9'],
] as const)('%s world, 100,000 rows: %s', async (rowWorld, expected) => {
  const { looker } = await start({ world: { explores: [long(100_000)] }, sandbox: { rowWorld } })
  const { result, rows, restarts } = await pull(looker)
  expect(`${result.paging} ${result.requests}`).toBe(expected)
  expect(new Set(rows.map((row) => row['gl.account'])).size).toBe(100_000)
  expect(restarts).toBe(0)
})

describe('a cap at an odd count', () => {
  test.each([
    [4999, 6000, 'capped', 'keyset 2'],
    [4999, 6000, 'offset', 'keyset 2'],
    [10_000, 12_345, 'capped', 'keyset 2'],
    [10_000, 12_345, 'offset', 'keyset 2'],
    [1000, 2345, 'capped', 'keyset 3'],
    [65_535, 65_999, 'capped', 'keyset 2'],
    [2048, 2100, 'offset', 'keyset 2'],
  ] as const)('of %i rows is noticed among %i (%s): %s', async (rowCap, rows, rowWorld, expected) => {
    const { looker } = await start({ world: { explores: [long(rows)] }, sandbox: { rowWorld, rowCap } })
    const pulled = await pull(looker)
    expect(`${pulled.result.paging} ${pulled.result.requests}`).toBe(expected)
    expect(new Set(pulled.rows.map((row) => row['gl.account'])).size).toBe(rows)
  })

  test.each(['single', 'stream', 'offset', 'task'] as const)(
    'ends --paging %s in an error or whole',
    async (paging) => {
      const { looker } = await start({
        world: { explores: [long(6000)] },
        sandbox: { rowWorld: 'offset', rowCap: 4999 },
      })
      const outcome = await pull(looker, { paging }).then(({ rows }) => `${rows.length}`, String)
      expect(outcome).toMatch(paging === 'offset' ? /^6000$/ : /MLC-L021|has more after them/)
    },
  )

  test('in the limit saved with the Look is asked about', async () => {
    const { looker } = await start({
      world: { explores: [long(613)], looks: [look('42', { limit: '77' })] },
      sandbox: { faults: [{ kind: 'cap', rows: 77, times: 1 }] },
    })
    expect((await pull(looker)).result).toMatchObject({ rows: 613, paging: 'keyset', requests: 2 })
  })
})

test('a user who may not download without limit gets all rows, page by page', async () => {
  const key = { ...KEY, permissions: ['access_data', 'see_looks', 'explore'] }
  const { looker } = await start({ world: { keys: [key], explores: [long(25_000)] } })
  expect((await pull(looker)).result).toMatchObject({ rows: 25_000, complete: true })
})

describe('the order', () => {
  const world = { explores: [long(5000)] }

  test('of a Look whose own sorts tell its rows apart is left alone, and the Look is run as a Look', async () => {
    const { looker, runs } = await start({ world })
    expect((await pull(looker)).result.requests).toBe(2)
    expect(runs()[0]?.path).toBe('/api/4.0/looks/42/run/json_bi')
  })

  test('of a query without sorts is that of its dimensions', async () => {
    const { looker, runs } = await start({ world })
    await pull(looker, { query: INLINE })
    expect(JSON.parse(runs()[0]?.body ?? '')).toMatchObject({ sorts: ['gl.account'] })
  })

  test('by a measure is kept where one answer has all rows, and given up where it does not', async () => {
    const { looker, runs } = await start({ world: { explores: [long(12_345)] }, sandbox: { rowWorld: 'capped' } })
    const { result, restarts } = await pull(looker, { query: INLINE, sorts: ['gl.net_amount desc'] })
    expect(result).toMatchObject({ rows: 12_345, paging: 'keyset', requests: 4 })
    expect(restarts).toBe(1)
    expect(JSON.parse(runs()[0]?.body ?? '')).toMatchObject({ sorts: ['gl.net_amount desc', 'gl.account'] })
    expect(JSON.parse(runs()[1]?.body ?? '')).toMatchObject({ sorts: ['gl.account'] })
  })

  test('by a measure is kept where only its first rows are wanted', async () => {
    const { looker } = await start({ world })
    const asked = { query: INLINE, sorts: ['gl.net_amount desc'], limit: 3 }
    const { rows, result } = await pull(looker, asked)
    expect(rows.map((row) => row['gl.net_amount'])).toEqual(['4999.10', '4998.10', '4997.10'])
    expect(result).toMatchObject({ complete: false, requests: 1 })
    expect(await failure(pull(looker, { ...asked, paging: 'keyset' }))).toMatch(/^MLC-L028 .*--limit/)
  })
})
