import { readFileSync } from 'node:fs'
import { afterAll, expect, test, vi } from 'vitest'
import { createNetwork, LinkFault, type Target, type Trouble } from '../../src/doctor/network.js'
import { createAuthority, day } from '../http/certificates.js'
import { closedPort, serve, serveProxy, serveTcp } from '../http/servers.js'

const authority = createAuthority()
const stranger = createAuthority()
afterAll(() => [authority, stranger].forEach((one) => one.remove()))

const KNOWN = [readFileSync(authority.caFile, 'utf8')]

function to(port: number, more: Partial<Target> = {}): Target {
  return { host: 'localhost', port, isTls: true, authorities: KNOWN, proxy: null, ...more }
}

async function troubleOf(target: Target, patienceMs?: number): Promise<LinkFault> {
  const ended: unknown = await createNetwork(undefined, patienceMs)
    .open(target)
    .catch((error: unknown) => error)
  if (ended instanceof LinkFault) return ended
  throw new Error(`no fault: ${JSON.stringify(ended)}`)
}

test('a sound certificate is told with its last day, and nothing is sent', async () => {
  const server = await serve(undefined, authority.issue({ to: day(2) }))
  const { validTo } = await createNetwork().open(to(server.port))
  expect(validTo).toBe(new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10))
  expect(server.seen).toEqual([])
})

test.each<[Trouble, () => ReturnType<typeof authority.issue>]>([
  ['expired', () => authority.issue({ from: day(-3), to: day(-1) })],
  ['too-early', () => authority.issue({ from: day(1), to: day(2) })],
  ['wrong-host', () => authority.issue({ name: 'other.example' })],
  ['unknown-ca', () => stranger.issue()],
])(
  'a certificate with the trouble %s is told from the others, NODE_TLS_REJECT_UNAUTHORIZED=0 or not',
  async (trouble, issue) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const server = await serve(undefined, issue())
    expect(await troubleOf(to(server.port))).toMatchObject({ trouble })
  },
)

test('a server that speaks plain http does not speak TLS', async () => {
  const server = await serve()
  expect(await troubleOf(to(server.port))).toMatchObject({ trouble: 'not-tls' })
})

test('what refuses, what is silent and what cuts are told apart', async () => {
  expect(await troubleOf(to(await closedPort()))).toMatchObject({ trouble: 'refused', message: 'ECONNREFUSED' })
  const silent = await serveTcp(() => undefined)
  expect(await troubleOf(to(silent.port), 200)).toMatchObject({ trouble: 'silent' })
  const cutting = await serveTcp((socket) => socket.destroy())
  expect(await troubleOf(to(cutting.port))).toMatchObject({ trouble: 'cut' })
})

test('a name that does not exist is a trouble of DNS', async () => {
  const found: unknown = await createNetwork()
    .resolve('no-such-host.invalid')
    .catch((error: unknown) => error)
  expect(found).toMatchObject({ name: 'LinkFault', trouble: 'dns' })
})

test('through a proxy the certificate is still the host’s own', async () => {
  const server = await serve(undefined, authority.issue({ name: 'acme.example' }))
  const proxy = await serveProxy()
  const target = to(server.port, { host: 'acme.example', proxy: new URL(`http://jo:s%40cret@127.0.0.1:${proxy.port}`) })
  expect((await createNetwork().open(target)).validTo).toMatch(/^\d{4}-/)
  expect(proxy.tunnels).toEqual([
    { target: `acme.example:${server.port}`, authorization: `Basic ${Buffer.from('jo:s@cret').toString('base64')}` },
  ])
  expect(await troubleOf({ ...target, host: 'other.example' })).toMatchObject({ trouble: 'wrong-host' })
})

test.each<[string, number | 'closed', string, RegExp]>([
  ['wants a login', 407, '', /^the proxy \S+ wants a user and password \(407\)/],
  ['refuses the login', 407, 'jo:hunter2secret@', /^the proxy \S+ refuses the user or password \(407\)/],
  ['does not allow the host', 403, 'jo:hunter2secret@', /does not let mlc through \(403\)/],
  ['is not there', 'closed', 'jo:hunter2secret@', /cannot be reached \(ECONNREFUSED\)/],
])('a proxy that %s is to blame, not the host; its password is not told', async (_what, verdict, user, words) => {
  const port = verdict === 'closed' ? await closedPort() : (await serveProxy(verdict)).port
  const fault = await troubleOf(to(443, { proxy: new URL(`http://${user}127.0.0.1:${port}`) }))
  expect(fault.trouble).toBe('proxy')
  expect(fault.message).toMatch(words)
  expect(fault.message).not.toContain('hunter2')
})

test.each([
  ['TLS', true],
  ['a proxy', false],
])('a deadline ends the wait for %s that says nothing, long before the patience does', async (_what, isTls) => {
  const silent = await serveTcp(() => undefined)
  const proxy = isTls ? null : new URL(`http://127.0.0.1:${silent.port}`)
  const started = performance.now()
  const opened = createNetwork(AbortSignal.timeout(300)).open(to(silent.port, { proxy }))
  await expect(opened).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(performance.now() - started).toBeLessThan(3_000)
})
