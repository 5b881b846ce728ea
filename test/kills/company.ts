import { demoConfig, demoLooker, demoQad } from '../../src/sandbox/company/company.js'
import type { LookerWorld } from '../../src/sandbox/looker/world.js'
import type { QadWorld } from '../../src/sandbox/qad/world.js'

/** Six figures of one period: few enough to kill a sync at every call it makes, and of every kind (negative, whole, a cent). */
export interface Figure {
  readonly account: string
  readonly costCentre: string
  readonly amount: string
}

export const FIGURES: readonly Figure[] = [
  { account: '05010', costCentre: '1100', amount: '412880.15' },
  { account: '05010', costCentre: '1200', amount: '287340.00' },
  { account: '05020', costCentre: '1100', amount: '96400.55' },
  { account: '05020', costCentre: '1300', amount: '-1250.10' },
  { account: '05030', costCentre: '1200', amount: '88215.40' },
  { account: '06010', costCentre: '1300', amount: '0.05' },
]

/** The same a week later: two of the six were restated. */
export const RESTATED: readonly Figure[] = FIGURES.map((figure) => {
  if (figure.amount === '287340.00') return { ...figure, amount: '287999.99' }
  return figure.amount === '88215.40' ? { ...figure, amount: '-0.01' } : figure
})

export const SYNC = ['sync', '--job', 'plants', '--period', '2026-07', '--yes', '--json']

const FIELDS = ['account', 'centre', 'period', 'net'] as const

export function lookerWith(figures: readonly Figure[]): LookerWorld {
  const fields = FIELDS.map((column) => ({
    name: `gl.${column}`,
    label: column,
    type: column === 'net' ? 'sum' : 'string',
    kind: column === 'net' ? ('measure' as const) : ('dimension' as const),
    column,
  }))
  const rows = figures.map(({ account, costCentre, amount }) => ({
    account,
    centre: costCentre,
    period: '2026-07',
    net: { n: amount },
  }))
  const query = { model: 'plants', view: 'gl', fields: fields.map(({ name }) => name), filters: {}, sorts: [] }
  return {
    ...demoLooker(),
    explores: [{ model: 'plants', name: 'gl', label: 'GL', fields, rows, flat: true }],
    looks: [{ id: '1', title: 'Plants', query: { ...query, limit: '500' } }],
  }
}

export function qadWorld(): QadWorld {
  return demoQad()
}

export interface ConfigOptions {
  readonly batchSize?: number
  readonly settleSeconds?: number
  readonly readTimeoutMs?: number
}

/** mlc.yaml of the demo with one job over the six figures, whose codes are taken as they are. */
export function configFor(
  urls: { readonly lookerUrl: string; readonly qadUrl: string },
  { batchSize = 1, settleSeconds = 1, readTimeoutMs = 10_000 }: ConfigOptions = {},
): string {
  const demo = demoConfig(urls)
    .replace('batchSize: 1', `batchSize: ${batchSize}`)
    .replace('settleSeconds: 1', `settleSeconds: ${settleSeconds}`)
    .replace('readTimeoutMs: 10000', `readTimeoutMs: ${readTimeoutMs}`)
    .replace('requestsPerMinute: 600', 'requestsPerMinute: 100000')
  return `${demo.slice(0, demo.indexOf('jobs:'))}jobs:
  plants:
    source: { look: "1" }
    figure: { account: gl.account, costCentre: gl.centre, currency: USD, period: gl.period, measures: { net: gl.net } }
`
}
