import { MlcError } from '../errors.js'
import { isoTime } from '../model/clock.js'
import { counted } from '../model/counted.js'
import type { Balance } from '../model/chart.js'
import type { Job } from '../model/job.js'
import { formatPeriod, samePeriod, type Period } from '../model/period.js'
import type { Variance } from '../model/variance.js'
import { explain } from '../reconcile/causes/explain.js'
import { reconcile } from '../reconcile/reconcile.js'
import { summaryOf, totalsOf, type ReconcileSummary, type Totals } from '../reconcile/totals.js'
import type { Target } from './map.js'
import { requirePeriod } from './masters.js'
import type { Ports } from './ports.js'
import type { Compared, ComparedSource, FiguresFrom } from './reconcile/compared.js'
import { comparedReferences } from './reconcile/held.js'
import type { How } from './reconcile/how.js'
import { knownOf, type Around } from './reconcile/known.js'
import { ledgerReads, upTo, type LedgerReads } from './reconcile/ledger.js'
import { comparedPulls, type Pulled } from './reconcile/pulled.js'
import { pastOf, type Readings } from './reconcile/readings.js'

/** A line of one period: breaks of different periods must not net out. */
export type PeriodVariance = Variance & { readonly period: string }

export interface ReconcileReport extends How {
  readonly from: FiguresFrom
  /** ISO time as of which Looker speaks. */
  readonly asOf: string
  readonly sources: readonly ComparedSource[]
  /** By period, measure, account, cost centre, currency. */
  readonly lines: readonly PeriodVariance[]
  readonly summary: ReconcileSummary
  readonly totals: readonly Totals[]
  readonly ignoredRows: number
  readonly unmappedRows: number
  /** Rows of other periods that QAD answered when it was asked for those compared. They count for nothing. */
  readonly strayBalances: number
}

export interface ReconcileRequest {
  readonly job: Job
  readonly how: How
  readonly target: Target
  readonly period: Period | null
  /** `year`: the figures may be of any period of the year, and only those met are compared. */
  readonly scope: 'period' | 'year'
  /** Null: the references that QAD holds. */
  readonly pulls: { readonly from: FiguresFrom; readonly each: AsyncIterable<Pulled> | Iterable<Pulled> } | null
  readonly readings: Readings
}

/**
 * The job's figures against QAD's ledger, and what would explain each variance. What is ignored by the map is left out, what is
 * unmapped stands under Looker's own names.
 * @throws MLC-Q032 for a period that QAD does not have, MLC-C006 where year-to-date figures or references are asked for without a period
 */
export async function reconcileFigures(request: ReconcileRequest, ports: Ports): Promise<ReconcileReport> {
  const { how } = request
  const chart = await ports.ledger().chart()
  requirePeriod(chart, request.period)
  const calendar = chart.periods ?? []
  const all = await comparedOf(request, { chart, calendar }, ports)
  const reads = ledgerReads(how.basis, calendar, ports)
  const lines: PeriodVariance[] = []
  let strayBalances = 0
  for (const period of periodsOf(request, all)) {
    const compared = ofPeriod(all, period, how)
    sayLater(all, period, how, ports)
    const balances = await reads.balances(period)
    strayBalances += reads.strays(period)
    lines.push(...(await linesOf({ request, period, compared, all, balances, chart, reads }, ports)))
  }
  const { from, asOf, sources, ignoredRows, unmappedRows } = all
  const sums = { summary: summaryOf(lines), totals: totalsOf(lines) }
  return { ...how, from, asOf, sources, lines, ...sums, ignoredRows, unmappedRows, strayBalances }
}

type Masters = Pick<Around, 'chart'> & { readonly calendar: Parameters<typeof upTo>[1] }

function comparedOf({ job, how, target, pulls, period }: ReconcileRequest, { chart, calendar }: Masters, ports: Ports) {
  if (pulls !== null) return comparedPulls(job, pulls.each, pulls.from, how.measures, { target, chart }, ports)
  const asked = required(period, 'references are compared')
  const periods = how.basis === 'ytd' && !how.cumulative ? upTo(asked, calendar) : [asked]
  return comparedReferences(job, periods, how.measures, target, ports)
}

/** The periods that figures were met in, and the one asked for: a period without a figure still has a ledger. */
function periodsOf({ how, period, scope, pulls }: ReconcileRequest, { periods }: Compared): readonly Period[] {
  if (how.basis === 'ytd') return [required(period, 'the year to date is compared')]
  if (pulls === null) return [required(period, 'references are compared')]
  if (!period || scope === 'year' || periods.some((met) => samePeriod(met, period))) return periods
  return [...periods, period]
}

function required(period: Period | null, what: string): Period {
  if (period) return period
  throw new MlcError('MLC-C006', `${what} by period, and none is given`, { fix: 'Add --period YYYY-PP.' })
}

/** What lines of this period sum up: its own figures, or the year's up to and with it. */
function ofPeriod(all: Compared, period: Period, { basis, cumulative }: How): Compared {
  const text = formatPeriod(period)
  const first = formatPeriod({ year: period.year, period: 1 })
  const isIn = (one: { readonly period: string }) =>
    basis === 'period' || cumulative ? one.period === text : first <= one.period && one.period <= text
  const { amounts, parts, leftOut } = all
  return { ...all, amounts: amounts.filter(isIn), parts: parts.filter(isIn), leftOut: leftOut.filter(isIn) }
}

/** A source that is filtered by year alone shows what is beyond the period as well. */
function sayLater({ amounts }: Compared, period: Period, { basis }: How, { say }: Ports): void {
  const text = formatPeriod(period)
  const later = basis === 'ytd' ? amounts.filter((one) => one.period > text).length : 0
  if (later > 0) say(`${counted(later, 'figure')} of later periods than ${text} are no part of the year to date`)
}

interface Whole extends Omit<Around, 'job' | 'how' | 'past'> {
  readonly request: ReconcileRequest
  readonly all: Compared
  readonly balances: readonly Balance[]
  readonly reads: LedgerReads
}

async function linesOf(whole: Whole, ports: Ports): Promise<PeriodVariance[]> {
  const { request, period, compared, all, balances, reads } = whole
  const { job, how, readings, target } = request
  const { level, basis } = how
  const text = formatPeriod(period)
  const { tenant, domain, entity } = target
  const scope = { tenant, domain, entity, period: text, level, basis }
  const past = await pastOf(readings.read(scope))
  const around = { ...whole, job, how, past }
  const lines: PeriodVariance[] = []
  for (const measure of how.measures) {
    const settings = { measure, level, tolerance: job.tolerance, overrides: job.overrides }
    const figures = compared.amounts.filter((amount) => amount.measure === measure)
    const found = reconcile(figures, balances, settings).lines
    const dated = found.map((line) => ({ ...line, period: text }))
    const isEqual = dated.every(({ verdict }) => verdict === 'equal')
    lines.push(...(isEqual ? dated : explain(dated, await knownOf(measure, around, all, reads, ports))))
    if (measure !== how.measures[0]) continue
    const fault = await readings.add(scope, past.changes(dated, isoTime(ports.clock)))
    if (fault !== null) ports.say(`not kept for the next reconciliation: ${fault}`)
  }
  return lines
}
