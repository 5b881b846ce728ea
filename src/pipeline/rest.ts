import type { Outcome, OutcomeState } from '../audit/outcomes.js'
import type { RunTrace } from '../audit/runs.js'
import type { DiedRun, Unfinished } from '../audit/unfinished.js'
import { MlcError } from '../errors.js'
import { planHash } from '../mapping/planner.js'
import { formatPeriod } from '../model/period.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { baseKeyOf, type Posted, type Reference } from '../model/reference.js'
import type { Ports } from './ports.js'

/** A reference that an earlier run did not bring to its end. */
export interface Leftover {
  readonly reference: Reference
  readonly before: Posted | null
  readonly rows: readonly number[]
  /** Of a journal: what its revisions amount to with this one. */
  readonly total: string | null
  /** Of a record in doubt that a run has planned anew since: the amount that may be in QAD; null: that of the reference. */
  readonly sent: string | null
  readonly job: string
  /** `planned`: its run died before it came to this one. */
  readonly state: OutcomeState | 'planned'
  readonly code: string | null
  /** Why it is not to be posted any more; null: it is still wanted. */
  readonly supersededBy: string | null
  readonly tenant: string | null
}

/** Which of them: all that is given must hold. */
export interface RestFilter {
  readonly run?: string
  readonly job?: string
  /** Any revision of this key. */
  readonly key?: string
  /** Only what QAD certainly does not have. */
  readonly failed?: boolean
  /** Spoken of since then, milliseconds since 1970. */
  readonly sinceMs?: number
  readonly code?: string
}

/** What earlier runs left undone: by the audit, and for a run that died while it posted, by its plan. */
export async function findRest(filter: RestFilter, ports: Ports): Promise<Leftover[]> {
  const { unfinished, died } = await ports.history.rest()
  const plans = await plansOf(died, ports)
  const known = unfinished
    .filter((one) => matches(one, filter))
    .flatMap((one) => (one.reference === null ? [] : [leftoverOf(one, one.reference, plans)]))
  const planned = filter.failed || filter.code !== undefined ? [] : await neverStarted(plans, filter, ports)
  return [...known, ...planned]
}

/**
 * Runs that died while they posted and whose plans are gone, or are not those that they made: nothing tells what they had still to
 * send. A later run for their period looks after it.
 */
export async function findLostPlans(
  { run, job, key, failed, code }: RestFilter,
  ports: Ports,
): Promise<readonly RunTrace[]> {
  // Who asks for certain records does not ask for what never became one.
  if (key !== undefined || failed || code !== undefined) return []
  const { died } = await ports.history.rest()
  const wanted = died.filter((one) => (run === undefined || one.run === run) && (job === undefined || one.job === job))
  return (await plansOf(wanted, ports)).filter(({ entries }) => entries === null).map(({ trace }) => trace)
}

/** What QAD holds otherwise than it was sent, as the audit last heard of it. */
export async function findConflicts(filter: RestFilter, ports: Ports): Promise<readonly Outcome[]> {
  const { conflicts } = await ports.history.rest()
  return conflicts.filter((one) => matches(one, filter))
}

type SavedPlan = Awaited<ReturnType<Ports['store']['plan']>>

interface DeadPlan {
  readonly trace: DiedRun
  /** Null: its plan is gone, or is not the one that it made. */
  readonly entries: readonly Pick<PlanEntry, 'reference' | 'before' | 'rows' | 'total'>[] | null
  readonly tenant: string | null
}

async function plansOf(died: readonly DiedRun[], ports: Ports): Promise<DeadPlan[]> {
  const plans: DeadPlan[] = []
  for (const trace of died) {
    const found = await ports.store.plan(trace.run).catch(asMissing)
    const saved = found && isMade(found, trace) ? found : null
    const entries = saved?.plan.entries.filter(({ action }) => action !== 'skip') ?? null
    plans.push({ trace, entries, tenant: saved?.plan.tenant ?? null })
  }
  return plans
}

/** What a person or a disk has changed is not what was approved, and none of it is sent. */
function isMade({ plan, hash }: SavedPlan, { posting: { plan: made } }: DiedRun): boolean {
  return Array.isArray((plan as Partial<Plan> | undefined)?.entries) && planHash(plan) === (made ?? hash)
}

function leftoverOf(one: Unfinished, reference: Reference, died: readonly DeadPlan[]): Leftover {
  const { job, state, code, tenant } = one
  const { before, rows, total } = one
  const newest = one.wanted ?? { reference, before, rows, total }
  const sent = one.wanted ? reference.amount : null
  const supersededBy = one.supersededBy ?? replannedBy(one, died)
  return { ...newest, sent, job: job ?? '', state, code, supersededBy, tenant }
}

/** A newer run that died says by its plan what it wanted; the plan's own entry then takes the place of the older one. */
function replannedBy({ replannedBy: run }: Unfinished, died: readonly DeadPlan[]): string | null {
  const newer = died.find(({ trace, entries }) => entries !== null && trace.run === run)
  return newer ? `run ${newer.trace.run}` : null
}

async function neverStarted(died: readonly DeadPlan[], filter: RestFilter, ports: Ports): Promise<Leftover[]> {
  const found: Leftover[] = []
  for (const { trace, entries, tenant } of died) {
    for (const { reference, before, rows, total = null } of entries ?? []) {
      if (trace.replannedIn.has(formatPeriod(reference))) continue
      // Not by its time: the clock may have been set back since the run began.
      const outcome = await ports.history.outcome(reference.key)
      const wasReached = outcome?.run === trace.run && outcome.turn > trace.posting.from
      const one = { run: trace.run, job: trace.job, key: reference.key, at: trace.startedAt ?? '', code: null }
      if (wasReached || !matches({ ...one, baseKey: baseKeyOf(reference.key), state: 'planned' }, filter)) continue
      const planned = { reference, before, rows, total, sent: null, job: trace.job, state: 'planned' as const }
      found.push({ ...planned, code: null, supersededBy: null, tenant })
    }
  }
  return found
}

type Spoken = Pick<Unfinished, 'run' | 'job' | 'key' | 'baseKey' | 'at' | 'code'> & {
  readonly state: Leftover['state']
}

function matches(one: Spoken, { run, job, key, failed, sinceMs, code }: RestFilter): boolean {
  return (
    (run === undefined || one.run === run) &&
    (job === undefined || one.job === job) &&
    (key === undefined || one.key === key || one.baseKey === key) &&
    (failed !== true || one.state === 'failed' || one.state === 'resolved') &&
    (sinceMs === undefined || Date.parse(one.at) >= sinceMs) &&
    (code === undefined || one.code === code)
  )
}

function asMissing(error: unknown): null {
  if (error instanceof MlcError && error.code === 'MLC-C010') return null
  throw error
}
