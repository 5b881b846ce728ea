import { formatPeriod } from '../model/period.js'
import type { AuditEntry, AuditRecord } from './event.js'
import { foldRecord, isInDoubt, nextTurn, type Outcome } from './outcomes.js'
import { currentOutcomes, findUnfinished } from './unfinished.js'

/** One run as its lines tell it. */
export interface RunTrace {
  readonly run: string
  readonly job: string
  /** The period asked for, `YYYY-PP`; null when the rows alone say it. */
  readonly period: string | null
  readonly startedAt: string | null
  /** What its pull came to; null: it has not come to its end. */
  readonly pulled: Pulled | null
  /** Null while it runs, or when it died. */
  readonly endedAt: string | null
  readonly exitCode: number | null
  /** Null: it has posted nothing, and what it came to before that changed nothing in QAD. */
  readonly posting: Posting | null
  /** Hash of its newest plan; null when it has none. */
  readonly plan: string | null
  /** The turn of that plan, as in `Outcome`; 0 when no line tells. */
  readonly plannedAt: number
  /** Periods `YYYY-PP` of the references of that plan; null when no line tells. */
  readonly planned: readonly string[] | null
  /** Periods of the references that its lines carry. */
  readonly spoken: ReadonlySet<string>
}

/** What says that the folder of a run is still the one that was pulled. Null where a line of an earlier release does not tell. */
export interface Pulled {
  /** `sha256:…` */
  readonly rowsHash: string | null
  /** Which column is what, as JSON has it. */
  readonly figure: unknown
}

/** How a run posted its plan; of one that was mapped anew and pushed again, the last time. Turns as in `Outcome`. */
export interface Posting {
  /** Hash of the plan; null when no line tells. */
  readonly plan: string | null
  /** Turn of the plan: what was said of a reference before was not said by it. */
  readonly from: number
  /** Turn of the last line that tells of it. */
  readonly to: number
  /** It came to its end: it spoke of every reference that it wanted. */
  readonly isWhole: boolean
}

/** Takes one more line into account. The runs stay in the order in which they first appear. */
export function foldRun(
  runs: Map<string, RunTrace>,
  { event, run, job, data, at }: AuditEntry & { readonly at: string },
): void {
  if (run === null || job === null) return
  const before = runs.get(run) ?? { ...EMPTY, run, job }
  if (event === 'run.started') runs.set(run, { ...before, startedAt: at, period: textOf(data['period']) })
  else if (event === 'pull.done') runs.set(run, { ...before, pulled: pulledIn(data) })
  else if (event === 'run.done')
    runs.set(run, {
      ...before,
      endedAt: at,
      exitCode: typeof data['exit_code'] === 'number' ? data['exit_code'] : null,
      posting: endedPosting(before, data['push']),
    })
  else if (event.startsWith('record.'))
    runs.set(run, withRecord(before, periodOf(data['reference']), event === 'record.sent' && !isReplayed(data)))
  else if (event === 'plan.made') runs.set(run, withPlan(before, data))
  else if (!runs.has(run)) runs.set(run, before)
}

const EMPTY = {
  ...{ period: null, startedAt: null, endedAt: null, exitCode: null, posting: null },
  ...{ pulled: null, plan: null, plannedAt: 0, planned: null, spoken: new Set<string>() },
}

function pulledIn({ rowsHash, figure = null }: AuditRecord['data']): Pulled {
  return { rowsHash: textOf(rowsHash), figure }
}

/** @param isSending the run sends itself; a replay, a later run or a person may speak of its records too */
function withRecord(run: RunTrace, period: string | null, isSending: boolean): RunTrace {
  const isNews = period !== null && !run.spoken.has(period)
  const isPosting = run.posting === null || isSending
  if (!isPosting && !isNews) return run
  return {
    ...run,
    posting: isPosting ? postingOf(run, false) : run.posting,
    spoken: isNews ? new Set([...run.spoken, period]) : run.spoken,
  }
}

function withPlan(run: RunTrace, data: AuditRecord['data']): RunTrace {
  const plan = textOf(data['hash'])
  // What a person maps anew is not what was being posted, until it is pushed.
  const posting = run.posting && isReplayed(data) ? { ...run.posting, plan } : run.posting
  return { ...run, posting, plan, plannedAt: nextTurn(), planned: textsOf(data['periods']) }
}

/** @param push counts of what was posted; null: the run was stopped before it could tell */
function endedPosting(run: RunTrace, push: unknown): Posting | null {
  if (isObject(push)) return postingOf(run, true)
  // Lines of earlier releases and of others may lack it.
  return run.posting && push === undefined ? { ...run.posting, to: nextTurn(), isWhole: true } : run.posting
}

function postingOf({ plan, plannedAt }: RunTrace, isWhole: boolean): Posting {
  return { plan, from: plannedAt, to: nextTurn(), isWhole }
}

function isReplayed(data: AuditRecord['data']): boolean {
  return data['replay'] !== undefined
}

function periodOf(reference: unknown): string | null {
  const { year, period } = (reference ?? {}) as { readonly year?: unknown; readonly period?: unknown }
  return typeof year === 'number' && typeof period === 'number' ? formatPeriod({ year, period }) : null
}

export interface JobHistory {
  readonly job: string
  readonly last: RunTrace | null
  /** End of the newest run after which nothing of the job was left to do. ISO 8601, UTC. */
  readonly lastGood: string | null
  /** Keys to finish; a key that was sent and never answered counts as unknown, one that a run did not come to as skipped. */
  readonly open: {
    readonly failed: number
    readonly unknown: number
    readonly skipped: number
    readonly conflict: number
  }
  /** The records behind these counts. */
  readonly records: readonly Outcome[]
  /** A run that posted and has not ended: it is still at work, or it was cut off and may have left some of its plan unsent. */
  readonly unended: string | null
}

/** Per job: its newest run, its newest good one, and what is open. For `mlc status`. */
export async function lastRuns(records: AsyncIterable<AuditRecord>): Promise<Map<string, JobHistory>> {
  const outcomes = new Map<string, Outcome>()
  const runs = new Map<string, RunTrace>()
  const jobs = new Map<string, JobHistory>()
  // Runs of a job that a replay has looked after since.
  const finished = new Set<string>()
  for await (const record of records) {
    foldRecord(outcomes, record)
    foldRun(runs, record)
    traceJob(jobs, runs, record)
    if (record.event === 'run.done' && record.data['left'] === false)
      for (const { run, job } of runs.values()) if (job === record.job) finished.add(run)
  }
  for (const outcome of currentOutcomes(outcomes.values())) countOpen(jobs, outcome)
  for (const { run, job } of findUnfinished([...outcomes.values()], runs).died) {
    if (!finished.has(run)) jobs.set(job, { ...(jobs.get(job) ?? emptyHistory(job)), unended: run })
  }
  return jobs
}

function traceJob(jobs: Map<string, JobHistory>, runs: ReadonlyMap<string, RunTrace>, record: AuditRecord): void {
  const { event, job, run, at, data } = record
  if (job === null || run === null) return
  const last = runs.get(run) ?? null
  const history = jobs.get(job) ?? emptyHistory(job)
  if (event === 'run.started') jobs.set(job, { ...history, last })
  // A replay of some of the keys leaves the others as they were, so it says itself whether anything is left.
  if (event === 'run.done') {
    // Nor was anything posted by a dry run, or after a person said no.
    const isGood = data['exit_code'] === 0 && data['left'] !== true && isObject(data['push'])
    jobs.set(job, { ...history, last, lastGood: isGood ? at : history.lastGood })
  }
}

function countOpen(jobs: Map<string, JobHistory>, outcome: Outcome): void {
  const { job, isReleased } = outcome
  const state = isReleased ? 'failed' : outcome.state
  if (job === null) return
  const history = jobs.get(job) ?? emptyHistory(job)
  const count = isInDoubt(outcome) ? 'unknown' : COUNTED.find((name) => name === state)
  if (!count) return
  const open = { ...history.open, [count]: history.open[count] + 1 }
  jobs.set(job, { ...history, open, records: [...history.records, outcome] })
}

const COUNTED = ['failed', 'skipped', 'conflict'] as const

function emptyHistory(job: string): JobHistory {
  const open = { failed: 0, unknown: 0, skipped: 0, conflict: 0 }
  return { job, last: null, lastGood: null, open, records: [], unended: null }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null
}
