import { lastRuns } from '../audit/runs.js'
import { readAudit, type AuditLine } from '../audit/read.js'
import type { Context, System } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { ageFlag, formatFlag, type CommonFlags } from './flags.js'

export interface StatusFlags extends CommonFlags {
  readonly maxAge?: string
}

/** `mlc status`: what the audit knows of each job; with --max-age, exit 9 when a job has no good sync that young. */
export async function runStatus(flags: StatusFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const maxAgeMs = flags.maxAge === undefined ? null : ageFlag('--max-age', flags.maxAge)
  const calls = createCallCounter(new Date(context.clock.now()).toISOString().slice(0, 7))
  const folder = await context.auditFolder()
  const traces = await lastRuns(calls.counting(readAudit(folder)))
  const names = new Set([...(await context.settings()).jobs.map(({ name }) => name), ...traces.keys()])
  const live = new Set((await context.settings()).jobs.map(({ name }) => name))
  const jobs = [...names].map((job) => {
    const trace = traces.get(job)
    const lastGood = trace?.lastGood ?? null
    const lastExit = trace?.last?.exitCode ?? null
    return {
      job,
      lastGood,
      lastRun: trace?.last?.startedAt ?? null,
      lastExit,
      open: trace?.open ?? { failed: 0, unknown: 0, skipped: 0, conflict: 0 },
    }
  })
  const stale = jobs.filter(
    ({ job, lastGood }) => live.has(job) && maxAgeMs !== null && isOlder(lastGood, maxAgeMs, context.clock.now()),
  )
  const credentials = await credentialSources(context)
  if (format === 'json') {
    const named = Object.fromEntries(credentials.map(({ system, source, code }) => [system, { source, code }]))
    const lookerCallsThisMonth = calls.count()
    const found = { schema: 'mlc/status/1', jobs, stale: stale.map(({ job }) => job), lookerCallsThisMonth }
    await context.data(flags, `${JSON.stringify({ ...found, credentials: named })}\n`)
  } else {
    for (const { job, lastGood, lastRun, lastExit, open } of jobs) {
      const doubt =
        open.failed + open.unknown > 0
          ? `  ${open.failed} failed, ${open.unknown} in doubt: run mlc replay --job ${job}`
          : ''
      await context.data(
        flags,
        `${job}  last good sync ${lastGood ?? 'never'}  last run ${lastRun ?? 'never'}${lastExit ? ` (exit ${lastExit})` : ''}${doubt}\n`,
      )
    }
    context.terminal.note(`from the audit in ${folder}; ${calls.count()} Looker queries of jobs this month`)
    for (const { system, source, message } of credentials) {
      context.terminal.note(
        `${system}: ${source === null ? `no credentials: ${message}` : `credentials from ${source}`}`,
      )
    }
    for (const { job } of stale) context.terminal.warn(`${job} has had no good sync within ${flags.maxAge ?? ''}`)
  }
  return stale.length > 0 ? EXIT.stale : EXIT.done
}

interface CredentialsInUse {
  readonly system: System
  /** Such as `MLC_QAD_PASSWORD_FILE` or `the OS keychain`; null: nothing has them. Never the value. */
  readonly source: string | null
  readonly code: string | null
  readonly message: string
}

/** Where a sync would take its credentials from. That one is missing is told, and changes nothing else of the status. */
async function credentialSources(context: Context): Promise<CredentialsInUse[]> {
  const doctor = await context.doctor()
  const found: CredentialsInUse[] = []
  for (const system of await context.systems()) {
    try {
      found.push({ system, source: (await doctor.secret(system)).origin, code: null, message: '' })
    } catch (error) {
      if (!(error instanceof MlcError)) throw error
      found.push({ system, source: null, code: error.code, message: error.message })
    }
  }
  return found
}

/** Query calls of jobs, which is what Looker's monthly quota counts; rows pulled by hand leave no audit line. */
function createCallCounter(month: string) {
  let calls = 0
  async function* counting(records: AsyncIterable<AuditLine>): AsyncGenerator<AuditLine> {
    for await (const record of records) {
      const { requests } = record.data
      if (record.event === 'pull.done' && record.at.startsWith(month) && typeof requests === 'number') calls += requests
      yield record
    }
  }
  return { counting, count: () => calls }
}

function isOlder(time: string | null, maxAgeMs: number, nowMs: number): boolean {
  return time === null || nowMs - Date.parse(time) > maxAgeMs
}
