import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import type { Job } from '../model/job.js'
import { counted } from '../model/counted.js'
import type { Period } from '../model/period.js'
import { deliver, type DeliveryReport, type DeliveryRequest } from '../pipeline/deliver.js'
import type { Ports } from '../pipeline/ports.js'
import { asMlcError } from '../pipeline/sync.js'
import { approvePlan, linesFor, showPlan } from './plan.js'
import { showPushed } from './pushed.js'
import type { CommonFlags } from './flags.js'

/** Where and when a delivery came. */
export interface Arrival {
  /** Name of the file; null for a webhook or a stream. */
  readonly name: string | null
  /** ISO time. */
  readonly receivedAt: string
  readonly from: DeliveryRequest['from']
  /** What --period says; null: the job, or the rows. */
  readonly period: Period | null
  /** What --allow-missing says. */
  readonly allowMissing?: boolean
}

/**
 * Takes one delivery of a job like a sync of it, `--dry-run` and `--yes` as for one. What stops it is the report's `error`.
 * @param ports of `context.open`: the caller holds the lock
 * @throws MLC-A001 when the audit cannot be written
 */
export async function takeDelivery(
  job: Job,
  bytes: Uint8Array,
  arrival: Arrival,
  context: Context,
  ports: Ports,
): Promise<DeliveryReport> {
  const { flags } = context
  const { target, jobs } = await context.settings()
  const asked = arrival.period ?? (await periodOf(job, arrival, context))
  const isKnown = !(asked instanceof MlcError)
  const request = {
    ...arrival,
    period: isKnown ? asked : null,
    fault: isKnown ? null : asked,
    job,
    bytes,
    target,
    liveJobs: jobs.map(({ name }) => name),
    dryRun: flags.dryRun ?? false,
    approve: async (...[plan, mapped, head]: Parameters<Parameters<typeof deliver>[0]['approve']>) => {
      await showPlan({ plan, mapped, head, lines: linesFor(flags) }, context)
      if (flags.dryRun) return false
      return approvePlan({ plan, hash: mapped.hash, job: job.name }, context, ports)
    },
  }
  return deliver(request, await context.deliveries(), { ...ports, jobName: job.name })
}

/** The period that the job says deliveries are of, at the time it came; or why it cannot be told. */
async function periodOf({ source }: Job, { receivedAt }: Arrival, context: Context): Promise<Period | null | MlcError> {
  try {
    return await context.period(source.delivery?.period ?? undefined, receivedAt)
  } catch (error) {
    return asMlcError(error)
  }
}

/** What became of a delivery, for people. */
export async function showDelivered(report: DeliveryReport, flags: CommonFlags, context: Context): Promise<void> {
  const { delivery, run, period } = report
  const { terminal } = context
  const what = `${delivery.name ?? 'the delivery'}${period === null ? '' : ` for ${period}`}`
  const { open = 0 } = delivery
  if (open > 0) {
    terminal.warn(`${what}: already taken by run ${run}, of which ${counted(open, 'record is', 'records are')} open.`)
    return terminal.note(`Nothing was posted. Next: mlc replay --job ${report.job}, which asks QAD first`)
  }
  if (delivery.taken === 'before') return terminal.note(`${what}: already taken by run ${run}; nothing was posted.`)
  if (delivery.taken === 'empty') return terminal.note(`${what} is a test without figures; nothing was posted.`)
  const { missing = 0 } = delivery
  if (missing > 0)
    terminal.warn(
      `${what} lacks ${counted(missing, 'figure')} that an earlier delivery had: what QAD holds of them stays as it is.`,
    )
  if (!flags.dryRun || report.error !== null) return showPushed(report, flags, context)
  // A push would post its figures, and the delivery would still be there to be taken.
  terminal.note('Dry run: nothing was posted.')
  terminal.note('Next: the same command without --dry-run')
}
