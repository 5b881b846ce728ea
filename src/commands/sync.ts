import { EXIT } from '../errors.js'
import type { Context } from '../context.js'
import { syncExitCode, syncJob, type JobReport } from '../pipeline/sync.js'
import { chooseJobs } from './choose-jobs.js'
import { approvePlan, linesFor, showPlan } from './plan.js'
import { showPushed, syncObject } from './pushed.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { reconcileAfter } from './reconcile.js'
import { PromptLeft } from '../terminal/prompt.js'

export interface SyncFlags extends CommonFlags {
  readonly job: readonly string[]
  readonly all?: boolean
  readonly period?: string
  readonly reconcile?: boolean
}

/** `mlc sync`: pull → map → push, job after job; what stops one job does not stop the next. */
export async function runSync(flags: SyncFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const jobs = await chooseJobs(flags, context)
  if (!flags.dryRun) context.mayPost()
  const period = await context.period(flags.period)
  const ports = await context.open('sync', jobs[0]?.name ?? '')
  const { target, jobs: live } = await context.settings()
  const reports: JobReport[] = []
  const codes: number[] = []
  for (const job of jobs) {
    if (context.stop.aborted) break
    const report = await syncJob(
      {
        job,
        period,
        target,
        liveJobs: live.map(({ name }) => name),
        dryRun: flags.dryRun ?? false,
        approve: async (plan, mapped, head) => {
          await showPlan({ plan, mapped, head, lines: linesFor(flags) }, context)
          if (flags.dryRun) return false
          return approvePlan({ plan, hash: mapped.hash, job: job.name }, context, ports)
        },
      },
      { ...ports, jobName: job.name },
    )
    reports.push(report)
    codes.push(report.exitCode)
    if (format === 'table') {
      if (jobs.length > 1) context.terminal.note(`${job.name}:`)
      await showPushed(report, flags, context)
    }
    // Who leaves the question about one job is not asked about the next.
    if (report.error instanceof PromptLeft) break
    if (flags.reconcile && report.head && report.exitCode === EXIT.done)
      codes.push(await reconcileAfter(job, report.head, context))
  }
  const left = jobs.slice(reports.length).map(({ name }) => name)
  if (left.length > 0) context.terminal.warn(`stopped before ${left.join(', ')}: nothing was pulled or posted for it`)
  const exitCode = syncExitCode(codes, context.stop, left.length === 0)
  if (format === 'json') {
    const output = await context.output(flags.output)
    await output.write(`${JSON.stringify(syncObject(reports, exitCode))}\n`)
    await output.end()
  }
  return exitCode
}
