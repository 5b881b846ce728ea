import { afterAll, describe, expect, test } from 'vitest'
import type { HttpRequest } from '../../src/http/http.js'
import { createAuthority } from './certificates.js'
import { client, post, serve, type Recorder } from './servers.js'

const authority = createAuthority()
const PAIR = authority.issue()
afterAll(() => authority.remove())

/** From one origin to another: which part of the address changes. */
const MOVES: [string, (first: Recorder, second: Recorder, secure: Recorder) => string][] = [
  ['scheme', (_first, _second, secure) => `https://localhost:${secure.port}/moved`],
  ['host', (_first, second) => `http://127.0.0.2:${second.port}/moved`],
  ['port', (_first, second) => `http://127.0.0.1:${second.port}/moved`],
  ['path', (first) => `http://127.0.0.1:${first.port}/moved`],
  ['path, relative', () => '/moved'],
]

const SECRETS: Partial<HttpRequest> = {
  headers: { authorization: 'token s3cret', cookie: 'JSESSIONID=s3cret', 'x-api-key': 's3cret' },
  body: 'client_secret=s3cret',
}

describe.each([301, 302, 303, 307, 308])('%i', (status) => {
  test.each(MOVES)(
    'to another %s is handed over as it is: no header and no byte of the body goes there',
    async (_part, to) => {
      const second = await serve()
      const secure = await serve(undefined, PAIR)
      const first: Recorder = await serve((_request, answer) =>
        answer.writeHead(status, { location: to(first, second, secure) }).end(),
      )
      const before = second.connections() + secure.connections()
      const answer = await client({ caFile: authority.caFile }).send(
        post(`http://127.0.0.1:${first.port}/login`, SECRETS),
      )
      expect(answer.status).toBe(status)
      expect(first.seen).toHaveLength(1)
      expect(second.connections() + secure.connections()).toBe(before)
    },
  )
})

test('fetch, left to its defaults, would take body and key to the other origin', async () => {
  const second = await serve()
  const first = await serve((_request, answer) =>
    answer.writeHead(307, { location: `http://127.0.0.1:${second.port}/moved` }).end(),
  )
  await fetch(`http://127.0.0.1:${first.port}/`, {
    method: 'POST',
    headers: { 'x-api-key': 's3cret' },
    body: 'client_secret=s3cret',
  })
  expect(second.seen.join('\n').match(/s3cret/g)).toHaveLength(2)
})

test.each([
  ['alt-svc', (port: number) => `h2="127.0.0.1:${port}"`],
  ['refresh', (port: number) => `0; url=http://127.0.0.1:${port}/`],
  ['content-location', (port: number) => `http://127.0.0.1:${port}/`],
  ['link', (port: number) => `<http://127.0.0.1:${port}/>; rel=preload`],
])('an answer that points elsewhere by %s moves nothing', async (name, value) => {
  const second = await serve()
  const first = await serve((_request, answer) => answer.writeHead(200, { [name]: value(second.port) }).end('{}'))
  const http = client()
  for (let i = 0; i < 2; i++) await http.send(post(`http://127.0.0.1:${first.port}/`, SECRETS))
  expect(second.connections()).toBe(0)
})

test('a server that answers 421 or 401 with a challenge gets no second request', async () => {
  const server = await serve((_request, answer) =>
    answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
  )
  expect(await client().send(post(`http://127.0.0.1:${server.port}/`, SECRETS))).toMatchObject({ status: 401 })
  expect(server.seen).toHaveLength(1)
})
