import { describe, expect, test } from 'vitest'
import type { AuthOptions } from '../../src/qad/options.js'
import type { Core } from '../../src/sandbox/core.js'
import { MANY_AT_ONCE, ONE_READ, flowOf } from './flows.js'
import { failure, withSite, type Site, type SiteSpec } from './site.js'
import { CLIENT_ID, CLIENT_SECRET, PASSWORD } from './world.js'

const HOME = { location: '/clouderp/#/view/webshell/home' }
const COOKIE = { 'set-cookie': 'JSESSIONID=abc; Path=/clouderp' }
const LOGIN_PAGE = '<html><script src="/clouderp/resources/login.jsp.js"></script></html>'
const OWN_LOGIN_PAGE = '<!doctype html><form><input name="p" type="password"></form>'

const ACCOUNT = {
  'ac_mstr.ac_code': '5010',
  'ac_mstr.ac_desc': 'Material',
  'ac_mstr.ac_active': true,
  'ac_mstr.ac_type': 'STANDARD',
}

type Answer = readonly [status: number, headers: Record<string, string>, body?: string]

/** A tenant whose login answers this, and whose API takes whoever carries the cookie `JSESSIONID=abc`. */
async function loggedIn(auth: AuthOptions, [status, headers, body]: Answer): Promise<string> {
  const before = (): Core => ({
    async handle(request) {
      if (request.url.endsWith('/login')) return new Response(body ?? null, { status, headers })
      return request.headers.get('cookie') === 'JSESSIONID=abc'
        ? Response.json({ data: [ACCOUNT] })
        : new Response(null, { status: 302, headers: { location: '/clouderp/resources/login.jsp' } })
    },
  })
  return withSite({ changes: { ...ONE_READ, auth }, before }, async ({ ledger }) => {
    try {
      await ledger.chart()
      return 'in'
    } catch (error) {
      return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : String(error)
    }
  })
}

describe('session_form', () => {
  const auth: AuthOptions = { type: 'session_form', loginPath: '/login', cookieName: 'JSESSIONID' }
  const cases: readonly (readonly [string, Answer, string])[] = [
    ['a cookie and the way to the web UI', [302, { ...HOME, ...COOKIE }], 'in'],
    ['a cookie and the way to the root of the host', [302, { location: '/', ...COOKIE }], 'in'],
    ['303 with an address in full', [303, { location: 'http://127.0.0.1:8080/clouderp/', ...COOKIE }], 'in'],
    ['a cookie and 200', [200, COOKIE, '<html>Welcome</html>'], 'in'],
    ['a cookie and 204', [204, COOKIE], 'in'],
    [
      'login.jsp with an error, and a cookie all the same',
      [302, { location: '/clouderp/resources/login.jsp?error=1', ...COOKIE }],
      'MLC-Q004 QAD refused the login of mlc: sent back to /clouderp/resources/login.jsp?error=1',
    ],
    [
      'login.jsp without an error',
      [302, { location: 'resources/login.jsp', ...COOKIE }],
      'MLC-Q004 QAD refused the login of mlc: sent back to /clouderp/resources/login.jsp',
    ],
    [
      'a page of its own with an error',
      [302, { location: '/clouderp/start?error=locked', ...COOKIE }],
      'MLC-Q004 QAD refused the login of mlc, who is locked',
    ],
    ['a sign-in page', [302, { location: '/signin', ...COOKIE }], 'MLC-Q004'],
    ['the login page in a 200', [200, COOKIE, LOGIN_PAGE], 'MLC-Q004'],
    ['a page that asks for a password, in a 200', [200, COOKIE, OWN_LOGIN_PAGE], 'MLC-Q004'],
    [
      'JSON that says no in a 200',
      [200, COOKIE, '{"error":"User is locked"}'],
      'MLC-Q004 QAD refused the login of mlc, who is locked: User is locked',
    ],
    ['submitResult that says no in a 200', [200, COOKIE, '{"submitResult":{"success":false}}'], 'MLC-Q004'],
    ['401', [401, COOKIE], 'MLC-Q004'],
    ['403 with a page', [403, COOKIE, '<html>'], 'MLC-Q006'],
    [
      'another host: single sign-on',
      [302, { location: 'https://login.microsoftonline.com/x', ...COOKIE }],
      'signs its users in elsewhere',
    ],
    ['no cookie', [302, HOME], 'MLC-Q005'],
    [
      'a cookie of another name',
      [302, { ...HOME, 'set-cookie': 'SID=abc' }],
      'without the cookie of qad.auth.cookieName',
    ],
    ['a redirect that leads nowhere', [302, COOKIE], 'MLC-Q005'],
    ['404', [404, COOKIE, '<html>'], 'MLC-Q005'],
    ['405', [405, {}, '<html>'], 'MLC-Q005'],
  ]
  test.each(cases)('answered by %s', async (_, answer, expected) => {
    const ended = await loggedIn(auth, answer)
    expect(expected === 'in' ? ended : ended.includes(expected) || ended).toBe(expected === 'in' ? 'in' : true)
  })

  test('posts user and password in the body', async () => {
    const bodies: string[] = []
    const before = (inner: Core): Core => ({
      async handle(request) {
        bodies.push(`${request.method} ${new URL(request.url).search} ${await request.clone().text()}`)
        return inner.handle(request)
      },
    })
    await withSite({ changes: { ...ONE_READ, auth }, before }, async ({ ledger }) => {
      await ledger.chart()
      expect(bodies[0]).toBe(`POST  username=mlc&password=${PASSWORD}`)
    })
  })
})

describe('session_json', () => {
  const auth: AuthOptions = { type: 'session_json', loginPath: '/api/login', cookieName: 'JSESSIONID' }
  const cases: readonly (readonly [string, Answer, string])[] = [
    ['a session id', [200, {}, '{"sessionId":"abc"}'], 'in'],
    ['a session id and a stranger’s cookie', [200, { 'set-cookie': 'JSESSIONID=F00D' }, '{"sessionId":"abc"}'], 'in'],
    ['a cookie beside JSON without one', [200, COOKIE, '{"user":"mlc"}'], 'in'],
    ['a cookie beside a page', [200, COOKIE, '<html>Welcome</html>'], 'MLC-Q005'],
    ['a cookie beside nothing', [200, COOKIE, ''], 'MLC-Q005'],
    [
      'a cookie beside a complaint',
      [200, COOKIE, '{"errors":[{"message":"User is locked"}]}'],
      'MLC-Q004 QAD refused the login of mlc, who is locked',
    ],
    ['a session id that would be two cookies', [200, {}, '{"sessionId":"abc; admin=1"}'], 'MLC-Q005'],
    ['a session id with a line break', [200, {}, '{"sessionId":"abc\\r\\nX: 1"}'], 'MLC-Q005'],
    ['a session id that is a number', [200, {}, '{"sessionId":true}'], 'MLC-Q005'],
    ['half a session id', [200, {}, '{"sessionId":"ab'], 'MLC-Q005'],
    [
      '401',
      [401, {}, '{"message":"Username or password is invalid, please try again."}'],
      'MLC-Q004 QAD refused the login of mlc: Username or password is invalid',
    ],
    ['400', [400, {}, '{"message":"no"}'], 'MLC-Q004'],
    ['a redirect', [302, { location: '/clouderp/resources/login.jsp' }], 'MLC-Q005'],
    ['404', [404, {}, '<html>'], 'MLC-Q005'],
  ]
  test.each(cases)('answered by %s', async (_, answer, expected) => {
    const ended = await loggedIn(auth, answer)
    expect(expected === 'in' ? ended : ended.includes(expected) || ended).toBe(expected === 'in' ? 'in' : true)
  })
})

describe('oauth', () => {
  test('client credentials send id, secret and grant type and nothing else', async () => {
    const bodies: string[] = []
    const before = (inner: Core): Core => ({
      async handle(request) {
        bodies.push(await request.clone().text())
        return inner.handle(request)
      },
    })
    const flow = flowOf('oauth_client_credentials')
    const changes = { ...ONE_READ, auth: flow.auth }
    await withSite({ changes, before, credentials: async () => flow.credentials }, async ({ ledger }) => {
      await ledger.chart()
      expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_type: 'client_credentials',
      })
    })
  })

  test.each(['Token ', 'Bearer ', ''])('the prefix %j stands before the token', async (headerPrefix) => {
    const seen: (string | null)[] = []
    const before = (inner: Core): Core => ({
      handle: (request) => (seen.push(request.headers.get('authorization')), inner.handle(request)),
    })
    const auth: AuthOptions = { type: 'oauth_password', tokenPath: '/oauth/token', headerPrefix }
    await withSite({ changes: { ...ONE_READ, auth }, before }, async ({ ledger }) => {
      await ledger.chart().catch(() => undefined)
      expect(seen[1]).toMatch(new RegExp(`^${headerPrefix}[0-9a-f]{40}$`))
    })
  })

  test('refused inside a 200 is refused, and not tried again', async () => {
    let calls = 0
    const before = (): Core => ({ handle: async () => (calls++, Response.json({ error: 'invalid_grant' })) })
    await withSite({ changes: ONE_READ, before }, async ({ ledger }) => {
      expect((await failure(ledger.chart())).code).toBe('MLC-Q004')
      expect((await failure(ledger.chart())).code).toBe('MLC-Q004')
      expect(calls).toBe(1)
    })
  })

  test('an answer that is no login is not asked for again with the same password', async () => {
    await withSite({ changes: ONE_READ }, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'notFound' }, on: '/oauth/token', times: Infinity })
      expect((await failure(ledger.chart())).code).toBe('MLC-Q005')
      expect((await failure(ledger.chart())).code).toBe('MLC-Q005')
      expect(sandbox.requests).toHaveLength(1)
    })
  })
})

describe('cookies', () => {
  const auth: AuthOptions = { type: 'session_form', loginPath: '/login', cookieName: 'JSESSIONID' }

  /** What each call carried, when good answers of the tenant set these cookies. */
  async function carried(cookies: readonly string[], spec: SiteSpec = {}): Promise<(string | null)[]> {
    const seen: (string | null)[] = []
    const before = (inner: Core): Core => ({
      async handle(request) {
        seen.push(request.headers.get('cookie'))
        const reply = await inner.handle(request)
        if (reply instanceof Response && reply.ok) for (const one of cookies) reply.headers.append('set-cookie', one)
        return reply
      },
    })
    return withSite({ ...spec, changes: { ...ONE_READ, auth }, before }, async ({ ledger }) => {
      await ledger.chart()
      await ledger.chart().catch(() => undefined)
      return seen
    })
  }
  const MINE = expect.stringMatching(/^JSESSIONID=[0-9a-f]{40}$/) as string

  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['of another name is not kept', ['AWSALB=x; Path=/', 'jsessionid=x', 'JSESSIONID2=x'], MINE],
    ['for another application of the host is not kept', ['JSESSIONID=x; Path=/qxi'], MINE],
    ['for a path that begins alike is not kept', ['JSESSIONID=x; Path=/cloud'], MINE],
    ['for another domain is not kept', ['JSESSIONID=x; Domain=evil.example'], MINE],
    ['that is taken away leaves the one in use', ['JSESSIONID=; Path=/clouderp', 'JSESSIONID=x; Max-Age=0'], MINE],
    ['that has run out leaves the one in use', ['JSESSIONID=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], MINE],
    ['that cannot stand in a header is not kept', ['JSESSIONID=a b'], MINE],
    ['for the host is followed', ['JSESSIONID=x; Path=/; HttpOnly; Secure; SameSite=None'], 'JSESSIONID=x'],
    ['for the context root is followed', ['JSESSIONID=x; path=/clouderp/'], 'JSESSIONID=x'],
    ['without attributes is followed', ['JSESSIONID=x'], 'JSESSIONID=x'],
    ['with = in its value is followed whole', ['JSESSIONID=x=y=='], 'JSESSIONID=x=y=='],
    ['that lasts is followed', ['JSESSIONID=x; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], 'JSESSIONID=x'],
    ['set twice is followed to the last', ['JSESSIONID=x', 'OTHER=1', 'JSESSIONID=y'], 'JSESSIONID=y'],
    ['taken away and set anew is followed', ['JSESSIONID=; Max-Age=0', 'JSESSIONID=y'], 'JSESSIONID=y'],
  ]
  test.each(cases)('one %s', async (_, cookies, expected) => {
    const [login, first, second] = await carried(cookies)
    expect([login, first, second]).toEqual([null, MINE, expected])
  })

  test('of who is turned away are a stranger’s and are not kept', async () => {
    const before = (inner: Core): Core => ({
      async handle(request) {
        const reply = await inner.handle(request)
        if (reply instanceof Response && reply.status === 302 && request.method === 'GET')
          reply.headers.append('set-cookie', 'JSESSIONID=stranger; Path=/clouderp')
        return reply
      },
    })
    await withSite({ changes: { ...ONE_READ, auth }, before }, async ({ ledger, sandbox }) => {
      await ledger.chart()
      sandbox.endSessions()
      await ledger.chart()
      expect(sandbox.logins()).toBe(2)
    })
  })

  const rotating = { sandbox: { rotateSessions: true } }

  test('that change with each answer are followed, call by call, by callers that wait for one another', async () => {
    await withSite({ ...rotating, changes: { auth } }, async ({ ledger, sandbox }: Site) => {
      await Promise.all([ledger.chart(), ledger.chart()])
      await ledger.chart()
      expect(sandbox.logins()).toBe(1)
      expect(sandbox.requests.filter(({ path }) => path.startsWith('/api/')).length).toBeGreaterThan(5)
    })
  })

  test('that change under callers that do not wait cost a login at most, and no answer', async () => {
    await withSite({ ...rotating, changes: { ...ONE_READ, ...MANY_AT_ONCE, auth } }, async ({ ledger }) => {
      await ledger.chart()
      const charts = await Promise.all([ledger.chart(), ledger.chart()])
      expect(charts.map(({ accounts }) => accounts?.length)).toEqual([3, 3])
    })
  })

  test('have the configured name', async () => {
    const seen: (string | null)[] = []
    const before = (): Core => ({
      async handle(request) {
        seen.push(request.headers.get('cookie'))
        return new Response('{"data":{},"sessionId":"s1"}', { headers: { 'set-cookie': 'JSESSIONID=other' } })
      },
    })
    const named: AuthOptions = { type: 'session_json', loginPath: '/api/login', cookieName: 'QADSESSION' }
    await withSite({ changes: { ...ONE_READ, auth: named }, before }, async ({ ledger }) => {
      await ledger.chart().catch(() => undefined)
      expect(seen).toEqual([null, 'QADSESSION=s1'])
    })
  })
})

describe('a configured path that leads out of the tenant', () => {
  test.each(['/../qxi/login', '/%2e%2e/login', '/..\\..\\login', '/./../login'])(
    '%s is refused, nothing is sent',
    async (loginPath) => {
      const auth: AuthOptions = { type: 'session_form', loginPath, cookieName: 'JSESSIONID', logoutPath: loginPath }
      await withSite({ changes: { ...ONE_READ, auth } }, async ({ ledger, sandbox }) => {
        expect((await failure(ledger.chart())).code).toBe('MLC-C003')
        await ledger.close()
        expect(sandbox.requests).toEqual([])
      })
    },
  )

  test('is refused as a read too, and the session stays here', async () => {
    const reads = { glAccounts: { path: '/../accounts', rows: 'data', columns: { code: 'code' } } }
    await withSite({ changes: { reads } }, async ({ ledger, sandbox }) => {
      expect((await failure(ledger.chart())).code).toBe('MLC-C003')
      expect(sandbox.requests.map(({ path }) => path)).toEqual(['/oauth/token'])
    })
  })
})
