import { isInDoubt, type Outcome } from './outcomes.js'
import type { RunTrace } from './runs.js'

/** A key that QAD may or does not hold although a run was to post it. */
export interface Unfinished extends Outcome {
  /** Why it must not be posted any more; null: it is still wanted. What is in doubt is asked about all the same. */
  readonly supersededBy: string | null
  /** A newer run for the same period that died: by its plan only can be told whether the key is still wanted. */
  readonly replannedBy: string | null
}

export interface Rest {
  readonly unfinished: readonly Unfinished[]
  /** Runs that died while they posted, oldest first: what their plans hold beyond the keys above was never started. */
  readonly died: readonly RunTrace[]
  /** What QAD holds otherwise than it was sent: a person decides, and no replay settles it. */
  readonly conflicts: readonly Outcome[]
}

/** What earlier runs left undone: failed, in doubt, or not come to. `runs` in the order in which they began. */
export function findUnfinished(outcomes: readonly Outcome[], runs: ReadonlyMap<string, RunTrace>): Rest {
  const order = new Map([...runs.keys()].map((run, index) => [run, index]))
  const newest = newestPosting(runs)
  const unfinished: Unfinished[] = []
  for (const revisions of byBaseKey(outcomes).values()) {
    const last = revisions.reduce(laterOf)
    for (const outcome of revisions) {
      if (outcome !== last && isInDoubt(outcome))
        unfinished.push({ ...outcome, supersededBy: last.key, replannedBy: null })
      if (outcome !== last || !isUndone(outcome)) continue
      const later = laterRun(outcome, runs, newest, order)
      const hasEnded = later !== null && later.endedAt !== null
      unfinished.push({
        ...outcome,
        // A run that came to its end spoke of every reference it wanted.
        supersededBy: hasEnded ? `run ${later.run}` : null,
        replannedBy: hasEnded ? null : (later?.run ?? null),
      })
    }
  }
  const died = [...runs.values()].filter((run) => run.hasRecords && run.endedAt === null && isNewest(run, newest))
  const conflicts = currentOutcomes(outcomes).filter(({ state }) => state === 'conflict')
  return { unfinished, died, conflicts }
}

/** True while a run has still to post the key, or to find out whether QAD holds it. */
export function isUndone(outcome: Outcome): boolean {
  return outcome.state === 'failed' || outcome.state === 'skipped' || isInDoubt(outcome)
}

/** The outcomes that count: of each identity the one that was spoken of last, and whatever else is in doubt. */
export function currentOutcomes(outcomes: Iterable<Outcome>): Outcome[] {
  return [...byBaseKey(outcomes).values()].flatMap((revisions) => {
    const last = revisions.reduce(laterOf)
    return revisions.filter((outcome) => outcome === last || isInDoubt(outcome))
  })
}

function byBaseKey(outcomes: Iterable<Outcome>): Map<string, Outcome[]> {
  const bases = new Map<string, Outcome[]>()
  for (const outcome of outcomes) {
    const revisions = bases.get(outcome.baseKey)
    if (revisions) revisions.push(outcome)
    else bases.set(outcome.baseKey, [outcome])
  }
  return bases
}

/** Of two revisions of one identity, the one that the audit spoke of last. */
function laterOf(a: Outcome, b: Outcome): Outcome {
  return b.turn > a.turn ? b : a
}

/** Runs of one job that ask for the same period make the same references, so the newest of them says what is wanted. */
function scopeOf({ job, period }: RunTrace): string {
  return JSON.stringify([job, period])
}

function newestPosting(runs: ReadonlyMap<string, RunTrace>): ReadonlyMap<string, RunTrace> {
  const posting = [...runs.values()].filter(({ hasRecords }) => hasRecords)
  return new Map(posting.map((run) => [scopeOf(run), run]))
}

function isNewest(run: RunTrace, newest: ReadonlyMap<string, RunTrace>): boolean {
  return newest.get(scopeOf(run))?.run === run.run
}

/** The newest run that posted for the same period, when it began after the one that spoke of the key last. */
function laterRun(
  { run }: Outcome,
  runs: ReadonlyMap<string, RunTrace>,
  newest: ReadonlyMap<string, RunTrace>,
  order: ReadonlyMap<string, number>,
): RunTrace | null {
  const own = run === null ? undefined : runs.get(run)
  const later = own && newest.get(scopeOf(own))
  if (!own || !later) return null
  return (order.get(later.run) ?? 0) > (order.get(own.run) ?? 0) ? later : null
}
