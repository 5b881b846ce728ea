import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { delivery, endpoint, OLD_SECRET, SECRET, type TestEndpoint } from '../support/endpoint.js'

const TAKEN = '{"looker":{"success":true}}'

test('a delivery is answered as a Looker action answers, and is in the spool by then', async () => {
  const e = await endpoint()
  const answer = await e.post(delivery())
  expect([answer.status, await answer.text()]).toEqual([200, TAKEN])
  const [kept] = e.spool.waiting()
  expect(kept).toMatchObject({ job: 'plant-gl', secret: 1, bytes: delivery().length })
  expect(kept && (await e.spool.body(kept)).toString()).toBe(delivery())
})

describe('who is to learn nothing', () => {
  const request = (path: string | Buffer, { method = 'POST', headers = '' } = {}) =>
    Buffer.concat([
      Buffer.from(`${method} `),
      Buffer.from(path),
      Buffer.from(` HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n${headers}\r\n{}`),
    ])
  const wrong = (secret: string | Buffer) =>
    Buffer.concat([Buffer.from('/ingest/'), Buffer.from(secret), Buffer.from('/plant-gl')])

  test('gets the same 404 byte by byte, whatever is wrong and whatever the method', async () => {
    const e = await endpoint({ tokens: ['looker-token'] })
    const lengths = [0, 1, 31, 63, 64, 65, 128, 1_000, 4_096].map((length) => 'a'.repeat(length))
    const near = [SECRET.slice(0, -1), `${SECRET}0`, SECRET.toUpperCase(), `${SECRET} `, `${SECRET}%00`, `%20${SECRET}`]
    const odd = ['é', '秘密', '🔑', '%', '%zz', '%00', '%C3', '%2e%2e', '..', '\u0000', '\u0001', '\u007f', '__proto__']
    const token = { headers: 'X-Looker-Webhook-Token: looker-token\r\n' }
    const secrets = [...lengths, ...near, ...odd].map((secret) => request(wrong(secret), token))
    const right = `/ingest/${SECRET}/plant-gl`
    const tokens = [
      '',
      'X-Looker-Webhook-Token:\r\n',
      'X-Looker-Webhook-Token: wrong\r\n',
      `${token.headers}${token.headers}`,
    ]
    const withoutToken = tokens.map((headers) => request(right, { headers }))
    const jobs = ['', 'none', 'plant-gl/', 'constructor', '%70lant-gl', 'plant-gl%00'].map((job) =>
      request(`/ingest/${SECRET}/${job}`, token),
    )
    const methods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND', 'FOO', 'CONNECT'].map(
      (method) => request(wrong('b'.repeat(64)), { method }),
    )
    const others = [
      '/',
      '/ingest',
      '/ingest/',
      '//',
      '*',
      `/INGEST/${SECRET}/plant-gl`,
      `http://x${right}`,
      `/healthz/${SECRET}`,
    ]
    const all = [...secrets, ...withoutToken, ...jobs, ...methods, ...others.map((path) => request(path, token))]
    const answers = new Set<string>()
    for (const bytes of all) answers.add(await e.raw(bytes))
    expect([...answers]).toEqual([
      'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n',
    ])
    expect(e.spool.waiting()).toEqual([])
    // The control: with the right ones it is taken.
    expect((await e.post(delivery(), { headers: { 'x-looker-webhook-token': 'looker-token' } })).status).toBe(200)
  })

  test('finds nothing of the address in what is logged', async () => {
    const e = await endpoint()
    await e.post(delivery(), { headers: { referer: `https://x/ingest/${SECRET}/ap` } })
    await e.post(delivery(), { secret: 'w'.repeat(40) })
    await e.raw(`POST /ingest/${SECRET} x HTTP/1.1\r\n\r\n`)
    expect(e.accesses).toHaveLength(2)
    expect(JSON.stringify(e.accesses)).not.toMatch(/f3b1c0de|wwww|referer|https/)
    expect(e.accesses.map(({ route, status, secret, job }) => [route, status, secret, job])).toEqual([
      ['ingest', 200, 1, 'plant-gl'],
      ['ingest', 404, 0, null],
    ])
  })
})

test('while the secret is changed both are live, and the log tells which one came', async () => {
  const e = await endpoint({ secrets: [SECRET, OLD_SECRET] })
  expect((await e.post(delivery(1), { secret: OLD_SECRET })).status).toBe(200)
  expect((await e.post(delivery(2), { secret: SECRET })).status).toBe(200)
  expect(e.spool.waiting().map(({ secret }) => secret)).toEqual([2, 1])
  const after = await endpoint({ secrets: [SECRET] })
  expect((await after.post(delivery(1), { secret: OLD_SECRET })).status).toBe(404)
})

test('a secret as base64 makes it comes through, percent-encoded or not', async () => {
  const secret = `ab+/cd==${'x'.repeat(40)}`
  const e = await endpoint({ secrets: [secret] })
  expect((await e.post(delivery(1), { secret })).status).toBe(200)
  expect((await e.post(delivery(2), { secret: encodeURIComponent(secret) })).status).toBe(200)
})

describe('whoever knows the secret is told what is wrong', () => {
  type Case = readonly [name: string, status: number, how: Parameters<typeof fetch>[1] & { readonly token?: string }]
  const json = { 'content-type': 'application/json' }
  const cases: readonly Case[] = [
    ['another method', 405, { method: 'GET' }],
    ['no content type', 415, { method: 'POST', body: Buffer.from(delivery()) }],
    ['a form', 415, { method: 'POST', body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    [
      'another charset',
      415,
      { method: 'POST', body: delivery(), headers: { 'content-type': 'application/json; charset=utf-16' } },
    ],
    ['gzip', 415, { method: 'POST', body: gzipSync(delivery()), headers: { ...json, 'content-encoding': 'gzip' } }],
    ['brotli', 415, { method: 'POST', body: delivery(), headers: { ...json, 'content-encoding': 'br' } }],
    ['a body that is too large', 413, { method: 'POST', body: ' '.repeat((1 << 20) + 1), headers: json }],
    ['no JSON', 400, { method: 'POST', body: 'figures', headers: json }],
    ['nothing', 400, { method: 'POST', body: '', headers: json }],
    ['JSON that is no envelope', 400, { method: 'POST', body: '[1]', headers: json }],
    ['an object of something else', 400, { method: 'POST', body: '{"hello":1}', headers: json }],
  ]
  test.each(cases)('%s: %i', async (_name, status, how) => {
    const e = await endpoint()
    const answer = await fetch(`${e.url}/ingest/${SECRET}/plant-gl`, how)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ looker: { success: false } })
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'POST' : null)
    expect(e.spool.waiting()).toEqual([])
  })

  test('a charset of UTF-8 and a byte-order mark are none of it', async () => {
    const e = await endpoint()
    const type = { 'content-type': 'Application/JSON; charset="UTF-8"' }
    expect((await e.post(`\uFEFF${delivery()}`, { headers: type })).status).toBe(200)
  })

  test('a body without an announced length ends at the cap: 413, and nothing of it stays', async () => {
    const e = await endpoint({ spool: { inlineBytes: 1_000 } })
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const head = `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await e.raw(head + chunk.repeat(40))).toMatch(/^HTTP\/1.1 413 /)
    expect(e.spool.waiting()).toEqual([])
  })

  test('too many at once are asked to come again, with the seconds to wait', async () => {
    const e = await endpoint({ limits: { perSource: { burst: 2, perSecond: 0.001 } } })
    const statuses = [await e.post(delivery(1)), await e.post(delivery(2)), await e.post(delivery(3))]
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(Number(statuses[2]?.headers.get('retry-after'))).toBeGreaterThan(900)
    // A source that is made up in a header has no bucket of its own.
    expect((await e.post(delivery(4), { headers: { 'x-forwarded-for': '10.9.8.7' } })).status).toBe(429)
  })

  test('a spool that is full is asked for later: 503', async () => {
    const e = await endpoint({ spool: { maxWaiting: 1 } })
    expect((await e.post(delivery(1))).status).toBe(200)
    const answer = await e.post(delivery(2))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60'])
    expect(e.spool.waiting()).toHaveLength(1)
  })

  test('a body that has no room any more half-way is asked for later, and the endpoint goes on', async () => {
    const e = await endpoint({ spool: { maxBytes: 5_000, inlineBytes: 10 } })
    const lost: unknown[] = []
    const hear = (fault: unknown) => void lost.push(fault)
    // Outside of tests it would end the process.
    process.on('unhandledRejection', hear)
    const large = delivery(1).replace('"form_params"', `"note":"${'x'.repeat(200_000)}","form_params"`)
    expect((await e.post(large)).status).toBe(503)
    expect((await e.post(delivery(2))).status).toBe(200)
    process.off('unhandledRejection', hear)
    expect(lost).toEqual([])
    expect(e.spool.waiting()).toHaveLength(1)
  })
})

test('who asks before it sends a body is told to go on only with the right secret', async () => {
  const e = await endpoint()
  const ask = (secret: string) =>
    e.raw(
      `POST /ingest/${secret}/plant-gl HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${delivery().length}\r\n\r\n${delivery()}`,
    )
  expect(await ask(SECRET)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/)
  expect(await ask('w'.repeat(64))).toMatch(/^HTTP\/1.1 404 /)
})

test('health is told to anybody, and costs nothing', async () => {
  const e = await endpoint({ tokens: ['t'] })
  const answer = await fetch(`${e.url}/healthz`)
  expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}'])
  expect((await fetch(`${e.url}/healthz`, { method: 'HEAD' })).status).toBe(200)
})

describe('a request hidden in another (smuggling)', () => {
  const inner = `POST /ingest/${SECRET}/ap HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${delivery(9).length}\r\n\r\n${delivery(9)}`
  const head = (...lines: readonly string[]) =>
    `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
  const chunked = `0\r\n\r\n${inner}`
  const cases: readonly (readonly [string, string])[] = [
    ['CL.TE', head('Content-Length: 6', 'Transfer-Encoding: chunked') + chunked],
    ['TE.CL', head('Transfer-Encoding: chunked', 'Content-Length: 4') + chunked],
    ['two lengths', head('Content-Length: 2', `Content-Length: ${inner.length + 2}`) + `{}${inner}`],
    ['two lengths in one', head(`Content-Length: 2, ${inner.length + 2}`) + `{}${inner}`],
    ['a signed length', head('Content-Length: +2') + `{}${inner}`],
    ['a negative length', head('Content-Length: -2') + `{}${inner}`],
    ['a hexadecimal length', head('Content-Length: 0x2') + `{}${inner}`],
    ['a length with a blank', head('Content-Length: 2 2') + `{}${inner}`],
    ['a length beyond all numbers', head('Content-Length: 99999999999999999999') + `{}${inner}`],
    ['TE of another name', head('Transfer-Encoding: xchunked') + chunked],
    ['TE with a second coding behind', head('Transfer-Encoding: chunked, identity') + chunked],
    ['TE twice', head('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + chunked],
    ['TE with a blank before the colon', head('Transfer-Encoding : chunked') + chunked],
    ['TE folded', head('X: y\r\n Transfer-Encoding: chunked', 'Content-Length: 2') + `{}${inner}`],
    ['TE with a tab', head('Transfer-Encoding:\tchunked', 'Content-Length: 6') + chunked],
    ['TE with a line feed alone', head('X: y\nTransfer-Encoding: chunked', 'Content-Length: 6') + chunked],
    ['a return alone', head('X: y\rTransfer-Encoding: chunked', 'Content-Length: 6') + chunked],
    ['NUL in a header', head('X: \u0000', 'Content-Length: 2') + `{}${inner}`],
    ['a chunk size that is none', head('Transfer-Encoding: chunked') + `zz\r\n${inner}`],
    ['a chunk size beyond all numbers', head('Transfer-Encoding: chunked') + `fffffffffffffffff\r\n${inner}`],
    ['a chunk extension with a line feed', head('Transfer-Encoding: chunked') + `2;x\n{}\r\n0\r\n\r\n${inner}`],
    ['a chunk longer than its size', head('Transfer-Encoding: chunked') + `2\r\n{}${inner}\r\n0\r\n\r\n`],
  ]
  test.each(cases)('%s: is not heard', async (_name, bytes) => {
    const e = await endpoint({ limits: { headersMs: 300, bodyMs: 300, keepAliveMs: 300, checkMs: 50 } })
    await e.raw(bytes)
    expect(e.spool.waiting()).toEqual([])
    expect(e.accesses.filter(({ job }) => job === 'ap')).toEqual([])
  })

  test('while two in a row, each whole, are both taken', async () => {
    const e = await endpoint({ limits: { keepAliveMs: 300, checkMs: 50 } })
    const answers = await e.raw(head(`Content-Length: ${delivery(1).length}`) + delivery(1) + inner)
    expect(answers.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2)
    expect(e.spool.waiting().map(({ job }) => job)).toEqual(['plant-gl', 'ap'])
  })
})

describe('who is slow', () => {
  const quick = { headersMs: 150, bodyMs: 150, checkMs: 30, leastBytesPerSecond: 1e9, keepAliveMs: 150 }
  const head = `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n`
  test.each([
    ['says nothing', ''],
    ['never ends its headers', head],
    ['never ends its body', `${head}\r\n{"data":`],
    ['never sends the body that it asks health with', 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n'],
    ['never sends the body of a wrong secret', `${head.replace(SECRET, 'w')}\r\n`],
  ])('and %s is sent away', async (_name, bytes) => {
    const e = await endpoint({ limits: { ...quick, lingerMs: 50 } })
    // Resolves only when the other side has ended the connection.
    expect(await e.raw(bytes)).toMatch(/^$|^HTTP\/1.1 (408|404|200) /)
    expect(e.spool.waiting()).toEqual([])
  })

  test('keeps nobody out: the connection that has been silent longest makes room', async () => {
    const e = await endpoint({ limits: { connections: 4 } })
    const silent = await Promise.all(Array.from({ length: 4 }, () => opened(e)))
    const first = closed(silent[0])
    expect((await e.post(delivery())).status).toBe(200)
    await first
    expect(silent.slice(1).map((socket) => socket.destroyed)).toEqual([false, false, false])
    for (const socket of silent) socket.destroy()
  })

  test('puts nobody out who was told to go on and sends the body', async () => {
    const e = await endpoint({ limits: { connections: 1 } })
    const socket = await opened(e)
    let heard = ''
    const told = new Promise<void>((resolve) => socket.once('data', () => resolve()))
    const ended = closed(socket.on('data', (bytes) => (heard += bytes.toString())))
    const body = delivery()
    socket.write(
      `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    await told
    await closed(await opened(e))
    socket.write(body)
    await ended
    expect(heard).toMatch(/HTTP\/1.1 200 OK/)
  })
})

test('a sender that goes away in the middle leaves nothing', async () => {
  const e = await endpoint({ spool: { inlineBytes: 10 } })
  const socket = await opened(e)
  const seen = new Promise<void>((resolve) => {
    const poll = setInterval(() => {
      if (e.accesses.length === 0) return
      clearInterval(poll)
      resolve()
    }, 5)
  })
  socket.write(
    `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"data": "${'x'.repeat(900)}`,
    () => socket.destroy(),
  )
  await seen
  expect(e.accesses).toMatchObject([{ status: null, remark: 'the sender went away' }])
  expect(e.spool.waiting()).toEqual([])
})

test('stopping ends what has begun: its delivery is taken and answered, and nobody else comes in', async () => {
  const e = await endpoint()
  const socket = await opened(e)
  const body = delivery()
  let heard = ''
  const ended = closed(socket.on('data', (bytes) => (heard += bytes.toString())))
  socket.write(
    `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  await new Promise<void>((resolve) => socket.once('data', () => resolve()))
  const stopped = e.stop()
  await expect(fetch(`${e.url}/healthz`)).rejects.toThrow()
  socket.write(body)
  await Promise.all([stopped, ended])
  expect(heard).toMatch(/HTTP\/1.1 200 OK[^]*Connection: close/)
  expect(e.spool.waiting()).toHaveLength(1)
})

function opened({ port }: TestEndpoint): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
  })
}

function closed(socket: Socket | undefined): Promise<void> {
  return new Promise((resolve) => socket?.once('close', () => resolve()))
}
