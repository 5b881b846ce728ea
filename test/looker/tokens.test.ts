import { describe, expect, onTestFinished, test } from 'vitest'
import { createHttp } from '../../src/http/client.js'
import { createPace } from '../../src/looker/pace.js'
import { createSession, type KeptToken } from '../../src/looker/session.js'
import { createLookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import { serve } from '../../src/sandbox/serve.js'
import { explore, failure, fakeClock, KEY, ledger, LOOK } from './harness.js'

const MINUTE_MS = 60_000

/** A Looker, and runs of mlc one after the other that share a place where tokens are kept. */
async function start(kept: { token: KeptToken | null; works?: boolean } = { token: null }) {
  const clock = fakeClock()
  const world = { release: '26.12.3', keys: [KEY], explores: [explore(ledger(1))], looks: [LOOK] }
  const sandbox = createLookerSandbox(world, { now: () => clock.now() })
  const served = await serve(sandbox)
  onTestFinished(() => served.close())
  const saved: (KeptToken | null)[] = []
  const run = (key = KEY) =>
    createSession(
      { baseUrl: served.url, timeoutMs: 5_000, retries: { attempts: 1, baseMs: 1, capMs: 1, random: () => 0 } },
      {
        ...{ clock, pace: createPace(10_000, clock), signal: undefined },
        http: createHttp({ userAgent: 'mlc/test', caFile: null, trace: null, over: 'node' }),
        credentials: async () => key,
        tokens: {
          load: async () => kept.token,
          save: async (_clientId, token) => {
            saved.push(token)
            if (kept.works === false) return false
            kept.token = token
            return token !== null
          },
        },
      },
    )
  const calls = () => sandbox.requests.map(({ method, path }) => `${method} ${path}`)
  return { clock, run, calls, saved, kept }
}

test('a token that is kept serves the next run, and its session outlives the first', async () => {
  const { run, calls } = await start()
  const first = run()
  const token = await first.token()
  await first.close()
  const second = run()
  expect(await second.token()).toBe(token)
  await second.close()
  expect(calls()).toHaveLength(1)
})

describe('how long a kept token must live to be worth taking', () => {
  test.each([
    [121_000, true],
    [120_000, false],
    [1, false],
    [-1, false],
  ])('%i ms left: taken is %s', async (leftMs, isTaken) => {
    const at = await start()
    at.kept.token = { token: 'kept-token', expiresAtMs: at.clock.now() + leftMs }
    expect((await at.run().token()) === 'kept-token').toBe(isTaken)
    expect(at.calls()).toHaveLength(isTaken ? 0 : 1)
  })
})

test('one that Looker refuses is dropped before the one new login', async () => {
  const at = await start()
  at.kept.token = { token: 'ended', expiresAtMs: at.clock.now() + 30 * MINUTE_MS }
  const session = at.run()
  session.reject(await session.token())
  const token = await session.token()
  expect(token).not.toBe('ended')
  expect(at.saved).toEqual([null, { token, expiresAtMs: at.clock.now() + 60 * MINUTE_MS }])
})

test('a refused key keeps nothing, and drops what a rejected token left', async () => {
  const at = await start()
  at.kept.token = { token: 'ended', expiresAtMs: at.clock.now() + 30 * MINUTE_MS }
  const session = at.run({ ...KEY, clientSecret: 'wrong' })
  session.reject(await session.token())
  for (let times = 0; times < 2; times++) expect(await failure(session.token())).toContain('MLC-L004')
  expect(at.kept.token).toBe(null)
  expect(at.calls()).toHaveLength(1)
})

test('where nothing can be kept, the session ends with the run', async () => {
  const at = await start({ token: null, works: false })
  const session = at.run()
  await session.token()
  await session.close()
  expect(at.calls()).toEqual([expect.stringContaining('POST') as string, expect.stringContaining('DELETE') as string])
})
