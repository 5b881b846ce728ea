import { DETROIT, LEIPZIG, MONTERREY } from './figures.js'

/** Credentials of the sandboxes. They open nothing else. */
export const LOOKER_KEY = {
  clientId: 'demoLookerClientId',
  clientSecret: 'demo-looker-secret',
  name: 'svc-mlc (demo)',
} as const
export const QAD_CLIENT_ID = 'de300000de300000de300000de300000'
export const QAD_USER = { username: 'demo.mlc', password: 'demo-qad-password' } as const

export function demoEnvironment(): Record<string, string> {
  return {
    MLC_LOOKER_CLIENT_ID: LOOKER_KEY.clientId,
    MLC_LOOKER_CLIENT_SECRET: LOOKER_KEY.clientSecret,
    MLC_QAD_CLIENT_ID: QAD_CLIENT_ID,
    MLC_QAD_USERNAME: QAD_USER.username,
    MLC_QAD_PASSWORD: QAD_USER.password,
  }
}

/** Map files of the demo, by path relative to mlc.yaml. */
export function demoMaps(): Record<string, string> {
  const header = 'looker,qad,ignore,reason,from,to'
  const accounts = ['2010', '5010', '5020', '5030', '6010', '6020'].map((code) => `${code},0${code},,,,`)
  const plants = [DETROIT, MONTERREY, LEIPZIG].map(({ name, costCentre }) => `${name},${costCentre},,,,`)
  return {
    'maps/accounts.csv': [header, ...accounts, ''].join('\n'),
    'maps/cost-centres.csv': [header, ...plants, 'Pune,,yes,not on QAD until January 2027,,', ''].join('\n'),
  }
}

/** A complete mlc.yaml for the demo. @param lookerUrl base URL of the sandbox Looker @param qadUrl with its context root */
export function demoConfig({ lookerUrl, qadUrl }: { readonly lookerUrl: string; readonly qadUrl: string }): string {
  return `version: 1
environment: demo
looker:
  baseUrl: ${lookerUrl}
  requestsPerMinute: 600
  maxConcurrent: 4
  pageSize: 5000
  timeZone: America/Detroit
qad:
  kind: adaptive
  baseUrl: ${qadUrl}
  domain: 10USA
  entity: 10USACO
  auth:
    type: oauth_password
    tokenPath: /oauth/token
  workspace: { mode: header, header: x-qad-workspace-id, template: "{domain}_{entity}" }
  http: { readTimeoutMs: 10000, minGapMs: 0, maxInFlight: 1, retries: 3 }
  swagger: /v3/api-docs
  reads:
${READS}
${WRITE}
  limits: { account: 8, costCentre: 8, text: 40 }
jobs:
${JOBS}`
}

const WRITE = `  write:
    target: bdoc
    path: /api/bdoc/acme/recon/ReconReference
    batchSize: 1
    fields:
      key: referenceId
      domain: domainCode
      entity: entityCode
      year: glCalendarYear
      period: glPeriod
      account: glAccount
      costCentre: costCenter
      currency: currencyCode
      measure: measure
      amount: lookerAmount
      revision: revision
      description: description
      source: sourceQuery
      run: runId
    constants: { sourceSystem: LOOKER }
    amountAs: number
    settleSeconds: 1`

const READS = `    glAccounts:
      browse: "urn:browse:mfg:xxgl01"
      columns: { code: ac_mstr.ac_code, description: ac_mstr.ac_desc, active: ac_mstr.ac_active, type: ac_mstr.ac_type }
    costCentres:
      path: /api/erp/costCenters
      rows: data.costCenters
      columns: { code: code, description: description, active: isActive }
    periods:
      browse: "urn:browse:mfg:gl111"
      columns:
        year: glcd_det.glcd_year
        period: glcd_det.glcd_per
        start: glcd_det.glcd_start
        end: glcd_det.glcd_end
        status: glcd_det.glcd_status
      openValues: [open]
    balances:
      browse: "urn:browse:mfg:xxbal1"
      columns:
        year: xxbal_det.xxbal_year
        period: xxbal_det.xxbal_per
        account: xxbal_det.xxbal_acc
        costCentre: xxbal_det.xxbal_cc
        currency: xxbal_det.xxbal_curr
        amount: xxbal_det.xxbal_amt
      filters: [[xxbal_det.xxbal_year, eq, "{year}"], [xxbal_det.xxbal_per, eq, "{period}"]]
    posted:
      browse: "urn:browse:bebrowse:com.acme.recon.reconReferences"
      columns:
        key: reconReference.referenceId
        year: reconReference.glCalendarYear
        period: reconReference.glPeriod
        account: reconReference.glAccount
        costCentre: reconReference.costCenter
        currency: reconReference.currencyCode
        measure: reconReference.measure
        amount: reconReference.lookerAmount
        revision: reconReference.revision
      filters: [[reconReference.glCalendarYear, eq, "{year}"]]
    daybooks:
      browse: "urn:browse:mfg:gl919"
      columns: { code: dy_mstr.dy_dy_code, layerType: dy_mstr.dy_layer_type, active: dy_mstr.dy_active }`

const JOBS = `  plant-gl:
    source:
      look: "42"
      filters: { gl.posting_period: "{period}" }
    figure:
      account: gl.account_code
      costCentre: plant.name
      currency: gl.currency
      period: gl.posting_period
      measures: { net_amount: gl.net_amount, budget: gl.budget_amount }
      site: plant.code
    map:
      accounts: maps/accounts.csv
      costCentres: maps/cost-centres.csv
    rounding: { scale: 2, mode: half-even }
    onRestate: revise
    tolerance: { absolute: "0.01", percent: "0", mode: or }
  payables:
    source:
      look: "57"
      filters: { invoices.posting_period: "{period}" }
    figure:
      account: invoices.account_code
      costCentre: plant.name
      currency: invoices.currency
      period: invoices.posting_period
      measures: { open_payables: invoices.open_amount }
      site: plant.code
      sign: -1
    map:
      accounts: maps/accounts.csv
      costCentres: maps/cost-centres.csv
    rounding: { scale: 2, mode: half-even }
    tolerance: { absolute: "0.01", percent: "0", mode: or }
  procurement:
    source:
      look: "61"
      filters: { spend.posting_period: "{period}" }
    figure:
      account: spend.account_code
      costCentre: plant.name
      currency: spend.currency
      period: spend.posting_period
      measures: { spend: spend.amount }
      site: plant.code
    map:
      accounts: maps/accounts.csv
      costCentres: maps/cost-centres.csv
    rounding: { scale: 2, mode: half-even }
    tolerance: { absolute: "1.00", percent: "0.5", mode: or }
`
