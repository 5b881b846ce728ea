import { EXIT, MlcError, type Category } from '../errors.js'
import { FILE_FIX, fileFault } from '../model/fault.js'
import type { Job } from '../model/job.js'
import { formatPeriod, type Period } from '../model/period.js'
import type { Plan } from '../model/plan.js'
import { markedDry } from './dry.js'
import { map, type MapReport, type Target } from './map.js'
import { because, pull } from './pull.js'
import { countStatuses, push, pushExitCode, refusalOf, type PushReport } from './push.js'
import type { RecordStatus } from './outcome.js'
import type { Ports, RunHead } from './ports.js'

/** How far one job came. What it did not reach is null. */
export interface JobReport {
  readonly job: string
  readonly run: string
  readonly period: string | null
  readonly exitCode: number
  readonly error: MlcError | null
  readonly head: RunHead | null
  readonly map: MapReport | null
  readonly push: PushReport | null
  /** What a dry run would have posted. */
  readonly proposed?: Plan
}

export interface SyncRequest {
  readonly job: Job
  readonly period: Period | null
  readonly target: Target
  readonly liveJobs: readonly string[]
  readonly dryRun: boolean
  /** Asked with the plan before anything is posted; false stops there. */
  readonly approve: (plan: Plan, map: MapReport, head: RunHead) => Promise<boolean>
}

/** pull → map → push of one job. Never throws what stops the job: that is the job's `error`, and the next job goes on. */
export async function syncJob(request: SyncRequest, allPorts: Ports): Promise<JobReport> {
  const ports = request.dryRun ? markedDry(allPorts) : allPorts
  const run = ports.newRunId()
  const report: Mutable<JobReport> = {
    job: request.job.name,
    run,
    period: request.period && formatPeriod(request.period),
    exitCode: EXIT.done,
    error: null,
    head: null,
    map: null,
    push: null,
  }
  try {
    report.head = await pull(request.job, request.period, run, ports)
    report.map = await map(request.job, report.head, request.target, request.liveJobs, ports)
    const approved = await request.approve(report.map.plan, report.map, report.head)
    if (request.dryRun) {
      report.proposed = report.map.plan
      report.error = refusalOf(report.map.plan)
      report.exitCode = report.error?.exitCode ?? EXIT.done
      return report
    }
    if (!approved) return report
    report.push = await push(report.map.plan, request.target, ports)
    report.error = report.push.stopped
    report.exitCode = pushExitCode(report.push, ports.signal)
  } catch (error) {
    report.error = asMlcError(error)
    report.exitCode = report.error.exitCode
  }
  report.exitCode = await closeRun(run, report, ports)
  return report
}

/** Ends a run in the audit. An audit that cannot be written outweighs whatever the run came to. */
export async function closeRun(
  run: string,
  report: Pick<JobReport, 'exitCode' | 'error' | 'push'>,
  ports: Ports,
  more: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const { exitCode, error, push: pushed } = report
  const push = pushed && countStatuses(pushed)
  const failure = error && { code: error.code, message: error.message }
  try {
    const data = {
      exit_code: exitCode,
      push,
      ...(pushed ? { readBack: countReadBack(pushed) } : {}),
      ...(failure ? { error: failure } : {}),
      interrupted: pushed?.interrupted ?? (error !== null && STOPS.has(error.category)),
      ...because(ports),
      ...more,
    }
    await ports.journal.append({ event: 'run.done', run, job: ports.jobName, key: null, data })
    return exitCode
  } catch {
    return EXIT.audit
  }
}

/** A signal, or a question that a person left. */
const STOPS: ReadonlySet<Category> = new Set(['interrupted', 'terminated'])

/** What was posted is read back at the end of a run, all of it or nothing. */
function countReadBack({ records }: PushReport) {
  const count = (wanted: RecordStatus) => records.filter(({ status }) => status === wanted).length
  return { equal: count('posted'), notRead: count('posted_unverified') }
}

/** The exit code of several jobs: the first non-zero one in the order of the contract. */
export function firstExitCode(codes: readonly number[]): number {
  const found = EXIT_ORDER.find((code) => codes.includes(code)) ?? codes.find((code) => code !== EXIT.done)
  return found ?? EXIT.done
}

/**
 * That of a sync of several jobs, of which some may not have been started. A signal ends the process with its own code, whatever
 * the jobs came to; a deadline counts where it kept jobs from being started.
 */
export function syncExitCode(codes: readonly number[], stop: AbortSignal, isWhole: boolean): number {
  const reason: unknown = stop.reason
  if (!(reason instanceof MlcError)) return firstExitCode(codes)
  if (reason.category === 'interrupted' || reason.category === 'terminated') return reason.exitCode
  return firstExitCode(isWhole ? codes : [...codes, reason.exitCode])
}

const EXIT_ORDER = [
  EXIT.audit,
  EXIT.unexpected,
  EXIT.usage,
  EXIT.auth,
  EXIT.locked,
  EXIT.unavailable,
  EXIT.partial,
  EXIT.guard,
]

export function asMlcError(error: unknown): MlcError {
  if (error instanceof MlcError) return error
  const words = fileFault(error)
  if (words !== null) return new MlcError('MLC-X001', words, { cause: error, fix: FILE_FIX })
  return new MlcError('MLC-X001', error instanceof Error ? error.message : 'unexpected error', { cause: error })
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
