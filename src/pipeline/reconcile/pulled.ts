import type { Chart } from '../../model/chart.js'
import type { Figure } from '../../model/figure.js'
import type { Job } from '../../model/job.js'
import { add, money, negate, round, toText, ZERO, type Money } from '../../model/money.js'
import { comparePeriods, formatPeriod, parsePeriod, samePeriod, type Period } from '../../model/period.js'
import type { Plan } from '../../model/plan.js'
import type { Row } from '../../model/row.js'
import { createTable } from '../../model/table.js'
import type { Resolution } from '../../mapping/resolve.js'
import type { LookerAmount } from '../../reconcile/reconcile.js'
import { planFigures, type Maps, type Target } from '../map.js'
import type { Ports, RunHead } from '../ports.js'
import type { Compared, ComparedSource, Dated, FiguresFrom } from './compared.js'

/** The rows of one pull, and what is known of it. */
export interface Pulled {
  readonly head: RunHead
  readonly rows: AsyncIterable<readonly Row[]>
}

/**
 * The figures of these pulls as references would carry them: mapped, signed, summed exactly and rounded once. What the map leaves
 * out is left out; what it does not place stands under Looker's own names, because a figure left out would be a figure lost.
 */
export async function comparedPulls(
  job: Job,
  pulls: AsyncIterable<Pulled> | Iterable<Pulled>,
  from: FiguresFrom,
  measures: readonly string[],
  { target, chart }: { readonly target: Target; readonly chart: Chart },
  ports: Ports,
): Promise<Compared> {
  const amounts: Dated<LookerAmount>[] = []
  const kept = createPlaces(job, measures)
  const met: Period[] = []
  const rows = { ignored: 0, unmapped: 0 }
  const sources: ComparedSource[] = []
  let asOf: string | null = null
  for await (const { head, rows: pulledRows } of pulls) {
    const planning = { head, rows: pulledRows, target, chart, observe: kept.observe(head) }
    const { planner, periods } = await planFigures(job, planning, ports)
    amounts.push(...mappedAmounts(planner.plan([], new Map()), measures, kept.rowsAt))
    met.push(...periods)
    rows.ignored += planner.totals.rows.ignored
    rows.unmapped += planner.totals.rows.unmapped
    sources.push(sourceOf(head, from))
    if (asOf === null || head.pull.ranAt < asOf) asOf = head.pull.ranAt
  }
  const { parts, leftOut, unplaced } = kept.places()
  return {
    ...{ from, sources, parts, leftOut, asOf: asOf ?? '', ignoredRows: rows.ignored, unmappedRows: rows.unmapped },
    amounts: [...amounts, ...unplaced],
    periods: distinct(met),
    hasCostCentres: job.figure.costCentre !== null,
  }
}

function sourceOf({ run, period, source, filters, pull }: RunHead, from: FiguresFrom): ComparedSource {
  const { look, title, queryId, exploreUrl, timeZone, definition, definitionLines } = source
  const asked = { run: from === 'run' ? run : null, period, filters, rows: pull.rows, ranAt: pull.ranAt }
  return { ...asked, look, title, queryId, exploreUrl, timeZone, definition, definitionLines }
}

function* mappedAmounts(
  plan: Plan,
  measures: readonly string[],
  rowsAt: (place: PlaceOf) => number,
): Generator<Dated<LookerAmount>> {
  for (const { reference } of plan.entries) {
    if (!measures.includes(reference.measure)) continue
    const { key, measure, account, costCentre, currency, amount } = reference
    const place = { measure, period: formatPeriod(reference), account, costCentre, currency }
    yield { ...place, key, amount, rows: rowsAt(place) }
  }
}

type PlaceOf = Readonly<Record<'measure' | 'period' | 'account' | 'costCentre' | 'currency', string>>

interface Sum {
  readonly figure: Figure
  readonly account: Resolution
  readonly costCentre: Resolution | null
  sum: Money
  rows: number
}

/** The figures by their Looker values and what became of each, signed. */
function createPlaces(job: Job, measures: readonly string[]) {
  const table = createTable<Sum>()
  const rows = createTable<{ count: number }>()
  const textsOf = ({ measure, period, currency, costCentre, account }: PlaceOf) => [
    ...[measure, period, currency, costCentre, account],
  ]
  const observe = (head: RunHead) => (figure: Figure, maps: Maps) => {
    const period = parsePeriod(figure.period)
    if (!period || !measures.includes(figure.measure)) return
    const account = maps.accounts(figure.account, period)
    const costCentre = head.figure.costCentre === null ? null : maps.costCentres(figure.costCentre, period)
    const texts = [
      figure.measure,
      figure.period,
      figure.currency,
      ...valueText(figure.costCentre),
      ...valueText(figure.account),
    ]
    const one = table.at(texts, () => ({ figure, account, costCentre, sum: ZERO, rows: 0 }))
    one.sum = add(one.sum, head.figure.sign === 1 ? money(figure.amount) : negate(money(figure.amount)))
    one.rows += 1
    const code = codeOf(costCentre)
    if (account.kind !== 'mapped' || code === null) return
    rows.at(textsOf({ ...figure, account: account.code, costCentre: code }), () => ({ count: 0 })).count += 1
  }
  /** Several references may stand at one place, by site say: the first is given all its rows. */
  const rowsAt = (place: PlaceOf) => {
    const entry = rows.at(textsOf(place), () => ({ count: 0 }))
    const { count } = entry
    entry.count = 0
    return count
  }
  return { observe, rowsAt, places: () => placesOf([...table.values()], job) }
}

/** Null and the empty text are two values. */
function valueText(value: string | null): [string, string] {
  return value === null ? ['null', ''] : ['text', value]
}

/** Without a dimension of cost centres there is none to be mapped. */
function codeOf(resolution: Resolution | null): string | null {
  if (resolution === null) return ''
  return resolution.kind === 'mapped' ? resolution.code : null
}

type Places = Pick<Compared, 'parts' | 'leftOut'> & { readonly unplaced: readonly Dated<LookerAmount>[] }

function placesOf(sums: readonly Sum[], job: Job): Places {
  const [parts, leftOut, unplaced]: [Places['parts'][number][], Places['leftOut'][number][], Dated<LookerAmount>[]] = [
    [],
    [],
    [],
  ]
  for (const { figure, account, costCentre, sum, rows } of sums) {
    const { measure, period, currency } = figure
    const amount = toText(round(sum, job.rounding.scale, job.rounding.mode))
    const dated = { measure, period, currency, amount, rows }
    const [qadAccount, qadCostCentre] = [account.kind === 'mapped' ? account.code : null, codeOf(costCentre)]
    if (qadAccount !== null && qadCostCentre !== null) {
      parts.push({ ...dated, qadAccount, qadCostCentre, account: figure.account, costCentre: figure.costCentre })
      continue
    }
    const ignored = [account, costCentre].find((one) => one?.kind === 'ignored')
    const shownAt = {
      account: qadAccount ?? figure.account ?? '',
      costCentre: qadCostCentre ?? figure.costCentre ?? '',
    }
    const culprit = ignored ?? (qadAccount === null ? account : costCentre)
    const dimension = culprit === account ? ('account' as const) : ('costCentre' as const)
    leftOut.push({
      ...{ ...dated, dimension, qadAccount, qadCostCentre, value: figure[dimension] },
      kind: ignored ? 'ignored' : 'unmapped',
      reason: ignored?.kind === 'ignored' ? ignored.reason : null,
      shownAt: ignored ? null : shownAt,
    })
    if (!ignored) unplaced.push({ ...dated, ...shownAt })
  }
  return { parts, leftOut, unplaced }
}

function distinct(periods: readonly Period[]): readonly Period[] {
  return periods
    .filter((period, index) => periods.findIndex((other) => samePeriod(period, other)) === index)
    .toSorted(comparePeriods)
}
