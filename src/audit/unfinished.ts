import { formatPeriod } from '../model/period.js'
import type { Reference } from '../model/reference.js'
import { isInDoubt, type Outcome } from './outcomes.js'
import type { Posting, RunTrace } from './runs.js'

/** A key that QAD may or does not hold although a run was to post it. */
export interface Unfinished extends Outcome {
  /** Why it must not be posted any more; null: it is still wanted. What is in doubt is asked about all the same. */
  readonly supersededBy: string | null
  /** A run for the same period that posted later and died: by its plan only can be told whether the key is still wanted. */
  readonly replannedBy: string | null
}

export interface Rest {
  readonly unfinished: readonly Unfinished[]
  /** Runs that died while they posted, oldest first: what their plans hold beyond the keys above was never started. */
  readonly died: readonly DiedRun[]
  /** What QAD holds otherwise than it was sent: a person decides, and no replay settles it. */
  readonly conflicts: readonly Outcome[]
}

export interface DiedRun extends PostingRun {
  /** Periods `YYYY-PP` that later runs have posted for: what its plan holds of them is not wanted any more. */
  readonly replannedIn: ReadonlySet<string>
}

/** What earlier runs left undone: failed, in doubt, or not come to. */
export function findUnfinished(outcomes: readonly Outcome[], runs: ReadonlyMap<string, RunTrace>): Rest {
  const posting = postingRuns(runs)
  const unfinished: Unfinished[] = []
  for (const revisions of byBaseKey(outcomes).values()) {
    const last = revisions.reduce(laterOf)
    for (const outcome of revisions) {
      if (outcome !== last && isInDoubt(outcome))
        unfinished.push({ ...outcome, supersededBy: last.key, replannedBy: null })
      if (outcome !== last || !isUndone(outcome)) continue
      const since = laterRuns(outcome, runs, posting)
      // A run that came to its end spoke of every reference it wanted.
      const ended = since.findLast(({ posting: { isWhole } }) => isWhole)
      unfinished.push({
        ...outcome,
        supersededBy: ended ? `run ${ended.run}` : null,
        replannedBy: ended ? null : (since.at(-1)?.run ?? null),
      })
    }
  }
  const died = [...runs.values()]
    .filter(hasPosted)
    .filter((run) => !run.posting.isWhole)
    .flatMap((run) => diedOf(run, after(run, posting)) ?? [])
  const conflicts = currentOutcomes(outcomes).filter(({ state }) => state === 'conflict')
  return { unfinished, died, conflicts }
}

/** A reference that a job wants in QAD, by the newest run that spoke of its period. */
export interface Standing {
  readonly reference: Reference
  readonly run: string
  /** Of all its revisions, as far as QAD may hold them, and of the one wanted last: those of a journal add up. */
  readonly amounts: readonly string[]
  /** A run has still to post it, or to find out whether QAD holds it. */
  readonly isOpen: boolean
}

/** What the runs of a job want in QAD for the period `YYYY-PP`: all that no later run, come to its end, has left out. */
export function findStanding(
  { job, period }: { readonly job: string; readonly period: string },
  outcomes: readonly Outcome[],
  runs: ReadonlyMap<string, RunTrace>,
): readonly Standing[] {
  const posting = postingRuns(runs)
  const own = outcomes.filter((one) => one.job === job && one.reference !== null)
  return [...byBaseKey(own).values()].flatMap((revisions): Standing[] => {
    const last = revisions.reduce(laterOf)
    const { reference, run } = last
    if (reference === null || run === null || formatPeriod(reference) !== period || !isWanted(last)) return []
    if (laterRuns(last, runs, posting).some(({ posting: { isWhole } }) => isWhole)) return []
    const counted = revisions.filter((one) => one === last || (isWanted(one) && !isUndone(one)) || isInDoubt(one))
    const amounts = counted.flatMap((one) => one.reference?.amount ?? [])
    return [{ reference, run, amounts, isOpen: isUndone(last) || revisions.some(isInDoubt) }]
  })
}

/** A run that took its place has not settled that QAD is to do without it. */
function isWanted({ state, resolution, isReleased }: Outcome): boolean {
  return state !== 'resolved' || resolution === 'posted' || isReleased
}

/** True while a run has still to post the key, or to find out whether QAD holds it. */
export function isUndone(outcome: Outcome): boolean {
  return outcome.state === 'failed' || outcome.state === 'skipped' || outcome.isReleased || isInDoubt(outcome)
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

/** The runs that posted for one job, by when they last did. A record belongs to a period, and so does what comes after it. */
type PostingRuns = ReadonlyMap<string, readonly PostingRun[]>

interface PostingRun extends RunTrace {
  readonly posting: Posting
}

function postingRuns(runs: ReadonlyMap<string, RunTrace>): PostingRuns {
  const jobs = new Map<string, PostingRun[]>()
  for (const run of runs.values()) {
    if (!hasPosted(run)) continue
    const others = jobs.get(run.job)
    if (others) others.push(run)
    else jobs.set(run.job, [run])
  }
  for (const posting of jobs.values()) posting.sort((a, b) => a.posting.to - b.posting.to)
  return jobs
}

function hasPosted(run: RunTrace): run is PostingRun {
  return run.posting !== null
}

/** The other runs of its job that posted after it, oldest first. A run that was pulled before may be pushed after. */
function after({ job, run, posting: { to } }: PostingRun, posting: PostingRuns): readonly PostingRun[] {
  return (posting.get(job) ?? []).filter((one) => one.run !== run && one.posting.to > to)
}

/** Runs that ask for the same period make the same references, of whatever periods these are. */
function asksAlike(later: RunTrace, own: RunTrace): boolean {
  return later.period !== null && later.period === own.period
}

/** Where nothing was asked, the rows alone say which periods a run is about: of the others it says nothing. */
function covers({ period: asked, planned, spoken }: RunTrace, period: string): boolean {
  return asked === period || spoken.has(period) || (planned?.includes(period) ?? false)
}

/** The runs for the period of the record that posted after it was last spoken of, oldest first. */
function laterRuns(
  { run, reference, turn }: Outcome,
  runs: ReadonlyMap<string, RunTrace>,
  posting: PostingRuns,
): readonly PostingRun[] {
  const own = run === null ? undefined : runs.get(run)
  if (!own) return []
  const period = reference && formatPeriod(reference)
  const isAbout = (one: RunTrace) => asksAlike(one, own) || (period !== null && covers(one, period))
  return (posting.get(own.job) ?? []).filter((one) =>
    // Its own run, mapped anew and pushed again, says by its newest plan what it wants.
    one.run === own.run ? one.posting.from > turn : one.posting.to > turn && isAbout(one),
  )
}

/** Whether another run has posted for one of its periods since: figures may have changed. */
export function isOvertaken(run: string, runs: ReadonlyMap<string, RunTrace>): boolean {
  const own = runs.get(run)
  if (!own || !hasPosted(own)) return false
  const periods = periodsOf(own)
  return after(own, postingRuns(runs)).some(
    (later) => asksAlike(later, own) || periods.some((period) => covers(later, period)),
  )
}

/** Those that it asked for, planned or spoke of. */
export function periodsOf({ period, planned, spoken }: RunTrace): readonly string[] {
  return [...(period === null ? [] : [period]), ...(planned ?? []), ...spoken]
}

/** What of the plan of a run that died is still its to send; null: nothing. */
function diedOf(run: PostingRun, later: readonly RunTrace[]): DiedRun | null {
  if (later.some((one) => asksAlike(one, run))) return null
  const replannedIn = new Set(later.flatMap(periodsOf))
  const isReplanned = run.planned?.every((period) => replannedIn.has(period)) ?? false
  return isReplanned ? null : { ...run, replannedIn }
}
