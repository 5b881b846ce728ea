import { describe, expect, test } from 'vitest'
import { createQadSandbox } from '../../../src/sandbox/qad/sandbox.js'
import { demoQad } from '../../../src/sandbox/company/company.js'
import { answer, browse, login, POSTED, tenant } from './call.js'

const ACCOUNTS = 'urn:browse:mfg:xxgl01'
const BALANCES = 'urn:browse:mfg:xxbal1'

test('a row is flat: dotted names among columns nobody asked for, booleans as such, dates as UTC midnights', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  const accounts = await browse(qad, headers, ACCOUNTS)
  expect(accounts.data[0]).toEqual({
    'local_variables.BrowseRowOrderIndex': 1,
    'local_variables.uniqueId': 'ac_mstr-0x0000000000001000',
    'local_variables.decoration_cell': null,
    'ac_mstr.ac_domain': '10USA',
    'ac_mstr.ac_code': '01010',
    'ac_mstr.ac_desc': 'BANK OPERATING',
    'ac_mstr.ac_active': true,
    'ac_mstr.ac_type': 'BANK',
    'ac_mstr.oid_ac_mstr': 0,
    'ac_mstr.ac_mstr_rowid': '0x0000000000001000',
  })
  expect(accounts.auxillaryData).toEqual({ HasMoreParams: 'false' })
  const periods = await browse(qad, headers, 'urn:browse:mfg:gl111')
  expect(periods.data[6]).toMatchObject({
    'glcd_det.glcd_start': '2026-07-01T00:00:00.000Z',
    'glcd_det.glcd_status': 'open',
  })
})

describe('a page', () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['without page and pageAction is empty, with HTTP 200', '', 0, 'false'],
    ['without pageAction is empty', 'page=1', 0, 'false'],
    ['1 with next is empty', 'page=1&pageAction=next', 0, 'false'],
    ['1 with first has as many rows as asked for', 'page=1&pageAction=first&pageSize=5', 5, 'true'],
    ['3 with next has the rest', 'page=3&pageAction=next&pageSize=5', 4, 'false'],
    ['after the last is empty', 'page=4&pageAction=next&pageSize=5', 0, 'false'],
    ['without a size has 25 rows at most', 'page=1&pageAction=first', 14, 'false'],
    ['that is exactly full is not followed by more', 'page=2&pageAction=next&pageSize=7', 7, 'false'],
  ]
  test.each(cases)('%s', async (_, query, rows, more) => {
    const { qad } = tenant()
    const page = await browse(qad, await login(qad), ACCOUNTS, query)
    expect([page.data.length, page.auxillaryData?.HasMoreParams]).toEqual([rows, more])
  })

  test('2 asked for with first starts over', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    const first = await browse(qad, headers, ACCOUNTS, 'page=1&pageAction=first&pageSize=5')
    const again = await browse(qad, headers, ACCOUNTS, 'page=2&pageAction=first&pageSize=5')
    expect(again.data).toEqual(first.data)
    expect(qad.browseCalls(ACCOUNTS)).toBe(2)
  })
})

describe('a filter', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['eq on text, without regard to letter case', 'ac_mstr.ac_desc,eq,freight in,literal', ['05040']],
    ['sw', 'ac_mstr.ac_code,sw,060,literal', ['06010', '06020']],
    ['ew', 'ac_mstr.ac_code,ew,90,literal', ['05090', '09990']],
    ['cn', 'ac_mstr.ac_desc,cn,PAYABLE,literal', ['02010']],
    [
      'gt and lt together',
      'ac_mstr.ac_code,gt,05010,literal&filter=ac_mstr.ac_code,lt,05040,literal',
      ['05020', '05030'],
    ],
    [
      'ge and le together',
      'ac_mstr.ac_code,ge,05030,literal&filter=ac_mstr.ac_code,le,05040,literal',
      ['05030', '05040'],
    ],
    ['rg, both ends inside', 'ac_mstr.ac_code,rg,01010,literal,01210,literal', ['01010', '01110', '01210']],
    ['eq on a boolean', 'ac_mstr.ac_active,eq,false,literal', ['05090']],
  ]
  test.each(cases)('%s', async (_, filter, codes) => {
    const { qad } = tenant()
    const page = await browse(qad, await login(qad), ACCOUNTS, `page=1&pageAction=first&filter=${filter}`)
    expect(page.data.map((row) => row['ac_mstr.ac_code'])).toEqual(codes)
  })

  test('on a number compares numbers, not text', async () => {
    const { qad } = tenant()
    const filter = 'filter=glcd_det.glcd_per,ge,9.0,literal'
    const page = await browse(qad, await login(qad), 'urn:browse:mfg:gl111', `page=1&pageAction=first&${filter}`)
    expect(page.data.map((row) => row['glcd_det.glcd_per'])).toEqual([9, 10, 11, 12, 13])
  })

  test.each([
    ['ac_mstr.ac_wrong,eq,1,literal', 'Invalid filter field ac_mstr.ac_wrong'],
    ['ac_mstr.ac_code,like,1,literal', 'Invalid operator like'],
    ['ac_mstr.ac_desc,eq,a,b,literal', 'Invalid filter ac_mstr.ac_desc,eq,a,b,literal'],
    ['ac_mstr.ac_code,eq,1', 'Invalid filter ac_mstr.ac_code,eq,1'],
  ])('that makes no sense is an error inside HTTP 200: %s', async (filter, message) => {
    const { qad } = tenant()
    const page = await browse(qad, await login(qad), ACCOUNTS, `page=1&pageAction=first&filter=${filter}`)
    expect(page).toMatchObject({ data: [], message })
  })
})

test('the balance browse shows the official layer only, unless another is asked for', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  const july = 'page=1&pageAction=first&pageSize=100&filter=xxbal_det.xxbal_per,eq,7,literal'
  expect((await browse(qad, headers, BALANCES, july)).data).toHaveLength(12)
  const management = await browse(qad, headers, BALANCES, `${july}&filter=xxbal_det.xxbal_layer,eq,MANAGEMENT,literal`)
  expect(management.data).toMatchObject([{ 'xxbal_det.xxbal_acc': '05010', 'xxbal_det.xxbal_amt': 999999.99 }])
})

test('the count gives the rows that the same filters give', async () => {
  const { qad } = tenant()
  const path = `/api/qracore/browses/totalCount/?browseId=${ACCOUNTS}&filter=ac_mstr.ac_code,sw,05,literal`
  const count = await answer(qad, path, { headers: await login(qad) })
  expect(await count.json()).toEqual({ data: { totalCount: 5 } })
})

test.each([
  ['error-in-200', 200],
  ['500', 500],
] as const)('an unknown browse is %s', async (unknownBrowse, status) => {
  const { qad } = tenant({ unknownBrowse })
  const path = '/api/qracore/browses?browseId=urn:browse:mfg:nope&page=1&pageAction=first'
  const missing = await answer(qad, path, { headers: await login(qad) })
  expect(missing.status).toBe(status)
  if (status === 200) expect(await missing.json()).toMatchObject({ message: 'There should exist at least one View.' })
})

test('record-level security answers 200 with no rows: nothing seen is not nothing there', async () => {
  const world = demoQad()
  const users = world.users.map((user) => ({ ...user, hidden: ['references' as const] }))
  const qad = createQadSandbox({ ...world, users })
  qad.plant({ key: 'MLC1', amount: '1.00' })
  expect((await browse(qad, await login(qad), POSTED)).data).toEqual([])
})

test('a REST list has its records under data.<plural>, and takes key fields in the query', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  const all = (await (await answer(qad, '/api/erp/costCenters', { headers })).json()) as {
    data: { costCenters: object[] }
  }
  expect(all.data.costCenters).toHaveLength(10)
  expect(all.data.costCenters).toContainEqual({
    domainCode: '10USA',
    code: '1310',
    description: 'LEIPZIG R&D',
    isActive: true,
  })
  const one = await answer(qad, '/api/erp/costCenters?code=0100', { headers })
  expect(await one.json()).toMatchObject({ data: { costCenters: [{ description: 'CORPORATE' }] } })
})
