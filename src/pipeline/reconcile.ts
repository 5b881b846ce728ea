import type { Balance } from '../model/chart.js'
import type { Figure } from '../model/figure.js'
import type { Job } from '../model/job.js'
import { add, money, negate, round, toText, ZERO, type Money } from '../model/money.js'
import { parsePeriod, type Period } from '../model/period.js'
import type { Plan } from '../model/plan.js'
import type { Row } from '../model/row.js'
import { reconcile, type LookerAmount, type Reconciliation } from '../reconcile/reconcile.js'
import { planFigures, type Maps, type Target } from './map.js'
import type { Ports, RunHead } from './ports.js'

export interface ReconcileReport extends Reconciliation {
  readonly measure: string
  readonly level: 'account' | 'both'
  readonly ignoredRows: number
  readonly unmappedRows: number
}

/**
 * The job's figures against QAD's ledger movement of the same periods, by account and cost centre. The job's first measure is
 * the one that the ledger knows; what is ignored by the map is left out, what is unmapped stands under Looker's own names.
 */
export async function reconcileRun(
  job: Job,
  head: RunHead,
  rows: AsyncIterable<readonly Row[]>,
  target: Target,
  ports: Ports,
): Promise<ReconcileReport> {
  const measure = Object.keys(head.figure.measures)[0] ?? ''
  const level = head.figure.costCentre === null ? 'account' : 'both'
  const ledger = ports.ledger()
  const unmapped = createUnmapped(measure, head, job)
  const { planner, periods } = await planFigures(
    job,
    { head, rows, target, chart: await ledger.chart(), observe: unmapped.observe },
    ports,
  )
  const looker = [...mappedAmounts(planner.plan([], new Map()), measure), ...unmapped.amounts()]
  const settings = { measure, tolerance: job.tolerance, overrides: job.overrides, level } as const
  const reconciliation = reconcile(looker, await balancesOf(periods, head, ports), settings)
  const { ignored, unmapped: unmappedRows } = planner.totals.rows
  return { ...reconciliation, measure, level, ignoredRows: ignored, unmappedRows }
}

function* mappedAmounts(plan: Plan, measure: string): Generator<LookerAmount> {
  for (const { reference } of plan.entries) {
    if (reference.measure === measure) yield reference
  }
}

/** Figures that the map does not place: shown as they are, because a figure left out would be a figure lost. */
function createUnmapped(measure: string, head: RunHead, job: Job) {
  const sums = new Map<string, { account: string; costCentre: string; currency: string; sum: Money }>()
  const observe = (figure: Figure, maps: Maps) => {
    if (figure.measure !== measure) return
    const period = parsePeriod(figure.period)
    if (!period) return
    const account = maps.accounts(figure.account, period)
    const costCentre = head.figure.costCentre === null ? null : maps.costCentres(figure.costCentre, period)
    const kinds = [account.kind, costCentre?.kind]
    if (kinds.includes('ignored') || !kinds.some((kind) => kind === 'unmapped' || kind === 'ambiguous')) return
    const place = {
      account: account.kind === 'mapped' ? account.code : (figure.account ?? ''),
      costCentre: costCentre?.kind === 'mapped' ? costCentre.code : (figure.costCentre ?? ''),
      currency: figure.currency,
    }
    const key = JSON.stringify(place)
    const before = sums.get(key)?.sum ?? ZERO
    const signed = head.figure.sign === 1 ? money(figure.amount) : negate(money(figure.amount))
    sums.set(key, { ...place, sum: add(before, signed) })
  }
  const amounts = (): LookerAmount[] =>
    [...sums.values()].map(({ sum, ...place }) => ({
      ...place,
      amount: toText(round(sum, job.rounding.scale, job.rounding.mode)),
    }))
  return { observe, amounts }
}

async function balancesOf(met: readonly Period[], head: RunHead, ports: Ports): Promise<Balance[]> {
  const asked = head.period === null ? null : parsePeriod(head.period)
  const periods = met.length > 0 ? met : asked ? [asked] : []
  const balances: Balance[] = []
  for (const period of periods) {
    for await (const balance of ports.ledger().balances(period)) balances.push(balance)
  }
  return balances
}
