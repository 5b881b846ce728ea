import { expect, test } from 'vitest'
import { all } from '../site.js'
import { ENTRY, OTHER } from './comma.js'
import { july, JULY, withEnterprise } from './site.js'

const figure = july({
  domain: '20EU',
  entity: '20NLCO',
  account: '005010',
  costCentre: 'W-1',
  currency: 'EUR',
  amount: '-1234.5',
})

test('a tenant with a comma for its decimals, other names and an envelope of its own holds what was sent to it', async () => {
  await withEnterprise(OTHER, async ({ ledger, sandbox }) => {
    expect(await ledger.post([figure])).toMatchObject([{ status: 'posted' }])
    expect(sandbox.entries.map(({ lines }) => lines.map(({ debit, credit }) => [debit, credit]))).toEqual([
      [
        ['0.0', '1234.5'],
        ['1234.5', '0.0'],
      ],
    ])
    expect(await all(ledger.posted(JULY))).toMatchObject([{ key: figure.key, amount: '-1234.5', account: '005010' }])
  })
})

test('movements of a tenant that writes commas are read to the digit', async () => {
  await withEnterprise(OTHER, async ({ ledger }) => {
    expect(await all(ledger.balances(JULY))).toMatchObject([{ account: '005010', costCentre: 'W-1', amount: '-120.5' }])
  })
})

test('a calendar that is cut to the periods asked for is asked for whole', async () => {
  await withEnterprise(OTHER, async ({ ledger, sandbox }) => {
    const { periods, accounts } = await ledger.chart()
    expect(periods?.map(({ year, period, open }) => [year, period, open])).toEqual([
      [2026, 6, false],
      [2026, 7, true],
    ])
    expect(accounts?.map(({ code }) => code)).toEqual(['004010', '005010', '009990'])
    expect(sandbox.requests).toHaveLength(2)
  })
})

test.each([
  [
    'receiver',
    { receiver: { ...OTHER.receiver, receiver: 'nl-test' } },
    { entry: ENTRY.replace('{{receiver}}', 'nl-live') },
  ],
  [
    'receiver, whose name ends alike,',
    { receiver: { ...OTHER.receiver, receiver: 'test' } },
    { entry: ENTRY.replace('{{receiver}}', 'nl-test') },
  ],
  ['domain', {}, { entry: ENTRY.replace('{{domain}}', '10USA') }],
  ['entity', {}, { entry: ENTRY.replace('{{entity}}', '20DECO') }],
])('a template that names another %s than mlc.yaml posts nothing', async (_, receiver, entry) => {
  const blind = { query: null, changes: { ...OTHER.changes, reads: {} } }
  await withEnterprise({ ...OTHER, ...blind, ...receiver, ...entry }, async ({ ledger, sandbox }) => {
    expect(await ledger.post([figure])).toMatchObject([{ status: 'rejected', code: 'MLC-C018' }])
    expect(sandbox.entries).toEqual([])
  })
})
