import type { QadWorld } from '../qad/world.js'

/** A second tenant for tests, small, in euros, spelled differently in every place where tenants may differ. Mount it at `/qad-central`. */
export function otherTenant(): QadWorld {
  return {
    clients: [{ clientId: '07e3200007e3200007e3200007e32000' }],
    users: [
      { username: 'lena', password: 'other-demo-password', workspaces: ['20EU.20NLCO', '20EU.20DECO'], role: 'writer' },
    ],
    companies: [company('20NLCO'), company('20DECO')],
    workspace: { header: 'x-arbeitsbereich', query: 'x-arbeitsbereich' },
    browses: [
      {
        id: 'mfg:xk900',
        of: 'accounts',
        columns: { code: 'konto.nummer', description: 'konto.text', active: 'konto.aktiv' },
      },
      {
        id: 'mfg:xk901',
        of: 'costCentres',
        columns: { code: 'kst.nummer', description: 'kst.text', active: 'kst.aktiv' },
      },
      {
        id: 'mfg:xk902',
        of: 'periods',
        columns: { year: 'per.jahr', period: 'per.nr', start: 'per.von', end: 'per.bis', status: 'per.lage' },
      },
      {
        id: 'mfg:xk903',
        of: 'balances',
        columns: {
          year: 'saldo.jahr',
          period: 'saldo.nr',
          account: 'saldo.konto',
          costCentre: 'saldo.kst',
          debit: 'saldo.soll',
          credit: 'saldo.haben',
        },
        preset: { layer: 'OFFICIAL' },
      },
      {
        id: 'urn:browse:custom:abstimmung',
        of: 'references',
        columns: { key: 'beleg.kennung', amount: 'beleg.betrag' },
      },
    ],
    lists: [],
    component: COMPONENT,
    swaggerPath: '/api-docs',
  }
}

const COMPONENT: QadWorld['component'] = {
  path: '/api/bdoc/werk/abst/Beleg',
  plural: 'belege',
  uri: 'urn:be:com.werk.abst.IBeleg',
  fields: [
    { word: 'key', name: 'kennung', type: 'text', mandatory: true, maxLength: 40 },
    { word: 'domain', name: 'bereich', type: 'text', mandatory: false },
    { word: 'entity', name: 'gesellschaft', type: 'text', mandatory: false },
    { word: 'year', name: 'jahr', type: 'integer', mandatory: true },
    { word: 'period', name: 'periode', type: 'integer', mandatory: true },
    { word: 'account', name: 'konto', type: 'text', mandatory: true, maxLength: 8 },
    { word: 'costCentre', name: 'kst', type: 'text', mandatory: false, maxLength: 8 },
    { word: 'currency', name: 'waehrung', type: 'text', mandatory: true, maxLength: 3 },
    { word: 'amount', name: 'betrag', type: 'decimal', mandatory: true },
  ],
}

function company(entity: string): QadWorld['companies'][number] {
  return {
    workspace: `20EU.${entity}`,
    domain: '20EU',
    entity,
    currencies: ['EUR'],
    accounts: [
      { code: '004010', description: 'ERLÖSE', type: 'STANDARD', active: true, posting: 'Manual', analysis: 'NONE' },
      {
        code: '005010',
        description: 'MATERIAL',
        type: 'STANDARD',
        active: true,
        posting: 'Manual',
        analysis: 'COSTCENTER',
      },
    ],
    costCentres: [{ code: 'W-1', description: 'WERK 1', active: true }],
    periods: [
      { year: 2026, period: 6, start: '2026-06-01', end: '2026-06-30', status: 'reported' },
      { year: 2026, period: 7, start: '2026-07-01', end: '2026-07-31', status: 'open' },
    ],
    balances: [{ year: 2026, period: 7, account: '005010', costCentre: 'W-1', currency: 'EUR', amount: '-120.5' }],
    daybooks: [],
  }
}
