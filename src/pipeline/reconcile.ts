import { MlcError } from '../errors.js'
import { isoTime } from '../model/clock.js'
import { counted } from '../model/counted.js'
import type { Chart } from '../model/chart.js'
import type { Job } from '../model/job.js'
import { createLines, joinLines, type Lines } from '../model/lines.js'
import type { Overflow } from '../model/overflow.js'
import { comparePeriods, formatPeriod, parsePeriod, samePeriod, type Period } from '../model/period.js'
import type { Variance } from '../model/variance.js'
import { explain } from '../reconcile/causes/explain.js'
import { createBooks, type Balances, type Books } from '../reconcile/compare/books.js'
import { compareBooks, type Comparison } from '../reconcile/compare/compare.js'
import { createLedgerWatch, type LedgerWatch } from '../reconcile/compare/watch.js'
import {
  sumCounts,
  summaryOf,
  sumTotals,
  type Counts,
  type ReconcileSummary,
  type Totals,
} from '../reconcile/totals.js'
import type { Target } from './map.js'
import { requirePeriod } from './masters.js'
import type { Ports } from './ports.js'
import type { Compared, ComparedSource, FiguresFrom } from './reconcile/compared.js'
import { comparedReferences } from './reconcile/held.js'
import type { How } from './reconcile/how.js'
import { knownOf } from './reconcile/known.js'
import { ledgerReads, upTo, type LedgerReads } from './reconcile/ledger.js'
import { comparedPulls, type Pulled } from './reconcile/pulled.js'
import { pastOf, type LedgerReading, type Readings } from './reconcile/readings.js'

/** A line of one period: breaks of different periods must not net out. */
export type PeriodVariance = Variance & { readonly period: string }

export interface ReconcileReport extends How {
  readonly from: FiguresFrom
  /** ISO time as of which Looker speaks. */
  readonly asOf: string
  readonly sources: readonly ComparedSource[]
  /** By period, measure, account, cost centre, currency. */
  readonly lines: Lines<PeriodVariance>
  /** The same, by period. */
  readonly periods: ReadonlyMap<string, PeriodLines>
  readonly summary: ReconcileSummary
  readonly totals: readonly Totals[]
  readonly ignoredRows: number
  readonly unmappedRows: number
  /** Rows of other periods that QAD answered when it was asked for those compared. They count for nothing. */
  readonly strayBalances: number
}

/** What was found of one period. */
interface PeriodLines {
  readonly lines: Lines<PeriodVariance>
  readonly summary: ReconcileSummary
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
  /** Called for what does not fit into memory; whoever made it closes it when the report is no longer read. */
  readonly openOverflow: () => Overflow
}

/**
 * The job's figures against QAD's ledger, and what would explain each variance. What is ignored by the map is left out, what is
 * unmapped stands under Looker's own names. Neither side is held in memory, only the lines that differ.
 * @throws MLC-Q032 for a period that QAD does not have, MLC-C006 where year-to-date figures or references are asked for without a period
 */
export async function reconcileFigures(request: ReconcileRequest, ports: Ports): Promise<ReconcileReport> {
  const { how, openOverflow } = request
  const chart = await ports.ledger().chart()
  requirePeriod(chart, request.period)
  const books = createBooks({ openOverflow })
  const all = await comparedOf(request, { chart, books }, ports)
  const reads = ledgerReads(how.basis, chart.periods ?? [], books, ports)
  const found = new Map<string, readonly MeasureLines[]>()
  let strayBalances = 0
  for (const period of periodsOf(request, all)) {
    sayLater(all, period, how, ports)
    const balances = await reads.balances(period)
    strayBalances += reads.strays(period)
    found.set(formatPeriod(period), await linesOf({ request, period, books, all, balances, chart, reads }, ports))
  }
  const { from, asOf, sources, ignoredRows, unmappedRows } = all
  const periods = new Map([...found].map(([text, measured]) => [text, summedUp(measured)]))
  const { totals, ...whole } = summedUp([...found.values()].flat())
  return {
    ...{ ...how, ...whole, from, asOf, sources, periods, totals },
    ...{ ignoredRows, unmappedRows, strayBalances },
  }
}

function summedUp(measured: readonly MeasureLines[]) {
  const totals = sumTotals(measured.flatMap((one) => one.totals))
  const summary = summaryOf(sumCounts(measured.map(({ counts }) => counts)), totals)
  return { lines: joinLines(measured.map(({ lines }) => lines)), summary, totals }
}

interface Reading {
  readonly chart: Chart
  readonly books: Books
}

function comparedOf(
  { job, how, target, pulls, period }: ReconcileRequest,
  { chart, books }: Reading,
  ports: Ports,
): Promise<Compared> {
  const { measures } = how
  if (pulls !== null) return comparedPulls(job, pulls.each, { from: pulls.from, measures, target, chart, books }, ports)
  const asked = required(period, 'references are compared')
  const periods = how.basis === 'ytd' && !how.cumulative ? upTo(asked, chart.periods ?? []) : [asked]
  return comparedReferences(job, periods, measures, { target, books }, ports)
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

/** What lines of this period sum up: its own figures, or the year's up to and with it. `YYYY-PP`, in order. */
function periodsIn({ shelf }: Compared, period: Period, { basis, cumulative }: How): readonly string[] {
  const met = [...new Set(shelf.all.map((one) => one.period))].sort()
  return met.filter((text) => {
    const one = parsePeriod(text)
    if (one === null) return false
    if (basis === 'period' || cumulative) return samePeriod(one, period)
    return one.year === period.year && comparePeriods(one, period) <= 0
  })
}

/** A source that is filtered by year alone shows what is beyond the period as well. */
function sayLater({ shelf }: Compared, period: Period, { basis }: How, { say }: Ports): void {
  const text = formatPeriod(period)
  const beyond = shelf.all.filter((one) => basis === 'ytd' && one.period > text)
  const later = beyond.reduce((sum, { figures }) => sum + figures.count, 0)
  if (later > 0) say(`${counted(later, 'figure')} of later periods than ${text} are no part of the year to date`)
}

interface Whole extends Reading {
  readonly request: ReconcileRequest
  readonly period: Period
  readonly all: Compared
  readonly balances: readonly Balances[]
  readonly reads: LedgerReads
}

interface MeasureLines {
  readonly lines: Lines<PeriodVariance>
  readonly counts: Counts
  readonly totals: readonly Totals[]
}

async function linesOf(whole: Whole, ports: Ports): Promise<MeasureLines[]> {
  const { request, period, books, all, reads } = whole
  const { job, how, readings, target, openOverflow } = request
  const { level, basis, measures } = how
  const text = formatPeriod(period)
  const { tenant, domain, entity } = target
  const scope = { tenant, domain, entity, period: text, level, basis }
  const past = await pastOf(readings.read(scope), books)
  const watch = createLedgerWatch(books, past, level, openOverflow)
  const periods = periodsIn(all, period, how)
  const found: MeasureLines[] = []
  for (const measure of measures) {
    // The ledger is one, whatever figures it is compared with.
    const comparison = compareMeasure(measure, periods, whole, measure === measures[0] ? watch : undefined)
    const differing = comparison.unequal.map((line) => ({ ...line, period: text }))
    const around = { ...whole, job, how, compared: all, periods, past }
    const explained =
      differing.length === 0 ? [] : explain(differing, await knownOf(measure, differing, around, reads, ports))
    found.push({ ...comparison, lines: explainedLines(comparison, explained, text) })
    if (measure !== measures[0]) continue
    const at = isoTime(ports.clock)
    const fault = await readings.add(scope, read(watch.changes(comparison.order), at))
    if (fault !== null) ports.say(`not kept for the next reconciliation: ${fault}`)
  }
  return found
}

function* read(changes: Iterable<Omit<LedgerReading, 'at'>>, at: string): Generator<LedgerReading> {
  for (const change of changes) yield { at, ...change }
}

function compareMeasure(
  measure: string,
  periods: readonly string[],
  { request, books, all, balances }: Whole,
  watch: LedgerWatch | undefined,
): Comparison {
  const { job, how, openOverflow } = request
  const { tolerance, overrides, rounding } = job
  return compareBooks({
    ...{ books, balances, measure, level: how.level, tolerance, overrides, rounding, openOverflow, watch },
    figures: periods.map((text) => all.shelf.at(text, measure) ?? books.figures()),
    keyOf: (identity) => all.keyOf(identity, periods, measure),
  })
}

function explainedLines(
  comparison: Comparison,
  explained: readonly PeriodVariance[],
  period: string,
): Lines<PeriodVariance> {
  return createLines(comparison.length, explained, function* () {
    // Added to, not copied: what is read of a line only when it is looked at stays so.
    for (const line of comparison.lines()) yield line && Object.assign(line, { period })
  })
}
