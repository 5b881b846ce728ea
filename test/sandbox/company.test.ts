import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adaptiveOptions } from '../../src/composition/qad-options.js'
import { parseConfig, type LoadedConfig } from '../../src/config/load.js'
import { createHttp } from '../../src/http/client.js'
import { readMap } from '../../src/mapping/map-file.js'
import { createPlanner } from '../../src/mapping/planner.js'
import { createResolver } from '../../src/mapping/resolve.js'
import type { Balance } from '../../src/model/chart.js'
import type { Figure } from '../../src/model/figure.js'
import type { Plan } from '../../src/model/plan.js'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { Ledger } from '../../src/qad/ledger.js'
import { reconcile } from '../reconcile/reconciled.js'
import * as company from '../../src/sandbox/company/company.js'
import { createLookerSandbox, type LookerSandbox } from '../../src/sandbox/looker/sandbox.js'
import { isDecimal, readJson, type Json } from '../../src/sandbox/qad/cells.js'
import { createQadSandbox, type QadSandbox } from '../../src/sandbox/qad/sandbox.js'
import { serve, type Served } from '../../src/sandbox/serve.js'

const JULY = { year: 2026, period: 7 }
const ENVIRONMENT = company.demoEnvironment()

let looker: LookerSandbox
let qad: QadSandbox
let served: Served
let loaded: LoadedConfig
let ledger: Ledger

beforeEach(async () => {
  looker = createLookerSandbox(company.demoLooker())
  qad = createQadSandbox(company.demoQad())
  served = await serve(qad)
  const text = company.demoConfig({ lookerUrl: 'http://127.0.0.1:19999', qadUrl: `${served.url}/clouderp` })
  loaded = parseConfig(text, ENVIRONMENT, 'mlc.yaml')
  ledger = createAdaptive(optionsOf(loaded), {
    http: createHttp({ userAgent: 'test', caFile: null, trace: null }),
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    random: () => 0.5,
    uuid: () => '00000000-0000-4000-8000-000000000000',
    credentials: () =>
      Promise.resolve({
        username: ENVIRONMENT['MLC_QAD_USERNAME'] ?? '',
        password: ENVIRONMENT['MLC_QAD_PASSWORD'] ?? '',
        clientId: ENVIRONMENT['MLC_QAD_CLIENT_ID'] ?? '',
        clientSecret: null,
      }),
  })
})

afterEach(() => served.close())

describe('the demo company in 2026-07', () => {
  test('lets all three jobs through every guard, and no two of them share a reference', async () => {
    const plans = await Promise.all(['plant-gl', 'payables', 'procurement'].map((job) => planOf(job)))
    expect(plans.map(({ job, problems, entries }) => [job, problems, entries.length])).toEqual([
      ['plant-gl', [], 24],
      ['payables', [], 3],
      ['procurement', [], 6],
    ])
    for (const { totals } of plans) expect(totals.amounts.map(({ ties }) => ties)).not.toContain(false)
    const references = plans.flatMap(({ entries }) => entries.map(({ reference }) => reference))
    expect(new Set(references.map(({ key }) => key)).size).toBe(33)
    const statuses: string[] = []
    for (const reference of references) statuses.push((await ledger.post([reference]))[0]?.status ?? 'none')
    expect([new Set(statuses), qad.books.length]).toEqual([new Set(['posted']), 33])
  })

  test('reconciles to the planted differences and nothing else', async () => {
    const plan = await planOf('plant-gl')
    const measure = 'net_amount'
    const amounts = plan.entries.map(({ reference }) => reference).filter((reference) => reference.measure === measure)
    const balances: Balance[] = []
    for await (const balance of ledger.balances(JULY)) balances.push(balance)
    const { tolerance } = loaded.config.jobs['plant-gl'] ?? {}
    if (!tolerance) throw new Error('plant-gl has no tolerance')
    const { lines, summary } = reconcile(amounts, balances, { measure, level: 'both', tolerance, overrides: [] })
    const differing = lines.filter(({ verdict }) => verdict !== 'equal')
    const planted = company.PLANTED.map(({ why: _why, ...line }) => expect.objectContaining(line) as object)
    expect(differing).toHaveLength(company.PLANTED.length)
    expect(differing).toEqual(expect.arrayContaining(planted))
    expect(summary).toEqual(company.PLANTED_SUMMARY)
  })

  test('has one plant that QAD does not know, ignored with a reason and still counted', async () => {
    const { totals } = await planOf('plant-gl')
    expect(totals.rows).toEqual({ pulled: 13, mapped: 12, ignored: 1, unmapped: 0 })
    const net = totals.amounts.find(({ measure }) => measure === 'net_amount')
    expect(net).toMatchObject({ pulled: '1011570.61', ignored: '1875.00', unmapped: '0.00' })
  })

  test('has a Look whose saved limit would lose rows', async () => {
    const rows = await rowsOf('61')
    const look = company.demoLooker().looks.find(({ id }) => id === '61')
    expect([rows.length, look?.query.limit]).toEqual([612, '500'])
  })
})

test.each([
  ['2026-06', 'locked'],
  ['2026-07', 'open'],
  ['2026-08', 'open'],
  ['2026-09', 'future'],
])('period %s is %s', async (period, status) => {
  const { periods } = await ledger.chart()
  expect(periods?.find((one) => one.period === Number(period.slice(5)))).toMatchObject({
    status,
    open: status === 'open',
  })
})

test('the chart has codes with leading zeros, an inactive account and an inactive cost centre with an ampersand', async () => {
  const { accounts, costCentres } = await ledger.chart()
  expect(accounts?.find(({ active }) => !active)?.code).toBe('05090')
  expect(costCentres?.find(({ active }) => !active)?.code).toBe('OLD-R&D')
  expect(costCentres?.map(({ code }) => code)).toContain('0100')
})

/** The rows of a Look in July, as a client gets them that overrides its limit. */
async function rowsOf(look: string): Promise<readonly Record<string, Json>[]> {
  const key = {
    client_id: ENVIRONMENT['MLC_LOOKER_CLIENT_ID'] ?? '',
    client_secret: ENVIRONMENT['MLC_LOOKER_CLIENT_SECRET'] ?? '',
  }
  const call = async (path: string, init: RequestInit) => {
    const reply = await looker.handle(new Request(`http://127.0.0.1/api/4.0${path}`, init))
    if (!(reply instanceof Response) || !reply.ok) throw new Error(`Looker failed at ${path}`)
    return readJson(await reply.text())
  }
  const token = (await call('/login', { method: 'POST', body: new URLSearchParams(key) })) as { access_token: string }
  const headers = { authorization: `token ${token.access_token}`, 'content-type': 'application/json' }
  const query = company.demoLooker().looks.find(({ id }) => id === look)?.query
  const body = JSON.stringify({ ...query, limit: '-1' })
  return (await call('/queries/run/json', { method: 'POST', headers, body })) as Record<string, Json>[]
}

/** The plan that the demo's own config and maps make of a job's Look. */
async function planOf(name: string): Promise<Plan> {
  const job = loaded.config.jobs[name]
  if (!job) throw new Error(`no job ${name}`)
  const chart = await ledger.chart()
  const [accounts = '', costCentres = ''] = ['maps/accounts.csv', 'maps/cost-centres.csv'].map(
    (path) => company.demoMaps()[path],
  )
  const planner = createPlanner({
    run: 'RUN',
    job: name,
    madeAt: '2026-08-03T06:00:00Z',
    domain: '10USA',
    entity: '10USACO',
    figuresHash: 'sha256:0',
    mapHash: 'sha256:0',
    source: `look ${job.source.look}`,
    sign: job.figure.sign,
    rounding: job.rounding,
    onRestate: 'revise',
    limits: { account: 8, costCentre: 8, text: 40 },
    chart,
    accounts: createResolver(readMap(accounts, 'maps/accounts.csv'), chart.accounts, 'maps/accounts.csv'),
    costCentres: createResolver(
      readMap(costCentres, 'maps/cost-centres.csv'),
      chart.costCentres,
      'maps/cost-centres.csv',
    ),
  })
  const rows = await rowsOf(job.source.look ?? '')
  for (const [index, row] of rows.entries()) {
    for (const [measure, column] of Object.entries(job.figure.measures))
      planner.add(figureOf(row, index + 1, measure, column, job.figure))
  }
  return planner.plan([], new Map())
}

function figureOf(
  row: Record<string, Json>,
  number: number,
  measure: string,
  column: string,
  spec: { account: string; costCentre: string | null; currency: string; period: string | null; site: string | null },
): Figure {
  const text = (name: string | null) => {
    const cell = name === null ? null : row[name]
    return typeof cell === 'string' ? cell : isDecimal(cell ?? null) ? (cell as { n: string }).n : null
  }
  return {
    row: number,
    measure,
    amount: text(column) ?? '',
    currency: text(spec.currency) ?? '',
    period: text(spec.period) ?? '',
    account: text(spec.account),
    costCentre: text(spec.costCentre),
    subAccount: null,
    project: null,
    site: text(spec.site),
  }
}

function optionsOf({ config }: LoadedConfig): Parameters<typeof createAdaptive>[0] {
  if (!config.qad) throw new Error('no qad section')
  return adaptiveOptions(config.qad)
}
