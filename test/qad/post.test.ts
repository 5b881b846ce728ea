import { describe, expect, test } from 'vitest'
import { postOne, posts, reference, withSite, writing, type SiteSpec } from './site.js'
import { READS } from './world.js'

const BDOC = '/api/bdoc/'
const noReadBack = { ...READS, posted: null }

describe('a reference that QAD takes', () => {
  test('is posted once, to the digit, in its workspace', async () => {
    await withSite({}, async (site) => {
      const amount = '12345678901234567.8900'
      expect(await postOne(site, { account: '04010', costCentre: '0120', amount })).toEqual({
        status: 'posted',
        qadRef: expect.stringContaining('urn:be:com.acme.recon.IReconReference:10USA.MLC') as string,
      })
      expect(site.sandbox.books).toMatchObject([
        {
          workspace: '10USA_10USACO',
          account: '04010',
          costCentre: '0120',
          amount,
          year: 2026,
          period: 3,
          revision: 1,
          source: 'look 42',
        },
      ])
      expect(site.sandbox.requests.at(-1)).toMatchObject({
        workspace: '10USA_10USACO',
        contentType: 'application/json; charset=utf-8',
      })
    })
  })

  test.each(['envelope', 'array', 'empty'] as const)('is posted whatever 201 carries: %s', async (createdBody) => {
    await withSite({ sandbox: { createdBody } }, async (site) => {
      expect(await postOne(site)).toMatchObject({
        status: 'posted',
        qadRef: createdBody === 'empty' ? null : (expect.any(String) as string),
      })
    })
  })

  test('is posted with its amount as text where the tenant wants text', async () => {
    await withSite({ changes: writing({ amountAs: 'string' }) }, async (site) => {
      expect(await postOne(site)).toMatchObject({ status: 'posted' })
      expect(site.sandbox.requests.at(-1)?.body).toContain('"lookerAmount":"412880.15"')
    })
  })

  test('a zero is a figure', async () => {
    await withSite({}, async (site) => {
      expect(await postOne(site, { amount: '0.00' })).toMatchObject({ status: 'posted' })
      expect(site.sandbox.books).toMatchObject([{ amount: '0.00' }])
    })
  })

  test('nothing to post asks nothing', async () => {
    await withSite({}, async ({ ledger, sandbox }) => {
      expect(await ledger.post([])).toEqual([])
      expect(sandbox.requests).toEqual([])
    })
  })

  test('an answer without submitResult that shows our record is believed', async () => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault: { is: 'noSubmitResult' }, on: BDOC })
      expect(await postOne(site)).toMatchObject({ status: 'posted' })
    })
  })
})

describe('a reference that QAD refuses', () => {
  test.each([
    ['a locked period', { period: 2 }, 'Period 2026/2 is locked'],
    ['an inactive account', { account: '5990' }, 'GL account 5990 is not active.'],
    ['a text too long for its field', { account: '123456789' }, 'longer than 8'],
  ])('for %s is rejected in its words', async (_name, changes, words) => {
    await withSite({}, async (site) => {
      expect(await postOne(site, changes)).toEqual({
        status: 'rejected',
        code: 'MLC-Q020',
        message: expect.stringContaining(words) as string,
      })
      expect(site.sandbox.books).toEqual([])
      expect(posts(site)).toBe(1)
    })
  })

  test('with 422 is rejected', async () => {
    await withSite({}, async (site) => {
      site.sandbox.fault({ fault: { is: 'unprocessable' }, on: BDOC })
      expect(await postOne(site)).toMatchObject({ status: 'rejected', message: 'The record cannot be processed.' })
    })
  })

  test('at a path that does not exist names the setting', async () => {
    await withSite({ changes: writing({ path: '/api/bdoc/acme/recon/Typo' }) }, async (site) => {
      expect(await postOne(site)).toMatchObject({
        status: 'rejected',
        message: expect.stringContaining('qad.write.path') as string,
      })
    })
  })

  test('because of rights stops the run', async () => {
    await withSite({ username: 'reader' }, async (site) => {
      await expect(postOne(site)).rejects.toMatchObject({
        code: 'MLC-Q006',
        message: expect.stringContaining('Access is denied') as string,
      })
    })
  })
})

describe('a key that QAD holds already', () => {
  const duplicates: SiteSpec[] = [
    { sandbox: { duplicateAnswer: 'refused-in-200' } },
    { sandbox: { duplicateAnswer: '409' } },
  ]
  describe.each(duplicates)('answered as $sandbox.duplicateAnswer', (spec) => {
    test('with the same content exists', async () => {
      await withSite(spec, async (site) => {
        site.sandbox.plant({ ...reference(), amount: '412880.150' })
        expect(await postOne(site)).toMatchObject({
          status: 'exists',
          posted: { key: reference().key, amount: '412880.15' },
        })
      })
    })

    test.each([
      ['amount', { amount: '1.00' }, 'amount 1 instead of 412880.15'],
      ['account', { account: '04010' }, 'account 04010 instead of 5010'],
      ['cost centre', { costCentre: '' }, 'costCentre (none) instead of 1100'],
      ['period', { period: 2 }, 'period 2 instead of 3'],
      ['currency', { currency: 'EUR' }, 'currency EUR instead of USD'],
    ])('with another %s is a conflict', async (_name, changes, words) => {
      await withSite(spec, async (site) => {
        site.sandbox.plant({ ...reference(), ...changes })
        expect(await postOne(site)).toMatchObject({
          status: 'conflict',
          message: expect.stringContaining(words) as string,
        })
      })
    })

    test('and cannot be asked for is in doubt', async () => {
      await withSite({ ...spec, changes: { reads: noReadBack } }, async (site) => {
        site.sandbox.plant(reference())
        expect(await postOne(site)).toMatchObject({
          status: 'unknown',
          code: 'MLC-Q021',
          reason: expect.stringContaining('already exists') as string,
        })
      })
    })

    test('but does not show, or fails to show, is in doubt', async () => {
      await withSite(spec, async (site) => {
        site.sandbox.plant(reference())
        site.sandbox.fault({ fault: { is: 'emptyBrowse' }, on: 'reconReferences' })
        expect(await postOne(site)).toMatchObject({ status: 'unknown' })
        site.sandbox.fault({ fault: { is: 'notFound' }, on: 'reconReferences' })
        expect(await postOne(site)).toMatchObject({ status: 'unknown' })
      })
    })
  })

  test('twice is a conflict, even with the same content', async () => {
    await withSite({ sandbox: { duplicateAnswer: '409' } }, async (site) => {
      site.sandbox.plant(reference())
      site.sandbox.plant(reference())
      expect(await postOne(site)).toMatchObject({
        status: 'conflict',
        message: expect.stringContaining('2 times') as string,
      })
    })
  })

  test('in lower case exists', async () => {
    await withSite({}, async (site) => {
      site.sandbox.plant(reference())
      site.sandbox.fault({ fault: { is: 'lowerCase' }, on: 'reconReferences' })
      expect(await postOne(site)).toMatchObject({ status: 'exists' })
    })
  })
})
