import { otherEnterprise } from '../../../src/sandbox/company/company.js'
import type { EnterpriseSpec } from './site.js'

/** An envelope of the site's own, session context included. */
export const ENTRY = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:schemas-qad-com:xml-services" xmlns:q="urn:schemas-qad-com:xml-services:common" xmlns:w="http://www.w3.org/2005/08/addressing">
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

/** The second tenant: another spelling in every place, and a session that writes decimals with a comma. */
export const OTHER: EnterpriseSpec = {
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
