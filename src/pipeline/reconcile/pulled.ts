import type { Resolution } from '../../mapping/resolve.js'
import type { Chart } from '../../model/chart.js'
import type { Figure } from '../../model/figure.js'
import type { Job } from '../../model/job.js'
import { comparePeriods, parsePeriod, samePeriod, type Period } from '../../model/period.js'
import { referenceKey } from '../../model/reference.js'
import type { Row } from '../../model/row.js'
import type { Books, FigureKind } from '../../reconcile/compare/books.js'
import type { Identity } from '../../reconcile/compare/identities.js'
import { eachFigure, readMaps, type Maps, type Target } from '../map.js'
import type { Ports, RunHead } from '../ports.js'
import { createShelf, type Compared, type ComparedSource, type FigureShelf, type FiguresFrom } from './compared.js'
import { valuesAt } from './values.js'

/** The rows of one pull, and what is known of it. */
export interface Pulled {
  readonly head: RunHead
  readonly rows: AsyncIterable<readonly Row[]>
}

interface PullsCompared {
  readonly from: FiguresFrom
  readonly measures: readonly string[]
  readonly target: Target
  readonly chart: Chart
  readonly books: Books
}

/**
 * The figures of these pulls as references would carry them: mapped, signed, summed exactly and rounded once. What the map leaves
 * out is left out; what it does not place stands under Looker's own names, because a figure left out would be a figure lost.
 */
export async function comparedPulls(
  job: Job,
  pulls: AsyncIterable<Pulled> | Iterable<Pulled>,
  { from, measures, target, chart, books }: PullsCompared,
  ports: Ports,
): Promise<Compared> {
  const shelf = createShelf(() => books.figures())
  const maps = await readMaps(job, chart, ports)
  const met: Period[] = []
  const rows = { mapped: 0, ignored: 0, unmapped: 0 }
  const sources: ComparedSource[] = []
  let asOf: string | null = null
  for await (const { head, rows: pulledRows } of pulls) {
    const take = createTaker(shelf, maps, head, measures)
    met.push(...(await eachFigure({ head, rows: pulledRows, chart }, take.figure)))
    rows.ignored += take.rows.ignored
    rows.unmapped += take.rows.unmapped
    sources.push(sourceOf(head, from))
    if (asOf === null || head.pull.ranAt < asOf) asOf = head.pull.ranAt
  }
  return {
    ...{ from, shelf, sources, asOf: asOf ?? '', ignoredRows: rows.ignored, unmappedRows: rows.unmapped },
    values: (scope, wanted, lines) => valuesAt(shelf, { job, maps }, scope, wanted, lines),
    keyOf: (identity, periods, measure) => keyOf(identity, periods, measure, target),
    periods: distinct(met),
    hasCostCentres: job.figure.costCentre !== null,
  }
}

function sourceOf({ run, period, source, filters, pull }: RunHead, from: FiguresFrom): ComparedSource {
  const { look, title, queryId, exploreUrl, timeZone, definition, definitionLines } = source
  const asked = { run: from === 'run' ? run : null, period, filters, rows: pull.rows, ranAt: pull.ranAt }
  return { ...asked, look, title, queryId, exploreUrl, timeZone, definition, definitionLines }
}

/** Puts figures where the map places them, and counts rows by what became of them. */
function createTaker(shelf: FigureShelf, maps: Maps, { figure: spec }: RunHead, measures: readonly string[]) {
  const rows = { mapped: 0, ignored: 0, unmapped: 0 }
  const compared = new Set(measures)
  const periods = new Map<string, Period | null>()
  let lastRow = 0
  const figure = (one: Figure) => {
    if (!periods.has(one.period)) periods.set(one.period, parsePeriod(one.period))
    const period = periods.get(one.period)
    if (!period) return
    const account = maps.accounts(one.account, period)
    const costCentre = spec.costCentre === null ? null : maps.costCentres(one.costCentre, period)
    const kind = kindOf(account, costCentre)
    // The measures of a row share its fate.
    if (one.row !== lastRow) rows[kind] += 1
    lastRow = one.row
    if (!compared.has(one.measure)) return
    shelf.open(one.period, one.measure).add({
      kind,
      account: account.kind === 'mapped' ? account.code : (one.account ?? ''),
      costCentre: costCentre === null ? '' : costCentre.kind === 'mapped' ? costCentre.code : (one.costCentre ?? ''),
      currency: one.currency,
      amount: one.amount,
      isNegated: spec.sign === -1,
      lookerAccount: one.account,
      lookerCostCentre: one.costCentre,
      further: furtherOf(one),
    })
  }
  return { figure, rows }
}

/** Ignored dominates: a figure that is left out needs no other code. */
function kindOf(account: Resolution, costCentre: Resolution | null): Exclude<FigureKind, 'reference'> {
  if (account.kind === 'ignored' || costCentre?.kind === 'ignored') return 'ignored'
  return account.kind === 'mapped' && (costCentre === null || costCentre.kind === 'mapped') ? 'mapped' : 'unmapped'
}

/** NFC, because keys are: two spellings of one character make one reference. */
function furtherOf({ subAccount, project, site }: Figure): string | null {
  if (!subAccount && !project && !site) return null
  return JSON.stringify([subAccount, project, site].map((text) => (text ?? '').normalize('NFC')))
}

function keyOf(
  { period: at, account, costCentre, currency, further }: Identity,
  periods: readonly string[],
  measure: string,
  { domain, entity }: Target,
): string {
  const { year, period } = parsePeriod(periods[at] ?? '') ?? { year: 0, period: 0 }
  const [subAccount = '', project = '', site = ''] = further === null ? [] : (JSON.parse(further) as string[])
  const codes = { account, subAccount, costCentre, project, site, currency, measure }
  return referenceKey({ domain, entity, year, period, ...codes })
}

function distinct(periods: readonly Period[]): readonly Period[] {
  return periods
    .filter((period, index) => periods.findIndex((other) => samePeriod(period, other)) === index)
    .toSorted(comparePeriods)
}
