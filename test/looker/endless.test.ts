import { expect, test } from 'vitest'
import { createBounds } from '../../src/looker/bounds.js'
import { client, failure, fakeClock, INLINE, listen, pull, type FakeClock } from './harness.js'

/** A Looker whose answer to a query begins so, and goes on with more and more of the same until nobody reads it. */
async function endless(begins: string, more: (piece: number) => string, clock: FakeClock): Promise<string> {
  return listen((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.endsWith('/login')) return void response.end('{"access_token":"t","expires_in":86400}')
    if (!request.url?.includes('/run/')) return void response.end(EXPLORE)
    response.write(begins)
    let piece = 0
    const goOn = () => {
      while (!response.destroyed) {
        clock.pass(1_000)
        if (!response.write(more(++piece))) return void response.once('drain', goOn)
      }
    }
    goOn()
  })
}

const EXPLORE = JSON.stringify({
  fields: {
    dimensions: [{ name: 'gl.account', type: 'string', category: 'dimension' }],
    measures: [{ name: 'gl.net_amount', type: 'sum', category: 'measure' }],
  },
})
const BLANKS = ' '.repeat(16 * 1024)

test.each([
  ['before anything', ''],
  ['before the first row', '['],
  ['after a row', '[{"gl.account":"A","gl.net_amount":1}'],
  ['inside of an object without rows', '{'],
])('blanks without end %s end the answer, and are not asked for again', async (_where, begins) => {
  const clock = fakeClock()
  const url = await endless(begins, () => BLANKS, clock)
  const looker = client(url, clock, { timeoutMs: 100_000_000 })
  expect(await failure(pull(looker, { query: INLINE }))).toMatch(/^MLC-L015 .*16 MiB without a row/)
})

test('a blank now and then ends the answer when no row has come for as long as one is waited for', async () => {
  const clock = fakeClock()
  const url = await endless('[{"gl.account":"A","gl.net_amount":1}', () => ' ', clock)
  const looker = client(url, clock, { timeoutMs: 60_000 })
  expect(await failure(pull(looker, { query: INLINE }))).toMatch(/^MLC-L002 .*goes on, but sent no row in 60 seconds/)
})

test('rows without end are bounded in bytes', () => {
  const bounds = createBounds({ host: 'acme.example', timeoutMs: 60_000, maxBytes: 1024 ** 3 }, fakeClock())
  for (let mib = 0; mib < 1024; mib++) bounds.took(1024 ** 2, true)
  expect(() => bounds.took(1, true)).toThrow('larger than 1 GiB')
})

test('what is done with a row is not counted as waiting for the next', () => {
  const clock = fakeClock()
  const bounds = createBounds({ host: 'acme.example', timeoutMs: 60_000 }, clock)
  bounds.took(1, true)
  clock.pass(3_600_000)
  bounds.resume()
  clock.pass(60_000)
  bounds.took(1, false)
  clock.pass(1)
  expect(() => bounds.took(1, false)).toThrow('sent no row in 60 seconds')
})
