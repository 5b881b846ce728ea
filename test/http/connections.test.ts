import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { describeFault } from '../../src/http/fault.js'
import { TransportError } from '../../src/http/http.js'
import { isRetryable } from '../../src/http/retry.js'
import { createAuthority } from './certificates.js'
import { client, faultOf, get, post, serve, serveTcp } from './servers.js'

const authority = createAuthority()
const PAIR = authority.issue()
afterAll(() => authority.remove())

const SCHEMES = [
  ['http', undefined],
  ['https', PAIR],
] as const

describe.each(SCHEMES)('over %s', (scheme, tls) => {
  const host = scheme === 'http' ? '127.0.0.1' : 'localhost'
  const http = () => client({ caFile: authority.caFile })

  test('posts one after the other use one connection', async () => {
    const server = await serve(undefined, tls)
    const door = http()
    for (let i = 0; i < 20; i++) await door.send(post(`${scheme}://${host}:${server.port}/`))
    expect(server.seen).toHaveLength(20)
    expect(server.connections()).toBe(1)
  })

  test('the bodies of refusals are read, so that they keep the connection too', async () => {
    const server = await serve((_, answer) => answer.writeHead(404).end('{"message":"Not found"}'), tls)
    const door = http()
    for (let i = 0; i < 5; i++) await door.send(post(`${scheme}://${host}:${server.port}/`))
    expect(server.connections()).toBe(1)
  })

  test('a used connection that breaks before any byte of an answer: the request may have been processed', async () => {
    const server = await serve((_, answer) => {
      if (server.seen.length === 1) answer.end('{}')
      else server.cut()
    }, tls)
    const door = http()
    await door.send(post(`${scheme}://${host}:${server.port}/`))
    const fault = await faultOf(door.send(post(`${scheme}://${host}:${server.port}/`)))
    expect(fault).toMatchObject({ fault: 'cut', sent: true })
    expect(server.seen).toHaveLength(2)
    expect(server.connections()).toBe(1)
  })

  test('a connection that the server has closed meanwhile is not used again', async () => {
    const server = await serve((_, answer) => answer.writeHead(200, { connection: 'close' }).end('{}'), tls)
    const door = http()
    for (let i = 0; i < 3; i++)
      expect(await door.send(post(`${scheme}://${host}:${server.port}/`))).toMatchObject({ status: 200 })
    expect(server.connections()).toBe(3)
  })

  test('rows that nobody reads to the end do not poison the next answer', async () => {
    const server = await serve((_, answer) => answer.end(String(server.seen.length).repeat(1_000_000)), tls)
    const door = http()
    const first = await door.open(get(`${scheme}://${host}:${server.port}/`))
    for await (const chunk of first.body) if (chunk.length > 0) break
    const second = await door.send(get(`${scheme}://${host}:${server.port}/`))
    expect(/^2+$/.test(second.text)).toBe(true)
  })
})

describe('when a request counts as sent', () => {
  test.each([
    ['reads the first bytes and resets', true],
    ['reads the first bytes and closes', false],
  ])('a server that %s: it may have arrived', async (_what, hard) => {
    const server = await serveTcp((socket) =>
      socket.once('data', () => (hard ? socket.resetAndDestroy() : socket.end())),
    )
    const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`)))
    expect(fault).toMatchObject({ fault: 'cut', sent: true })
  })

  test('an answer that is cut short: it has arrived', async () => {
    const server = await serveTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":')),
    )
    expect(await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`)))).toMatchObject({
      fault: 'cut',
      sent: true,
    })
  })

  test('stopped before it began: it has not left', async () => {
    const server = await serve()
    const signal = AbortSignal.abort()
    const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`, { signal })))
    expect(fault).toMatchObject({ fault: 'aborted', sent: false })
    expect(server.seen).toEqual([])
  })

  test('stopped while the server works on it: it has left', async () => {
    const stop = new AbortController()
    const server = await serve(() => stop.abort())
    const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`, { signal: stop.signal })))
    expect(fault).toMatchObject({ fault: 'aborted', sent: true })
  })

  test('no headers in time: it has left', async () => {
    const server = await serve(() => undefined)
    const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`, { headersTimeoutMs: 50 })))
    expect(fault).toMatchObject({ fault: 'timeout', sent: true })
  })
})

describe('what an answer may cost', () => {
  test('silence in the middle of a body ends it', async () => {
    const server = await serve((_, answer) => void answer.write('{'))
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`, { idleTimeoutMs: 50 })))
    expect(fault).toMatchObject({
      fault: 'timeout',
      sent: true,
      message: expect.stringContaining('fell silent') as string,
    })
  })

  test('a body that drips faster than silence still ends', async () => {
    const server = await serve((_, answer) => {
      const drip = setInterval(() => answer.write(' '), 5)
      answer.on('close', () => clearInterval(drip))
    })
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`, { wholeTimeoutMs: 100 })))
    expect(fault).toMatchObject({
      fault: 'timeout',
      sent: true,
      message: 'the answer was not complete after 0.1 seconds',
    })
  })

  test('headers that drip end too', async () => {
    const server = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-drip: ')
      const drip = setInterval(() => socket.write('a'), 5)
      socket.on('close', () => clearInterval(drip))
    })
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`, { headersTimeoutMs: 100 })))
    expect(fault).toMatchObject({ fault: 'timeout', sent: true })
  })

  test('headers beyond 16 KiB are too large', async () => {
    const server = await serveTcp((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx-big: ${'a'.repeat(20_000)}\r\n\r\n{}`)),
    )
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`)))
    expect(fault).toMatchObject({ fault: 'too-large', sent: true })
  })

  test('a small answer that unpacks to more than 64 MiB is too large', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024))
    const server = await serve((_, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`)))
    expect(fault).toMatchObject({ fault: 'too-large', sent: true })
  })

  test('what is no HTTP is told so', async () => {
    const server = await serveTcp((socket) => socket.end('220 mail.example ESMTP\r\n'))
    const fault = await faultOf(client().send(get(`http://127.0.0.1:${server.port}/`)))
    expect(fault).toMatchObject({
      fault: 'cut',
      sent: true,
      message: expect.stringContaining('does not speak HTTP') as string,
    })
  })
})

describe('what is not sent at all', () => {
  test.each([
    ['a line break', { authorization: 'Bearer hunter2secret\r\nx-admin: 1' }, 'the value of the header authorization'],
    ['a lone carriage return', { cookie: 'JSESSIONID=hunter2secret\r' }, 'the value of the header cookie'],
    ['a NUL', { 'x-key': 'hunter2secret\0' }, 'the value of the header x-key'],
    ['a letter beyond ASCII', { 'x-key': 'hunter2secreté' }, 'the value of the header x-key'],
    ['a line break in the name', { 'x-key\r\nx-admin': 'hunter2secret' }, 'a header name'],
    ['another host', { host: 'hunter2secret.example' }, 'the header host may not be set'],
    ['another length', { 'Content-Length': '3' }, 'the header Content-Length may not be set'],
    ['a transfer coding', { 'transfer-encoding': 'chunked' }, 'the header transfer-encoding may not be set'],
  ])('a header with %s', async (_what, headers, words) => {
    const server = await serve()
    const fault = await faultOf(client().send(post(`http://127.0.0.1:${server.port}/`, { headers })))
    expect(fault).toMatchObject({ fault: 'unsendable', sent: false, message: expect.stringContaining(words) as string })
    expect(fault.message).not.toContain('hunter2secret')
    expect(server.connections()).toBe(0)
  })

  test('an address with a password', async () => {
    const fault = await faultOf(client().send(post('https://jo:hunter2secret@acme.example/')))
    expect(fault).toMatchObject({ fault: 'unsendable', sent: false })
    expect(fault.message).not.toContain('hunter2secret')
  })
})

describe('credentials and what is shown', () => {
  test('tokens, cookies and keys are told before they are sent; short and ordinary values are not', async () => {
    const server = await serve()
    const told: string[] = []
    const headers = {
      authorization: 'token looker-token-1',
      cookie: 'JSESSIONID=session-0001; theme=dark',
      'x-api-key': 'key-00000001',
      accept: 'application/json',
    }
    await client({ onCredential: (credential) => told.push(credential) }).send(
      post(`http://127.0.0.1:${server.port}/`, { headers }),
    )
    expect(told).toEqual(['looker-token-1', 'session-0001', 'key-00000001'])
  })

  test('a refusal that repeats the credential is cleaned before anyone sees it, a success is not touched', async () => {
    const split = [Buffer.from('{"message":"bad token hunter2'), Buffer.from('secret"}')]
    const server = await serve((request, answer) => {
      answer.writeHead(request.url === '/good' ? 200 : 500)
      for (const part of split) answer.write(part)
      answer.end()
    })
    const http = client({ redact: (text) => text.replaceAll('hunter2secret', '[secret]') })
    expect((await http.send(get(`http://127.0.0.1:${server.port}/bad`))).text).toBe('{"message":"bad token [secret]"}')
    expect((await http.send(get(`http://127.0.0.1:${server.port}/good`))).text).toContain('hunter2secret')
  })

  test('--debug shows method, address without query, outcome and time, and nothing else', async () => {
    const server = await serve()
    const lines: string[] = []
    const headers = { authorization: 'token hunter2secret' }
    await client({ trace: (line) => lines.push(line) }).send(
      post(`http://127.0.0.1:${server.port}/a/b?key=hunter2secret`, { headers }),
    )
    expect(lines).toEqual([expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/a\/b 200 \d+ ms$/)])
  })
})

test.each([
  ['ENOTFOUND', false, 'dns'],
  ['EAI_AGAIN', false, 'dns'],
  ['ECONNREFUSED', false, 'refused'],
  ['EHOSTUNREACH', false, 'unreachable'],
  ['ENETUNREACH', false, 'unreachable'],
  ['EHOSTUNREACH', true, 'unreachable'],
  ['ETIMEDOUT', false, 'timeout'],
  ['ECONNRESET', false, 'cut'],
  ['ECONNRESET', true, 'cut'],
  ['EPIPE', true, 'cut'],
  ['ERR_STREAM_PREMATURE_CLOSE', true, 'cut'],
  ['HPE_INVALID_CONSTANT', true, 'cut'],
  ['HPE_HEADER_OVERFLOW', true, 'too-large'],
  ['CERT_HAS_EXPIRED', false, 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', false, 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', false, 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', false, 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', false, 'tls'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', false, 'tls'],
  // A server may ask for a client certificate only after the request has left. (TLS 1.3)
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', true, 'tls'],
  // A record that is damaged under way says nothing about certificates.
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', true, 'cut'],
  ['ABORT_ERR', true, 'aborted'],
])('%s with sent %s is the fault %s, and sent is not changed by it', (code, sent, fault) => {
  const error = new Error('secret text', { cause: Object.assign(new Error('inner secret text'), { code }) })
  const described = describeFault(error, sent, null)
  expect(described).toMatchObject({ fault, sent })
  expect(described.message).toContain(code)
  expect(described.message).not.toContain('secret')
  expect(described.cause).toBeUndefined()
})

test.each([
  ['lookup', 'not resolved in time'],
  ['connect', 'no connection in time'],
  ['secureConnect', 'no TLS handshake in time'],
  ['socket', 'fell silent'],
  ['response', 'no answer in time'],
])('a timeout while waiting for %s says so', (event, words) => {
  const late = Object.assign(new Error('Timeout'), { name: 'TimeoutError', code: 'ETIMEDOUT', event })
  expect(describeFault(late, false, null)).toMatchObject({
    fault: 'timeout',
    message: expect.stringContaining(words) as string,
  })
})

test.each([
  ['dns', true],
  ['refused', true],
  ['unreachable', true],
  ['timeout', true],
  ['cut', true],
  ['proxy', false],
  ['tls', false],
  ['aborted', false],
  ['too-large', false],
  ['encoding', false],
  ['unsendable', false],
] as const)('a read that ended with %s may be tried again: %s', (fault, expected) => {
  expect(isRetryable(new TransportError(fault, false, 'x'))).toBe(expected)
})
