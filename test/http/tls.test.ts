import { writeFileSync } from 'node:fs'
import { get as plainGet } from 'node:https'
import { join } from 'node:path'
import type { SecureVersion } from 'node:tls'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createAuthority, day, type Pair } from './certificates.js'
import { client, closedPort, faultOf, get, post, serve, serveTcp } from './servers.js'

const authority = createAuthority()
const stranger = createAuthority()
afterAll(() => [authority, stranger].forEach((one) => one.remove()))

interface Case {
  readonly pair: Pair
  readonly versions?: {
    readonly minVersion: SecureVersion
    readonly maxVersion: SecureVersion
    readonly ciphers: string
  }
}

const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
const OLDEST = { ...OLD, maxVersion: 'TLSv1' } as const

const UNTRUSTED: [string, () => Case, string][] = [
  ['for another host', () => ({ pair: authority.issue({ name: 'other.example' }) }), 'is for another host'],
  ['for no host', () => ({ pair: authority.issue({ name: '' }) }), 'is for another host'],
  ['expired', () => ({ pair: authority.issue({ from: day(-3), to: day(-1) }) }), 'has expired'],
  ['not yet valid', () => ({ pair: authority.issue({ from: day(1) }) }), 'is not valid yet'],
  ['of an unknown authority', () => ({ pair: stranger.issue() }), 'authority that is not trusted here'],
  ['over TLS 1.1', () => ({ pair: authority.issue(), versions: OLD }), 'offers no TLS 1.2 or later'],
  ['over TLS 1.0', () => ({ pair: authority.issue(), versions: OLDEST }), 'offers no TLS 1.2 or later'],
]

describe.each(['as usual', 'with NODE_TLS_REJECT_UNAUTHORIZED=0'])('%s', (how) => {
  test.each(UNTRUSTED)(
    'a certificate %s is refused before a byte of the request leaves',
    async (_what, make, words) => {
      if (how.startsWith('with')) vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      const { pair, versions } = make()
      const server = await serve(undefined, { ...pair, ...versions })
      const fault = await faultOf(client({ caFile: authority.caFile }).send(post(`https://localhost:${server.port}/`)))
      expect(fault).toMatchObject({ fault: 'tls', sent: false, message: expect.stringContaining(words) as string })
      expect(server.seen).toEqual([])
    },
  )
})

test('NODE_TLS_REJECT_UNAUTHORIZED=0 would let a client in that leaves it to the defaults', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const server = await serve(undefined, stranger.issue())
  const status = await new Promise((resolve, reject) => {
    plainGet(`https://localhost:${server.port}/`, (answer) => resolve(answer.resume().statusCode)).on('error', reject)
  })
  expect(status).toBe(200)
})

test('a caFile is trusted beside what NODE_EXTRA_CA_CERTS names, not instead of it', async () => {
  const http = client({ caFile: authority.caFile, extraCaFile: stranger.caFile })
  for (const issuer of [authority, stranger]) {
    const server = await serve(undefined, issuer.issue())
    expect(await http.send(get(`https://localhost:${server.port}/`))).toMatchObject({ status: 200 })
  }
})

test('a NODE_EXTRA_CA_CERTS that cannot be read stops nothing, as with Node itself', async () => {
  const server = await serve(undefined, authority.issue())
  const http = client({ caFile: authority.caFile, extraCaFile: '/nowhere/extra.pem' })
  expect(await http.send(get(`https://localhost:${server.port}/`))).toMatchObject({ status: 200 })
})

test.each([
  ['is not there', (folder: string) => join(folder, 'missing.pem'), 'cannot be read: it does not exist'],
  ['is no certificate', (folder: string) => written(join(folder, 'text.pem'), 'hello'), 'holds no certificate'],
  ['is damaged', (folder: string) => written(join(folder, 'bad.pem'), DAMAGED), 'holds no certificate'],
  ['is a private key', (folder: string) => join(folder, 'ca.key'), 'holds no certificate'],
])('a caFile that %s is named at once', (_what, path, words) => {
  const folder = join(authority.caFile, '..')
  expect(() => client({ caFile: path(folder) })).toThrow(
    expect.objectContaining({ code: 'MLC-C011', message: expect.stringContaining(words) as string }) as Error,
  )
})

const DAMAGED = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

function written(path: string, text: string): string {
  writeFileSync(path, text)
  return path
}

test('a port that speaks plain http is told from an untrusted certificate', async () => {
  const server = await serve()
  const fault = await faultOf(client().send(post(`https://localhost:${server.port}/`)))
  expect(fault).toMatchObject({ fault: 'tls', sent: false })
  expect(fault.message).toContain('does not speak TLS')
  expect(server.seen).toEqual([])
})

test('plain http into a TLS port is no answer, and the request has left', async () => {
  const server = await serve(undefined, authority.issue())
  const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`)))
  expect(fault).toMatchObject({ fault: 'cut', sent: true })
})

test.each([
  ['a reset', true],
  ['an end', false],
])('%s in the middle of the handshake is a cut connection, nothing sent', async (_what, hard) => {
  const server = await serveTcp((socket) => socket.once('data', () => (hard ? socket.resetAndDestroy() : socket.end())))
  const fault = await faultOf(client().send(post(`https://localhost:${server.port}/`)))
  expect(fault).toMatchObject({ fault: 'cut', sent: false })
})

test('plain http to another host is refused before its name is looked up', async () => {
  const fault = await faultOf(client().send(post('http://acme.example/login')))
  expect(fault).toMatchObject({ fault: 'tls', sent: false, message: 'plain http to another host is refused' })
})

test('a refused port and an unknown name are told apart', async () => {
  const refused = await faultOf(client().send(post(`https://localhost:${await closedPort()}/`)))
  expect(refused).toMatchObject({ fault: 'refused', sent: false })
  const unknown = await faultOf(client().send(post('https://no-such-host.invalid/')))
  expect(unknown).toMatchObject({ fault: 'dns', sent: false })
})
