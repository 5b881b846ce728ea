import { isoTime } from '../model/clock.js'
import type { Job } from '../model/job.js'
import { map, type Target } from './map.js'
import type { Ports } from './ports.js'
import { readHeld } from './posted.js'
import { periodsOf } from './push.js'
import { NO_TOTALS, type ReplayPlan } from './replay.js'
import type { Leftover } from './rest.js'

/**
 * Maps the rows of the runs anew with the maps as they are now, and plans all that QAD does not hold of them. What was left under
 * a key that the maps no longer lead to is superseded.
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
  const wanted = rest.filter(({ supersededBy }) => supersededBy === null)
  const runs = [...new Set(wanted.map(({ reference }) => reference.run))].sort()
  const plans = []
  for (const one of runs) {
    const head = await ports.store.head(one)
    plans.push((await map(job, head, target, liveJobs, ports)).plan)
  }
  const entries = plans.flatMap((plan) => plan.entries)
  const keys = new Set(entries.map(({ reference }) => reference.key))
  const { held, proven } = await readHeld(periodsOf(rest), target.settleMs, ports)
  return {
    plan: {
      ...{ schema: 'mlc/plan/1', run, job: job.name, madeAt: isoTime(ports.clock), tenant: target.tenant },
      ...{ domain: target.domain, entity: target.entity, figuresHash: '', mapHash: '', totals: NO_TOTALS },
      entries,
      problems: plans.flatMap((plan) => plan.problems),
    },
    heldBack: [],
    superseded: rest
      .filter(({ reference }) => !keys.has(reference.key))
      .map((leftover) => ({ leftover, held: held.get(leftover.reference.key)?.[0] ?? null })),
    isProven: proven,
  }
}
