import type { Outcome } from '../audit/outcomes.js'
import { PromptLeft } from '../terminal/prompt.js'
import { requireKnown } from '../audit/names.js'
import type { Context } from '../context.js'
import { EXIT, type MlcError } from '../errors.js'
import { planHash } from '../mapping/planner.js'
import { formatPeriod } from '../model/period.js'
import { baseKeyOf } from '../model/reference.js'
import type { Plan } from '../model/plan.js'
import { withoutTrace } from '../pipeline/dry.js'
import { countActions } from '../pipeline/map.js'
import type { Ports } from '../pipeline/ports.js'
import { planRemapped } from '../pipeline/remap.js'
import { planReplay, replay, replayPorts, type ReplayPlan } from '../pipeline/replay.js'
import { findConflicts, findLostPlans, findRest, type Leftover, type RestFilter } from '../pipeline/rest.js'
import { asMlcError, closeRun, firstExitCode, type JobReport } from '../pipeline/sync.js'
import { planError, pushExitCode, refusalOf } from '../pipeline/push.js'
import { because } from '../pipeline/pull.js'
import { codeFlag, formatFlag, sinceFlag, type CommonFlags } from './flags.js'
import { approvePlan, linesFor, listEntries, problemLines } from './plan.js'
import { jobObject, showPushed } from './pushed.js'
import { showConflicts, withConflicts } from './replay/conflicts.js'
import { showLostPlans } from './replay/lost-plans.js'

export interface ReplayFlags extends CommonFlags {
  readonly job?: string
  readonly run?: string
  readonly key?: string
  readonly failed?: boolean
  readonly since?: string
  readonly code?: string
  readonly mapping?: 'original' | 'current'
}

interface Replayed {
  readonly report: JobReport
  readonly superseded: number
}

/** `mlc replay`: finishes what earlier runs left failed, in doubt or not sent. QAD is asked first; what is there is not sent. */
export async function runReplay(flags: ReplayFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const filter = filterOf(flags, context)
  if (!flags.dryRun) context.mayPost()
  const ports = await context.open('replay', flags.job ?? '')
  const rest = await findRest(filter, ports)
  if (rest.length === 0) await refuseUnheard(filter, ports, context)
  const replayed: Replayed[] = []
  for (const [job, leftovers] of byJob(rest)) {
    if (context.stop.aborted) break
    const one = await replayJob(job, leftovers, flags, ports, context)
    replayed.push(one)
    if (one.report.error instanceof PromptLeft) break
  }
  const conflicts = await conflictsBesides(replayed, filter, ports)
  showConflicts(conflicts, context)
  const lost = await findLostPlans(filter, ports)
  showLostPlans(lost, context)
  if (rest.length === 0 && conflicts.length === 0 && lost.length === 0) context.terminal.note(nothingLeft(filter))
  const codes = replayed.map(({ report }) => report.exitCode)
  const isLeft = conflicts.length > 0 || lost.length > 0
  const exitCode = firstExitCode(isLeft && !flags.dryRun ? [...codes, EXIT.partial] : codes)
  if (format === 'json') {
    const told = replayed.map(({ report, superseded }) => ({ ...jobObject(report), superseded }))
    const jobs = withConflicts(told, conflicts, flags.dryRun ? EXIT.done : EXIT.partial)
    await context.data(
      flags,
      `${JSON.stringify({ schema: 'mlc/sync/1', exit_code: exitCode, jobs, lostPlans: lost.map(({ run, job }) => ({ run, job })) })}\n`,
    )
  }
  return exitCode
}

function filterOf(flags: ReplayFlags, context: Context): RestFilter {
  const { run, job, key, code, failed, since } = flags
  return {
    ...(run === undefined ? {} : { run }),
    ...(job === undefined ? {} : { job }),
    ...(key === undefined ? {} : { key: key.toUpperCase() }),
    ...(code === undefined ? {} : { code: codeFlag(code) }),
    ...(failed ? { failed } : {}),
    ...(since === undefined ? {} : { sinceMs: sinceFlag('--since', since, context.clock.now()) }),
  }
}

/** A name that nothing was ever heard of is a mistake: "nothing is left" would be taken for good news. */
async function refuseUnheard(filter: RestFilter, ports: Ports, context: Context): Promise<void> {
  const names = await ports.history.names()
  requireKnown({ key: filter.key, run: filter.run }, names)
  const { job } = filter
  if (job !== undefined && !names.jobs.includes(job)) await context.job(job)
}

/** Conflicts that no job of this replay has named itself. */
async function conflictsBesides(
  replayed: readonly Replayed[],
  filter: RestFilter,
  ports: Ports,
): Promise<readonly Outcome[]> {
  const records = replayed.flatMap(({ report }) => report.push?.records ?? [])
  const told = records.filter(({ status }) => status === 'conflict')
  const named = new Set(told.map(({ reference }) => baseKeyOf(reference.key)))
  return (await findConflicts(filter, ports)).filter(({ baseKey }) => !named.has(baseKey))
}

function byJob(rest: readonly Leftover[]): Map<string, Leftover[]> {
  const jobs = new Map<string, Leftover[]>()
  for (const leftover of rest) jobs.set(leftover.job, [...(jobs.get(leftover.job) ?? []), leftover])
  return jobs
}

async function replayJob(
  job: string,
  rest: readonly Leftover[],
  flags: ReplayFlags,
  allPorts: Ports,
  context: Context,
): Promise<Replayed> {
  const { target } = await context.settings()
  const run = allPorts.newRunId()
  const ports = replayPorts(flags.dryRun ? withoutTrace(allPorts) : allPorts, job, run)
  const base = { job, run, period: periodOf(rest), head: null, map: null, push: null, error: null, exitCode: 0 }
  if (!flags.dryRun) await startRun(run, job, rest, flags, ports)
  let superseded = 0
  let report: JobReport = base
  try {
    const planned =
      flags.mapping === 'current'
        ? await planRemapped(run, await context.job(job), rest, target, await liveJobs(context), ports)
        : await planReplay(run, job, rest, target, ports)
    superseded = planned.superseded.length
    await showReplay(planned, rest, flags, context)
    if (flags.dryRun) {
      const error = refusalOf(planned.plan) ?? guardError(planned)
      report = { ...base, proposed: withHeldBack(planned), error, exitCode: error?.exitCode ?? 0 }
    }
    const mayPost =
      !flags.dryRun && (await approvePlan({ plan: planned.plan, hash: planHash(planned.plan), job }, context, ports))
    if (mayPost) {
      const push = await replay(planned, target, ports)
      report = { ...base, push, error: push.stopped ?? guardError(planned), exitCode: pushExitCode(push, ports.signal) }
      if (!push.stopped && report.error) report = { ...report, exitCode: EXIT.guard }
    }
  } catch (failure) {
    const error = asMlcError(failure)
    report = { ...base, error, exitCode: error.exitCode }
  }
  if (!flags.dryRun) report = { ...report, exitCode: await closeReplay(report, job, ports) }
  if (formatFlag(flags, ['table', 'json']) === 'table') await showReplayed(report, flags, context)
  return { report, superseded }
}

/** The plan with what a guard keeps from being sent, for whoever reads what would be done. */
function withHeldBack({ plan, heldBack }: ReplayPlan): Plan {
  const entries = heldBack.map(({ leftover: { reference, before, rows } }) => {
    return { action: 'blocked' as const, reference, before, rows, residue: '0' }
  })
  const problems = heldBack.map(({ problem }) => problem)
  return { ...plan, entries: [...plan.entries, ...entries], problems: [...plan.problems, ...problems] }
}

async function showReplayed(report: JobReport, flags: ReplayFlags, context: Context): Promise<void> {
  if (!flags.dryRun || report.error) return showPushed(report, flags, context)
  context.terminal.note(`Dry run: nothing was posted. Next: mlc replay --job ${report.job}`)
}

async function liveJobs(context: Context): Promise<readonly string[]> {
  return (await context.settings()).jobs.map(({ name }) => name)
}

async function startRun(
  run: string,
  job: string,
  rest: readonly Leftover[],
  { mapping }: ReplayFlags,
  ports: Ports,
): Promise<void> {
  const of = [...new Set(rest.map(({ reference }) => reference.run))]
  const data = { replay: { of, records: rest.length, mapping: mapping ?? 'original' }, ...because(ports) }
  await ports.journal.append({ event: 'run.started', run, job, key: null, data })
}

/** Whether anything of the job is left decides whether the job counts as good again. */
async function closeReplay(report: JobReport, job: string, ports: Ports): Promise<number> {
  const isLeft = (await findRest({ job }, ports)).some(({ supersededBy }) => supersededBy === null)
  const isHeld = (await findConflicts({ job }, ports)).length > 0
  const left = isLeft || isHeld || (await findLostPlans({ job }, ports)).length > 0
  return closeRun(report.run, report, ports, { left })
}

/** When nothing could be sent because a guard held all of it back. */
function guardError({ plan, heldBack }: ReplayPlan): MlcError | null {
  return plan.entries.length > 0 ? null : planError({ ...plan, problems: heldBack.map(({ problem }) => problem) })
}

function periodOf(rest: readonly Leftover[]): string | null {
  const [first, ...others] = new Set(rest.map(({ reference }) => formatPeriod(reference)))
  return first !== undefined && others.length === 0 ? first : null
}

async function showReplay(
  { plan, heldBack, superseded }: ReplayPlan,
  rest: readonly Leftover[],
  flags: CommonFlags,
  context: Context,
): Promise<void> {
  const { terminal } = context
  const count = (...states: Leftover['state'][]) => rest.filter(({ state }) => states.includes(state)).length
  const doubts = count('open', 'unknown')
  terminal.note(
    `Left by earlier runs: ${count('failed', 'resolved')} failed, ${doubts} in doubt, ${count('skipped', 'planned')} not sent`,
  )
  const lines = linesFor(flags)
  if (lines !== 'none') await listEntries(plan, 'the audit', lines, context)
  for (const line of problemLines(plan)) terminal.warn(line)
  for (const { leftover, problem } of heldBack)
    terminal.warn(`${problem.code} ${leftover.reference.key}: ${problem.message}`)
  if (superseded.length > 0)
    terminal.note(`${superseded.length} are not sent: a later run posted another figure in their place, or wants none`)
  const { create, revise, same, blocked } = countActions(plan)
  const rows = [`${create + revise} to send`, `${same} in QAD already`, `${blocked + heldBack.length} held back`]
  terminal.note(`Replay: ${rows.join(', ')}.`)
}

function nothingLeft(filter: RestFilter): string {
  const isAll = Object.keys(filter).length === 0
  return isAll ? 'Nothing is left to replay.' : 'Nothing is left to replay that fits these flags.'
}
