import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/sandbox/qad/faults.js'
import { only, reading, withSite } from './site.js'
import { READS } from './world.js'

describe('a read that goes wrong', () => {
  const once: [string, Fault][] = [
    ['429', { is: 'throttled', retryAfter: '2' }],
    ['a stack trace', { is: 'stackTrace' }],
    ['502', { is: 'gateway', status: 502 }],
    ['503', { is: 'gateway', status: 503 }],
    ['504', { is: 'gateway', status: 504 }],
    ['a reset', { is: 'reset' }],
    ['a hang', { is: 'hang' }],
    ['a body cut in the middle', { is: 'cut' }],
    ['half the JSON', { is: 'truncated' }],
    ['401', { is: 'unauthorized' }],
    ['the login page with 200', { is: 'loginPage' }],
    ['a redirect to the login', { is: 'toLogin' }],
  ]
  test.each(once)('once, by %s, is read again and whole', async (_name, fault) => {
    await withSite(reading(only('glAccounts')), async ({ ledger, sandbox }) => {
      sandbox.fault({ fault, on: 'xxgl01' })
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })

  const always: [string, Fault, string, number][] = [
    ['429', { is: 'throttled' }, 'MLC-Q007', 3],
    ['a stack trace', { is: 'stackTrace' }, 'MLC-Q503', 3],
    ['502', { is: 'gateway', status: 502 }, 'MLC-Q503', 3],
    ['a reset', { is: 'reset' }, 'MLC-Q503', 3],
    ['a hang', { is: 'hang' }, 'MLC-Q002', 3],
    ['half the JSON', { is: 'truncated' }, 'MLC-Q503', 3],
    ['401', { is: 'unauthorized' }, 'MLC-Q004', 2],
    ['the login page with 200', { is: 'loginPage' }, 'MLC-Q004', 2],
    ['a redirect to the login', { is: 'toLogin' }, 'MLC-Q004', 2],
    ['403', { is: 'forbidden' }, 'MLC-Q006', 1],
    ['404', { is: 'notFound' }, 'MLC-Q005', 1],
    ['422', { is: 'unprocessable' }, 'MLC-Q013', 1],
    ['no rows at all', { is: 'emptyBrowse' }, 'MLC-Q010', 1],
    ['an empty answer', { is: 'emptyBody' }, 'MLC-Q013', 1],
  ]
  test.each(always)('always, by %s, ends with %s%s after so many tries', async (_name, fault, code, tries) => {
    await withSite(reading(only('glAccounts')), async ({ ledger, sandbox }) => {
      sandbox.fault({ fault, on: 'xxgl01', times: Infinity })
      await expect(ledger.chart()).rejects.toMatchObject({ code })
      expect(sandbox.browseCalls(READS.glAccounts.browse)).toBe(tries)
    })
  })

  test('Retry-After is waited for', async () => {
    await withSite(reading(only('glAccounts')), async ({ ledger, sandbox, clock }) => {
      sandbox.fault({ fault: { is: 'throttled', retryAfter: '7' }, on: 'xxgl01' })
      await ledger.chart()
      expect(clock.slept).toEqual([7000])
    })
  })

  test.each(['error-in-200', '500'] as const)('an unknown browse is named (%s)', async (unknownBrowse) => {
    const spec = { ...reading(only('glAccounts', { browse: 'urn:browse:mfg:nope' })), sandbox: { unknownBrowse } }
    await withSite(spec, async ({ ledger }) => {
      const code = unknownBrowse === '500' ? 'MLC-Q503' : 'MLC-Q013'
      await expect(ledger.chart()).rejects.toMatchObject({
        code,
        message: expect.stringContaining('urn:browse:mfg:nope') as string,
      })
    })
  })

  test("QAD's own words are quoted", async () => {
    await withSite(reading(only('glAccounts', { browse: 'urn:browse:mfg:nope' })), async ({ ledger }) => {
      await expect(ledger.chart()).rejects.toThrow('There should exist at least one View.')
    })
  })

  test('stopped between two tries, it ends with the reason for stopping', async () => {
    const stop = new AbortController()
    const spec = { ...reading(only('glAccounts')), signal: stop.signal }
    await withSite(spec, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'hang' }, on: 'xxgl01', times: Infinity })
      setTimeout(() => stop.abort(new Error('deadline')), 50)
      await expect(ledger.chart()).rejects.toThrow('deadline')
      expect(sandbox.browseCalls(READS.glAccounts.browse)).toBe(1)
    })
  })
})
