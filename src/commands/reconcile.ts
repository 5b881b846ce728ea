import { EXIT, MlcError } from '../errors.js'
import type { Context } from '../context.js'
import { isoTime } from '../model/clock.js'
import type { Job } from '../model/job.js'
import { formatPeriod, parsePeriod, type Period } from '../model/period.js'
import type { Level } from '../model/variance.js'
import { refuseChangedRun } from '../pipeline/kept-run.js'
import type { Ports, RunHead } from '../pipeline/ports.js'
import { pullJob, scopeOf } from '../pipeline/pull.js'
import { reconcileFigures, type ReconcileReport, type ReconcileRequest } from '../pipeline/reconcile.js'
import { howOf, type How } from '../pipeline/reconcile/how.js'
import { upTo } from '../pipeline/reconcile/ledger.js'
import type { Pulled } from '../pipeline/reconcile/pulled.js'
import { fileFormatFlag, type CommonFlags } from './flags.js'
import { lived } from './reconcile-life.js'
import { inForm, pageOf } from './reconcile-page.js'
import { asTable, csvLines, jsonPieces, ndjsonLines, summarise } from './reconcile-report.js'
import { chooseRun, onlyJob, type RunFlags } from './run.js'

export interface ReconcileFlags extends RunFlags, CommonFlags {
  readonly period?: string
  readonly level?: Level
  readonly ytd?: boolean
  readonly from?: 'looker' | 'references'
}

/** `mlc reconcile`: exit 3 when a line is outside tolerance or stands on one side only, 6 when nothing was compared. */
export async function runReconcile(flags: ReconcileFlags, context: Context): Promise<number> {
  const format = fileFormatFlag(flags, ['table', 'json', 'ndjson', 'csv', 'html', 'xlsx'])
  if (format === 'xlsx' && (flags.output ?? '-') === '-' && context.terminal.isPerson)
    throw new MlcError('MLC-C006', 'a workbook cannot be shown on a terminal', { fix: 'Add -o FILE.xlsx.' })
  const reconciliation = await reconciled(flags, context)
  const output = await context.output(flags.output)
  for await (const piece of piecesOf(reconciliation, format, flags, context)) await output.write(piece)
  await output.end()
  const { job, report, period } = reconciliation
  summarise(job, period, report, context)
  return exitCodeOf(job, report)
}

async function* piecesOf(
  { job, report, period }: Awaited<ReturnType<typeof reconciled>>,
  format: string,
  flags: ReconcileFlags,
  context: Context,
): AsyncGenerator<string | Uint8Array> {
  if (format === 'json') yield* jsonPieces(job, period, report)
  else if (format === 'ndjson') yield* ndjsonLines(report)
  else if (format === 'csv') yield* csvLines(report)
  else if (format === 'table') yield await asTable(report, context.columns(flags))
  else {
    const { target } = await context.settings()
    yield* await inForm(format, pageOf(job, period, report, { target, at: isoTime(context.clock) }))
  }
}

/** The reconciliation that `sync --reconcile` adds: on stderr, and as an exit code. */
export async function reconcileAfter(job: Job, head: RunHead, context: Context): Promise<number> {
  const settled = { ...(await settledFor(context)), job, how: howOf(job, {}) }
  const report = await lived(await ofRun(settled, head), { job, period: head.period, scope: head.scope }, context)
  context.terminal.note((await asTable(report, null)).trimEnd())
  summarise(job, head.period, report, context)
  const { outside, onlyLooker, onlyLedger } = report.summary
  const exitCode = exitCodeOf(job, report)
  if (exitCode === EXIT.variances) {
    context.terminal.warn(
      `${job.name}: ${outside} outside tolerance, ${onlyLooker} only in Looker, ${onlyLedger} only in QAD. Next: mlc reconcile --job ${job.name} --run ${head.run}`,
    )
  }
  return exitCode
}

/** Where both sides have nothing, nothing agrees: that is as it should be for a job alone whose source may be empty. */
function exitCodeOf({ source }: Job, { lines, summary }: ReconcileReport): number {
  if (lines.length === 0 && source.onEmpty === 'fail') return EXIT.guard
  return summary.outside + summary.onlyLooker + summary.onlyLedger > 0 ? EXIT.variances : EXIT.done
}

interface Settled extends Pick<ReconcileRequest, 'job' | 'how' | 'target' | 'readings' | 'openOverflow'> {
  readonly ports: Ports
}

/** What a reconciliation reads of this machine: what the audit remembers, and what the ledger had before. */
async function settledFor(context: Context): Promise<Omit<Settled, 'job' | 'how'>> {
  const { target } = await context.settings()
  const { history, readings } = await context.past()
  const openOverflow = await context.overflow()
  return { target, readings, openOverflow, ports: { ...(await context.reading()), history } }
}

/** The reconciliation that the flags ask for, with the life of its breaks. */
export async function reconciled(flags: ReconcileFlags, context: Context) {
  const { report, ...compared } = await compare(flags, context)
  return { ...compared, report: await lived(report, compared, context) }
}

async function compare(flags: ReconcileFlags, context: Context) {
  if (flags.run !== undefined) {
    if (flags.from !== undefined) throw new MlcError('MLC-C006', '--run and --from name two sources: use one of them')
    const { job, head } = await chooseRun(flags, context)
    const period = periodOfRun(head, await context.period(flags.period))
    const report = await ofRun({ ...(await settledFor(context)), job, how: howOf(job, flags) }, head)
    // Whose rows name their periods, as a year's do: those alone are compared, whichever is asked for.
    return { job, report, period, scope: head.period === null ? ('year' as const) : head.scope }
  }
  const job = await context.job(await onlyJob(flags.job, context))
  const how = howOf(job, flags)
  const settled = { ...(await settledFor(context)), job, how }
  const period = await context.period(flags.period)
  const report =
    flags.from === 'references' ? await ofReferences(settled, period) : await afresh(settled, period, context)
  const scope = flags.from === 'references' ? ('period' as const) : scopeOf(job)
  return { job, report, period: period && formatPeriod(period), scope }
}

/** The period asked for where a run holds it, or where its rows name theirs. @throws MLC-C006 for another than the run's own */
function periodOfRun({ run, period, scope }: RunHead, asked: Period | null): string | null {
  const named = asked && formatPeriod(asked)
  if (named === null || period === null) return named ?? period
  if (scope === 'year' ? named.slice(0, 4) === period.slice(0, 4) : named === period) return named
  throw new MlcError('MLC-C006', `run ${run} is of ${period}, not of ${named}`, {
    fix: 'Leave --period out, or name a run of that period.',
  })
}

async function ofRun({ ports, ...settled }: Settled, head: RunHead): Promise<ReconcileReport> {
  await refuseChangedRun(head, ports)
  const period = head.period === null ? null : parsePeriod(head.period)
  if (settled.how.basis === 'ytd' && !settled.how.cumulative && head.scope === 'period' && period?.period !== 1) {
    throw new MlcError('MLC-C006', `run ${head.run} holds ${head.period ?? 'no period'} alone, not the year to date`, {
      fix: 'Leave --run out, so that Looker is asked for each period of the year, or use --from references.',
    })
  }
  const pulls = { from: 'run' as const, each: [{ head, rows: ports.store.rows(head.run) }] }
  return reconcileFigures({ ...settled, period, scope: head.scope, pulls }, ports)
}

function ofReferences({ ports, ...settled }: Settled, period: Period | null): Promise<ReconcileReport> {
  return reconcileFigures({ ...settled, period, scope: 'period', pulls: null }, ports)
}

/** Asks Looker, and keeps the rows no longer than it takes to compare them. */
async function afresh(
  { ports, ...settled }: Settled,
  period: Period | null,
  context: Context,
): Promise<ReconcileReport> {
  const { job, how } = settled
  const each = pullsOf(job, await periodsToPull(job, how, period, ports), ports, context)
  const request = { ...settled, period, scope: scopeOf(job), pulls: { from: 'looker' as const, each } }
  return reconcileFigures(request, ports)
}

/** Of a source that is asked for one period at a time, the year to date is as many pulls. */
async function periodsToPull(
  job: Job,
  how: How,
  period: Period | null,
  ports: Ports,
): Promise<readonly (Period | null)[]> {
  if (how.basis === 'period' || how.cumulative || period === null || scopeOf(job) === 'year') return [period]
  const periods = upTo(period, (await ports.ledger().chart()).periods ?? [])
  if (periods.length > 1) ports.say(`asking Looker for ${periods.length} periods, one after the other`)
  return periods
}

async function* pullsOf(
  job: Job,
  periods: readonly (Period | null)[],
  ports: Ports,
  context: Context,
): AsyncGenerator<Pulled> {
  for (const period of periods) {
    const scratch = await context.scratch()
    try {
      const startedAt = isoTime(context.clock)
      const { definition, filters, result, hash } = await pullJob(job, period, scratch.sink, ports)
      const head: RunHead = {
        schema: 'mlc/run/1',
        run: 'reconcile',
        job: job.name,
        period: period && formatPeriod(period),
        scope: scopeOf(job),
        startedAt,
        figure: job.figure,
        source: definition,
        filters,
        pull: result,
        rowsHash: hash,
      }
      yield { head, rows: scratch.rows() }
    } finally {
      await scratch.dispose()
    }
  }
}
