import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttp } from '../../src/http/client.js'
import { unfitReason } from '../../src/http/headers.js'
import { TransportError, type Http, type HttpRequest } from '../../src/http/http.js'
import { MlcError } from '../../src/errors.js'
import { leadsOut } from './boundary.js'
import { injections } from './injections.js'
import { answerTo, PLACES, type Place } from './places.js'
import { openWire, wireFault, type Wire } from './wire.js'

const ELSEWHERE = '127.0.0.1:9'
const ORIGIN = 'https://acme.example'
const ALL = injections(ELSEWHERE)

test('the corpus is large, and half of it leads out of a path that is put together carelessly', () => {
  expect(ALL.length).toBeGreaterThanOrEqual(2_000)
  const careless = ALL.filter((text) => leadsOut(`/clouderp/test${text}`, '/clouderp/test'))
  expect(careless.length).toBeGreaterThan(ALL.length / 3)
})

test.each(['/clouderp/test', '/clouderp/test/', '/clouderp/test/api/a..b/c%20d', '/clouderp/test/x?y=/../..'])(
  'the oracle lets %s stand',
  (target) => expect(leadsOut(target, '/clouderp/test')).toBe(false),
)

test.each([
  '/',
  '/clouderp',
  '/clouderp/tests',
  '/clouderp/test/../x',
  '/clouderp/test/..%2f..%2fx',
  '/clouderp/test/..;/x',
])('the oracle sees %s lead out', (target) => expect(leadsOut(target, '/clouderp/test')).toBe(true))

/** Takes requests as the door does, without sending them. */
function door(taken: HttpRequest[]): Http {
  const send: Http['send'] = (request) => {
    const unfit = unfitReason(new URL(request.url), request.headers)
    if (unfit !== null) return Promise.reject(new TransportError('unsendable', false, unfit))
    taken.push(request)
    const text = JSON.stringify(answerTo(new URL(request.url).pathname))
    return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, text })
  }
  return {
    send,
    open: async (request) => {
      const { text, ...answer } = await send(request)
      return {
        ...answer,
        body: (async function* () {
          yield Buffer.from(text)
        })(),
      }
    },
    close: () => undefined,
  }
}

/** What is wrong with a request; null when nothing is. */
function fault({ url, headers }: HttpRequest, { root }: Place): string | null {
  const { origin, username, pathname } = new URL(url)
  if (origin !== ORIGIN || username !== '') return `goes to ${url}`
  if (leadsOut(pathname, root)) return `may be read as outside of ${root}: ${url}`
  const odd = Object.entries(headers).find((header) => /[^\t\x20-\x7e]/.test(header.join('')))
  return odd ? `has the header ${odd.join(': ')}` : null
}

/** Errors that say what is wrong; an unforeseen one is a fault of its own. */
function unexpected(error: unknown): string | null {
  return error instanceof MlcError && error.code !== 'MLC-X001' ? null : `ends with ${String(error)}`
}

describe('whatever is configured or asked for, no request leaves its origin or its path', () => {
  test.each(PLACES.map((place) => [place.name, place] as const))('%s', async (_name, place) => {
    const found: string[] = []
    let sent = 0
    for (const text of ALL) {
      const taken: HttpRequest[] = []
      const ended = await place.act(text, ORIGIN, door(taken)).then(() => null, unexpected)
      sent += taken.length
      for (const problem of [...taken.map((request) => fault(request, place)), ended])
        if (problem !== null) found.push(`${JSON.stringify(text).slice(0, 80)} ${problem}`)
    }
    expect(found.slice(0, 20)).toEqual([])
    expect(sent).toBeGreaterThan(0)
  })
})

describe('on the wire', () => {
  let wire: Wire
  let http: Http
  beforeAll(async () => {
    wire = await openWire(answerTo)
    http = createHttp({ userAgent: 'mlc/test', caFile: null, trace: null })
  })
  afterAll(async () => {
    http.close()
    await wire.close()
  })

  test('every line of every request is one that mlc wrote, and none is there twice', { timeout: 300_000 }, async () => {
    const found: string[] = []
    let seen = 0
    for (const [at, text] of ALL.entries()) {
      // Each place in turn, so that each meets every kind of text.
      for (const place of [PLACES[at % PLACES.length], PLACES[(at * 7 + 3) % PLACES.length]]) {
        if (!place) continue
        wire.forget()
        await place.act(text, wire.origin, http).catch(() => undefined)
        seen += wire.requests.length
        for (const request of wire.requests) {
          const target = request.line.split(' ')[1] ?? ''
          const problem =
            wireFault(request, wire.host, place.headers?.(text) ?? []) ??
            (leadsOut(target, place.root) ? `the target ${target}` : null)
          if (problem !== null) found.push(`${place.name}, ${JSON.stringify(text).slice(0, 80)}: ${problem}`)
        }
      }
    }
    expect(found.slice(0, 20)).toEqual([])
    expect(wire.strays).toEqual([])
    expect(seen).toBeGreaterThan(2_000)
  })

  test('a line that is smuggled in is seen: by a client that writes its own requests', async () => {
    const { connect } = await import('node:net')
    wire.forget()
    const socket = connect(Number(wire.host.split(':')[1]), '127.0.0.1')
    socket.end('GET /clouderp/test/x\r\nX-Planted: 1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await new Promise((resolve) => socket.once('close', resolve).resume())
    expect(wire.requests.map((request) => wireFault(request, wire.host, []))).toEqual([
      expect.stringContaining('the request line'),
    ])
  })
})
