import { describe, expect, test } from 'vitest'
import type { ReadOptions } from '../../src/qad/options.js'
import { PERIOD, all, only, reading, reference, withSite } from './site.js'
import { READS, world } from './world.js'

describe('the chart', () => {
  test('accounts, cost centres and periods come as QAD spells them', async () => {
    await withSite({}, async ({ ledger, sandbox }) => {
      const chart = await ledger.chart()
      expect(chart.accounts).toContainEqual({ code: '04010', description: 'Net sales', active: true, type: 'STANDARD' })
      expect(chart.accounts).toContainEqual(expect.objectContaining({ code: '5990', active: false }))
      expect(chart.costCentres).toEqual([
        { code: '1100', description: 'Austin', active: true, type: null },
        { code: '0120', description: 'R&D', active: true, type: null },
        { code: '1900', description: 'Closed plant', active: false, type: null },
      ])
      expect(chart.periods).toContainEqual({
        year: 2026,
        period: 3,
        start: '2026-03-01',
        end: '2026-03-31',
        open: true,
        status: 'open',
      })
      expect(chart.periods?.filter(({ open }) => open)).toHaveLength(1)
      expect(sandbox.logins()).toBe(1)
      const calls = sandbox.requests.filter(({ path }) => path.startsWith('/api/'))
      expect(new Set(calls.map(({ workspace }) => workspace))).toEqual(new Set(['10USA_10USACO']))
    })
  })

  test('a read that is not configured gives null, and asks nothing', async () => {
    await withSite(reading({ glAccounts: null, costCentres: undefined }), async ({ ledger, sandbox }) => {
      expect(await ledger.chart()).toEqual({ accounts: null, costCentres: null, periods: null })
      expect(sandbox.requests).toEqual([])
      expect(ledger.canReadBack).toBe(false)
    })
  })

  test('a tenant without a write section can be read, and posting says what is missing', async () => {
    await withSite({ changes: { write: null } }, async ({ ledger }) => {
      expect((await ledger.chart()).accounts).toHaveLength(3)
      expect(ledger.batchSize).toBe(1)
      await expect(ledger.post([reference()])).rejects.toMatchObject({ code: 'MLC-C012' })
    })
  })

  test('rows that security hides make an empty master, which is never believed', async () => {
    await withSite({ username: 'blind' }, async ({ ledger }) => {
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-Q010',
        message: expect.stringContaining('xxgl01') as string,
      })
    })
  })

  test.each([
    ['year', { openValues: ['LOCKED'] }, 2],
    ['a word in other case', { openValues: ['Future', 'open'] }, 3],
  ])('the words that mean open are the site’s own: %s', async (_name, changes, openPeriods) => {
    await withSite(reading(only('periods', changes)), async ({ ledger }) => {
      const open = (await ledger.chart()).periods?.filter((period) => period.open) ?? []
      expect(open.map(({ period }) => period)).toContain(openPeriods === 2 ? 2 : 4)
    })
  })

  test.each([
    [
      'a column that the browse does not have',
      { code: 'ac_mstr.ac_cod' },
      'no column ac_mstr.ac_cod (for code); it has local_variables',
    ],
    ['a master without its code', {}, 'no column is configured for code'],
  ])('%s is named', async (_name, columns, words) => {
    await withSite(reading(only('glAccounts', { columns })), async ({ ledger }) => {
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-Q011',
        message: expect.stringContaining(words) as string,
      })
    })
  })

  test('a default stands in for a column that is absent', async () => {
    const changes = {
      columns: { code: 'ac_mstr.ac_code', active: 'ac_mstr.nothing' },
      defaults: { active: 'yes', type: 'STANDARD' },
    }
    await withSite(reading(only('glAccounts', changes)), async ({ ledger }) => {
      expect((await ledger.chart()).accounts?.at(2)).toEqual({
        code: '5990',
        description: '',
        active: true,
        type: 'STANDARD',
      })
    })
  })

  test('a list that is not where the config says is an error, not an empty chart', async () => {
    await withSite(reading(only('costCentres', { rows: 'data.centres' })), async ({ ledger }) => {
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-Q013',
        message: expect.stringContaining('data.centres') as string,
      })
    })
  })

  test('eq filters go to a REST list as parameters and are checked on its rows', async () => {
    const filters: ReadOptions['filters'] = [
      ['domainCode', 'eq', '{domain}'],
      ['code', 'eq', '0120'],
    ]
    await withSite(reading(only('costCentres', { filters })), async ({ ledger, sandbox }) => {
      expect((await ledger.chart()).costCentres?.map(({ code }) => code)).toEqual(['0120'])
      expect(sandbox.requests.at(-1)?.query).toBe('?domainCode=10USA&code=0120')
    })
  })

  test.each<[string, ReadOptions['filters'], string]>([
    ['another operator on a REST list', [['code', 'ge', '1']], 'the filter operator ge works with a browse only'],
    ['a placeholder that a master does not know', [['code', 'eq', '{period}']], 'names {period}'],
  ])('%s is refused before anything is asked', async (_name, filters, words) => {
    await withSite(reading(only('costCentres', { filters })), async ({ ledger, sandbox }) => {
      await expect(ledger.chart()).rejects.toMatchObject({
        code: 'MLC-C003',
        message: expect.stringContaining(words) as string,
      })
      expect(sandbox.requests).toEqual([])
    })
  })
})

describe('balances', () => {
  test('exact amounts of the asked period only, several rows for one place as they are', async () => {
    await withSite({}, async ({ ledger }) => {
      expect(
        (await all(ledger.balances(PERIOD))).map(({ account, costCentre, amount }) => [account, costCentre, amount]),
      ).toEqual([
        ['5010', '1100', '412880.15'],
        ['5010', '1100', '123456789012345678.91'],
        ['04010', '', '-0.1'],
      ])
    })
  })

  test('debit minus credit where the browse has both', async () => {
    const { amount: _amount, ...columns } = READS.balances.columns
    await withSite(
      reading(only('balances', { columns: { ...columns, debit: 'bal.dr', credit: 'bal.cr' } })),
      async ({ ledger }) => {
        const amounts = (await all(ledger.balances(PERIOD))).map(({ amount }) => amount)
        expect(amounts).toEqual(['412880.15', '123456789012345678.91', '-0.1'])
      },
    )
  })

  test('filters carry the period to QAD', async () => {
    const filters: ReadOptions['filters'] = [
      ['bal.year', 'eq', '{year}'],
      ['bal.per', 'rg', '1,2'],
    ]
    await withSite(reading(only('balances', { filters })), async ({ ledger, sandbox }) => {
      expect((await all(ledger.balances({ year: 2026, period: 2 }))).map(({ amount }) => amount)).toEqual(['99'])
      expect(sandbox.requests.at(-1)?.query).toContain(
        '&filter=bal.year,eq,2026,literal&filter=bal.per,rg,1,literal,2,literal',
      )
    })
  })

  test('a filter value with a comma is refused, since its escaping is not known', async () => {
    await withSite(reading(only('balances', { filters: [['bal.acct', 'eq', '1,2']] })), async ({ ledger }) => {
      await expect(all(ledger.balances(PERIOD))).rejects.toMatchObject({ code: 'MLC-C003' })
    })
  })

  test('without the read they cannot be had', async () => {
    await withSite(reading({}), async ({ ledger }) => {
      await expect(all(ledger.balances(PERIOD))).rejects.toMatchObject({ code: 'MLC-Q016' })
      await expect(all(ledger.posted(PERIOD))).rejects.toMatchObject({ code: 'MLC-Q016' })
    })
  })

  test('an amount that is no plain decimal stops the read and names the row', async () => {
    const columns = { ...READS.balances.columns, amount: 'bal.acct', account: 'bal.acct' }
    const broken = {
      ...world(),
      companies: world().companies.map((company) => ({
        ...company,
        balances: company.balances.map((balance) => ({ ...balance, account: '1,000.00' })),
      })),
    }
    await withSite(
      { world: broken, changes: { reads: { balances: { ...READS.balances, columns } } } },
      async ({ ledger }) => {
        await expect(all(ledger.balances(PERIOD))).rejects.toMatchObject({
          code: 'MLC-Q013',
          message: expect.stringMatching(/row 1: amount \(bal\.acct\) is "1,000.00", not a plain decimal/) as string,
        })
      },
    )
  })
})

describe('references already posted', () => {
  test('ours, in upper-case keys, with what QAD has of them', async () => {
    const own = reference()
    await withSite({}, async ({ ledger, sandbox }) => {
      sandbox.plant({ ...own, year: 2026, period: 3 })
      sandbox.plant({ key: 'OTHER-SYSTEM-1', amount: '1' })
      sandbox.fault({ fault: { is: 'lowerCase' }, on: 'reconReferences' })
      expect(await all(ledger.posted(PERIOD))).toEqual([
        {
          key: own.key,
          ...PERIOD,
          account: '5010',
          costCentre: '1100',
          currency: 'usd',
          measure: 'net_amount',
          amount: '412880.15',
          revision: 1,
          qadRef: `urn:be:com.acme.recon.ireconreference:10usa.${own.key.toLowerCase()}`,
        },
      ])
      expect(ledger.canReadBack).toBe(true)
    })
  })

  test('columns that the read does not have are null', async () => {
    const { key, amount } = READS.posted.columns
    await withSite(reading(only('posted', { columns: { key, amount } })), async ({ ledger, sandbox }) => {
      sandbox.plant(reference())
      expect(await all(ledger.posted(PERIOD))).toEqual([
        {
          key: reference().key,
          year: null,
          period: null,
          account: null,
          costCentre: null,
          currency: null,
          measure: null,
          amount: '412880.15',
          revision: null,
          qadRef: null,
        },
      ])
    })
  })

  test('rows that a column places in another domain are not ours', async () => {
    const columns = { ...READS.posted.columns, domain: 'reconReference.domainCode' }
    await withSite(reading(only('posted', { columns })), async ({ ledger, sandbox }) => {
      sandbox.plant({ ...reference(), domain: '20EU' }, '10USA_10USACO')
      expect(await all(ledger.posted(PERIOD))).toEqual([])
    })
  })
})
