import { describe, expect, test } from 'vitest'
import type { Core } from '../../src/sandbox/core.js'
import { FLOWS, MANY_AT_ONCE, ONE_READ, SESSIONS, echo, flowOf, secretsIn, sessionOf, type Flow } from './flows.js'
import { PERIOD, all, failure, postOne, posts, reference, withSite, type Site, type SiteSpec } from './site.js'

/** A site that is entered in this way. */
function entered<T>(flow: Flow, spec: SiteSpec, use: (site: Site) => Promise<T>): Promise<T> {
  const credentials = async () => flow.credentials
  return withSite({ credentials, ...spec, changes: { auth: flow.auth, ...spec.changes } }, use)
}

const logins = (flow: Flow, { sandbox }: Site) => sandbox.requests.filter(({ path }) => path === flow.loginPath).length

const logouts = ({ sandbox }: Site) => sandbox.requests.filter(({ path }) => path === '/logout').length

const apiCalls = ({ sandbox }: Site) => sandbox.requests.filter(({ path }) => path.startsWith('/api/q')).length

describe.each(FLOWS)('$type', (flow) => {
  const once = flow.loginPath === null ? 0 : 1

  test('logs in once a run, however many ask at the same time, and is reused', async () => {
    await entered(flow, { changes: MANY_AT_ONCE }, async (site) => {
      const { ledger } = site
      await Promise.all([ledger.chart(), ledger.chart(), all(ledger.balances(PERIOD)), ledger.post([reference()])])
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(logins(flow, site)).toBe(once)
      expect(site.sandbox.books).toHaveLength(1)
    })
  })

  test('with something missing names it and sends nothing', async () => {
    for (const [name, value] of Object.entries(flow.credentials)) {
      if (value === null) continue
      const credentials = async () => ({ ...flow.credentials, [name]: null })
      await entered(flow, { credentials }, async ({ ledger, sandbox }) => {
        const error = await failure(ledger.chart())
        const variable = `MLC_QAD_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
        expect(error).toMatchObject({ code: 'MLC-S001', message: expect.stringContaining(variable) as string })
        expect(error.message).toContain(flow.type)
        expect(sandbox.requests).toEqual([])
      })
    }
  })

  test('refused is tried once, however many ask at the same time and later', async () => {
    const credentials = async () => flow.wrong
    await entered(flow, { credentials, changes: MANY_AT_ONCE }, async (site) => {
      const { ledger, sandbox } = site
      const errors = await Promise.all([
        failure(ledger.chart()),
        failure(all(ledger.posted(PERIOD))),
        failure(ledger.post([reference()])),
      ])
      errors.push(await failure(ledger.chart()), await failure(ledger.post([reference()])))
      expect(errors.map(({ code }) => code)).toEqual(errors.map(() => 'MLC-Q004'))
      await ledger.close()
      expect(sandbox.requests).toHaveLength(1)
      for (const error of errors) expect(secretsIn(flow, JSON.stringify(error) + String(error.stack))).toEqual([])
    })
  })

  test('names a locked user, in the words of QAD where it gives any', async () => {
    if (flow.credentials.username === null) return
    const lockedWords = 'The user account is locked. Contact your administrator.'
    await entered(flow, { sandbox: { lockedWords }, changes: ONE_READ }, async ({ ledger, sandbox, url }) => {
      const body = JSON.stringify({ username: 'mlc', password: 'x' })
      for (let tries = 0; tries < 10; tries++) await fetch(`${url}/api/login`, { method: 'POST', body })
      const before = sandbox.requests.length
      const error = await failure(ledger.chart())
      expect(error).toMatchObject({ code: 'MLC-Q004', exitCode: 4 })
      expect(error.message).toContain('mlc')
      expect(error.message).toContain(flow.type === 'session_form' ? '/resources/login.jsp?error=1' : lockedWords)
      if (flow.type !== 'session_form') expect(error.fix).toContain('unlock mlc')
      expect(sandbox.requests.length - before).toBe(1)
    })
  })

  test('keeps its secrets out of addresses, the trace and every error, even where QAD repeats all that it was sent', async () => {
    const addresses: string[] = []
    const lines: string[] = []
    const sent: string[] = []
    for (const status of [200, 201, 302, 400, 401, 403, 404, 409, 422, 500, 503]) {
      for (const at of ['login', 'call']) {
        const before = (inner: Core): Core => ({
          async handle(request) {
            addresses.push(request.url)
            sent.push(...sessionOf(request))
            const isLogin = new URL(request.url).pathname.endsWith(flow.loginPath ?? '\0')
            return isLogin === (at === 'login') ? echo(request, status) : inner.handle(request)
          },
        })
        const trace = (line: string) => void lines.push(line)
        const credentials = async () => (at === 'login' || flow.loginPath === null ? flow.wrong : flow.credentials)
        await entered(flow, { before, trace, credentials }, async ({ ledger }) => {
          const errors = [await failureOrNull(ledger.chart()), await failureOrNull(ledger.post([reference()]))]
          for (const error of errors) expect(secretsIn(flow, error, sent)).toEqual([])
          await ledger.close()
        })
      }
    }
    expect(secretsIn(flow, addresses.join(' '), sent)).toEqual([])
    expect(secretsIn(flow, lines.join(' '), sent)).toEqual([])
    expect(lines.length).toBeGreaterThan(20)
    // The check itself: what was sent did hold them.
    expect(sent.length).toBeGreaterThan(5)
  })

  test('sends the extra headers along, at the login too', async () => {
    const seen: (string | null)[] = []
    const before = (inner: Core): Core => ({
      handle: (request) => (seen.push(request.headers.get('x-csrf')), inner.handle(request)),
    })
    const changes = { ...ONE_READ, http: { ...MANY_AT_ONCE.http, extraHeaders: { 'X-CSRF': 'c1' } } }
    await entered(flow, { before, changes }, async ({ ledger }) => {
      await ledger.chart()
      await ledger.close()
      expect(seen).toEqual(Array.from({ length: flow.loginPath === null ? 1 : 3 }, () => 'c1'))
    })
  })
})

describe.each(SESSIONS)('the session of $type', (flow) => {
  const ends: readonly (readonly [string, (site: Site) => unknown])[] = [
    ['after an idle hour', ({ clock }) => clock.advance(61 * 60_000)],
    ['on the side of QAD', ({ sandbox }) => sandbox.endSessions()],
    ['with 401', ({ sandbox }) => sandbox.fault({ fault: { is: 'unauthorized' } })],
    ['with the login page in a 200', ({ sandbox }) => sandbox.fault({ fault: { is: 'loginPage' } })],
    ['with a redirect to the login page', ({ sandbox }) => sandbox.fault({ fault: { is: 'toLogin' } })],
  ]

  test.each(ends)('that ends %s is renewed once, for a read', async (_, end) => {
    await entered(flow, { changes: ONE_READ }, async (site) => {
      await site.ledger.chart()
      await end(site)
      expect((await site.ledger.chart()).accounts).toHaveLength(3)
      expect(logins(flow, site)).toBe(2)
    })
  })

  test.each(ends)('that ends %s is renewed once, for a write, which arrives once', async (_, end) => {
    await entered(flow, {}, async (site) => {
      await site.ledger.chart()
      await end(site)
      expect(await postOne(site)).toMatchObject({ status: 'posted' })
      expect(logins(flow, site)).toBe(2)
      expect(site.sandbox.books).toHaveLength(1)
    })
  })

  test('that ends in the answer to a write that QAD did store is renewed, and nothing is sent twice', async () => {
    let lost = false
    const before = (inner: Core): Core => ({
      async handle(request) {
        const reply = await inner.handle(request)
        if (lost || !request.url.includes('/api/bdoc/')) return reply
        lost = true
        return new Response(null, { status: 302, headers: { location: '/clouderp/resources/login.jsp' } })
      },
    })
    await entered(flow, { before }, async (site) => {
      expect(await postOne(site)).toMatchObject({ status: 'exists' })
      expect(posts(site)).toBe(1)
      expect(site.sandbox.books).toHaveLength(1)
      expect(logins(flow, site)).toBe(2)
    })
  })

  test('that ends for many at once is renewed by one login', async () => {
    await entered(flow, { changes: { ...ONE_READ, ...MANY_AT_ONCE } }, async (site) => {
      await site.ledger.chart()
      site.sandbox.endSessions()
      await Promise.all([site.ledger.chart(), site.ledger.chart(), site.ledger.chart()])
      expect(logins(flow, site)).toBe(2)
    })
  })

  test('that ends again at once is not chased', async () => {
    await entered(flow, { changes: ONE_READ }, async (site) => {
      site.sandbox.fault({ fault: { is: 'toLogin' }, on: '/api/qracore', times: Infinity })
      const error = await failure(site.ledger.chart())
      expect(error).toMatchObject({ code: 'MLC-Q004', message: expect.stringContaining('asks for it again') as string })
      expect([logins(flow, site), apiCalls(site)]).toEqual([2, 2])
    })
  })

  test('that cannot be renewed because the password has changed ends the run after one try, with nothing to log out of', async () => {
    let asked = 0
    const credentials = async () => (++asked === 1 ? flow.credentials : flow.wrong)
    await entered(flow, { credentials }, async (site) => {
      await site.ledger.chart()
      site.sandbox.endSessions()
      expect((await failure(site.ledger.post([reference()]))).code).toBe('MLC-Q004')
      expect((await failure(site.ledger.chart())).code).toBe('MLC-Q004')
      await site.ledger.close()
      expect([logins(flow, site), posts(site), logouts(site)]).toEqual([2, 1, 0])
      expect(site.sandbox.books).toEqual([])
    })
  })

  test('is logged out once at the end, also after an error', async () => {
    const seen: Request[] = []
    const before = (inner: Core): Core => ({ handle: (request) => (seen.push(request.clone()), inner.handle(request)) })
    await entered(flow, { before, changes: ONE_READ }, async (site) => {
      await site.ledger.chart()
      site.sandbox.fault({ fault: { is: 'forbidden' } })
      await failure(site.ledger.chart())
      await site.ledger.close()
      await site.ledger.close()
      expect(logouts(site)).toBe(1)
      expect(site.sandbox.requests.at(-1)).toMatchObject({ method: 'POST', path: '/logout', query: '' })
      const { authorization, cookie } = Object.fromEntries(seen.at(-1)?.headers ?? [])
      const headers = { ...(authorization ? { authorization } : {}), ...(cookie ? { cookie } : {}) }
      const late = await fetch(`${site.url}/api/qracore/inboxdata`, { headers, redirect: 'manual' })
      expect(late.status).toBe(cookie ? 302 : 401)
    })
  })

  test('is logged out when the run is stopped too, and a log-out that hangs is not waited for', async () => {
    const stop = new AbortController()
    await entered(flow, { signal: stop.signal, changes: ONE_READ }, async (site) => {
      await site.ledger.chart()
      stop.abort(new Error('stopped'))
      site.sandbox.fault({ fault: { is: 'hang' }, on: '/logout' })
      await site.ledger.close()
      expect(logouts(site)).toBe(1)
    })
  })

  test('is told to live on where QAD does not know the path of the log-out', async () => {
    const said: string[] = []
    const changes = { ...ONE_READ, auth: { ...flow.auth, logoutPath: '/nowhere' } }
    await entered(flow, { warn: (line) => said.push(line), changes }, async (site) => {
      await site.ledger.chart()
      await site.ledger.close()
    })
    expect(said).toEqual([expect.stringContaining('log-out at /nowhere with HTTP 404')])
  })

  test('is not logged out where no path is configured, or nothing was asked', async () => {
    await entered(flow, { changes: { auth: { ...flow.auth, logoutPath: null } } }, async (site) => {
      await site.ledger.chart()
      await site.ledger.close()
      expect(logouts(site)).toBe(0)
    })
    await entered(flow, {}, async (site) => {
      await site.ledger.close()
      expect(site.sandbox.requests).toEqual([])
    })
  })
})

/** Basic has no session: a log-out would be one more call with the password. */
test('basic is never logged out', async () => {
  const basic = flowOf('basic')
  await entered(basic, { changes: ONE_READ }, async (site) => {
    await site.ledger.chart()
    await site.ledger.close()
    expect(logouts(site)).toBe(0)
  })
})

test('basic that is refused in mid-run is not tried by those who wait behind', async () => {
  const basic = flowOf('basic')
  await entered(basic, { changes: ONE_READ }, async (site) => {
    await site.ledger.chart()
    site.sandbox.fault({ fault: { is: 'unauthorized' }, times: Infinity })
    const errors = await Promise.all([1, 2, 3].map(() => failure(site.ledger.chart())))
    expect(errors.map(({ code }) => code)).toEqual(['MLC-Q004', 'MLC-Q004', 'MLC-Q004'])
    expect(apiCalls(site)).toBe(2)
  })
})

test('basic that QAD has not answered yet is not believed', async () => {
  const basic = flowOf('basic')
  const credentials = async () => basic.wrong
  await entered(basic, { credentials, changes: { ...ONE_READ, ...MANY_AT_ONCE } }, async (site) => {
    site.sandbox.fault({ fault: { is: 'reset' } })
    await Promise.all([1, 2, 3].map(() => failure(site.ledger.chart())))
    // The one whose answer was lost, and the one that was refused.
    expect(apiCalls(site)).toBe(2)
  })
})

test('basic that QAD has not answered yet is tried by the next in the queue', async () => {
  const basic = flowOf('basic')
  await entered(basic, { changes: { ...ONE_READ, ...MANY_AT_ONCE } }, async (site) => {
    site.sandbox.fault({ fault: { is: 'reset' }, times: 2 })
    const charts = await Promise.all([site.ledger.chart(), site.ledger.chart()])
    expect(charts.map(({ accounts }) => accounts?.length)).toEqual([3, 3])
  })
})

async function failureOrNull(work: Promise<unknown>): Promise<string> {
  const ended: unknown = await work.catch((error: unknown) => error)
  return ended instanceof Error ? JSON.stringify(ended) + String(ended.stack) : JSON.stringify(ended)
}
