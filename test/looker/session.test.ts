import { expect, test } from 'vitest'
import { client, failure, fakeClock, listen, pull, spec, start, KEY } from './harness.js'

const logins = (requests: readonly { readonly path: string }[]) =>
  requests.filter(({ path }) => path.endsWith('/login')).length

test('one login serves all who wait for it, and the whole run', async () => {
  const { looker, sandbox } = await start()
  await Promise.all([looker.describe(spec()), looker.describe(spec()), looker.describe(spec())])
  await pull(looker)
  expect(logins(sandbox.requests)).toBe(1)
})

test('a token is renewed a minute before it ends', async () => {
  const { looker, sandbox, clock } = await start({ sandbox: { tokenSeconds: 600 } })
  await looker.describe(spec())
  clock.pass(539_000)
  await looker.describe(spec())
  expect(logins(sandbox.requests)).toBe(1)
  clock.pass(2_000)
  await looker.describe(spec())
  expect(logins(sandbox.requests)).toBe(2)
})

test.each(['GET /looks/42', 'GET /looks/42/run', '/explores/'])(
  'a token that ends at %s is replaced by one login and one repeat',
  async (on) => {
    const { looker, sandbox } = await start({ sandbox: { faults: [{ kind: 'tokens-expire', on }] } })
    expect((await pull(looker)).result.rows).toBe(13)
    expect(logins(sandbox.requests)).toBe(2)
  },
)

test('a second 401 is final', async () => {
  const { looker, sandbox, runs } = await start({ sandbox: { faults: [{ kind: 'tokens-expire', times: 'always' }] } })
  expect(await failure(pull(looker))).toMatch(/^MLC-L004 .*401/)
  expect(logins(sandbox.requests)).toBe(2)
  expect(runs()).toHaveLength(2)
})

test('a login without a lifetime is good until a 401', async () => {
  let logged = 0
  const url = await listen((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.endsWith('/login')) logged++
    if (request.url?.includes('/looks/')) response.statusCode = 404
    response.end('{"access_token":"t"}')
  })
  const clock = fakeClock()
  const looker = client(url, clock)
  for (let turn = 0; turn < 3; turn++) {
    expect(await failure(looker.describe(spec()))).toMatch(/^MLC-L010/)
    clock.pass(86_400_000)
  }
  expect(logged).toBe(1)
})

test('a wrong secret names both causes and the end of the id, is not tried again, and shows no secret', async () => {
  const { looker, sandbox } = await start({
    credentials: { clientId: 'client-id-zzq4Zk', clientSecret: 'wr0ng-s3cret' },
  })
  const failed = await failure(looker.describe(spec()))
  expect(failed).toMatch(/^MLC-L004 Looker at 127\.0\.0\.1:\d+ refused .*q4Zk.*\(404\).*secret is wrong.*wrong host/)
  expect(failed).not.toMatch(/client-id|wr0ng/)
  expect(await failure(looker.describe(spec()))).toBe(failed)
  expect(logins(sandbox.requests)).toBe(1)
})

test.each([
  ['an HTML page', 404, 'text/html', '<html>Looker Not Found (404)</html>', /^MLC-L005 .*404 with text\/html/],
  ['a page with 200', 200, 'text/html', '<html>Welcome</html>', /^MLC-L005 .*200 with text\/html/],
  ['JSON of something else', 200, 'application/json', '{"ok":true}', /^MLC-L005 /],
  ['an unknown route', 404, 'application/json', '{"message":"Sinatra::NotFound"}', /^MLC-L005 .*login/],
  ['a plain text', 400, 'text/plain', 'Client sent an HTTP request to an HTTPS server.', /^MLC-L005 .*text\/plain/],
  ['403', 403, 'application/json', '{"message":"Forbidden"}', /^MLC-L006 /],
  ['401', 401, 'application/json', '{"message":"Requires authentication."}', /^MLC-L004 /],
  ['400', 400, 'application/json', '{"message":"Bad Request"}', /^MLC-L004 .*\(400\): Bad Request$/],
  [
    '422',
    422,
    'application/json',
    '{"errors":[{"field":"client_id","message":"missing"}]}',
    /^MLC-L004 .*client_id: missing$/,
  ],
  [
    '429 for good',
    429,
    'application/json',
    '{"message":"Too many requests"}',
    /^MLC-L007 .* answered 429 \(too many requests\): Too many requests$/,
  ],
  ['502 for good', 502, 'text/html', '<html>502</html>', /^MLC-L008 /],
])('a login that is answered with %s', async (_, status, type, body, expected) => {
  let asked = 0
  const url = await listen((_request, response) => {
    asked++
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  })
  const failed = await failure(client(url, fakeClock()).describe(spec()))
  expect(failed).toMatch(expected)
  expect(failed).not.toContain(KEY.clientSecret)
  expect(asked).toBe(status === 429 || status === 502 ? 5 : 1)
})

test('an unreachable host is tried five times in all, not five times five', async () => {
  const clock = fakeClock()
  expect(await failure(client('http://127.0.0.1:1', clock).describe(spec()))).toMatch(/^MLC-L001/)
  expect(clock.slept).toHaveLength(4)
})

test('credentials travel in the body of the login and nowhere else; the token in a header alone', async () => {
  const seen: string[] = []
  const bodies: string[] = []
  const lines: string[] = []
  const url = await listen((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(`${request.headers['content-type']} ${body}`)
      response.setHeader('content-type', 'application/json')
      if (!request.url?.endsWith('/login')) response.statusCode = 500
      response.end('{"access_token":"t0ken","expires_in":3600}')
    })
  })
  const failed = await failure(client(url, fakeClock(), { trace: (line) => lines.push(line) }).describe(spec()))
  const form = new URLSearchParams({ client_id: KEY.clientId, client_secret: KEY.clientSecret }).toString()
  expect(bodies[0]).toBe(`application/x-www-form-urlencoded ${form}`)
  expect(seen.join() + lines.join() + failed).not.toMatch(/s3cret|q4Zk|t0ken/)
})

test('closing logs out, once, and closing without a session asks nothing', async () => {
  const { looker, sandbox } = await start()
  await looker.close()
  expect(sandbox.requests).toHaveLength(0)
  await pull(looker)
  await looker.close()
  await looker.close()
  expect(sandbox.requests.filter(({ method }) => method === 'DELETE')).toEqual([
    { method: 'DELETE', path: '/api/4.0/logout', query: '' },
  ])
})

test('a logout that fails is no error', async () => {
  const { looker } = await start({ sandbox: { faults: [{ kind: 'reset', on: '/logout' }] } })
  await pull(looker)
  await expect(looker.close()).resolves.toBeUndefined()
})

test('a Looker that takes every login and then refuses its own tokens is asked twice in a run, not twice a request', async () => {
  let logged = 0
  const url = await listen((request, response) => {
    const isLogin = request.url?.endsWith('/login') ?? false
    if (isLogin) logged++
    response.writeHead(isLogin ? 200 : 401, { 'content-type': 'application/json' })
    response.end(isLogin ? `{"access_token":"t${logged}","expires_in":3600}` : '{"message":"Requires authentication."}')
  })
  const looker = client(url, fakeClock())
  expect(await failure(looker.describe(spec()))).toMatch(/^MLC-L004 .*401/)
  for (let turn = 0; turn < 3; turn++)
    expect(await failure(pull(looker))).toMatch(/^MLC-L004 .*takes the login and then refuses its own token/)
  expect(logged).toBe(2)
})

test.each(['t0ken\\r\\nX-Planted: 1', 't\\u00f6ken', 't0 ken', ''])(
  'a token that no header can carry, %s, is a failed login',
  async (token) => {
    const url = await listen((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(`{"access_token":"${token}","expires_in":3600}`)
    })
    expect(await failure(client(url, fakeClock()).describe(spec()))).toMatch(/^MLC-L005 /)
  },
)
