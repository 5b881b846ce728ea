import { describe, expect, test } from 'vitest'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { Core } from '../../src/sandbox/core.js'
import type { AdaptiveOptions } from '../../src/qad/options.js'
import { PERIOD, all, failure, fastClock, options, ports, reference, withSite } from './site.js'
import { CLIENT_ID, PASSWORD } from './world.js'
import { READS } from './world.js'

const accountsOnly = { reads: { glAccounts: READS.glAccounts } }

describe('the login', () => {
  test('happens once, however many ask at the same time', async () => {
    await withSite(
      { changes: { http: { ...options('https://x').http, maxInFlight: 8 } } },
      async ({ ledger, sandbox }) => {
        await Promise.all([ledger.chart(), ledger.chart(), all(ledger.balances(PERIOD)), ledger.post([reference()])])
        expect(sandbox.logins()).toBe(1)
      },
    )
  })

  test('carries its secrets in the form body, never in the address', async () => {
    await withSite({ changes: accountsOnly }, async ({ ledger, sandbox }) => {
      await ledger.chart()
      expect(sandbox.requests[0]).toMatchObject({
        path: '/oauth/token',
        query: '',
        contentType: 'application/x-www-form-urlencoded',
      })
    })
  })

  test('with a wrong password is tried once in the whole run and says who, not what', async () => {
    await withSite({ password: 'wrong-Secret-1' }, async ({ ledger, sandbox }) => {
      const error = await failure(ledger.chart())
      expect(error).toMatchObject({ code: 'MLC-Q004', exitCode: 4 })
      expect(error.message).toContain('mlc')
      expect(error.message).toContain('Username or password is invalid')
      expect(JSON.stringify(error) + String(error.stack)).not.toContain('wrong-Secret-1')
      expect((await failure(ledger.post([reference()]))).code).toBe('MLC-Q004')
      expect((await failure(all(ledger.posted(PERIOD)))).code).toBe('MLC-Q004')
      expect(sandbox.requests).toHaveLength(1)
    })
  })

  test('with a wrong client id is refused as such', async () => {
    await withSite({ clientId: 'ffff' }, async ({ ledger }) => {
      const { message, fix } = await failure(ledger.chart())
      expect(message).toContain('Bad client credentials')
      expect(fix).toMatch(/^Check the client id \(MLC_QAD_CLIENT_ID\)/)
    })
  })

  test.each([
    ['{"error":"access_denied"}', 'MLC-Q004'],
    ['{"errors":[{"message":"Access is denied"}]}', 'MLC-Q004'],
    ['{"message":"Forbidden","documentation_url":"https://looker.example"}', 'MLC-Q005'],
    ['<html>Forbidden</html>', 'MLC-Q005'],
    ['', 'MLC-Q005'],
  ])('answered by 403 and %s: only words of OAuth or QAD are a verdict', async (body, code) => {
    const before = (): Core => ({ handle: async () => new Response(body, { status: 403 }) })
    await withSite({ changes: accountsOnly, before }, async ({ ledger }) => {
      expect((await failure(ledger.chart())).code).toBe(code)
    })
  })

  test('without a client id asks for it and sends nothing', async () => {
    await withSite({ clientId: null }, async ({ ledger, sandbox }) => {
      expect(await failure(ledger.chart())).toMatchObject({
        code: 'MLC-S001',
        message: expect.stringContaining('MLC_QAD_CLIENT_ID') as string,
      })
      expect(sandbox.requests).toEqual([])
    })
  })

  test('at a wrong context root names the address', async () => {
    await withSite({}, async ({ url }) => {
      const base = url.replace('/clouderp', '/qad-central')
      const ledger = createAdaptive(options(base), ports(fastClock()))
      expect(await failure(ledger.chart())).toMatchObject({
        code: 'MLC-Q005',
        message: expect.stringContaining(`${base}/oauth/token`) as string,
      })
    })
  })

  test.each([
    ['a web page with 200', { is: 'loginPage' } as const, 'MLC-Q005'],
    ['a redirect', { is: 'toLogin' } as const, 'MLC-Q005'],
    ['503 to the end', { is: 'gateway', status: 503 } as const, 'MLC-Q503'],
    ['429 to the end', { is: 'throttled' } as const, 'MLC-Q007'],
    ['silence', { is: 'hang' } as const, 'MLC-Q002'],
    ['403', { is: 'forbidden' } as const, 'MLC-Q004'],
    ['half a token', { is: 'truncated' } as const, 'MLC-Q005'],
  ])('answered by %s', async (_name, fault, code) => {
    await withSite({}, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault, on: '/oauth/token', times: Infinity })
      expect((await failure(ledger.chart())).code).toBe(code)
    })
  })

  test('that fails for a moment is repeated', async () => {
    await withSite({ changes: accountsOnly }, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'gateway', status: 502 }, on: '/oauth/token' })
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })
})

describe('the token', () => {
  test('is renewed a minute before it ends, where QAD tells its life', async () => {
    await withSite(
      { changes: accountsOnly, sandbox: { tellExpiry: true, tokenSeconds: 600 } },
      async ({ ledger, sandbox, clock }) => {
        await ledger.chart()
        clock.advance(539_000)
        await ledger.chart()
        expect(sandbox.logins()).toBe(1)
        clock.advance(1_000)
        await ledger.chart()
        expect(sandbox.logins()).toBe(2)
      },
    )
  })

  test('that lives for seconds is used for half its life', async () => {
    await withSite(
      { changes: accountsOnly, sandbox: { tellExpiry: true, tokenSeconds: 10 } },
      async ({ ledger, sandbox, clock }) => {
        await ledger.chart()
        clock.advance(4_000)
        await ledger.chart()
        expect(sandbox.logins()).toBe(1)
        clock.advance(1_000)
        await ledger.chart()
        expect(sandbox.logins()).toBe(2)
      },
    )
  })

  test('of unknown life is renewed when QAD refuses it, once for all who held it', async () => {
    const http = { ...options('https://x').http, maxInFlight: 8 }
    await withSite(
      { changes: { ...accountsOnly, http }, sandbox: { tokenSeconds: 60 } },
      async ({ ledger, sandbox, clock }) => {
        await ledger.chart()
        clock.advance(61_000)
        await Promise.all([ledger.chart(), ledger.chart(), ledger.chart()])
        expect(sandbox.logins()).toBe(2)
      },
    )
  })

  test('never shows in an error, even where QAD repeats it', async () => {
    await withSite({ changes: accountsOnly, before: (inner) => repeatToken(inner) }, async ({ ledger }) => {
      const error = await failure(ledger.chart())
      expect(error.code).toBe('MLC-Q006')
      expect(error.message).toContain('Invalid access token: ***')
    })
  })
})

describe('Basic', () => {
  const basic: Partial<AdaptiveOptions> = { ...accountsOnly, auth: { type: 'basic' } }

  test('needs no login', async () => {
    await withSite({ changes: basic }, async ({ ledger, sandbox }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(sandbox.requests.map(({ path }) => path)).toEqual(['/api/qracore/browses'])
    })
  })

  test('refused is refused for good: every try counts towards the lock', async () => {
    await withSite({ changes: basic, password: 'wrong-Secret-1' }, async ({ ledger, sandbox }) => {
      const error = await failure(ledger.chart())
      expect(error).toMatchObject({
        code: 'MLC-Q004',
        message: expect.stringContaining('refused the login of mlc') as string,
      })
      expect(error.message).not.toContain('wrong-Secret-1')
      expect((await failure(ledger.chart())).code).toBe('MLC-Q004')
      expect(sandbox.requests).toHaveLength(1)
    })
  })
})

test('no secret is in the log of requests', async () => {
  await withSite({}, async ({ ledger, sandbox }) => {
    await ledger.chart()
    const log = JSON.stringify(sandbox.requests)
    expect(log).not.toContain(PASSWORD)
    expect(log).not.toContain(CLIENT_ID)
  })
})

function repeatToken(inner: Core): Core {
  return {
    async handle(request) {
      const token = request.headers.get('authorization')?.slice(7)
      if (token === undefined) return inner.handle(request)
      return Response.json({ errors: [{ message: `Invalid access token: ${token}` }] }, { status: 403 })
    },
  }
}
