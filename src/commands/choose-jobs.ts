import { MlcError } from '../errors.js'
import type { Context } from '../context.js'
import { deliveryModeOf, type Job } from '../model/job.js'

interface JobFlags {
  readonly job: readonly string[]
  readonly all?: boolean
}

/** The jobs that --job names, or all with --all; the only one there is. @throws MLC-C005, MLC-C006 */
export async function chooseJobs(flags: JobFlags, context: Context): Promise<readonly Job[]> {
  const { jobs } = await context.settings()
  if (flags.all && flags.job.length > 0) throw new MlcError('MLC-C006', '--job and --all exclude each other')
  if (flags.all) return pulledJobs(jobs, context)
  if (flags.job.length > 0) return Promise.all([...new Set(flags.job)].map((name) => context.job(name)))
  if (jobs.length === 1) return jobs
  throw new MlcError('MLC-C006', `mlc.yaml has ${jobs.length} jobs: ${jobs.map(({ name }) => name).join(', ')}`, {
    fix: 'Name one with --job NAME, or use --all.',
  })
}

/** Jobs whose figures are delivered have nothing to pull: a timer that syncs all of them leaves those out. */
function pulledJobs(jobs: readonly Job[], context: Context): readonly Job[] {
  const isDelivered = ({ source }: Job) => deliveryModeOf(source) === 'payload'
  for (const { name } of jobs.filter(isDelivered)) context.terminal.note(`${name} is fed by deliveries: left out.`)
  return jobs.filter((job) => !isDelivered(job))
}
