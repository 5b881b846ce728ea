import fc from 'fast-check'
import { readMap } from '../../src/mapping/map-file.js'
import { createPlanner, type Planner, type PlanSettings } from '../../src/mapping/planner.js'
import { createResolver } from '../../src/mapping/resolve.js'
import type { Chart, MasterCode } from '../../src/model/chart.js'
import type { Figure } from '../../src/model/figure.js'
import type { Plan, PlanEntry } from '../../src/model/plan.js'
import { parseKey, type Posted, type Reference } from '../../src/model/reference.js'

/** A company small enough to read: five accounts, four plants, two open periods. */
export const CHART: Chart = {
  accounts: [account('5010'), account('5020'), account('0100'), account('100'), account('4010', false)],
  costCentres: [account('1100'), account('1200'), account('CC-A'), account('1900', false)],
  periods: [
    { year: 2026, period: 2, start: '2026-02-01', end: '2026-02-28', open: false, status: 'locked' },
    { year: 2026, period: 3, start: '2026-03-01', end: '2026-03-31', open: true, status: 'open' },
    { year: 2026, period: 4, start: '2026-04-01', end: '2026-04-30', open: true, status: 'open' },
  ],
}

export const PLANT_MAP = `looker,qad,ignore,reason
Detroit,1100,,
Detroit West,1100,,
Monterrey,1200,,
Anywhere,cc-a,,
Closed,1900,,
Nowhere,7777,,
Pune,,yes,not on QAD until Jan
twin,1100,,
TWIN,1200,,
`

export function settings(changes: Partial<PlanSettings> = {}): PlanSettings {
  const chart = changes.chart ?? CHART
  return {
    run: '01J9Z8000000000000000000R1',
    job: 'plant-gl',
    madeAt: '2026-04-02T06:15:00.000Z',
    domain: '10USA',
    entity: '10USACO',
    figuresHash: 'sha256:f',
    mapHash: 'sha256:m',
    source: 'look 42',
    sign: 1,
    rounding: { scale: 2, mode: 'half-even' },
    onRestate: 'revise',
    limits: { account: 8, costCentre: 8, text: 40 },
    chart,
    accounts: createResolver(null, chart.accounts, null),
    costCentres: createResolver(readMap(PLANT_MAP, 'maps/cc.csv'), chart.costCentres, 'maps/cc.csv'),
    ...changes,
  }
}

export function figure(changes: Partial<Figure> = {}): Figure {
  return {
    row: 1,
    measure: 'net_amount',
    amount: '412880.15',
    currency: 'USD',
    period: '2026-03',
    account: '5010',
    costCentre: 'Detroit',
    subAccount: null,
    project: null,
    site: null,
    ...changes,
  }
}

export function plannerOf(figures: readonly Partial<Figure>[], changes: Partial<PlanSettings> = {}): Planner {
  const planner = createPlanner(settings(changes))
  for (const [index, each] of figures.entries()) planner.add(figure({ row: index + 1, ...each }))
  return planner
}

/** The plan of some figures, given what QAD holds. */
export function planOf(
  figures: readonly Partial<Figure>[],
  posted: readonly Posted[] = [],
  changes: Partial<PlanSettings> = {},
): Plan {
  return plannerOf(figures, changes).plan(posted, new Map())
}

export function onlyEntry(plan: Plan): PlanEntry {
  const [entry, another] = plan.entries
  if (!entry || another) throw new Error(`the plan has ${plan.entries.length} entries`)
  return entry
}

/** What QAD shows once the reference is posted. */
export function asPosted(reference: Reference, changes: Partial<Posted> = {}): Posted {
  const { key, year, period, account, costCentre, currency, measure, amount, revision } = reference
  return { key, year, period, account, costCentre, currency, measure, amount, revision, qadRef: null, ...changes }
}

export function baseKey(reference: Reference): string {
  return parseKey(reference.key)?.baseKey ?? ''
}

function account(code: string, active = true): MasterCode {
  return { code, description: `Name of ${code}`, active, type: null }
}

const ACCOUNTS = ['5010', '5020', '0100', '100']
const PLANTS = ['Detroit', 'Detroit West', 'Monterrey', 'Pune', 'Oslo']

/** A figure of one of 40 rows: two measures, two currencies, some ignored, some unmapped. */
export const anyFigure = fc
  .record({
    row: fc.integer({ min: 1, max: 40 }),
    measure: fc.constantFrom('net_amount', 'budget'),
    currency: fc.constantFrom('USD', 'EUR'),
    amount: fc
      .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.constantFrom('', '.5', '.05', '.125', '.0001'))
      .map((parts) => parts.join('')),
  })
  // A row has one place; its measures share it.
  .map((each) => figure({ ...each, account: ACCOUNTS[each.row % 4] ?? null, costCentre: PLANTS[each.row % 5] ?? null }))
