import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { caller, finance, KEY, session } from './finance.js'

const FORM = new URLSearchParams({ client_id: KEY.clientId, client_secret: KEY.clientSecret })
const NO_TOKEN = { message: 'Requires authentication.', documentation_url: 'https://cloud.google.com/looker/docs/' }

describe('a login', () => {
  test('takes a form, whatever else is in it, and answers a token of 40 characters', async () => {
    const { login } = caller(createLookerSandbox(finance(), { tokenSeconds: 1800 }))
    const form = { client_id: KEY.clientId, client_secret: KEY.clientSecret, grant_type: 'client_credentials' }
    expect(await (await login(form)).json()).toEqual({
      access_token: expect.stringMatching(/^[\w-]{40}$/) as string,
      token_type: 'Bearer',
      expires_in: 1800,
      refresh_token: null,
    })
  })

  const JSON_BODY = JSON.stringify({ client_id: KEY.clientId, client_secret: KEY.clientSecret })
  const REFUSED: readonly [why: string, path: string, type: string, body: string | null][] = [
    ['a wrong secret', '/api/4.0/login', 'application/x-www-form-urlencoded', 'client_id=key&client_secret=x'],
    ['JSON', '/api/4.0/login', 'application/json', JSON_BODY],
    ['credentials in the URL', `/api/4.0/login?${String(FORM)}`, 'application/x-www-form-urlencoded', null],
    ['no body', '/api/4.0/login', 'application/x-www-form-urlencoded', null],
  ]
  test.each(REFUSED)('is a 404 that looks like a wrong path for %s', async (_why, path, type, body) => {
    const { send } = caller(createLookerSandbox(finance()))
    const response = await send('POST', path, { 'content-type': type }, body)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      message: 'Not found',
      documentation_url: 'https://cloud.google.com/looker/docs/r/err/4.0/404/post/api/4.0/login',
    })
  })
})

describe('a token', () => {
  test.each(['token', 'Token', 'Bearer', 'bearer', 'BEARER'])('is taken with the scheme %s', async (scheme) => {
    const { send, token } = await session(createLookerSandbox(finance()))
    const status = async (authorization: string) => (await send('GET', '/api/4.0/user', { authorization })).status
    expect(await status(`${scheme} ${token}`)).toBe(200)
    expect(await status(`${scheme} ${token}x`)).toBe(401)
  })

  test.each([{}, { authorization: 'Basic a2V5OnM=' }, { authorization: 'token' }])(
    'is missed in %o',
    async (headers) => {
      const { send } = caller(createLookerSandbox(finance()))
      const response = await send('GET', '/api/4.0/user', headers)
      expect([response.status, await response.json()]).toEqual([401, NO_TOKEN])
    },
  )

  test('ends by the clock, while one minted later goes on', async () => {
    let now = 0
    const sandbox = createLookerSandbox(finance(), { now: () => now })
    const first = await session(sandbox)
    now = 3_599_000
    const second = await session(sandbox)
    expect((await first.get('/user')).status).toBe(200)
    now = 3_600_000
    expect([(await first.get('/user')).status, (await second.get('/user')).status]).toEqual([401, 200])
  })

  test('ends at the logout, which is a 404 the second time', async () => {
    const { get, remove } = await session(createLookerSandbox(finance()))
    expect((await remove('/logout')).status).toBe(204)
    expect([(await remove('/logout')).status, (await get('/user')).status]).toEqual([404, 401])
  })

  test('belongs to one login: another login keeps its own workspace', async () => {
    const sandbox = createLookerSandbox(finance())
    const [first, second] = [await session(sandbox), await session(sandbox)]
    await first.send('PATCH', '/api/4.0/session', first.headers, '{"workspace_id":"dev"}')
    expect(await (await first.get('/session')).json()).toMatchObject({ workspace_id: 'dev' })
    expect(await (await second.get('/session')).json()).toMatchObject({ workspace_id: 'production' })
  })
})

describe('an address', () => {
  const CASES: readonly [method: string, path: string, status: number, message: string | null][] = [
    ['GET', '/api/4.0/versions', 200, null],
    ['GET', '/alive', 200, null],
    ['GET', '/api/4.0/nothing', 404, 'Sinatra::NotFound'],
    ['GET', '/api/4.0/looks/42/run', 404, 'Sinatra::NotFound'],
    ['GET', '/api/3.1/looks/42', 404, 'Sinatra::NotFound'],
    ['GET', '/looks/42', 403, 'Forbidden'],
    ['GET', '/api/4.0/looks/42/', 401, 'Requires authentication.'],
    ['GET', '/api/4.0/looks/%E0', 404, 'Not found'],
    ['PUT', '/api/4.0/looks/42', 405, 'Method not allowed'],
    ['GET', '/api/4.0/users/7/roles', 404, 'Not found'],
  ]
  test.each(CASES)('%s %s is answered with %i', async (method, path, status, message) => {
    const { send, headers } = await session(createLookerSandbox(finance()))
    const response = await send(method, path, headers)
    expect(response.status).toBe(status)
    const text = await response.text()
    if (message !== null) expect((JSON.parse(text) as { message: string }).message).toBe(message)
  })

  test('without a login tells its versions, and nothing else', async () => {
    const { send } = caller(createLookerSandbox(finance({ release: '25.6.1' })))
    expect(await (await send('GET', '/api/4.0/versions')).json()).toMatchObject({
      looker_release_version: '25.6.1',
      api_server_url: 'http://looker.test',
    })
    expect((await send('GET', '/api/4.0/nothing')).status).toBe(401)
  })
})

describe('a key without a permission', () => {
  const CASES: readonly [missing: string, path: string, status: number][] = [
    ['see_looks', '/looks/42', 404],
    ['see_looks', '/looks/42/run/json', 404],
    ['access_data', '/looks/42/run/json', 404],
    ['see_sql', '/looks/42/run/json', 200],
  ]
  test.each(CASES)('%s asks for %s and gets %i', async (missing, path, status) => {
    const all = ['access_data', 'see_looks', 'see_sql']
    const keys = [{ ...KEY, permissions: all.filter((each) => each !== missing) }]
    const { get } = await session(createLookerSandbox(finance({ keys })))
    expect((await get(path)).status).toBe(status)
    const roles = (await (await get('/users/1/roles')).json()) as { permission_set: { permissions: string[] } }[]
    expect(roles[0]?.permission_set.permissions).not.toContain(missing)
  })

  test('see_sql is shown no SQL', async () => {
    const keys = [{ ...KEY, permissions: ['access_data', 'see_looks'] }]
    const { get } = await session(createLookerSandbox(finance({ keys })))
    expect(await (await get('/looks/42/run/json_bi')).json()).toMatchObject({ metadata: { sql: null } })
  })
})

test('the request log and the quota counter show what was asked, and no secret', async () => {
  const sandbox = createLookerSandbox(finance())
  const { send, token, get, rows } = await session(sandbox)
  await send('POST', `/api/4.0/login?${String(FORM)}`)
  await get('/looks?fields=id')
  await rows({ fields: ['gl.account'] })
  expect(sandbox.requests.map(({ method, path, query }) => `${method} ${path} ${query}`)).toEqual([
    'POST /api/4.0/login ',
    'POST /api/4.0/login client_id=…&client_secret=…',
    'GET /api/4.0/looks fields=id',
    'POST /api/4.0/queries/run/json ',
  ])
  expect(sandbox.requests[3]?.body).toBe('{"model":"finance","view":"gl","fields":["gl.account"]}')
  expect(sandbox.queryCalls).toBe(1)
  const log = JSON.stringify(sandbox.requests)
  expect([log.includes(token), log.includes('s%26'), log.includes(KEY.clientSecret)]).toEqual([false, false, false])
})
