import { expect, test } from 'vitest'
import { otherEnterprise } from '../../../src/sandbox/company/company.js'
import { all } from '../site.js'
import { july, JULY, withEnterprise, type EnterpriseSpec } from './site.js'

const ENTRY = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:schemas-qad-com:xml-services" xmlns:q="urn:schemas-qad-com:xml-services:common" xmlns:w="http://www.w3.org/2005/08/addressing">
<e:Header><w:Action/><w:To>urn:services-qad-com:{{receiver}}</w:To><w:MessageID>urn:services-qad-com::{{messageId}}</w:MessageID></e:Header>
<e:Body><maintainBeleg><q:dsSessionContext>
${property('domain', '{{domain}}')}${property('entity', '{{entity}}')}${property('version', '{{version}}')}
${property('scopeTransaction', '{{scopeTransaction}}')}${property('action', '{{action}}')}
${property('username', '{{username}}')}${property('password', '{{password}}')}
</q:dsSessionContext><dsBeleg><beleg><operation>A</operation><journal>{{daybook}}</journal><jahr>{{year}}</jahr><periode>{{period}}</periode>
<datum>{{date}}</datum><kennung>{{key}}</kennung>{{#lines}}<zeile><konto>{{account}}</konto><kst>{{costCentre}}</kst>
<waehrung>{{currency}}</waehrung><soll>{{debit}}</soll><haben>{{credit}}</haben></zeile>{{/lines}}</beleg></dsBeleg></maintainBeleg></e:Body></e:Envelope>`

function property(name: string, value: string): string {
  return `<q:ttContext><q:propertyQualifier>QAD</q:propertyQualifier><q:propertyName>${name}</q:propertyName><q:propertyValue>${value}</q:propertyValue></q:ttContext>`
}

const QUERY =
  '<leseAbstimmung xmlns="urn:schemas-qad-com:xml-services"><dsFrage><frage><von>{{from}}</von><bis>{{to}}</bis></frage></dsFrage></leseAbstimmung>'

const OTHER: EnterpriseSpec = {
  world: otherEnterprise(),
  entry: ENTRY,
  query: QUERY,
  daybook: 'ABST',
  offset: '009990',
  user: { username: 'lena', password: 'other-demo-password' },
  receiver: { receiver: 'nl-live', qdocVersion: 'eB2_2', decimalSeparator: ',' },
  changes: {
    domain: '20EU',
    entity: '20NLCO',
    reads: {
      glAccounts: { rows: 'dsAntwort.konto', columns: { code: 'nummer', active: 'aktiv' } },
      costCentres: { rows: 'dsAntwort.kst', columns: { code: 'nummer', active: 'aktiv' } },
      periods: { rows: 'dsAntwort.periode', columns: { year: 'jahr', period: 'nr', end: 'bis', status: 'lage' } },
      balances: {
        rows: 'dsAntwort.saldo',
        columns: {
          year: 'jahr',
          period: 'nr',
          account: 'konto',
          costCentre: 'kst',
          currency: 'waehrung',
          debit: 'soll',
          credit: 'haben',
        },
      },
      posted: {
        rows: 'dsAntwort.zeile',
        columns: {
          key: 'kennung',
          year: 'jahr',
          period: 'nr',
          account: 'konto',
          currency: 'waehrung',
          debit: 'soll',
          credit: 'haben',
        },
        filters: [['konto', 'eq', '005010']],
      },
    },
  },
}

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
  ['domain', {}, { entry: ENTRY.replace('{{domain}}', '10USA') }],
  ['entity', {}, { entry: ENTRY.replace('{{entity}}', '20DECO') }],
])('a template that names another %s than mlc.yaml posts nothing', async (_, receiver, entry) => {
  const blind = { query: null, changes: { ...OTHER.changes, reads: {} } }
  await withEnterprise({ ...OTHER, ...blind, ...receiver, ...entry }, async ({ ledger, sandbox }) => {
    expect(await ledger.post([figure])).toMatchObject([{ status: 'rejected', code: 'MLC-C018' }])
    expect(sandbox.entries).toEqual([])
  })
})
