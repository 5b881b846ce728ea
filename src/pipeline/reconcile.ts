import type { Figure } from '../model/figure.js'
import type { Job } from '../model/job.js'
import { add, money, negate, round, toText, toTextAtLeast, ZERO, type Money } from '../model/money.js'
import { formatPeriod, parsePeriod, samePeriod, type Period } from '../model/period.js'
import type { Plan } from '../model/plan.js'
import type { Row } from '../model/row.js'
import type { Variance, Verdict } from '../model/variance.js'
import { reconcile, type LookerAmount, type Reconciliation } from '../reconcile/reconcile.js'
import { planFigures, type Maps, type Target } from './map.js'
import type { Ports, RunHead } from './ports.js'

/** A line of one period: breaks of different periods must not net out. */
export type PeriodVariance = Variance & { readonly period: string }

export interface ReconcileReport extends Omit<Reconciliation, 'lines'> {
  /** By period, account, cost centre, currency. */
  readonly lines: readonly PeriodVariance[]
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
  const parts: { period: string; part: Reconciliation }[] = []
  for (const period of periodsOf(periods, head)) {
    const text = formatPeriod(period)
    const balances = await collect(ledger.balances(period))
    parts.push({
      period: text,
      part: reconcile(
        looker.filter((amount) => amount.period === text),
        balances,
        settings,
      ),
    })
  }
  const { ignored, unmapped: unmappedRows } = planner.totals.rows
  return { ...together(parts), measure, level, ignoredRows: ignored, unmappedRows }
}

/** An amount of Looker and the period `YYYY-PP` that it belongs to. */
type PeriodAmount = LookerAmount & { readonly period: string }

function together(
  parts: readonly { period: string; part: Reconciliation }[],
): Pick<ReconcileReport, 'lines' | 'summary'> {
  const lines = parts.flatMap(({ period, part }) => part.lines.map((line) => ({ ...line, period })))
  const count = (verdict: Verdict) => parts.reduce((sum, { part }) => sum + part.summary[verdict], 0)
  const total = (name: 'net' | 'gross') =>
    toTextAtLeast(
      parts.reduce((sum, { part }) => add(sum, money(part.summary[name])), ZERO),
      2,
    )
  const summary = {
    equal: count('equal'),
    within: count('within'),
    outside: count('outside'),
    onlyLooker: count('onlyLooker'),
    onlyLedger: count('onlyLedger'),
    net: total('net'),
    gross: total('gross'),
  }
  return { lines, summary }
}

function* mappedAmounts(plan: Plan, measure: string): Generator<PeriodAmount> {
  for (const { reference } of plan.entries) {
    if (reference.measure === measure) yield { ...reference, period: formatPeriod(reference) }
  }
}

/** Figures that the map does not place: shown as they are, because a figure left out would be a figure lost. */
function createUnmapped(measure: string, head: RunHead, job: Job) {
  const sums = new Map<string, { period: string; account: string; costCentre: string; currency: string; sum: Money }>()
  const observe = (figure: Figure, maps: Maps) => {
    if (figure.measure !== measure) return
    const period = parsePeriod(figure.period)
    if (!period) return
    const account = maps.accounts(figure.account, period)
    const costCentre = head.figure.costCentre === null ? null : maps.costCentres(figure.costCentre, period)
    const kinds = [account.kind, costCentre?.kind]
    if (kinds.includes('ignored') || !kinds.some((kind) => kind === 'unmapped' || kind === 'ambiguous')) return
    const place = {
      period: figure.period,
      account: account.kind === 'mapped' ? account.code : (figure.account ?? ''),
      costCentre: costCentre?.kind === 'mapped' ? costCentre.code : (figure.costCentre ?? ''),
      currency: figure.currency,
    }
    const key = JSON.stringify(place)
    const before = sums.get(key)?.sum ?? ZERO
    const signed = head.figure.sign === 1 ? money(figure.amount) : negate(money(figure.amount))
    sums.set(key, { ...place, sum: add(before, signed) })
  }
  const amounts = (): PeriodAmount[] =>
    [...sums.values()].map(({ sum, ...place }) => ({
      ...place,
      amount: toText(round(sum, job.rounding.scale, job.rounding.mode)),
    }))
  return { observe, amounts }
}

/** The periods that figures were met in, and the one asked for: a period without a figure still has a ledger. */
function periodsOf(met: readonly Period[], head: RunHead): readonly Period[] {
  const asked = head.period === null ? null : parsePeriod(head.period)
  if (!asked || head.scope === 'year' || met.some((period) => samePeriod(period, asked))) return met
  return [...met, asked]
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
