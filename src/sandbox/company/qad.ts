import type { QadJournal, QadWorld } from '../qad/world.js'
import { ACCOUNTS, COST_CENTRES, DAYBOOKS, PERIODS } from './chart.js'
import { demoBalances } from './ledger.js'
import { QAD_CLIENT_ID, QAD_USER } from './project.js'

/** The demo company's QAD Adaptive tenant: domain 10USA, entity 10USACO, with the ReconReference component installed. */
export function demoQad(): QadWorld {
  return {
    clients: [{ clientId: QAD_CLIENT_ID, secret: 'demo-client-secret', username: QAD_USER.username }],
    users: [
      { ...QAD_USER, workspaces: ['10USA_10USACO'], role: 'writer' },
      { username: 'demo.reader', password: 'demo-reader-password', workspaces: ['10USA_10USACO'], role: 'reader' },
    ],
    companies: [
      {
        workspace: '10USA_10USACO',
        domain: '10USA',
        entity: '10USACO',
        currencies: ['USD', 'EUR', 'MXN'],
        accounts: ACCOUNTS,
        costCentres: COST_CENTRES,
        periods: PERIODS,
        balances: demoBalances(),
        daybooks: DAYBOOKS,
      },
    ],
    workspace: { header: 'x-qad-workspace-id', query: 'x-qad-workspace-id' },
    browses: BROWSES,
    lists: [
      {
        path: '/api/erp/costCenters',
        plural: 'costCenters',
        of: 'costCentres',
        columns: { domain: 'domainCode', code: 'code', description: 'description', active: 'isActive' },
      },
    ],
    component: COMPONENT,
    journal: JOURNAL,
    swaggerPath: '/v3/api-docs',
  }
}

const BROWSES: QadWorld['browses'] = [
  {
    id: 'urn:browse:mfg:xxgl01',
    of: 'accounts',
    columns: {
      domain: 'ac_mstr.ac_domain',
      code: 'ac_mstr.ac_code',
      description: 'ac_mstr.ac_desc',
      active: 'ac_mstr.ac_active',
      type: 'ac_mstr.ac_type',
    },
  },
  {
    id: 'urn:browse:mfg:gp059',
    of: 'costCentres',
    columns: {
      domain: 'cc_mstr.cc_domain',
      code: 'cc_mstr.cc_ctr',
      description: 'cc_mstr.cc_desc',
      active: 'cc_mstr.cc_active',
    },
  },
  {
    id: 'urn:browse:mfg:gl111',
    of: 'periods',
    columns: {
      domain: 'glcd_det.glcd_domain',
      entity: 'glcd_det.glcd_entity',
      year: 'glcd_det.glcd_year',
      period: 'glcd_det.glcd_per',
      start: 'glcd_det.glcd_start',
      end: 'glcd_det.glcd_end',
      status: 'glcd_det.glcd_status',
    },
  },
  {
    id: 'urn:browse:mfg:xxbal1',
    of: 'balances',
    columns: {
      year: 'xxbal_det.xxbal_year',
      period: 'xxbal_det.xxbal_per',
      account: 'xxbal_det.xxbal_acc',
      costCentre: 'xxbal_det.xxbal_cc',
      currency: 'xxbal_det.xxbal_curr',
      amount: 'xxbal_det.xxbal_amt',
      debit: 'xxbal_det.xxbal_dr',
      credit: 'xxbal_det.xxbal_cr',
      layer: 'xxbal_det.xxbal_layer',
    },
    preset: { layer: 'OFFICIAL' },
  },
  {
    id: 'urn:browse:bebrowse:com.acme.recon.reconReferences',
    of: 'references',
    columns: {
      key: 'reconReference.referenceId',
      domain: 'reconReference.domainCode',
      entity: 'reconReference.entityCode',
      year: 'reconReference.glCalendarYear',
      period: 'reconReference.glPeriod',
      account: 'reconReference.glAccount',
      costCentre: 'reconReference.costCenter',
      currency: 'reconReference.currencyCode',
      measure: 'reconReference.measure',
      amount: 'reconReference.lookerAmount',
      revision: 'reconReference.revision',
      description: 'reconReference.description',
      source: 'reconReference.sourceQuery',
      run: 'reconReference.runId',
      uri: 'reconReference.uri',
    },
  },
  {
    id: 'urn:browse:mfg:gl919',
    of: 'daybooks',
    columns: {
      code: 'dy_mstr.dy_dy_code',
      description: 'dy_mstr.dy_desc',
      type: 'dy_mstr.dy_type',
      control: 'dy_mstr.dy_control',
      layer: 'dy_mstr.dy_layer',
      layerType: 'dy_mstr.dy_layer_type',
      active: 'dy_mstr.dy_active',
    },
  },
  {
    id: 'urn:browse:mfg:xxpst1',
    of: 'postings',
    columns: {
      key: 'xxpst_det.xxpst_text2',
      domain: 'xxpst_det.xxpst_domain',
      entity: 'xxpst_det.xxpst_entity',
      daybook: 'xxpst_det.xxpst_daybook',
      layerType: 'xxpst_det.xxpst_layer_type',
      year: 'xxpst_det.xxpst_year',
      period: 'xxpst_det.xxpst_per',
      date: 'xxpst_det.xxpst_date',
      account: 'xxpst_det.xxpst_acc',
      costCentre: 'xxpst_det.xxpst_cc',
      currency: 'xxpst_det.xxpst_curr',
      debit: 'xxpst_det.xxpst_dr',
      credit: 'xxpst_det.xxpst_cr',
      text: 'xxpst_det.xxpst_text',
      uri: 'xxpst_det.xxpst_number',
    },
  },
  {
    id: 'urn:browse:bebrowse:com.qad.erp.base.domainV3s',
    of: 'domains',
    columns: { domain: 'domainV3.domainContext', entity: 'domainV3.entityContext' },
  },
]

const JOURNAL: QadJournal = {
  path: '/api/erp/transientJournalEntries',
  validatePath: '/api/erp/transientJournalEntries/validate',
  viewUri: 'urn:be:com.qad.financials.generalledger.journalentry.ITransientJournalEntry',
  plural: 'transientJournalEntries',
  isTransient: true,
  header: {
    daybook: 'daybookCode',
    year: 'glCalendarYear',
    period: 'glPeriod',
    date: 'postingDate',
    voucher: 'voucherNumber',
    text: 'postingText',
    secondText: 'postingSecondText',
  },
  lines: 'journalEntryLines',
  line: {
    account: 'glAccount',
    subAccount: 'subAccount',
    costCentre: 'costCenter',
    project: 'project',
    currency: 'currencyCode',
    debit: 'debitTC',
    credit: 'creditTC',
    text: 'lineText',
  },
}

const COMPONENT: QadWorld['component'] = {
  path: '/api/bdoc/acme/recon/ReconReference',
  plural: 'reconReferences',
  uri: 'urn:be:com.acme.recon.IReconReference',
  fields: [
    { word: 'key', name: 'referenceId', type: 'text', mandatory: true, maxLength: 40 },
    { word: 'domain', name: 'domainCode', type: 'text', mandatory: true, maxLength: 8 },
    { word: 'entity', name: 'entityCode', type: 'text', mandatory: true, maxLength: 20 },
    { word: 'year', name: 'glCalendarYear', type: 'integer', mandatory: true },
    { word: 'period', name: 'glPeriod', type: 'integer', mandatory: true },
    { word: 'account', name: 'glAccount', type: 'text', mandatory: true, maxLength: 8 },
    { word: 'subAccount', name: 'subAccount', type: 'text', mandatory: false, maxLength: 8 },
    { word: 'costCentre', name: 'costCenter', type: 'text', mandatory: false, maxLength: 8 },
    { word: 'project', name: 'project', type: 'text', mandatory: false, maxLength: 8 },
    { word: 'site', name: 'siteCode', type: 'text', mandatory: false, maxLength: 8 },
    { word: 'currency', name: 'currencyCode', type: 'text', mandatory: true, maxLength: 3 },
    { word: 'measure', name: 'measure', type: 'text', mandatory: true, maxLength: 40 },
    { word: 'amount', name: 'lookerAmount', type: 'decimal', mandatory: true },
    { word: 'revision', name: 'revision', type: 'integer', mandatory: false },
    { word: 'description', name: 'description', type: 'text', mandatory: false, maxLength: 40 },
    { word: 'source', name: 'sourceQuery', type: 'text', mandatory: false, maxLength: 40 },
    { word: 'run', name: 'runId', type: 'text', mandatory: false, maxLength: 40 },
    { word: 'sourceSystem', name: 'sourceSystem', type: 'text', mandatory: false, maxLength: 20 },
  ],
}
