import { MlcError } from '../errors.js'
import type { Context } from '../context.js'
import type { Job } from '../model/job.js'
import type { RunHead } from '../pipeline/ports.js'

export interface RunFlags {
  readonly job?: string
  readonly run?: string
}

/** The run that a stage works on: the one named, else the newest of the job; the only job needs no name. */
export async function chooseRun(flags: RunFlags, context: Context): Promise<{ job: Job; head: RunHead }> {
  const store = await context.runs()
  if (flags.run !== undefined) {
    const head = await store.head(flags.run)
    if (flags.job !== undefined && flags.job !== head.job) {
      throw new MlcError('MLC-C010', `run ${flags.run} belongs to job ${head.job}, not ${flags.job}`)
    }
    return { job: await context.job(head.job), head }
  }
  const job = await context.job(await onlyJob(flags.job, context))
  return { job, head: await store.newest(job.name) }
}

/** The job named, or the only one there is. @throws MLC-C006 when there are several */
export async function onlyJob(name: string | undefined, context: Context): Promise<string> {
  if (name !== undefined) return name
  const { jobs } = await context.settings()
  const [first, second] = jobs
  if (first && !second) return first.name
  throw new MlcError('MLC-C006', `mlc.yaml has ${jobs.length} jobs: ${jobs.map((job) => job.name).join(', ')}`, {
    fix: 'Name one with --job NAME.',
  })
}
