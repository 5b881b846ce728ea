import { expect, test } from 'vitest'
import { explore, ledger, pull, start } from './harness.js'

const MINUTE_MS = 60_000
const PAGED = { world: { explores: [explore(ledger(23))] }, sandbox: { rowWorld: 'offset' }, pageSize: 5 } as const

const accounts = (count: number) => Array.from({ length: count }, (_, at) => `A${String(at).padStart(7, '0')}`)

test('a token that Looker ends between two pages is renewed, and no row is lost or comes twice', async () => {
  const fault = { kind: 'tokens-expire', on: '/run/', after: 2 } as const
  const { looker, sandbox } = await start({ ...PAGED, sandbox: { ...PAGED.sandbox, faults: [fault] } })
  const { rows } = await pull(looker, { paging: 'offset' })
  expect(rows.map((row) => row['gl.account'])).toEqual(accounts(23))
  expect(sandbox.requests.filter(({ path }) => path.endsWith('/login'))).toHaveLength(2)
})

test('an extract that outlives its tokens logs in again before each of them ends, never after', async () => {
  let pass: (ms: number) => void = () => undefined
  const { looker, sandbox, clock } = await start({ ...PAGED, onProgress: () => pass(35 * MINUTE_MS) })
  pass = (ms) => clock.pass(ms)
  const { rows } = await pull(looker, { paging: 'offset' })
  expect(rows).toHaveLength(23)
  expect(sandbox.requests.filter(({ path }) => path.endsWith('/login')).length).toBeGreaterThanOrEqual(2)
})

test('a balancer that answers 502 in HTML between two pages is asked again', async () => {
  const fault = { kind: 'nginx', after: 2, times: 2 } as const
  const { looker, clock } = await start({ ...PAGED, sandbox: { ...PAGED.sandbox, faults: [fault] } })
  const { rows } = await pull(looker, { paging: 'offset' })
  expect(rows.map((row) => row['gl.account'])).toEqual(accounts(23))
  expect(clock.slept.length).toBeGreaterThanOrEqual(2)
})

test('a stream that comes in a hundred pieces over an hour is one answer, whole', async () => {
  const held: number[] = []
  const delay = (ms: number) => {
    held.push(ms)
    return Promise.resolve()
  }
  const fault = { kind: 'drip', bytes: 20, ms: 36_000 } as const
  const { looker, sandbox } = await start({ ...PAGED, sandbox: { delay, faults: [fault] } })
  const { rows, result } = await pull(looker, { paging: 'stream' })
  expect([rows.length, result.requests, sandbox.queryCalls]).toEqual([23, 1, 1])
  expect(held.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(20 * MINUTE_MS)
})
