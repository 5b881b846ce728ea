import type { ReadOptions } from '../../src/qad/options.js'
import type { QadBalance, QadCompany, QadField, QadWorld } from '../../src/sandbox/qad/world.js'

export const CLIENT_ID = '0123456789abcdef0123456789abcdef'
export const PASSWORD = 'correct-Horse-7'
export const CLIENT_SECRET = 'client-Secret+/=11'

export const READS = {
  glAccounts: {
    browse: 'urn:browse:mfg:xxgl01',
    columns: {
      code: 'ac_mstr.ac_code',
      description: 'ac_mstr.ac_desc',
      active: 'ac_mstr.ac_active',
      type: 'ac_mstr.ac_type',
    },
  },
  costCentres: {
    path: '/api/erp/costCenters',
    rows: 'data.costCenters',
    columns: { code: 'code', description: 'description', active: 'isActive' },
  },
  periods: {
    browse: 'urn:browse:mfg:gl111',
    columns: {
      year: 'glcd_det.glcd_year',
      period: 'glcd_det.glcd_per',
      start: 'glcd_det.glcd_start',
      end: 'glcd_det.glcd_end',
      status: 'glcd_det.glcd_status',
    },
  },
  balances: {
    browse: 'urn:browse:mfg:xxbal1',
    columns: {
      year: 'bal.year',
      period: 'bal.per',
      account: 'bal.acct',
      costCentre: 'bal.cc',
      currency: 'bal.curr',
      amount: 'bal.amt',
    },
  },
  posted: {
    browse: 'urn:browse:bebrowse:com.acme.recon.reconReferences',
    columns: {
      key: 'reconReference.referenceId',
      year: 'reconReference.glCalendarYear',
      period: 'reconReference.glPeriod',
      account: 'reconReference.glAccount',
      costCentre: 'reconReference.costCenter',
      currency: 'reconReference.currencyCode',
      measure: 'reconReference.measure',
      amount: 'reconReference.lookerAmount',
      revision: 'reconReference.revision',
      qadRef: 'reconReference.uri',
    },
  },
} satisfies Record<string, ReadOptions>

export const FIELDS: readonly QadField[] = [
  { word: 'key', name: 'referenceId', type: 'text', mandatory: true, maxLength: 40 },
  { word: 'domain', name: 'domainCode', type: 'text', mandatory: true },
  { word: 'entity', name: 'entityCode', type: 'text', mandatory: false },
  { word: 'year', name: 'glCalendarYear', type: 'integer', mandatory: true },
  { word: 'period', name: 'glPeriod', type: 'integer', mandatory: true },
  { word: 'account', name: 'glAccount', type: 'text', mandatory: true, maxLength: 8 },
  { word: 'costCentre', name: 'costCenter', type: 'text', mandatory: false, maxLength: 8 },
  { word: 'currency', name: 'currencyCode', type: 'text', mandatory: true },
  { word: 'measure', name: 'measure', type: 'text', mandatory: true },
  { word: 'amount', name: 'lookerAmount', type: 'decimal', mandatory: true },
  { word: 'revision', name: 'revision', type: 'integer', mandatory: false },
  { word: 'description', name: 'description', type: 'text', mandatory: false, maxLength: 40 },
  { word: 'source', name: 'sourceQuery', type: 'text', mandatory: false, maxLength: 40 },
  { word: 'run', name: 'runId', type: 'text', mandatory: false },
]

function company(domain: string, entity: string, balances: readonly QadBalance[] = []): QadCompany {
  return {
    workspace: `${domain}_${entity}`,
    domain,
    entity,
    currencies: ['USD', 'EUR'],
    accounts: [
      {
        code: '04010',
        description: 'Net sales',
        type: 'STANDARD',
        active: true,
        posting: 'Manual',
        analysis: 'COSTCENTER',
      },
      { code: '5010', description: 'Material', type: 'STANDARD', active: true, posting: 'Manual', analysis: 'NONE' },
      {
        code: '5990',
        description: 'Old variances',
        type: 'STANDARD',
        active: false,
        posting: 'Manual',
        analysis: 'NONE',
      },
    ],
    costCentres: [
      { code: '1100', description: 'Austin', active: true },
      { code: '0120', description: 'R&D', active: true },
      { code: '1900', description: 'Closed plant', active: false },
    ],
    periods: [
      { year: 2026, period: 2, start: '2026-02-01', end: '2026-02-28', status: 'locked' },
      { year: 2026, period: 3, start: '2026-03-01', end: '2026-03-31', status: 'open' },
      { year: 2026, period: 4, start: '2026-04-01', end: '2026-04-30', status: 'future' },
    ],
    balances,
    daybooks: [],
  }
}

export function world(): QadWorld {
  const balances: QadBalance[] = [
    { year: 2026, period: 3, account: '5010', costCentre: '1100', currency: 'USD', amount: '412880.15' },
    { year: 2026, period: 3, account: '5010', costCentre: '1100', currency: 'USD', amount: '123456789012345678.91' },
    { year: 2026, period: 3, account: '04010', costCentre: '', currency: 'USD', amount: '-0.10' },
    { year: 2026, period: 2, account: '5010', costCentre: '1100', currency: 'USD', amount: '99.00' },
  ]
  const posted = READS.posted.columns
  return {
    clients: [{ clientId: CLIENT_ID, secret: CLIENT_SECRET, username: 'mlc' }],
    users: [
      { username: 'mlc', password: PASSWORD, workspaces: ['20EU_20EUCO', '10USA_10USACO'], role: 'writer' },
      { username: 'reader', password: PASSWORD, workspaces: ['10USA_10USACO'], role: 'reader' },
      {
        username: 'blind',
        password: PASSWORD,
        workspaces: ['10USA_10USACO'],
        role: 'writer',
        hidden: ['accounts', 'references'],
      },
    ],
    companies: [company('10USA', '10USACO', balances), company('20EU', '20EUCO')],
    workspace: { header: 'x-qad-workspace-id', query: 'x-qad-workspace-id' },
    browses: [
      { id: READS.glAccounts.browse, of: 'accounts', columns: READS.glAccounts.columns },
      { id: READS.periods.browse, of: 'periods', columns: READS.periods.columns },
      {
        id: READS.balances.browse,
        of: 'balances',
        columns: { ...READS.balances.columns, debit: 'bal.dr', credit: 'bal.cr' },
      },
      {
        id: READS.posted.browse,
        of: 'references',
        columns: { ...posted, uri: posted.qadRef, domain: 'reconReference.domainCode' },
      },
    ],
    lists: [
      {
        path: '/api/erp/costCenters',
        plural: 'costCenters',
        of: 'costCentres',
        columns: { code: 'code', description: 'description', active: 'isActive', domain: 'domainCode' },
      },
    ],
    component: {
      path: '/api/bdoc/acme/recon/ReconReference',
      plural: 'reconReferences',
      uri: 'urn:be:com.acme.recon.IReconReference',
      fields: FIELDS,
    },
    journal: null,
    swaggerPath: '/v3/api-docs',
  }
}
