import { EXIT, isErrorCode, MlcError } from '../errors.js'
import { checkReferences } from '../mapping/checks.js'
import { staleEntries } from '../mapping/planner.js'
import { formatPeriod, parsePeriod, type Period } from '../model/period.js'
import type { Plan, PlanEntry, Problem } from '../model/plan.js'
import { baseKeyOf, type Posted } from '../model/reference.js'
import { NO_ANCHOR } from './anchor.js'
import type { Target } from './map.js'
import { record, skipped, type RecordOutcome, type RecordStatus } from './outcome.js'
import { postAll } from './post.js'
import { withReadiness } from './doubts.js'
import { readHeld } from './posted.js'
import type { Ports } from './ports.js'
import { confirm, type Confirmation } from './readback.js'
import { sweep, type SweepReport } from './sweep.js'

export interface PushReport {
  readonly run: string
  readonly records: readonly PushedRecord[]
  /** What stopped the run before its end, if anything did. */
  readonly stopped: MlcError | null
  readonly interrupted: boolean
  /** What QAD holds of the job besides the plan; null when nothing was compared. */
  readonly sweep: SweepReport | null
}

export interface PushedRecord extends RecordOutcome {
  readonly action: PlanEntry['action']
  /** Of a journal: what all its revisions amount to in QAD; null otherwise. */
  readonly total?: string | null
}

/**
 * Posts what the plan says and QAD does not yet hold, then reads it back. The whole plan is refused, before anything is sent,
 * when one of its references is blocked or when QAD has changed since the plan was made.
 * @param extent `part`: the plan does not say all that is wanted of its periods
 */
export async function push(
  plan: Plan,
  target: Target,
  ports: Ports,
  extent: 'whole' | 'part' = 'whole',
): Promise<PushReport> {
  refuseOtherTarget(plan, target)
  refuseTwice(plan)
  refuseBlocked(plan)
  const error = planError({ ...plan, problems: await recheck(plan, target, ports) })
  if (error) throw error
  const { held, proven, accepted } = await readHeld(periodsOf(plan.entries), target.settleMs, ports)
  refuseStale(plan, [...held.values()].flat())
  const sound = plan.entries.filter(({ action }) => action !== 'blocked' && action !== 'skip')
  const isThere = ({ reference }: PlanEntry) => held.has(reference.key)
  const [there, absent] = [sound.filter(isThere), sound.filter((entry) => !isThere(entry))]
  // Before anything is recorded: a run that is refused has said nothing of any reference.
  if (absent.length > 0) await refuseUnready(ports)
  const blocked = await recordBlocked(plan, ports)
  await recordSame(there, held, accepted, ports)
  const zeros = await recordZeros(plan, ports)
  const due = await unprovenLast(absent, proven, ports)
  const { settleMs, tenant, anchorRoom = NO_ANCHOR } = target
  const posting = await postAll(due, { proven, settleMs, tenant, anchorRoom }, ports)
  const same = there.map((entry) => sameOutcome(entry, held, accepted))
  const confirmed = await confirm(posting.outcomes, same, target, ports)
  const outcomes = new Map([...blocked, ...zeros, ...confirmed.outcomes].map((one) => [one.reference.key, one]))
  const records = plan.entries.map((entry) => ({
    action: entry.action,
    total: entry.total ?? null,
    ...(outcomes.get(entry.reference.key) ?? skipped(entry.reference)),
  }))
  const isSettled = records.every(({ status, action }) => status === 'posted' || status === 'same' || action === 'skip')
  // What looked like the end of QAD was not, when all that was sent is there.
  const stopped = isSettled ? null : (posting.stopped ?? confirmed.failure)
  const isWhole = stopped === null && !posting.interrupted
  const swept = isWhole ? await sweepPlan(plan, { extent, before: held, after: confirmed.seen }, ports) : null
  return { run: plan.run, records, stopped, interrupted: posting.interrupted, sweep: swept }
}

/** The read before posting still holds for the periods in which nothing was sent. */
async function sweepPlan(plan: Plan, { extent, before, after }: Swept, ports: Ports): Promise<SweepReport | null> {
  if (!ports.ledger().canReadBack) return null
  const references = plan.entries.map(({ reference }) => reference)
  const scope = {
    job: plan.job,
    periods: [...new Set(references.map(formatPeriod))].sort(),
    judged: new Set([...references.map(({ key }) => key), ...blockedBy(plan)]),
    wanted: extent === 'whole' ? new Set(references.map(({ key }) => baseKeyOf(key))) : null,
    held: (period: string) => (after?.periods.has(period) ? after.held : before),
  }
  const report = await sweep(scope, ports)
  await ports.journal.flush()
  return report
}

interface Swept {
  readonly extent: 'whole' | 'part'
  readonly before: ReadonlyMap<string, readonly Posted[]>
  readonly after: Confirmation['seen']
}

/** Keys that QAD holds in the way of blocked entries: they are told with these. */
function blockedBy({ entries }: Plan): string[] {
  return entries.flatMap(({ action, before }) => (action === 'blocked' && before !== null ? [before.key] : []))
}

/** The plan as QAD stands now: what an earlier push has posted is `same`. @throws MLC-P012 when QAD changed otherwise */
export async function asOfNow(plan: Plan, target: Target, ports: Ports): Promise<Plan> {
  refuseOtherTarget(plan, target)
  const { held } = await readHeld(periodsOf(plan.entries), target.settleMs, ports)
  refuseStale(plan, [...held.values()].flat())
  const entries = plan.entries.map((entry) =>
    entry.action !== 'blocked' && held.has(entry.reference.key) ? { ...entry, action: 'same' as const } : entry,
  )
  return withReadiness({ ...plan, entries }, ports)
}

/** As it would be posted now, for a dry run: with all that a push would find against it before it sends anything. */
export async function asIfPushed(plan: Plan, target: Target, ports: Ports): Promise<Plan> {
  const now = await asOfNow(plan, target, ports)
  return { ...now, problems: [...now.problems, ...(await recheck(plan, target, ports))] }
}

/** Exit code of a push by the contract: what stopped it first, then what is not settled. */
export function pushExitCode(report: PushReport, stop: AbortSignal): number {
  const { stopped, records, interrupted } = report
  const has = (status: RecordStatus) => records.some((record) => record.status === status && record.action !== 'skip')
  if (interrupted && stop.reason instanceof MlcError) {
    // "Try again later" is for when nothing is in doubt.
    return stop.reason.category === 'unavailable' && has('unknown') ? EXIT.partial : stop.reason.exitCode
  }
  if (stopped?.category === 'auth' || stopped?.category === 'audit') return stopped.exitCode
  const nothingSent = !has('posted') && !has('posted_unverified') && !has('unknown') && !has('conflict')
  if (stopped?.category === 'unavailable' && nothingSent) return EXIT.unavailable
  const isUnsettled = (stopped !== null && has('posted_unverified')) || (report.sweep?.findings.length ?? 0) > 0
  return isUnsettled || has('failed') || has('unknown') || has('conflict') || has('skipped') ? EXIT.partial : EXIT.done
}

export function countStatuses({ records }: Pick<PushReport, 'records'>) {
  const counts = { created: 0, revised: 0, same: 0, failed: 0, unknown: 0, conflict: 0, skipped: 0 }
  for (const { status, action } of records) {
    if (status === 'posted' || status === 'posted_unverified') counts[action === 'revise' ? 'revised' : 'created']++
    else counts[status]++
  }
  return counts
}

export function periodsOf(entries: readonly { readonly reference: Period }[]): Period[] {
  return [...new Set(entries.map(({ reference }) => formatPeriod(reference)))]
    .sort()
    .map((text) => parsePeriod(text))
    .filter((period) => period !== null)
}

function refuseOtherTarget({ tenant, domain, entity }: Plan, target: Target): void {
  if (tenant === target.tenant && domain === target.domain && entity === target.entity) return
  const made = `${domain}/${entity} at ${tenant ?? 'an unknown address'}`
  throw new MlcError(
    'MLC-P012',
    `Plan is stale: it was made for ${made}, mlc.yaml now names ${target.domain}/${target.entity} at ${target.tenant}. Nothing was posted.`,
  )
}

/** The last look before anything is sent: what mlc.yaml names may have changed since the plan was made. */
async function refuseUnready(ports: Ports): Promise<void> {
  const readiness = await ports.ledger().ready?.()
  if (!readiness || readiness.caution === null) return
  throw new MlcError('MLC-Q043', `${readiness.caution}, and nobody has typed yes to that. Nothing was posted.`)
}

/** A journal of zero has no line that would stand in the books: it is said, and nothing is left to do about it. */
async function recordZeros(plan: Plan, ports: Ports): Promise<RecordOutcome[]> {
  const zeros = plan.entries.filter(({ action }) => action === 'skip').map(({ reference }) => reference)
  const message = 'a journal of zero posts nothing'
  for (const reference of zeros)
    await record('record.skipped', reference, { zero: true, amount: reference.amount, message }, ports, {
      durable: false,
    })
  return zeros.map((reference) => ({ reference, status: 'skipped', qadRef: null, code: null, message }))
}

/** What would post one reference twice is wrong however it came about. */
function refuseTwice({ entries }: Plan): void {
  const keys = new Set<string>()
  for (const { reference } of entries) {
    if (keys.has(reference.key))
      throw new MlcError('MLC-X001', `the plan has ${reference.key} twice; nothing was posted`)
    keys.add(reference.key)
  }
}

/** A conflict blocks its own reference only: the others are as sound as ever. */
function refuseBlocked(plan: Plan): void {
  const error = refusalOf(plan)
  if (error) throw error
}

/** Why nothing of the plan may be posted; null when all that is wrong with it concerns single references. */
export function refusalOf(plan: Plan): MlcError | null {
  return planError({ ...plan, problems: plan.problems.filter(({ code }) => !OF_ONE_REFERENCE.has(code)) })
}

/** Conflicts, and records that nobody can ask about. */
const OF_ONE_REFERENCE: ReadonlySet<string> = new Set(['MLC-Q021', 'MLC-Q022'])

/** The key that QAD holds is the one in conflict; the one that the plan would have posted was never sent. */
async function recordBlocked(plan: Plan, ports: Ports): Promise<RecordOutcome[]> {
  const problems = new Map(plan.problems.map((problem) => [problem.key, problem]))
  const outcomes: RecordOutcome[] = []
  const [taken, conflicts] = [await ports.history.taken(), await ports.history.conflicts()]
  for (const { action, reference, before } of plan.entries) {
    if (action !== 'blocked') continue
    const { code = 'MLC-Q022', message = 'QAD holds something else under its key' } = problems.get(reference.key) ?? {}
    const status = code === 'MLC-Q021' ? 'unknown' : 'conflict'
    // What is in doubt, or hidden, is the record itself; what is in conflict else is the one that QAD holds.
    const isItself = status === 'unknown' || before === null || (taken.has(reference.key) && !conflicts.has(before.key))
    const key = isItself ? reference.key : before.key
    const data = { code, message, stored: before, wanted: reference.amount }
    await ports.journal.append(
      { event: `record.${status}`, run: reference.run, job: ports.jobName, key, data },
      { durable: false },
    )
    outcomes.push({ reference, status, qadRef: before?.qadRef ?? null, code, message })
  }
  return outcomes
}

/** The one error that a plan with problems amounts to; null when it has none. */
export function planError(plan: Plan): MlcError | null {
  const [first, ...rest] = plan.problems
  if (!first) return null
  const more = rest.length > 0 ? ` (and ${rest.length} more; see mlc map)` : ''
  return new MlcError(isErrorCode(first.code) ? first.code : 'MLC-P018', `${first.message}${more}. Nothing was posted.`)
}

/** Masters change too: a period may have been closed since the plan was made. */
async function recheck(plan: Plan, { limits }: Target, ports: Ports): Promise<readonly Problem[]> {
  const chart = await ports.ledger().chart()
  const references = plan.entries
    .filter(({ action }) => action === 'create' || action === 'revise')
    .map(({ reference }) => reference)
  return checkReferences(references, { chart, limits, owners: new Map() })
}

function refuseStale(plan: Plan, postedNow: readonly Posted[]): void {
  const stale = staleEntries(plan, postedNow)[0]
  if (!stale) return
  const { account, costCentre } = stale.entry.reference
  const saw = stale.entry.before?.amount ?? 'nothing'
  throw new MlcError(
    'MLC-P012',
    `Plan is stale: QAD ${account}/${costCentre} is now ${stale.now?.amount ?? 'gone'}, the plan saw ${saw}. Nothing was posted.`,
  )
}

/**
 * Where the read of references has shown none of ours, its silence proves nothing for a record that may have been sent before.
 * Such records go last: the first of the others proves the read by coming back.
 */
async function unprovenLast(entries: readonly PlanEntry[], proven: boolean, ports: Ports): Promise<PlanEntry[]> {
  const open = proven ? new Map<string, unknown>() : await ports.history.open()
  const isOpen = (entry: PlanEntry) => open.has(entry.reference.key)
  return [...entries.filter((entry) => !isOpen(entry)), ...entries.filter(isOpen)]
}

async function recordSame(
  entries: readonly PlanEntry[],
  held: ReadonlyMap<string, readonly Posted[]>,
  accepted: ReadonlySet<string>,
  ports: Ports,
): Promise<void> {
  for (const { reference, total = null } of entries) {
    const qadRef = held.get(reference.key)?.[0]?.qadRef ?? null
    const byWord = accepted.has(reference.key) ? { accepted: true } : {}
    const addsUp = total === null ? {} : { total }
    const data = { reference, amount: reference.amount, ...addsUp, qadRef, ...byWord }
    await record('record.same', reference, data, ports, { durable: false })
  }
  await ports.journal.flush()
}

function sameOutcome(
  { reference }: PlanEntry,
  held: ReadonlyMap<string, readonly Posted[]>,
  accepted: ReadonlySet<string>,
): RecordOutcome {
  const { key } = reference
  const message = accepted.has(key) ? 'QAD does not show it; a person has said that it holds it' : null
  return { reference, status: 'same', qadRef: held.get(key)?.[0]?.qadRef ?? null, code: null, message }
}
