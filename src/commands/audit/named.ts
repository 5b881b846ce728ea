import { namesIn, requireKnown } from '../../audit/names.js'
import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { meaningOf } from '../reference-meant.js'
import type { SelectFlags } from './select.js'

/** The flags with the key that --key means: a reference may be named as `mlc trace` takes it. @throws MLC-C006 */
export async function withMeaning<F extends SelectFlags>(flags: F, folder: string): Promise<F> {
  const { key } = flags
  if (key === undefined) return flags
  const meant = await meaningOf(key.trim(), folder)
  return { ...flags, key: meant.key ?? meant.baseKey }
}

/**
 * A key, run or job that the audit does not know is a mistake; a job that has not run yet is none.
 * @throws MLC-C005, MLC-C010, MLC-C016 naming the nearest known
 */
export async function requireNamed({ key, run, job }: SelectFlags, folder: string, context: Context): Promise<void> {
  if (key === undefined && run === undefined && job === undefined) return
  const names = await namesIn(folder)
  const jobs = [...new Set([...names.jobs, ...(job === undefined ? [] : await jobsOf(context))])]
  requireKnown({ key, run, job }, { ...names, jobs })
}

/** The audit is read without mlc.yaml too. */
async function jobsOf(context: Context): Promise<readonly string[]> {
  try {
    return (await context.settings()).jobs.map(({ name }) => name)
  } catch (error) {
    if (error instanceof MlcError) return []
    throw error
  }
}
