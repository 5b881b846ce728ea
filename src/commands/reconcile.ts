import { EXIT } from '../errors.js'
import type { Context } from '../context.js'
import type { Job } from '../model/job.js'
import { pullJob, scopeOf } from '../pipeline/pull.js'
import { reconcileRun, type PeriodVariance, type ReconcileReport } from '../pipeline/reconcile.js'
import type { Ports, RunHead } from '../pipeline/ports.js'
import { isoTime } from '../model/clock.js'
import { formatPeriod } from '../model/period.js'
import { groupDigits } from '../terminal/amount.js'
import { csvLine } from '../terminal/formats.js'
import { table } from '../terminal/table.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { chooseRun, onlyJob, type RunFlags } from './run.js'
import { counted } from '../model/counted.js'

export interface ReconcileFlags extends RunFlags, CommonFlags {
  readonly period?: string
}

/** `mlc reconcile`: exit 3 when a line is outside tolerance or stands on one side only. */
export async function runReconcile(flags: ReconcileFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json', 'csv'])
  const { job, report, period } = await reconciled(flags, context)
  const output = await context.output(flags.output)
  if (format === 'json') await output.write(`${JSON.stringify(toObject(job, period, report))}\n`)
  else if (format === 'csv') for (const text of csvLines(report)) await output.write(text)
  else await output.write(await asTable(report))
  await output.end()
  summarise(job, period, report, context)
  return exitCodeOf(report)
}

/** The reconciliation that `sync --reconcile` adds: on stderr, and as an exit code. */
export async function reconcileAfter(job: Job, head: RunHead, context: Context): Promise<number> {
  const ports = await context.reading()
  const { target } = await context.settings()
  const report = await reconcileRun(job, head, ports.store.rows(head.run), target, ports)
  context.terminal.note((await asTable(report)).trimEnd())
  summarise(job, head.period, report, context)
  const { outside, onlyLooker, onlyLedger } = report.summary
  if (exitCodeOf(report) !== EXIT.done) {
    context.terminal.warn(
      `${job.name}: ${outside} outside tolerance, ${onlyLooker} only in Looker, ${onlyLedger} only in QAD. Next: mlc reconcile --job ${job.name} --run ${head.run}`,
    )
  }
  return exitCodeOf(report)
}

async function reconciled(flags: ReconcileFlags, context: Context) {
  const ports = await context.reading()
  const { target } = await context.settings()
  if (flags.run !== undefined) {
    const { job, head } = await chooseRun(flags, context)
    return {
      job,
      report: await reconcileRun(job, head, ports.store.rows(head.run), target, ports),
      period: head.period,
    }
  }
  const job = await context.job(await onlyJob(flags.job, context))
  return { job, ...(await pullAndReconcile(job, flags, target, ports, context)) }
}

async function pullAndReconcile(
  job: Job,
  flags: ReconcileFlags,
  target: Parameters<typeof reconcileRun>[3],
  ports: Ports,
  context: Context,
) {
  const period = await context.period(flags.period)
  const scratch = await context.scratch()
  try {
    const startedAt = isoTime(context.clock)
    const { definition, filters, result, hash } = await pullJob(job, period, scratch.sink, ports)
    const text = period && formatPeriod(period)
    const head: RunHead = {
      schema: 'mlc/run/1',
      run: 'reconcile',
      job: job.name,
      period: text,
      scope: scopeOf(job),
      startedAt,
      figure: job.figure,
      source: definition,
      filters,
      pull: result,
      rowsHash: hash,
    }
    return { report: await reconcileRun(job, head, scratch.rows(), target, ports), period: text }
  } finally {
    await scratch.dispose()
  }
}

export function exitCodeOf({ summary }: ReconcileReport): number {
  return summary.outside + summary.onlyLooker + summary.onlyLedger > 0 ? EXIT.variances : EXIT.done
}

function toObject(
  job: Job,
  period: string | null,
  { lines, summary, measure, level, ignoredRows, unmappedRows }: ReconcileReport,
) {
  const { tolerance, overrides } = job
  return {
    schema: 'mlc/reconcile/1',
    job: job.name,
    period,
    measure,
    level,
    tolerance,
    overrides,
    summary,
    ignoredRows,
    unmappedRows,
    lines,
  }
}

const CSV_COLUMNS = [
  'account',
  'costCentre',
  'currency',
  'measure',
  'looker',
  'ledger',
  'variance',
  'percent',
  'verdict',
  'cause',
  'ageDays',
] as const
const NUMERIC = new Set<string>(['looker', 'ledger', 'variance', 'percent', 'ageDays'])

function csvLines({ lines }: ReconcileReport): string[] {
  // A run over several periods needs to say which; one over one period keeps the columns that scripts know.
  const isOnePeriod = new Set(lines.map(({ period }) => period)).size <= 1
  const columns = isOnePeriod ? CSV_COLUMNS : ([...CSV_COLUMNS, 'period'] as const)
  const numeric = columns.map((column) => NUMERIC.has(column))
  return [
    csvLine(columns),
    ...lines.map((line) =>
      csvLine(
        columns.map((column) => String(line[column] ?? '')),
        { numeric },
      ),
    ),
  ]
}

const MARKS = {
  equal: '=',
  within: '~ within',
  outside: 'x outside',
  onlyLooker: '< only Looker',
  onlyLedger: '> only QAD',
} as const

/** Equal lines are counted, not shown: a controller looks for what differs. */
async function asTable({ lines, summary }: ReconcileReport): Promise<string> {
  const shown = lines.filter(({ verdict }) => verdict !== 'equal')
  const columns = ['', 'PERIOD', 'ACCOUNT/CC', 'CUR', 'LOOKER', 'QAD', 'VARIANCE', '%'].map((title, index) => ({
    title,
    align: index < 4 ? ('left' as const) : ('right' as const),
  }))
  const body = shown.length > 0 ? await table(columns, shown.map(tableLine)) : ''
  return `${body}= ${counted(summary.equal, 'line')} equal${shown.length > 0 ? ' (not shown; --format csv has all)' : ''}\n`
}

function tableLine({
  period,
  account,
  costCentre,
  currency,
  looker,
  ledger,
  variance,
  percent,
  verdict,
}: PeriodVariance): string[] {
  const place = costCentre === '' ? account : `${account}/${costCentre}`
  const amount = (text: string | null) => (text === null ? '-' : groupDigits(text))
  return [MARKS[verdict], period, place, currency, amount(looker), amount(ledger), amount(variance), percent ?? '-']
}

function summarise(job: Job, period: string | null, report: ReconcileReport, context: Context): void {
  const { terminal } = context
  const { summary, measure, ignoredRows, unmappedRows } = report
  const { absolute, percent, mode } = job.tolerance
  terminal.note(
    `${job.name}${period ? ` ${period}` : ''}: ${measure} of Looker against the ledger balances of QAD; variance = Looker − QAD, debit > 0`,
  )
  terminal.note(`within tolerance: at most ${absolute} ${mode} at most ${percent} % of QAD`)
  const keys = report.lines.length
  terminal.note(
    `${counted(keys, 'key')}: ${summary.equal} equal, ${summary.within} within, ${summary.outside} outside, ${summary.onlyLooker} only Looker, ${summary.onlyLedger} only QAD.` +
      `   net ${groupDigits(summary.net)}, gross ${groupDigits(summary.gross)}`,
  )
  if (summary.onlyLedger > 0) {
    terminal.note(
      'every balance that the read shows counts; where the job covers part of the ledger, narrow qad.reads.balances with filters',
    )
  }
  if (report.lines.length > 0 && report.lines.every(({ ledger }) => ledger === null)) {
    terminal.warn('QAD returned no balance at all: check qad.reads.balances, the workspace and the rights of the user')
  }
  if (ignoredRows > 0) terminal.note(`${counted(ignoredRows, 'row is', 'rows are')} left out: the map ignores them`)
  if (unmappedRows > 0)
    terminal.warn(
      `${counted(unmappedRows, 'row is', 'rows are')} not mapped, and shown under Looker's own names. Next: mlc map --job ${job.name}`,
    )
  const others = Object.keys(job.figure.measures).filter((name) => name !== measure)
  if (others.length > 0) terminal.note(`not compared, because the ledger has one balance: ${others.join(', ')}`)
}
