import { demoConfig, demoEnterprise } from '../../src/sandbox/company/company.js'
import { world, type World, type WorldOptions } from './world.js'

export const POST = 'maintainJournalEntry'

/** The demo project on QAD Enterprise Edition: journals through QXtend, read back by the site's query QDoc. */
export async function enterprise(options: WorldOptions = {}): Promise<World> {
  const made = await world({ qad: demoEnterprise(), config: enterpriseConfig, ...options })
  made.write('journal.xml.tmpl', ENTRY)
  made.write('query.xml.tmpl', QUERY)
  return made
}

function enterpriseConfig(urls: { readonly lookerUrl: string; readonly qadUrl: string }): string {
  const demo = demoConfig(urls)
  const jobs = demo.slice(demo.indexOf('\njobs:')).replaceAll('onRestate: revise', 'onRestate: adjust')
  return `${demo.slice(0, demo.indexOf('\nqad:'))}\n${enterpriseQad(urls.qadUrl, '10USA', '10USACO')}${jobs}`
}

/** The section qad for QXtend on the host of an address. */
export function enterpriseQad(address: string, domain: string, entity: string): string {
  const { origin } = new URL(address)
  return `qad:
  kind: qxtend
  domain: ${domain}
  entity: ${entity}
  http: { readTimeoutMs: 10000, minGapMs: 0, retries: 3 }
  qxtend:
    url: ${origin}/qxi/services/QdocWebService
    receiver: qad2017ee
    qdocVersion: ERP3_2
    queryTemplate: query.xml.tmpl
  reads:
    glAccounts: { rows: dsZzTold.ttZzAcct, columns: { code: zz_acct, description: zz_desc, active: zz_active, type: zz_type } }
    costCentres: { rows: dsZzTold.ttZzCtr, columns: { code: zz_ctr, description: zz_desc, active: zz_active } }
    periods:
      rows: dsZzTold.ttZzPer
      columns: { year: zz_year, period: zz_per, start: zz_start, end: zz_end, status: zz_status }
    daybooks: { rows: dsZzTold.ttZzBook, columns: { code: zz_book, layerType: zz_layer_type, active: zz_active } }
    balances:
      rows: dsZzTold.ttZzBal
      columns: { year: zz_year, period: zz_per, account: zz_acct, costCentre: zz_ctr, currency: zz_curr, amount: zz_amt }
      filters: [[zz_layer, eq, OFFICIAL]]
    posted:
      rows: dsZzTold.ttZzTie
      columns:
        { key: zz_key, year: zz_year, period: zz_per, account: zz_acct, costCentre: zz_ctr, currency: zz_curr, amount: zz_amt, qadRef: zz_voucher }
  write:
    target: journal
    daybook: RECTR
    offsetAccount: "09990"
    template: journal.xml.tmpl
    settleSeconds: 1
`
}

const ENTRY = `<maintainJournalEntry xmlns="urn:schemas-qad-com:xml-services"><BJournalEntry><tPosting>
  <tcCompanyCode>{{entity}}</tcCompanyCode><tcJournalCode>{{daybook}}</tcJournalCode>
  <PostingYear>{{year}}</PostingYear><PostingPeriod>{{period}}</PostingPeriod><PostingVoucher>0</PostingVoucher>
  <PostingDate>{{date}}</PostingDate><PostingText>{{description}}</PostingText><PostingSecondText>{{key}}</PostingSecondText>
  {{#lines}}<tPostingLine><tcGLCode>{{account}}</tcGLCode><tcCostCentreCode>{{costCentre}}</tcCostCentreCode>
    <tcCurrencyCode>{{currency}}</tcCurrencyCode>
    <PostingLineDebitTC>{{debit}}</PostingLineDebitTC><PostingLineCreditTC>{{credit}}</PostingLineCreditTC>
  </tPostingLine>{{/lines}}
</tPosting></BJournalEntry></maintainJournalEntry>
`

const QUERY = `<queryZzTold xmlns="urn:schemas-qad-com:xml-services"><dsQuery><ttQuery>
  <tt_from>{{from}}</tt_from><tt_to>{{to}}</tt_to>
</ttQuery></dsQuery></queryZzTold>
`
