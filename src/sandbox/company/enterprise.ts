import type { QxtendWorld } from '../qad/qxtend/world.js'
import type { QadWorld } from '../qad/world.js'
import { demoQad } from './qad.js'
import { otherTenant } from './other.js'

/** The demo company on QAD Enterprise Edition: the same books behind QXtend. Journals take manual postings only, so payables do. */
export function demoEnterprise(): QadWorld {
  const world = demoQad()
  const companies = world.companies.map((company) => ({
    ...company,
    accounts: company.accounts.map((account) =>
      account.code === '02010' ? { ...account, posting: 'Manual' as const, analysis: 'COSTCENTER' as const } : account,
    ),
  }))
  return { ...world, companies, qxtend: DEMO }
}

/** The second tenant behind a QXtend of its own: other names, another path, a session that writes decimals with a comma. */
export function otherEnterprise(): QadWorld {
  const world = otherTenant()
  const daybooks = [
    {
      code: 'ABST',
      description: 'ABSTIMMUNG',
      type: 'JOURNALENTRY',
      control: 'EXTERNAL' as const,
      layer: 'ABST',
      layerType: 'TRANSIENT' as const,
      active: true,
    },
  ]
  const offset = {
    code: '009990',
    description: 'GEGENKONTO',
    type: 'STANDARD',
    active: true,
    posting: 'Manual' as const,
    analysis: 'NONE' as const,
  }
  const companies = world.companies.map((company) => ({
    ...company,
    daybooks,
    accounts: [...company.accounts, offset],
  }))
  return { ...world, companies, qxtend: OTHER }
}

const DEMO: QxtendWorld = {
  path: '/qxi/services/QdocWebService',
  receivers: [
    { name: 'qad2017ee', apis: ['maintainJournalEntry-ERP3_2', 'queryZzTold-ERP3_2'] },
    { name: 'qadnoapi', apis: [] },
  ],
  decimalSeparator: '.',
  entry: {
    name: 'maintainJournalEntry',
    dataSet: 'BJournalEntry',
    header: 'tPosting',
    line: 'tPostingLine',
    headerFields: {
      daybook: 'tcJournalCode',
      year: 'PostingYear',
      period: 'PostingPeriod',
      voucher: 'PostingVoucher',
      date: 'PostingDate',
      text: 'PostingText',
      secondText: 'PostingSecondText',
    },
    lineFields: {
      account: 'tcGLCode',
      subAccount: 'tcDivisionCode',
      costCentre: 'tcCostCentreCode',
      project: 'tcProjectCode',
      currency: 'tcCurrencyCode',
      debit: 'PostingLineDebitTC',
      credit: 'PostingLineCreditTC',
      text: 'PostingLineText',
    },
    ignored: [
      'tc_Rowid',
      'tc_ParentRowid',
      'tc_Status',
      'tcCompanyCode',
      'PostingOriginatorReference',
      'PostingOriginIsExternal',
    ],
  },
  query: {
    name: 'queryZzTold',
    dataSet: 'dsQuery',
    row: 'ttQuery',
    from: 'tt_from',
    to: 'tt_to',
    answer: 'dsZzTold',
    tables: [
      {
        name: 'ttZzAcct',
        of: 'accounts',
        columns: { domain: 'zz_domain', code: 'zz_acct', description: 'zz_desc', active: 'zz_active', type: 'zz_type' },
      },
      {
        name: 'ttZzCtr',
        of: 'costCentres',
        columns: { domain: 'zz_domain', code: 'zz_ctr', description: 'zz_desc', active: 'zz_active' },
      },
      {
        name: 'ttZzPer',
        of: 'periods',
        columns: { year: 'zz_year', period: 'zz_per', start: 'zz_start', end: 'zz_end', status: 'zz_status' },
      },
      {
        name: 'ttZzBook',
        of: 'daybooks',
        columns: { code: 'zz_book', layerType: 'zz_layer_type', active: 'zz_active' },
      },
      {
        name: 'ttZzBal',
        of: 'balances',
        columns: {
          year: 'zz_year',
          period: 'zz_per',
          account: 'zz_acct',
          costCentre: 'zz_ctr',
          currency: 'zz_curr',
          amount: 'zz_amt',
          layer: 'zz_layer',
        },
      },
      {
        name: 'ttZzTie',
        of: 'entryLines',
        daybook: 'RECTR',
        without: '09990',
        columns: {
          secondText: 'zz_key',
          year: 'zz_year',
          period: 'zz_per',
          account: 'zz_acct',
          costCentre: 'zz_ctr',
          currency: 'zz_curr',
          amount: 'zz_amt',
          voucher: 'zz_voucher',
        },
      },
    ],
  },
}

const OTHER: QxtendWorld = {
  path: '/qxilive/services/QdocWebService',
  receivers: [{ name: 'nl-live', apis: ['maintainBeleg-eB2_2', 'leseAbstimmung-eB2_2'] }],
  decimalSeparator: ',',
  entry: {
    name: 'maintainBeleg',
    dataSet: 'dsBeleg',
    header: 'beleg',
    line: 'zeile',
    headerFields: {
      daybook: 'journal',
      year: 'jahr',
      period: 'periode',
      voucher: 'nummer',
      date: 'datum',
      text: 'text',
      secondText: 'kennung',
    },
    lineFields: {
      account: 'konto',
      costCentre: 'kst',
      currency: 'waehrung',
      debit: 'soll',
      credit: 'haben',
      text: 'text',
    },
    ignored: ['operation'],
  },
  query: {
    name: 'leseAbstimmung',
    dataSet: 'dsFrage',
    row: 'frage',
    from: 'von',
    to: 'bis',
    answer: 'dsAntwort',
    tables: [
      { name: 'konto', of: 'accounts', columns: { code: 'nummer', description: 'text', active: 'aktiv' } },
      { name: 'kst', of: 'costCentres', columns: { code: 'nummer', description: 'text', active: 'aktiv' } },
      {
        name: 'periode',
        of: 'periods',
        isCut: true,
        columns: { year: 'jahr', period: 'nr', start: 'von', end: 'bis', status: 'lage' },
      },
      {
        name: 'saldo',
        of: 'balances',
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
      {
        name: 'zeile',
        of: 'entryLines',
        daybook: 'ABST',
        columns: {
          secondText: 'kennung',
          year: 'jahr',
          period: 'nr',
          account: 'konto',
          costCentre: 'kst',
          currency: 'waehrung',
          debit: 'soll',
          credit: 'haben',
        },
      },
    ],
  },
}
