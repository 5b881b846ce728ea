import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { planHash } from '../mapping/planner.js'
import type { Job } from '../model/job.js'
import { refuseChangedRun } from '../pipeline/kept-run.js'
import { mapsHash } from '../pipeline/map.js'
import type { Ports, RunHead } from '../pipeline/ports.js'
import type { Plan } from '../model/plan.js'
import { asIfPushed, asOfNow, push, pushExitCode, refusalOf } from '../pipeline/push.js'
import { asMlcError, closeRun, type JobReport } from '../pipeline/sync.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { approvePlan, linesFor, showPlan } from './plan.js'
import { showPushed, syncObject } from './pushed.js'
import { chooseRun, type RunFlags } from './run.js'

/** `mlc push`: posts the plan of a run. It is refused when the plan file, the maps or QAD have changed since it was made. */
export async function runPush(flags: RunFlags & CommonFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  if (!flags.dryRun) context.mayPost()
  const { job, head } = await chooseRun(flags, context)
  const ports = await context.open('push', job.name)
  const { plan, hash } = await ports.store.plan(head.run)
  await refuseChanged(plan, hash, job, head, ports)
  const { target } = await context.settings()
  const now = await (flags.dryRun ? asIfPushed : asOfNow)(plan, target, ports)
  await showPlan({ plan: now, mapped: null, head, lines: linesFor(flags) }, context)
  const base = { job: job.name, run: head.run, period: head.period, head, map: null, push: null }
  if (flags.dryRun) {
    const error = refusalOf(now)
    return show({ ...base, proposed: now, error, exitCode: error?.exitCode ?? 0 }, format, flags, context)
  }
  if (!(await approvePlan({ plan: now, hash, job: job.name }, context, ports)))
    return show({ ...base, error: null, exitCode: 0 }, format, flags, context)
  return show(await pushPlan(plan, job, head, target, ports), format, flags, context)
}

async function show(
  report: JobReport,
  format: 'table' | 'json',
  flags: CommonFlags,
  context: Context,
): Promise<number> {
  if (format === 'json') await context.data(flags, `${JSON.stringify(syncObject([report], report.exitCode))}\n`)
  else await showPushed(report, flags, context)
  return report.exitCode
}

async function pushPlan(
  plan: Plan,
  job: Job,
  head: RunHead,
  target: Parameters<typeof push>[1],
  ports: Ports,
): Promise<JobReport> {
  const base = { job: job.name, run: head.run, period: head.period, head, map: null }
  const report = await push(plan, target, ports).then(
    (done): JobReport => ({ ...base, push: done, error: done.stopped, exitCode: pushExitCode(done, ports.signal) }),
    (failure: unknown): JobReport => {
      const error = asMlcError(failure)
      return { ...base, push: null, error, exitCode: error.exitCode }
    },
  )
  return { ...report, exitCode: await closeRun(head.run, report, ports) }
}

async function refuseChanged(plan: Plan, hash: string, job: Job, head: RunHead, ports: Ports): Promise<void> {
  await refuseChangedRun(head, ports)
  // What the audit says was made, and not only what the file says of itself: whoever edits the file can edit its hash too.
  const made = (await ports.history.plan(head.run)) ?? hash
  if (planHash(plan) !== hash || made !== hash)
    throw new MlcError('MLC-P012', `the plan of run ${head.run} is not the one that was made: its hash differs`)
  if (plan.figuresHash !== head.rowsHash)
    throw new MlcError('MLC-P012', `the plan of run ${head.run} was made from other rows`)
  if (plan.mapHash !== (await mapsHash(job, ports))) {
    throw new MlcError(
      'MLC-P012',
      `the map files have changed since the plan of run ${head.run} was made. Nothing was posted.`,
    )
  }
}
