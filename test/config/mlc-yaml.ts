import { MlcError } from '../../src/errors.js'
import { parseConfig, type Environment, type LoadedConfig } from '../../src/config/load.js'

/** A sound mlc.yaml; tests replace one line of it. */
export const SOUND = `version: 1
looker:
  baseUrl: https://acme.cloud.looker.com
  timeZone: America/Detroit
qad:
  baseUrl: https://acme.qad.com/clouderp
  domain: 10USA
  entity: 10USACO
  auth:
    type: basic
  workspace: { template: "{domain}_{entity}" }
  reads:
    glAccounts:
      browse: urn:browse:mfg:xxgl01
      columns: { code: ac_mstr.ac_code, active: ac_mstr.ac_active }
    balances:
      path: /api/erp/balances
      rows: data.balances
      columns: { year: y, period: p, account: a, costCentre: c, currency: u, amount: m }
  write:
    path: /api/bdoc/acme/recon/ReconReference
    batchSize: 1
    fields:
      key: referenceId
      amount: lookerAmount
    constants: { sourceSystem: LOOKER }
jobs:
  plant-gl:
    source:
      look: 42
      filters: { gl.posting_period: "{period}" }
      paging: auto
    figure:
      account: gl.account_code
      costCentre: plant.name
      currency: USD
      measures: { net_amount: gl.net_amount }
      sign: 1
    rounding: { scale: 2, mode: half-even }
    tolerance: { absolute: "0.01", percent: 0 }
    overrides: [{ account: 5010, absolute: "1.00" }]
`

export function parse(text: string, env: Environment = {}): LoadedConfig {
  return parseConfig(text, env, '/srv/gl/mlc.yaml')
}

/** The sound file with one line replaced; the line must be there. */
export function withLine(line: string, instead: string): string {
  const lines = SOUND.split('\n')
  const index = lines.findIndex((candidate) => candidate.trim() === line)
  if (index < 0) throw new Error(`no line "${line}" in the sound file`)
  const indent = /^ */.exec(lines[index] ?? '')?.[0] ?? ''
  lines.splice(index, 1, ...instead.split('\n').map((part) => indent + part))
  return lines.join('\n')
}

export function refusal(act: () => unknown): MlcError {
  try {
    act()
  } catch (error) {
    if (error instanceof MlcError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
