import type { Job } from '../model/job.js'
import { formatPeriod } from '../model/period.js'
import type { Reference } from '../model/reference.js'
import { map, type Target } from './map.js'
import type { Ports } from './ports.js'
import { readHeld } from './posted.js'
import { periodsOf } from './push.js'
import { foreign, heldBackBy, planOf, type ReplayPlan } from './replay.js'
import { findRest, type Leftover } from './rest.js'

/**
 * Maps the rows of the runs anew with the maps as they are now, and plans all that QAD does not hold of them in the periods in which
 * something is left: in another one a later run may have posted newer figures. All that was left there is settled by that, also what
 * the flags do not name: under a key that the maps no longer lead to it is superseded.
 * @throws MLC-C010 when the folder of a run is gone, and what `map` throws
 */
export async function planRemapped(
  run: string,
  job: Job,
  rest: readonly Leftover[],
  target: Target,
  liveJobs: readonly string[],
  ports: Ports,
): Promise<ReplayPlan> {
  const here = rest.filter((leftover) => foreign(leftover, target) === null)
  const wanted = here.filter(({ supersededBy }) => supersededBy === null).map(({ reference }) => reference)
  const scope = new Set(wanted.map(runAndPeriod))
  const inScope = (reference: Reference) => scope.has(runAndPeriod(reference))
  const left = (await findRest({ job: job.name }, ports)).filter(
    (leftover) => inScope(leftover.reference) && foreign(leftover, target) === null,
  )
  const plans = []
  for (const one of [...new Set(wanted.map((reference) => reference.run))].sort()) {
    const head = await ports.store.head(one)
    plans.push((await map(job, head, target, liveJobs, ports)).plan)
  }
  const all = plans.flatMap((plan) => plan.entries)
  const entries = all.filter(({ reference }) => inScope(reference))
  const keys = new Set(entries.map(({ reference }) => reference.key))
  const outside = new Set(all.map(({ reference }) => reference.key).filter((key) => !keys.has(key)))
  const superseded = byKey([...here, ...left]).filter(({ reference }) => !keys.has(reference.key))
  const { held, proven } = await readHeld(periodsOf([...here, ...left]), target.settleMs, ports)
  return {
    plan: {
      ...planOf(run, job.name, target, ports),
      entries,
      problems: plans.flatMap((plan) => plan.problems).filter(({ key }) => key === null || !outside.has(key)),
    },
    heldBack: rest.flatMap((leftover) => heldBackBy(leftover, foreign(leftover, target))),
    superseded: superseded.map((leftover) => ({ leftover, held: held.get(leftover.reference.key)?.[0] ?? null })),
    isProven: proven,
  }
}

function runAndPeriod(reference: Reference): string {
  return `${reference.run} ${formatPeriod(reference)}`
}

/** Each key once. What is known of it goes before what a plan says, which comes behind it: only the one tells of a doubt. */
function byKey(leftovers: readonly Leftover[]): Leftover[] {
  return [...new Map(leftovers.toReversed().map((leftover) => [leftover.reference.key, leftover])).values()].reverse()
}
