import { connect } from 'node:net'
import { request, type IncomingMessage } from 'node:http'
import { setupServer } from 'msw/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Core, Reply } from '../../../src/sandbox/core.js'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { serve, type Served } from '../../../src/sandbox/serve.js'
import { mountOnMsw } from '../../support/sandbox-msw.js'
import { caller, finance, KEY, longLedger } from './finance.js'

const open: Served[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((served) => served.close()))
})

async function served(core: Core): Promise<Served> {
  const server = await serve(core)
  open.push(server)
  return server
}

const always = (reply: () => Reply): Core => ({ handle: async () => reply() })

/** A body of numbered chunks that counts how many were taken from it. */
function counted(chunks: number, size: number) {
  const taken = { chunks: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (taken.chunks === chunks) return controller.close()
      taken.chunks++
      controller.enqueue(new Uint8Array(size).fill(65))
    },
    cancel: () => void (taken.cancelled = true),
  })
  return { taken, body }
}

describe('a core on a port', () => {
  test('gets method, path, query, headers and body as they were sent, and answers with its own', async () => {
    const core: Core = {
      async handle(request) {
        const { pathname, search, origin } = new URL(request.url)
        const told = [request.method, origin, pathname, search, request.headers.get('x-asked'), await request.text()]
        return new Response(JSON.stringify(told), { status: 201, headers: { 'x-told': 'yes' } })
      },
    }
    const { url } = await served(core)
    const path = '/a%20b//c/?x=%2B&y'
    const response = await fetch(url + path, { method: 'POST', headers: { 'x-asked': '1' }, body: 'Grüße' })
    expect([response.status, response.headers.get('x-told')]).toEqual([201, 'yes'])
    expect(await response.json()).toEqual(['POST', url, '/a%20b//c/', '?x=%2B&y', '1', 'Grüße'])
  })

  test('pulls a body no faster than it is read, and drops it when the reader leaves', async () => {
    const { taken, body } = counted(1000, 1024 * 1024)
    const { url } = await served(always(() => new Response(body)))
    const response = await get(url)
    response.pause()
    await until(() => taken.chunks > 0)
    await until(() => settled(() => taken.chunks))
    expect(taken.chunks).toBeLessThan(200)
    response.destroy()
    await until(() => taken.cancelled)
  })

  test('shows a failure of the sandbox itself as one', async () => {
    const core: Core = { handle: () => Promise.reject(new Error('books do not balance')) }
    const response = await fetch((await served(core)).url)
    expect([response.status, (await response.text()).split('\n')[0]]).toEqual([
      500,
      'The sandbox itself failed: Error: books do not balance',
    ])
  })

  test('resets a connection', async () => {
    const { url } = await served(always(() => ({ broken: 'reset' })))
    await expect(get(url)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test.each([0, 5, 100_000])('cuts a body after %i bytes', async (afterBytes) => {
    const { body } = counted(10, 64 * 1024)
    const { url } = await served(always(() => ({ broken: 'cut', response: new Response(body), afterBytes })))
    const response = await get(url)
    expect(response.statusCode).toBe(200)
    let bytes = 0
    response.on('data', (chunk: Buffer) => (bytes += chunk.length))
    const error = await new Promise((resolve) => response.once('error', resolve))
    expect([bytes, error]).toEqual([afterBytes, expect.objectContaining({ code: 'ECONNRESET' })])
  })

  test('closes although a request hangs and another connection is idle', async () => {
    const hung = await serve(always(() => ({ broken: 'hang' })))
    const hanging = get(hung.url).catch((error: unknown) => error)
    const idle = connect(hung.port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    await hung.close()
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' })
    idle.destroy()
  })

  test('takes the port that it is told', async () => {
    const first = await served(always(() => new Response('')))
    await expect(
      serve(
        always(() => new Response('')),
        { port: first.port },
      ),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

test('a Looker on a port serves a long result whole', async () => {
  const sandbox = createLookerSandbox(finance({ explores: [longLedger(200_000)] }))
  const { url } = await served(sandbox)
  const rows = await fetchRows(url)
  expect([rows.length, rows[199_999]]).toEqual([200_000, { 'gl.line': 199_999 }])
})

describe('the same core in this process', () => {
  const BASE = 'https://acme.looker.test'
  const sandbox = createLookerSandbox(finance())
  const server = setupServer(...mountOnMsw(BASE, sandbox))
  beforeEach(() => server.listen({ onUnhandledRequest: 'error' }))
  afterEach(() => {
    sandbox.clearFaults()
    server.close()
  })

  test('serves a long result whole', async () => {
    expect(await fetchRows(BASE)).toHaveLength(12_345)
  })

  test('breaks as the port does: a reset, and a body that is cut', async () => {
    sandbox.fault({ kind: 'reset' })
    await expect(fetchRows(BASE)).rejects.toThrow('Failed to fetch')
    sandbox.fault({ kind: 'cut', afterBytes: 300_000 })
    await expect(fetchRows(BASE)).rejects.toThrow('terminated')
  })

  test('hangs until the caller gives up', async () => {
    sandbox.fault({ kind: 'hang', on: 'GET /versions' })
    const giveUp = new AbortController()
    const answer = fetch(`${BASE}/api/4.0/versions`, { signal: giveUp.signal })
    await until(() => sandbox.requests.some(({ path }) => path === '/api/4.0/versions'))
    giveUp.abort(new Error('gave up'))
    await expect(answer).rejects.toThrow('gave up')
  })
})

async function fetchRows(base: string): Promise<object[]> {
  const form = new URLSearchParams({ client_id: KEY.clientId, client_secret: KEY.clientSecret })
  const login = await fetch(`${base}/api/4.0/login`, { method: 'POST', body: form })
  const { access_token: token } = (await login.json()) as { access_token: string }
  const response = await fetch(`${base}/api/4.0/queries/run/json`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'finance', view: 'long', fields: ['gl.line'], limit: '-1' }),
  })
  return (await response.json()) as object[]
}

function get(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, resolve).once('error', reject).end()
  })
}

/** Runs the event loop until the condition holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/** True when the value has stood still for many turns of the event loop. */
async function settled(value: () => number): Promise<boolean> {
  const before = value()
  for (let turn = 0; turn < 2000; turn++) await new Promise((resolve) => setImmediate(resolve))
  return value() === before
}

test('a sandbox keeps its sessions to itself', async () => {
  const [one, other] = [createLookerSandbox(finance()), createLookerSandbox(finance())]
  const { access_token: token } = (await (await caller(one).login()).json()) as { access_token: string }
  const status = async (core: Core) =>
    (await caller(core).send('GET', '/api/4.0/user', { authorization: `token ${token}` })).status
  expect([await status(one), await status(other)]).toEqual([200, 401])
})
