import { describe, expect, test } from 'vitest'
import type { ReadOptions } from '../../src/qad/options.js'
import { only, reading, withSite } from './site.js'

describe('pages of a browse', () => {
  const paged = { changes: { reads: only('glAccounts', { pageSize: 2 }) } }
  const pages = (queries: readonly string[]) =>
    queries
      .filter((query) => query.includes('pageSize'))
      .map((query) => /page=(\d+).*pageAction=(\w+)/.exec(query)?.slice(1).join(' '))

  test('are read until one is short, under one call id, and counted', async () => {
    await withSite(paged, async ({ ledger, sandbox }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      const queries = sandbox.requests.filter(({ method }) => method === 'GET').map(({ query }) => query)
      expect(pages(queries)).toEqual(['1 first', '2 next'])
      expect(new Set(queries.slice(0, 2).map((query) => /callId=([^&]*)/.exec(query)?.[1])).size).toBe(1)
      expect(queries[2]).toBe('?browseId=urn%3Abrowse%3Amfg%3Axxgl01')
    })
  })

  test('a last page that is exactly full is followed by an empty one', async () => {
    await withSite({ changes: { reads: only('glAccounts', { pageSize: 3 }) } }, async ({ ledger, sandbox }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(pages(sandbox.requests.map(({ query }) => query))).toEqual(['1 first', '2 next'])
    })
  })

  test('a flag that always says there is more ends at the empty page', async () => {
    await withSite(paged, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'alwaysMore' }, on: 'browses', times: Infinity })
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })

  test('a page that repeats page 1 stops the read', async () => {
    await withSite(paged, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'repeatPage' }, on: 'xxgl01', skip: 1, times: Infinity })
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-Q012',
        message: expect.stringContaining('page 2') as string,
      })
    })
  })

  test('a count that disagrees stops the read; a count that fails does not', async () => {
    await withSite(paged, async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'wrongCount', by: 1 }, on: 'totalCount' })
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-Q012',
        message: expect.stringContaining('3 rows were read, but its count says 4') as string,
      })
      sandbox.fault({ fault: { is: 'notFound' }, on: 'totalCount' })
      expect((await ledger.chart()).accounts).toHaveLength(3)
      sandbox.fault({ fault: { is: 'reset' }, on: 'totalCount' })
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })

  test('a filtered read is not compared with the count of all', async () => {
    const filters: ReadOptions['filters'] = [['ac_mstr.ac_type', 'eq', 'STANDARD']]
    await withSite(reading(only('glAccounts', { pageSize: 2, filters })), async ({ ledger, sandbox }) => {
      sandbox.fault({ fault: { is: 'wrongCount', by: 9 }, on: 'totalCount', times: Infinity })
      expect((await ledger.chart()).accounts).toHaveLength(3)
    })
  })
})
