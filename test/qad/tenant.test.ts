import { describe, expect, test } from 'vitest'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { Core } from '../../src/sandbox/core.js'
import { failure, fastClock, options, ports, reference, withSite } from './site.js'
import { READS } from './world.js'

const accountsOnly = { reads: { glAccounts: READS.glAccounts } }

describe('the workspace', () => {
  test('can travel as parameters', async () => {
    const workspace = { mode: 'query', header: 'x-qad-workspace-id', template: '{domain}_{entity}' } as const
    await withSite({ changes: { ...accountsOnly, workspace } }, async ({ ledger, sandbox }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(sandbox.requests.at(-1)).toMatchObject({
        workspace: null,
        query: expect.stringContaining('domainCode=10USA&entityCode=10USACO') as string,
      })
    })
  })

  test('can be left to the user’s default', async () => {
    const workspace = { mode: 'none', header: 'x', template: '' } as const
    await withSite({ changes: { ...accountsOnly, workspace } }, async ({ ledger, sandbox }) => {
      await ledger.chart()
      expect(sandbox.requests.at(-1)?.workspace).toBeNull()
    })
  })

  test('that the user may not enter is a matter of rights', async () => {
    await withSite(
      { username: 'reader', changes: { ...accountsOnly, domain: '20EU', entity: '20EUCO' } },
      async ({ ledger }) => {
        expect((await failure(ledger.chart())).code).toBe('MLC-Q006')
      },
    )
  })
})

describe('the address', () => {
  test.each(['/clouderp', '/clouderp/', '/qad-central', '/clouderp/test'])('is used whole: %s', async (root) => {
    await withSite({ sandbox: { mounts: [root.replace(/\/$/, '')] } }, async ({ url }) => {
      const ledger = createAdaptive(options(url.replace('/clouderp', root), accountsOnly), ports(fastClock()))
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })

  test('with plain http to another host is refused', () => {
    expect(() => createAdaptive(options('http://acme.qad.com/clouderp'), ports(fastClock()))).toThrow(
      expect.objectContaining({ code: 'MLC-C007' }) as Error,
    )
  })

  test('where nobody listens is not available', async () => {
    const ledger = createAdaptive(options('http://127.0.0.1:9', { auth: { type: 'basic' } }), ports(fastClock()))
    expect((await failure(ledger.chart())).code).toBe('MLC-Q503')
  })
})

describe('pace', () => {
  test('keeps the gap between any two requests', async () => {
    const http = { ...options('https://x').http, minGapMs: 200 }
    await withSite({ changes: { http } }, async ({ ledger, sandbox }) => {
      await Promise.all([ledger.chart(), ledger.post([reference()])])
      const times = sandbox.requests.map(({ at }) => at)
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      expect(gaps.length).toBeGreaterThan(3)
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(200)
    })
  })

  test('sends one request at a time', async () => {
    let running = 0
    let most = 0
    await withSite(
      {
        before: (inner) => ({
          async handle(request) {
            most = Math.max(most, ++running)
            await new Promise((resolve) => setImmediate(resolve))
            return inner.handle(request).finally(() => running--)
          },
        }),
      },
      async ({ ledger }) => {
        await Promise.all([ledger.chart(), ledger.chart(), ledger.post([reference()])])
        expect(most).toBe(1)
      },
    )
  })

  test('extra headers go with every call and cannot replace ours', async () => {
    const seen: Headers[] = []
    const http = { ...options('https://x').http, extraHeaders: { 'X-Gateway': 'g1', Authorization: 'nobody' } }
    const before = (inner: Core) => ({
      handle: (request: Request) => (seen.push(request.headers), inner.handle(request)),
    })
    await withSite({ changes: { ...accountsOnly, http }, before }, async ({ ledger }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(seen.map((headers) => headers.get('x-gateway'))).toEqual(['g1', 'g1'])
    })
  })
})

describe('the end', () => {
  const auth = {
    type: 'oauth_password',
    tokenPath: '/oauth/token',
    logoutPath: '/logout',
    headerPrefix: 'Bearer ',
  } as const

  test('logs out where the tenant has a path for it', async () => {
    await withSite({ changes: { ...accountsOnly, auth } }, async ({ ledger, sandbox }) => {
      await ledger.chart()
      await ledger.close()
      expect(sandbox.requests.at(-1)).toMatchObject({ method: 'POST', path: '/logout' })
    })
  })

  test('without a login there is nothing to end', async () => {
    await withSite({ changes: { auth } }, async ({ ledger, sandbox }) => {
      await ledger.close()
      expect(sandbox.requests).toEqual([])
    })
  })

  test('does not mind a logout that fails', async () => {
    await withSite({ changes: { ...accountsOnly, auth } }, async ({ ledger, sandbox }) => {
      await ledger.chart()
      sandbox.fault({ fault: { is: 'reset' }, on: '/logout' })
      await expect(ledger.close()).resolves.toBeUndefined()
    })
  })
})
