import { describe, expect, test } from 'vitest'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { Fault } from '../../src/sandbox/qad/faults.js'
import { fastClock, options, ports, postOne, posts, reference, withSite, writing } from './site.js'
import { READS } from './world.js'

const BDOC = '/api/bdoc/'
const noReadBack = { ...READS, posted: null }

describe('an answer that cannot be trusted', () => {
  const ambiguous: [string, Fault, number][] = [
    ['a hang before the commit', { is: 'hang' }, 0],
    ['a hang after the commit', { is: 'hang', committed: true }, 1],
    ['a reset before the commit', { is: 'reset' }, 0],
    ['a reset after the commit', { is: 'reset', committed: true }, 1],
    ['a stack trace', { is: 'stackTrace' }, 0],
    ['a stack trace after the commit', { is: 'stackTrace', committed: true }, 1],
    ['502 after the commit', { is: 'gateway', status: 502, committed: true }, 1],
    ['503 after the commit', { is: 'gateway', status: 503, committed: true }, 1],
    ['503', { is: 'gateway', status: 503 }, 0],
    ['504 after the commit', { is: 'gateway', status: 504, committed: true }, 1],
    ['half the JSON', { is: 'truncated' }, 1],
    ['a body cut in the middle', { is: 'cut' }, 1],
  ]
  test.each(ambiguous)('%s leaves the reference in doubt, sent once', async (_name, fault, stored) => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault, on: BDOC })
      expect(await postOne(site)).toMatchObject({ status: 'unknown', code: 'MLC-Q021' })
      expect(posts(site)).toBe(1)
      expect(site.sandbox.books).toHaveLength(stored)
    })
  })

  test('a record that QAD put into another workspace is a conflict that names it', async () => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault: { is: 'defaultWorkspace' }, on: BDOC })
      const answer = await postOne(site)
      expect(answer).toMatchObject({
        status: 'conflict',
        message: expect.stringContaining('in 20EU 20EUCO, not in 10USA 10USACO') as string,
      })
      expect(answer).toMatchObject({ posted: { key: reference().key, amount: '412880.15' } })
    })
  })
})

describe('a request that does not arrive', () => {
  test('is tried again, and is unsent in the end', async () => {
    const clock = fastClock()
    const basic = { type: 'basic' } as const
    const ledger = createAdaptive(options('http://127.0.0.1:9', { auth: basic }), ports(clock))
    expect(await ledger.post([reference()])).toEqual([
      { status: 'unsent', code: 'MLC-Q503', reason: expect.stringContaining('refused') as string },
    ])
    expect(clock.slept).toHaveLength(2)
  })

  test('is unsent when QAD throttles to the end, and posted when it stops throttling', async () => {
    await withSite({}, async (site) => {
      const throttling = site.sandbox.fault({ fault: { is: 'throttled', retryAfter: '3' }, on: BDOC, times: 3 })
      expect(await postOne(site)).toMatchObject({ status: 'unsent', code: 'MLC-Q007' })
      expect(throttling.hits()).toBe(3)
      expect(site.clock.slept).toEqual([3000, 3000])
      site.sandbox.fault({ fault: { is: 'throttled' }, on: BDOC, times: 2 })
      expect(await postOne(site)).toMatchObject({ status: 'posted' })
      expect(site.sandbox.books).toHaveLength(1)
    })
  })

  test('because the login is down is unsent', async () => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault: { is: 'gateway', status: 503 }, on: '/oauth/token', times: Infinity })
      expect(await postOne(site)).toMatchObject({ status: 'unsent', code: 'MLC-Q503' })
      expect(posts(site)).toBe(0)
    })
  })

  test('because the run was stopped is unsent', async () => {
    const stop = new AbortController()
    await withSite({ signal: stop.signal }, async (site) => {
      await site.ledger.chart()
      stop.abort(new Error('interrupted'))
      expect(await postOne(site)).toMatchObject({ status: 'unsent' })
      expect(posts(site)).toBe(0)
    })
  })
})

describe('a session that ends at a write', () => {
  const ends: [string, Fault][] = [
    ['401', { is: 'unauthorized' }],
    ['the login page with 200', { is: 'loginPage' }],
    ['a redirect to the login', { is: 'toLogin' }],
  ]
  test.each(ends)(
    '%s: a new login, a look, and the record is sent again where QAD does not have it',
    async (_name, fault) => {
      await withSite({}, async (site) => {
        site.sandbox.fault({ fault, on: BDOC })
        expect(await postOne(site)).toMatchObject({ status: 'posted' })
        expect([posts(site), site.sandbox.logins(), site.sandbox.books.length]).toEqual([2, 2, 1])
        expect(site.sandbox.browseCalls(READS.posted.browse)).toBe(1)
      })
    },
  )

  test.each(ends)('%s after the commit: the record is found and not sent again', async (_name, fault) => {
    await withSite({ sandbox: { uniqueKeys: false } }, async (site) => {
      site.sandbox.plant(reference())
      site.sandbox.fault({ fault, on: BDOC })
      expect(await postOne(site)).toMatchObject({ status: 'exists' })
      expect([posts(site), site.sandbox.books.length]).toEqual([1, 1])
    })
  })

  test('without a read-back it is in doubt, and nothing is sent again', async () => {
    await withSite({ changes: { reads: noReadBack } }, async (site) => {
      site.sandbox.fault({ fault: { is: 'unauthorized' }, on: BDOC })
      expect(await postOne(site)).toMatchObject({ status: 'unknown' })
      expect(posts(site)).toBe(1)
    })
  })

  test('again and again stops the run', async () => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault: { is: 'unauthorized' }, on: BDOC, times: Infinity })
      await expect(postOne(site)).rejects.toMatchObject({ code: 'MLC-Q004' })
      expect([posts(site), site.sandbox.logins()]).toEqual([2, 2])
    })
  })

  test('and a login that is down leave it in doubt', async () => {
    await withSite({}, async (site) => {
      await site.ledger.chart()
      site.sandbox.fault({ fault: { is: 'unauthorized' }, on: BDOC })
      site.sandbox.fault({ fault: { is: 'gateway', status: 503 }, on: '/oauth/token', times: Infinity })
      expect(await postOne(site)).toMatchObject({ status: 'unknown' })
    })
  })
})

describe('a batch', () => {
  const first = reference()
  const second = reference({ costCentre: '0120', amount: '2.00' })
  const locked = reference({ period: 2, amount: '3.00' })

  test('that QAD takes is posted, answered in order', async () => {
    await withSite({ changes: writing({ batchSize: 10 }) }, async ({ ledger, sandbox }) => {
      expect(ledger.batchSize).toBe(10)
      const answers = await ledger.post([second, first])
      expect(answers).toMatchObject([
        { status: 'posted', qadRef: expect.stringContaining(second.key) as string },
        { status: 'posted', qadRef: expect.stringContaining(first.key) as string },
      ])
      expect(sandbox.books.map(({ key }) => key)).toEqual([second.key, first.key])
    })
  })

  test('whose answer is lost is in doubt, every record of it', async () => {
    await withSite({}, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'reset', committed: true }, on: BDOC })
      expect((await ledger.post([first, second])).map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    })
  })

  test('refused as a whole is rejected once QAD shows none of it', async () => {
    await withSite({}, async ({ ledger, sandbox }) => {
      const answers = await ledger.post([first, locked])
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(sandbox.browseCalls(READS.posted.browse)).toBeGreaterThan(0)
    })
  })

  test('taken in part says so: what is there exists, the rest is in doubt', async () => {
    await withSite({ sandbox: { atomic: false } }, async ({ ledger }) => {
      const answers = await ledger.post([first, locked])
      expect(answers.map(({ status }) => status)).toEqual(['exists', 'unknown'])
    })
  })

  test('refused without a read-back is in doubt', async () => {
    await withSite({ changes: { reads: noReadBack } }, async ({ ledger }) => {
      expect((await ledger.post([first, locked])).map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    })
  })

  test('with one record that QAD holds already: that one exists', async () => {
    await withSite({}, async ({ ledger, sandbox }) => {
      sandbox.plant(first)
      expect((await ledger.post([first, second])).map(({ status }) => status)).toEqual(['exists', 'unknown'])
    })
  })

  test('at whose write the session ends: only what is missing is sent again', async () => {
    await withSite({ sandbox: { uniqueKeys: false } }, async ({ ledger, sandbox }) => {
      sandbox.plant(first)
      sandbox.fault({ fault: { is: 'unauthorized' }, on: BDOC })
      expect((await ledger.post([first, second])).map(({ status }) => status)).toEqual(['exists', 'posted'])
      expect(sandbox.books.map(({ key }) => key)).toEqual([first.key, second.key])
    })
  })
})
