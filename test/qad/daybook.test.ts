import { describe, expect, test } from 'vitest'
import type { JournalForm, ReadsOptions } from '../../src/qad/options.js'
import { checkDaybook } from '../../src/qad/journal/daybook.js'
import { createTenant } from '../../src/qad/tenant.js'
import type { QadDaybook } from '../../src/sandbox/qad/world.js'
import { failure, options, ports, withSite, type Site } from './site.js'
import { READS, world } from './world.js'

const ID = 'urn:browse:mfg:gl919'
const columns = { code: 'dy.code', layerType: 'dy.layer_type', active: 'dy.active' }
const reads: ReadsOptions = { ...READS, daybooks: { browse: ID, columns } }
const FORM: JournalForm = { daybook: 'RECTR', offsetAccount: '5010', keyPrefix: 'mlc:', allowOfficialLayer: false }

function daybook(code: string, layerType: QadDaybook['layerType'], active = true): QadDaybook {
  return { code, description: code, type: 'JOURNALENTRY', control: 'EXTERNAL', layer: layerType, layerType, active }
}

const DAYBOOKS = [
  daybook('rectr', 'TRANSIENT'),
  daybook('RECOFF', 'OFFICIAL'),
  daybook('RECMAN', 'MANAGEMENT'),
  daybook('OLD', 'TRANSIENT', false),
]

function site(daybooks: readonly QadDaybook[] = DAYBOOKS) {
  const base = world()
  const companies = base.companies.map((company) => ({ ...company, daybooks }))
  return { world: { ...base, companies, browses: [...base.browses, { id: ID, of: 'daybooks' as const, columns }] } }
}

async function check({ url, clock, ledger }: Site, changes: Partial<JournalForm> = {}) {
  const { accounts } = await ledger.chart()
  return checkDaybook({ ...FORM, ...changes }, createTenant(options(url), ports(clock)), reads, accounts)
}

describe('the daybook of a journal, before anything is posted', () => {
  test('is on a transient layer: nothing to ask', async () => {
    await withSite(site(), async (there) => expect(await check(there)).toEqual({ caution: null }))
  })

  test('that no read shows is said to be unchecked', async () => {
    await withSite(site(), async ({ url, clock }) => {
      const tenant = createTenant(options(url), ports(clock))
      const found = await checkDaybook(FORM, tenant, READS, null)
      expect(found).toMatchObject({
        caution: null,
        unchecked: expect.stringContaining('RECTR is NOT checked') as string,
      })
    })
  })

  test.each([
    ['on the official layer', { daybook: 'RECOFF' }, 'MLC-Q043', 'the layer type OFFICIAL, which counts in the books'],
    ['on a management layer', { daybook: 'RECMAN' }, 'MLC-Q043', 'the layer type MANAGEMENT'],
    ['unknown to QAD', { daybook: 'NONE' }, 'MLC-Q044', 'QAD shows no daybook NONE in 10USA 10USACO'],
    ['inactive', { daybook: 'OLD' }, 'MLC-Q044', 'the daybook OLD is inactive'],
    [
      'with an offset account unknown to QAD',
      { offsetAccount: '9999' },
      'MLC-Q044',
      'the offset account 9999 of the journal does not exist',
    ],
    [
      'with an inactive offset account',
      { offsetAccount: '5990' },
      'MLC-Q044',
      'the offset account 5990 of the journal is inactive',
    ],
  ])('%s is refused', async (_name, changes, code, message) => {
    await withSite(site(), async (there) => {
      const error = await failure(check(there, changes))
      expect(error).toMatchObject({ code, exitCode: 6, message: expect.stringContaining(message) as string })
    })
  })

  test('on the official layer is cautioned of where mlc.yaml allows it', async () => {
    await withSite(site(), async (there) => {
      const { caution } = await check(there, { daybook: 'RECOFF', allowOfficialLayer: true })
      expect(caution).toContain('RECOFF posts to the layer type OFFICIAL')
    })
  })

  test.each([['first'], ['last']])(
    'that QAD shows twice is not transient when one row is not, be it the %s',
    async (at) => {
      const both = [daybook('RECTR', 'TRANSIENT'), daybook('RECTR', 'OFFICIAL')]
      await withSite(site(at === 'first' ? both.reverse() : both), async (there) =>
        expect(await failure(check(there))).toMatchObject({ code: 'MLC-Q043' }),
      )
    },
  )

  test('an empty read of daybooks proves nothing', async () => {
    await withSite(site([]), async (there) => expect(await failure(check(there))).toMatchObject({ code: 'MLC-Q010' }))
  })
})
