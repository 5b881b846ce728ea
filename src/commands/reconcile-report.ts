import type { Context } from '../context.js'
import { counted } from '../model/counted.js'
import type { Job } from '../model/job.js'
import type { Level } from '../model/variance.js'
import type { LivingReport, LivingVariance } from '../pipeline/breaks.js'
import type { ReconcileReport } from '../pipeline/reconcile.js'
import { groupAmounts, groupDigits } from '../terminal/amount.js'
import { csvLine } from '../terminal/formats.js'
import { placeOf } from '../terminal/report/report.js'
import { table } from '../terminal/table.js'
import { ageOf, lifeLines } from './reconcile-life.js'

/** `mlc/reconcile/1`, in pieces: of millions of lines it would be longer than a text can be. */
export function* jsonPieces(job: Job, period: string | null, report: LivingReport): Generator<string> {
  const { head, tail } = aroundLines(job, period, report)
  yield `${JSON.stringify(head).slice(0, -1)},"lines":`
  let comma = '['
  for (const line of report.lines) {
    yield `${comma}${JSON.stringify(line)}`
    comma = ','
  }
  yield `${comma === '[' ? '[' : ''}],${JSON.stringify(tail).slice(1)}\n`
}

/** The `lines` of mlc/reconcile/1, one a line. */
export function* ndjsonLines({ lines }: Pick<LivingReport, 'lines'>): Generator<string> {
  for (const line of lines) yield `${JSON.stringify(line)}\n`
}

/** What stands before the lines, and what behind them. */
function aroundLines(job: Job, period: string | null, report: LivingReport) {
  const { tolerance, overrides } = job
  const { measures, level, basis, cumulative, from, asOf, sources, summary, totals, lines } = report
  const { ignoredRows, unmappedRows, strayBalances } = report
  const head = {
    schema: 'mlc/reconcile/1',
    job: job.name,
    period,
    measure: measures[0] ?? '',
    ...{ measures, level, basis, cumulative, from, asOf, sources },
    sign: { variance: 'looker - ledger', debit: 'positive', lookerTimes: job.figure.sign },
    ...{ nothingCompared: lines.length === 0, tolerance, overrides, summary, totals },
    ...{ ignoredRows, unmappedRows, strayBalances },
  }
  const hash = report.hashes.size === 1 ? ([...report.hashes.values()][0]?.hash ?? null) : null
  return { head, tail: { signoffs: report.signoffs, hash } }
}

const CSV_COLUMNS = [
  ...(['account', 'costCentre', 'currency', 'measure', 'looker', 'ledger', 'variance', 'percent'] as const),
  ...(['verdict', 'cause', 'ageDays'] as const),
]
const NUMERIC = new Set<string>(['looker', 'ledger', 'variance', 'percent', 'ageDays'])

export function* csvLines({ lines, periods }: Pick<ReconcileReport, 'lines' | 'periods'>): Generator<string> {
  // A run over several periods needs to say which; one over one period keeps the columns that scripts know.
  const isOnePeriod = [...periods.values()].filter(({ lines: some }) => some.length > 0).length <= 1
  const columns = isOnePeriod ? CSV_COLUMNS : ([...CSV_COLUMNS, 'period'] as const)
  const numeric = columns.map((column) => NUMERIC.has(column))
  yield csvLine(columns)
  for (const line of lines)
    yield csvLine(
      columns.map((column) => String(line[column] ?? '')),
      { numeric },
    )
}

const MARKS = {
  equal: '=',
  within: '~ within',
  outside: 'x outside',
  onlyLooker: '< only Looker',
  onlyLedger: '> only QAD',
} as const

/** Equal lines are counted, not shown: a controller looks for what differs. */
export async function asTable(report: LivingReport, width: number | null): Promise<string> {
  const { lines, summary, level, measures } = report
  const shown = lines.unequal
  const places = PLACES[level]
  const named = measures.length > 1 ? ['MEASURE'] : []
  const texts = ['', 'PERIOD', places, ...named, 'CUR']
  const columns = [...texts, 'LOOKER', 'QAD', 'VARIANCE', '%', 'AGE', 'LIKELY CAUSE'].map((title, index) => ({
    title,
    align: index < texts.length || title === 'LIKELY CAUSE' ? ('left' as const) : ('right' as const),
  }))
  const body = shown.map((line) => tableLine(line, named.length > 0))
  const drawn = shown.length > 0 ? await table(columns, body, width) : ''
  if (lines.length === 0) return ['Nothing was compared.', ...lifeLines(report)].map((line) => `${line}\n`).join('')
  const equal = `= ${counted(summary.equal, 'line')} equal${shown.length > 0 ? ' (not shown; --format csv has all)' : ''}`
  return drawn + [equal, ...lifeLines(report)].map((line) => `${line}\n`).join('')
}

const PLACES: Readonly<Record<Level, string>> = {
  both: 'ACCOUNT/CC',
  account: 'ACCOUNT',
  costCentre: 'COST CENTRE',
  total: 'OF',
}

function tableLine(line: LivingVariance, namesMeasure: boolean): string[] {
  const { period, currency, measure, looker, ledger, variance, percent, verdict, cause } = line
  const amount = (text: string | null) => (text === null ? '-' : groupDigits(text))
  return [
    ...[MARKS[verdict], period, placeOf(line)],
    ...(namesMeasure ? [measure] : []),
    ...[
      currency,
      amount(looker),
      amount(ledger),
      amount(variance),
      percent ?? '-',
      ageOf(line),
      groupAmounts(cause ?? ''),
    ],
  ]
}

/** What was compared with what, by which rule, and what came of it. */
export function summarise(job: Job, period: string | null, report: ReconcileReport, context: Context): void {
  const { terminal } = context
  const { summary, totals, ignoredRows, lines } = report
  for (const line of heading(job, period, report)) terminal.note(line)
  terminal.note(
    `${counted(lines.length, 'key')}: ${summary.equal} equal, ${summary.within} within, ${summary.outside} outside, ${summary.onlyLooker} only Looker, ${summary.onlyLedger} only QAD.`,
  )
  for (const line of totals.map((one) => sumLine(one, report.measures.length > 1))) terminal.note(line)
  if (summary.onlyLedger > 0) {
    terminal.note(
      'every balance that the read shows counts; where the job covers part of the ledger, narrow qad.reads.balances with filters',
    )
  }
  if (ignoredRows > 0) terminal.note(`${counted(ignoredRows, 'row is', 'rows are')} left out: the map ignores them`)
  for (const doubt of doubts(job, report)) terminal.warn(doubt)
  const others = notCompared(job, report)
  if (others !== null) terminal.note(`not compared, because the ledger has one balance: ${others}`)
}

/** The other measures of the job, by name; null: none. */
export function notCompared(job: Job, { measures }: Pick<ReconcileReport, 'measures'>): string | null {
  const others = Object.keys(job.figure.measures).filter((name) => !measures.includes(name))
  return others.length === 0 ? null : others.join(', ')
}

/** What makes the whole less than it seems. */
export function doubts(job: Job, report: ReconcileReport): readonly string[] {
  const { lines, unmappedRows, strayBalances } = report
  const isBare = lines.length > 0 && !hasLedger(lines)
  const bare =
    strayBalances === 0
      ? 'QAD returned no balance at all: check qad.reads.balances, the workspace and the rights of the user'
      : `QAD returned ${counted(strayBalances, 'balance')} of other periods and none of the one asked for: check qad.reads.balances.filters, which QAD does not honour, or which are missing`
  return [
    ...(lines.length === 0
      ? [`nothing was compared, which is no agreement: ${lackOf(report)}, and the ledger has no balance`]
      : []),
    ...(isBare || (lines.length === 0 && strayBalances > 0) ? [bare] : []),
    ...(unmappedRows > 0
      ? [
          `${counted(unmappedRows, 'row is', 'rows are')} not mapped, and shown under Looker's own names. Next: mlc map --job ${job.name}`,
        ]
      : []),
  ]
}

function hasLedger(lines: ReconcileReport['lines']): boolean {
  for (const { ledger } of lines) if (ledger !== null) return true
  return false
}

function lackOf({ from, ignoredRows }: ReconcileReport): string {
  if (from === 'references') return 'QAD holds no reference of the job'
  return ignoredRows > 0 ? 'the map ignores every row of Looker' : 'Looker has no figure'
}

export function heading(job: Job, period: string | null, report: ReconcileReport): string[] {
  const { measures, basis, from, asOf, level } = report
  const { absolute, percent, mode } = job.tolerance
  const figures = from === 'references' ? 'references in QAD' : from === 'run' ? 'Looker, as the run has it,' : 'Looker'
  const what = basis === 'ytd' ? 'the ledger balances of QAD, year to date' : 'the ledger balances of QAD'
  const turned = job.figure.sign === -1 ? ', Looker’s sign turned round' : ''
  const special = job.overrides.length === 0 ? '' : `; ${counted(job.overrides.length, 'override')} by account`
  const unused = level === 'costCentre' || level === 'total' ? ', not at this level' : ''
  return [
    `${job.name}${period ? ` ${period}` : ''}: ${measures.join(', ')} of ${figures} against ${what}; variance = Looker − QAD, debit > 0${turned}`,
    `figures as of ${asOf}; one line for ${LINES[level]}`,
    `within tolerance: at most ${absolute} ${mode} at most ${percent} % of QAD (of a balance of zero, none)${special}${special && unused}`,
  ]
}

const LINES: Readonly<Record<Level, string>> = {
  both: 'each account, cost centre and currency',
  account: 'each account and currency',
  costCentre: 'each cost centre and currency',
  total: 'each currency',
}

function sumLine(one: ReconcileReport['totals'][number], namesMeasure: boolean): string {
  const amount = groupDigits
  const alone = [
    one.onlyLooker === '0.00' ? [] : [`only Looker ${amount(one.onlyLooker)}`],
    one.onlyLedger === '0.00' ? [] : [`only QAD ${amount(one.onlyLedger)}`],
  ].flat()
  const name = `${namesMeasure ? `${one.measure} ` : ''}${one.currency}`
  return `${name}: Looker ${amount(one.looker)}, QAD ${amount(one.ledger)}, net ${amount(one.net)}, gross ${amount(one.gross)}${alone.map((text) => `, ${text}`).join('')}`
}
