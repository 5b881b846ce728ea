import { describe, expect, test } from 'vitest'
import { answer, BDOC, browse, login, post, POSTED, record, tenant } from './call.js'

interface Submitted {
  readonly submitResult?: { readonly success: boolean; readonly errors: readonly { readonly message: string }[] }
}

test('a good record is 201, echoed with its uri, in the books, and in the browse', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  const created = await answer(qad, BDOC, post([record()], headers))
  expect([created.status, await created.json()]).toMatchObject([
    201,
    {
      data: {
        reconReferences: [
          { glAccount: '05010', uri: 'urn:be:com.acme.recon.IReconReference:10USA.MLC00000000000000000000000001' },
        ],
      },
      submitResult: { success: true },
    },
  ])
  expect(qad.books).toMatchObject([
    { key: 'MLC00000000000000000000000001', account: '05010', amount: '412880.15', period: 7 },
  ])
  expect((await browse(qad, headers, POSTED)).data).toMatchObject([{ 'reconReference.lookerAmount': 412880.15 }])
})

describe('what QAD refuses is HTTP 200 with success false, and nothing is stored:', () => {
  const refusals: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['an unknown account', { glAccount: '99999' }, 'GL account 99999 does not exist.'],
    ['an account that lost its leading zero', { glAccount: 5010 }, 'GL account 5010 does not exist.'],
    ['an inactive account', { glAccount: '05090' }, 'GL account 05090 is not active.'],
    ['no cost centre where one is needed', { costCenter: '' }, 'GL account 05010 needs a cost center.'],
    ['an unknown cost centre', { costCenter: '7777' }, 'Cost center 7777 does not exist.'],
    ['an inactive cost centre', { costCenter: 'OLD-R&D' }, 'Cost center OLD-R&D is not active.'],
    ['a locked period', { glPeriod: 6 }, 'Period 2026/6 is locked for entity 10USACO.'],
    ['a reported period', { glPeriod: 2 }, 'Period 2026/2 is reported for entity 10USACO.'],
    ['a future period', { glPeriod: 11 }, 'Period 2026/11 is not yet open for entity 10USACO.'],
    ['a period that is not in the calendar', { glCalendarYear: 2031 }, 'Period 2031/7 does not exist.'],
    ['a period that is no number', { glPeriod: 'July' }, 'Invalid integer for glPeriod.'],
    ['an unknown currency', { currencyCode: 'XXX' }, 'Currency XXX is not defined.'],
    ['an amount with five decimals', { lookerAmount: '1.00001' }, 'lookerAmount has more than 4 decimals.'],
    ['an amount that is no number', { lookerAmount: '1,000.00' }, 'lookerAmount is not a number.'],
    ['no amount', { lookerAmount: undefined }, 'Field is mandatory. (lookerAmount)'],
    ['a misspelt field', { referenceId: undefined, referenceID: 'MLC1' }, 'Field is mandatory. (referenceId)'],
    ['a text of 41 characters', { description: 'x'.repeat(41) }, 'description is longer than 40 characters.'],
    [
      'another domain than the workspace',
      { domainCode: '20EU' },
      'Domain 20EU is not the domain of workspace 10USA_10USACO.',
    ],
    [
      'another entity than the workspace',
      { entityCode: '10CAN' },
      'Entity 10CAN is not the entity of workspace 10USA_10USACO.',
    ],
  ]
  test.each(refusals)('%s', async (_, change, message) => {
    const { qad } = tenant()
    const refused = await answer(qad, BDOC, post([record(change)], await login(qad)))
    const { submitResult } = (await refused.json()) as Submitted
    expect([refused.status, submitResult?.success]).toEqual([200, false])
    expect(submitResult?.errors.map((error) => error.message)).toContain(message)
    expect(qad.books).toEqual([])
  })

  const accepted: readonly (readonly [string, Record<string, unknown>])[] = [
    ['a control account: a reference is no posting', { glAccount: '02010', costCenter: '' }],
    ['a zero', { lookerAmount: 0 }],
    ['four decimals', { lookerAmount: '-0.0001' }],
    ['a text of 40 characters', { description: 'é'.repeat(40) }],
    ['a field nobody knows, dropped without a word', { colour: 'green' }],
    ['codes in another letter case', { costCenter: 'sales' }],
  ]
  test.each(accepted)('but not %s', async (_, change) => {
    const { qad } = tenant()
    expect((await answer(qad, BDOC, post([record(change)], await login(qad)))).status).toBe(201)
    expect(qad.books).toHaveLength(1)
  })
})

test.each([['{}'], ['{"referenceId":"x"}'], ['[]'], ['not json'], ['']])(
  'a body that is no list is 400: %s',
  async (body) => {
    const { qad } = tenant()
    expect((await answer(qad, BDOC, post(body, await login(qad)))).status).toBe(400)
  },
)

test.each(['90071992547409.9301', '12345678901234567.8901', '0.10', '1000.00'])(
  'the amount %s is stored digit for digit',
  async (amount) => {
    const { qad } = tenant()
    const headers = await login(qad)
    const text = JSON.stringify([record({ lookerAmount: 0 })]).replace('"lookerAmount":0', `"lookerAmount":${amount}`)
    await answer(qad, BDOC, post(text, headers))
    expect(qad.books[0]?.amount).toBe(amount)
    const query = `browseId=${POSTED}&page=1&pageAction=first`
    const page = await (await answer(qad, `/api/qracore/browses?${query}`, { headers })).text()
    const shown = /"reconReference\.lookerAmount":([^,}]+)/.exec(page)?.[1]
    expect([amount, amount.replace(/\.?0+$/, '')]).toContain(shown)
  },
)

test('a body that is not called JSON is 415', async () => {
  const { qad } = tenant()
  const headers = { ...(await login(qad)), 'content-type': 'text/plain' }
  expect((await answer(qad, BDOC, { method: 'POST', headers, body: JSON.stringify([record()]) })).status).toBe(415)
})

test.each([
  ['envelope', /"submitResult":\{"success":true/],
  ['array', /^\[\{"referenceId"/],
  ['empty', /^$/],
] as const)('a 201 may carry %s', async (createdBody, body) => {
  const { qad } = tenant({ createdBody })
  const created = await answer(qad, BDOC, post([record()], await login(qad)))
  expect([created.status, qad.books.length]).toEqual([201, 1])
  expect(await created.text()).toMatch(body)
})

test('a period that is locked in mid-run refuses from then on', async () => {
  const { qad } = tenant()
  const headers = await login(qad)
  expect((await answer(qad, BDOC, post([record()], headers))).status).toBe(201)
  const company = qad.company('10USA_10USACO')
  if (!company) throw new Error('no company')
  qad.replaceCompany({
    ...company,
    periods: company.periods.map((period) => ({ ...period, status: 'locked' as const })),
  })
  expect((await answer(qad, BDOC, post([record({ referenceId: 'K2' })], headers))).status).toBe(200)
  expect(qad.books).toHaveLength(1)
})

test('the component is read by its key fields', async () => {
  const { qad } = tenant()
  qad.plant({ key: 'K1', amount: '-0.10', account: '05010' })
  qad.plant({ key: 'K2', amount: '2.00' })
  const found = await answer(qad, `${BDOC}?referenceId=K1`, { headers: await login(qad) })
  expect(await found.json()).toMatchObject({ data: { reconReferences: [{ referenceId: 'K1', lookerAmount: -0.1 }] } })
})

describe('a key that is there already', () => {
  test('is refused in any letter case, with the words "already exists" and HTTP 200', async () => {
    const { qad } = tenant()
    const headers = await login(qad)
    await answer(qad, BDOC, post([record()], headers))
    const again = record({ referenceId: 'mlc00000000000000000000000001', lookerAmount: 1 })
    const refused = await answer(qad, BDOC, post([again], headers))
    const { submitResult } = (await refused.json()) as Submitted
    expect([refused.status, submitResult?.errors[0]?.message]).toEqual([200, expect.stringContaining('already exists')])
    expect(qad.books).toHaveLength(1)
  })

  test('is 409 where the tenant answers so', async () => {
    const { qad } = tenant({ duplicateAnswer: '409' })
    const headers = await login(qad)
    await answer(qad, BDOC, post([record()], headers))
    expect((await answer(qad, BDOC, post([record()], headers))).status).toBe(409)
  })

  test('is stored a second time where the component has no unique key', async () => {
    const { qad } = tenant({ uniqueKeys: false })
    const headers = await login(qad)
    await answer(qad, BDOC, post([record()], headers))
    await answer(qad, BDOC, post([record()], headers))
    expect(qad.books).toHaveLength(2)
  })
})

test.each([
  [true, []],
  [false, ['K1', 'K3']],
])('of three records with a bad one in the middle, atomic %s stores %j', async (atomic, keys) => {
  const { qad } = tenant({ atomic })
  const records = [
    record({ referenceId: 'K1' }),
    record({ referenceId: 'K2', glPeriod: 6 }),
    record({ referenceId: 'K3' }),
  ]
  const refused = await answer(qad, BDOC, post(records, await login(qad)))
  expect(((await refused.json()) as Submitted).submitResult?.success).toBe(false)
  expect(qad.books.map(({ key }) => key)).toEqual(keys)
})

test('one key twice in one array is refused', async () => {
  const { qad } = tenant()
  await answer(qad, BDOC, post([record(), record()], await login(qad)))
  expect(qad.books).toEqual([])
})
