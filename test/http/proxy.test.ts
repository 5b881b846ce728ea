import { afterAll, describe, expect, test, vi } from 'vitest'
import { proxyRules } from '../../src/http/proxy.js'
import { createTunnel } from '../../src/http/tunnel.js'
import { createAuthority } from './certificates.js'
import { client, closedPort, faultOf, get, post, serve, serveProxy, serveTcp } from './servers.js'

const authority = createAuthority()
const stranger = createAuthority()
const ACME = authority.issue({ name: 'acme.example' })
afterAll(() => [authority, stranger].forEach((one) => one.remove()))

function behind(proxy: string, more: Parameters<typeof client>[0] = {}) {
  return client({ caFile: authority.caFile, proxy: proxyRules({ HTTPS_PROXY: proxy }), ...more })
}

test('a request reaches its host through the tunnel, with the password for the proxy alone', async () => {
  const server = await serve(undefined, ACME)
  const proxy = await serveProxy()
  const http = behind(`http://jo:s%40cret@127.0.0.1:${proxy.port}`)
  const answer = await http.send(
    post(`https://acme.example:${server.port}/api`, { headers: { authorization: 'Bearer t0ken' } }),
  )
  expect(answer.status).toBe(200)
  const basic = `Basic ${Buffer.from('jo:s@cret').toString('base64')}`
  expect(proxy.tunnels).toEqual([{ target: `acme.example:${server.port}`, authorization: basic }])
  expect(server.seen).toHaveLength(1)
  expect(server.seen[0]).not.toMatch(/proxy/i)
})

test('ten requests share one tunnel', async () => {
  const server = await serve(undefined, ACME)
  const proxy = await serveProxy()
  const http = behind(`http://127.0.0.1:${proxy.port}`)
  for (let i = 0; i < 10; i++) await http.send(post(`https://acme.example:${server.port}/`))
  expect(server.seen).toHaveLength(10)
  expect(proxy.tunnels).toHaveLength(1)
})

test('this machine and the exceptions are reached without the proxy', async () => {
  const server = await serve(undefined, authority.issue())
  const proxy = await serveProxy()
  await behind(`http://127.0.0.1:${proxy.port}`).send(get(`https://localhost:${server.port}/`))
  expect(server.seen).toHaveLength(1)
  expect(proxy.tunnels).toEqual([])
})

test('a proxy that is spoken to over TLS must have a certificate that holds', async () => {
  const server = await serve(undefined, ACME)
  const sound = await serveProxy(200, authority.issue())
  expect(
    await behind(`https://localhost:${sound.port}`).send(get(`https://acme.example:${server.port}/`)),
  ).toMatchObject({ status: 200 })
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const unsound = await serveProxy(200, stranger.issue())
  const fault = await faultOf(
    behind(`https://jo:hunter2secret@localhost:${unsound.port}`).send(get(`https://acme.example:${server.port}/`)),
  )
  expect(fault).toMatchObject({ fault: 'proxy', sent: false })
  expect(unsound.tunnels).toEqual([])
})

describe('TLS is verified through the tunnel', () => {
  test.each([
    ['for another host', () => authority.issue({ name: 'other.example' })],
    ['of an unknown authority', () => stranger.issue({ name: 'acme.example' })],
  ])('a certificate %s is refused, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async (_what, issue) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const server = await serve(undefined, issue())
    const proxy = await serveProxy()
    const fault = await faultOf(
      behind(`http://127.0.0.1:${proxy.port}`).send(post(`https://acme.example:${server.port}/`)),
    )
    expect(fault).toMatchObject({ fault: 'tls', sent: false })
    expect(fault.message).toContain(`through the proxy 127.0.0.1:${proxy.port}`)
    expect(server.seen).toEqual([])
  })
})

test.each([
  [407, 'proxy', 'refuses the user or password (407)'],
  [403, 'proxy', 'does not allow this host (403)'],
  [400, 'proxy', 'refuses the tunnel (400)'],
  [502, 'unreachable', 'cannot reach it (502)'],
  [504, 'unreachable', 'cannot reach it (504)'],
] as const)(
  'a proxy that answers %i gives the fault %s and is named without its password',
  async (status, kind, words) => {
    const proxy = await serveProxy(status)
    const http = behind(`http://jo:hunter2secret@127.0.0.1:${proxy.port}`)
    const fault = await faultOf(http.send(post('https://acme.example/')))
    expect(fault).toMatchObject({ fault: kind, sent: false, message: `the proxy 127.0.0.1:${proxy.port} ${words}` })
  },
)

test('a proxy that wants a password is told from one that refuses it', async () => {
  const proxy = await serveProxy(407)
  const fault = await faultOf(behind(`http://127.0.0.1:${proxy.port}`).send(post('https://acme.example/')))
  expect(fault.message).toContain('wants a user and password (407)')
})

test('a refused proxy password is offered once, however many requests follow', async () => {
  const proxy = await serveProxy(407)
  const http = behind(`http://jo:wrong@127.0.0.1:${proxy.port}`)
  for (let i = 0; i < 3; i++) {
    expect(await faultOf(http.send(post('https://acme.example/')))).toMatchObject({ fault: 'proxy', sent: false })
  }
  expect(proxy.tunnels).toHaveLength(1)
})

test('a proxy that is not there is the fault of the proxy, not of the host behind it', async () => {
  const port = await closedPort()
  const fault = await faultOf(behind(`http://127.0.0.1:${port}`).send(post('https://acme.example/')))
  expect(fault).toMatchObject({
    fault: 'proxy',
    sent: false,
    message: `the proxy 127.0.0.1:${port} cannot be used (ECONNREFUSED)`,
  })
})

test.each([
  ['hangs up', ''],
  ['is no proxy', 'SSH-2.0-OpenSSH_9.2\r\n'],
])('a proxy that %s is the fault of the proxy', async (_what, says) => {
  const proxy = await serveTcp((socket) => socket.end(says))
  const fault = await faultOf(behind(`http://127.0.0.1:${proxy.port}`).send(post('https://acme.example/')))
  expect(fault).toMatchObject({ fault: 'proxy', sent: false })
})

test('a proxy that never answers is given up in time', async () => {
  const proxy = await serveProxy('silent')
  const url = new URL(`http://127.0.0.1:${proxy.port}`)
  const tunnel = createTunnel({ url, name: url.host }, {}, 50)
  const error = await new Promise((resolve) => {
    // What node:http calls when a request needs a connection.
    tunnel.createConnection({ host: 'acme.example', port: 443 }, (failure) => resolve(failure))
  })
  expect(error).toMatchObject({
    fault: 'proxy',
    sent: false,
    message: expect.stringContaining('within 0.05 seconds') as string,
  })
})

test('a host that falls silent in the handshake is given up in time', async () => {
  const silent = await serveTcp(() => undefined)
  const proxy = await serveProxy()
  const url = new URL(`http://127.0.0.1:${proxy.port}`)
  const tunnel = createTunnel({ url, name: url.host }, {}, 50)
  const error = await new Promise((resolve, reject) => {
    tunnel.createConnection({ host: 'acme.example', port: silent.port }, (failure, socket) => {
      if (failure) reject(failure)
      else socket.once('error', resolve)
    })
  })
  expect(error).toMatchObject({ fault: 'timeout', sent: false, message: 'no TLS handshake within 0.05 seconds' })
})

test('a tunnel outlives the time that it had to open, and is given back by close', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const server = await serve(undefined, ACME)
    const proxy = await serveProxy()
    const http = behind(`http://127.0.0.1:${proxy.port}`)
    await http.send(post(`https://acme.example:${server.port}/`))
    vi.advanceTimersByTime(60_000)
    await http.send(post(`https://acme.example:${server.port}/`))
    expect(proxy.tunnels).toHaveLength(1)
    http.close()
    await http.send(post(`https://acme.example:${server.port}/`))
    expect(proxy.tunnels).toHaveLength(2)
  } finally {
    vi.useRealTimers()
  }
})

test('a cut in the tunnel after the request has left is judged as sent', async () => {
  const server = await serve((request) => request.socket.destroy(), ACME)
  const proxy = await serveProxy()
  const fault = await faultOf(
    behind(`http://127.0.0.1:${proxy.port}`).send(post(`https://acme.example:${server.port}/`)),
  )
  expect(fault).toMatchObject({ fault: 'cut', sent: true })
})
