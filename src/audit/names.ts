import { MlcError } from '../errors.js'
import { didYouMean } from '../model/nearest.js'
import { baseKeyOf } from '../model/reference.js'
import { readAudit } from './read.js'

/** All that the audit speaks of by name. */
export interface Names {
  /** Keys as posted, revisions included. */
  readonly keys: readonly string[]
  readonly runs: readonly string[]
  readonly jobs: readonly string[]
}

/** What a person named; what is absent was not. */
export interface Named {
  readonly key?: string | undefined
  readonly run?: string | undefined
  readonly job?: string | undefined
}

/**
 * A name that no line speaks of is a mistake: an empty answer to it would be taken for good news.
 * @throws MLC-C016, MLC-C010, MLC-C005 naming the nearest known
 */
export function requireKnown({ key, run, job }: Named, { keys, runs, jobs }: Names): void {
  if (key !== undefined && !keys.some((known) => known === key || baseKeyOf(known) === key))
    throw new MlcError('MLC-C016', `the audit has no record of ${shown(key)}${didYouMean(key, likely(key, keys))}`, {
      fix: 'Write the whole key, as mlc status and mlc audit show name it; check MLC_STATE_DIR and audit.dir.',
    })
  if (run !== undefined && !runs.includes(run))
    throw new MlcError('MLC-C010', `the audit knows no run ${shown(run)}${didYouMean(run, likely(run, runs))}`, {
      fix: 'Run mlc status for what is open, or mlc audit show for the runs there were.',
    })
  if (job !== undefined && !jobs.includes(job))
    throw new MlcError('MLC-C005', `the audit knows no job ${shown(job)}${didYouMean(job, jobs)}`, {
      fix: `Use a name listed under jobs in mlc.yaml${jobs.length === 0 ? '' : `: ${jobs.slice(0, MOST_JOBS).join(', ')}`}.`,
    })
}

/** More names than this are no help in one line. */
const MOST_JOBS = 20

/** The names in the audit of a folder. @throws as `readAudit` */
export async function namesIn(folder: string): Promise<Names> {
  const [keys, runs, jobs] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for await (const { key, run, job } of readAudit(folder)) {
    if (key !== null) keys.add(key)
    if (run !== null) runs.add(run)
    if (job !== null) jobs.add(job)
  }
  return { keys: [...keys], runs: [...runs], jobs: [...jobs] }
}

/** A typing error spares one of the ends; to compare with each of a million keys would take long. */
function likely(typed: string, known: readonly string[]): readonly string[] {
  const [start, end] = [typed.slice(0, 8).toUpperCase(), typed.slice(-8).toUpperCase()]
  return known.filter((name) => name.startsWith(start) || name.endsWith(end))
}

function shown(typed: string): string {
  return JSON.stringify(typed.slice(0, 80))
}
