import { companiesIn, companyName } from '../audit/companies.js'
import { readAudit, type AuditLine } from '../audit/read.js'
import { lastRuns, type JobHistory } from '../audit/runs.js'
import type { Context, LookerCalls, System } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { counted } from '../model/counted.js'
import { ageFlag, formatFlag, type CommonFlags } from './flags.js'
import { deliveriesObject, deliveryLines, repeatedLines, shelved } from './kept-deliveries.js'
import { openRecord, recordLine, type OpenRecord } from './open-record.js'

export interface StatusFlags extends CommonFlags {
  readonly maxAge?: string
}

/** `mlc status`: what the audit knows of each job; with --max-age, exit 9 when a job has no good sync that young. */
export async function runStatus(flags: StatusFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const maxAgeMs = flags.maxAge === undefined ? null : ageFlag('--max-age', flags.maxAge)
  const now = context.clock.now()
  const folder = await context.auditFolder()
  const elsewhere = new Map<string, Set<string>>()
  const histories = await lastRuns(ownRecords(folder, await companyHere(context), elsewhere))
  const live = (await context.settings()).jobs.map(({ name }) => name)
  const jobs = [...new Set([...live, ...histories.keys()])].map((job) => statusOf(job, histories.get(job)))
  const isStale = ({ job, lastGood }: JobStatus) =>
    live.includes(job) && maxAgeMs !== null && isOlder(lastGood, maxAgeMs, now)
  const stale = jobs.filter(isStale).map(({ job }) => job)
  const credentials = await credentialSources(context)
  const calls = await context.lookerCalls()
  const kept = await shelved(await context.deliveriesKept(), async () => (await context.past()).history)
  const deliveries = deliveriesObject(kept)
  const others = [...elsewhere].map(([company, named]) => ({ company, jobs: [...named] }))
  const found = {
    jobs,
    stale,
    lookerCallsThisMonth: calls?.calls ?? 0,
    lookerCalls: calls,
    deliveries,
    elsewhere: others,
  }
  if (format === 'json') await context.data(flags, `${JSON.stringify(statusObject(found, credentials))}\n`)
  else {
    for (const job of jobs) await context.data(flags, jobLines(job))
    context.terminal.note(`from the audit in ${folder}`)
    if (calls !== null) context.terminal.note(callsLine(calls))
    for (const { company, jobs } of others)
      context.terminal.note(
        `not counted: runs of ${jobs.join(', ')} into ${company}, another company than that of mlc.yaml`,
      )
    for (const one of credentials) context.terminal.note(credentialLine(one))
    for (const line of repeatedLines(kept)) context.terminal.note(line)
    for (const line of deliveryLines(kept)) context.terminal.warn(line)
    for (const job of stale) context.terminal.warn(`${job} has had no good sync within ${flags.maxAge ?? ''}`)
  }
  return stale.length > 0 ? EXIT.stale : EXIT.done
}

/** The company that mlc.yaml names, as the audit does; null: it names none, and all that the audit has counts. */
async function companyHere(context: Context): Promise<string | null> {
  const settings = await context.settings()
  try {
    return companyName(settings.target)
  } catch (error) {
    if (error instanceof MlcError) return null
    throw error
  }
}

/** A good sync into the test company is none into that of production, though their jobs have one name and one state folder. */
async function* ownRecords(
  folder: string,
  here: string | null,
  elsewhere: Map<string, Set<string>>,
): AsyncGenerator<AuditLine> {
  const companyOf = here === null ? () => null : await companiesIn(folder)
  for await (const record of readAudit(folder)) {
    const company = companyOf(record)
    if (company === null || company === here) yield record
    else if (record.job !== null) elsewhere.set(company, (elsewhere.get(company) ?? new Set()).add(record.job))
  }
}

interface JobStatus {
  readonly job: string
  readonly lastGood: string | null
  readonly lastRun: string | null
  readonly lastExit: number | null
  readonly open: JobHistory['open']
  /** A run that posted and has not ended. */
  readonly unended: string | null
  readonly records: readonly OpenRecord[]
}

function statusOf(job: string, history: JobHistory | undefined): JobStatus {
  return {
    job,
    lastGood: history?.lastGood ?? null,
    // Its end, as of the last good one: two times of one run would look like two runs.
    lastRun: history?.last?.endedAt ?? history?.last?.startedAt ?? null,
    lastExit: history?.last?.exitCode ?? null,
    open: history?.open ?? { failed: 0, unknown: 0, skipped: 0, conflict: 0 },
    unended: history?.unended ?? null,
    records: (history?.records ?? []).map(openRecord),
  }
}

function statusObject(
  found: { readonly jobs: readonly JobStatus[] } & Readonly<Record<string, unknown>>,
  credentials: readonly CredentialsInUse[],
): Readonly<Record<string, unknown>> {
  const named = Object.fromEntries(credentials.map(({ system, source, code }) => [system, { source, code }]))
  return { schema: 'mlc/status/1', ...found, credentials: named }
}

/** A person needs the key to trace or resolve a record; more than these are in --json. */
const MOST_RECORDS = 20

function jobLines({ job, lastGood, lastRun, lastExit, open, unended, records }: JobStatus): string {
  const exit = lastExit === null || lastExit === 0 ? '' : ` (exit ${lastExit})`
  const counts = [
    `${open.failed} failed`,
    `${open.unknown} in doubt`,
    `${open.skipped} not sent`,
    `${open.conflict} in conflict`,
  ]
  const left = records.length === 0 ? '' : `  ${counts.filter((count) => !count.startsWith('0 ')).join(', ')}`
  const head = `${job}  last good sync ${lastGood ?? 'never'}  last run ${lastRun ?? 'never'}${exit}${left}`
  const more = records.length > MOST_RECORDS ? [`  … and ${records.length - MOST_RECORDS} more, see --json`] : []
  const cutOff = unended === null ? [] : [`  run ${unended} has not ended: it is still at work, or was cut off`]
  const isLeft = records.length > 0 || unended !== null
  const next = isLeft ? [`  Next: ${nextStep(open, job, unended)}`] : []
  return `${[head, ...cutOff, ...records.slice(0, MOST_RECORDS).map(recordLine), ...more, ...next].join('\n')}\n`
}

function nextStep({ failed, unknown, skipped }: JobHistory['open'], job: string, unended: string | null): string {
  if (failed + unknown + skipped > 0 || unended !== null) return `mlc replay --job ${job}`
  return 'correct QAD, or mlc resolve KEY --posted to accept what it holds'
}

function credentialLine({ system, source, message }: CredentialsInUse): string {
  return `${system}: ${source === null ? `no credentials: ${message}` : `credentials from ${source}`}`
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
      // A store that is mistyped is a mistake of the whole command, and not of one credential.
      if (!(error instanceof MlcError) || error.code === 'MLC-S004') throw error
      found.push({ system, source: null, code: error.code, message: error.message })
    }
  }
  return found
}

function callsLine({ instance, month, calls, budget }: LookerCalls): string {
  const sent = budget === undefined ? counted(calls, 'query call') : `${calls} of ${budget} query calls`
  return `${sent} to Looker at ${instance} in ${month} (UTC), from this state folder`
}

function isOlder(time: string | null, maxAgeMs: number, nowMs: number): boolean {
  return time === null || nowMs - Date.parse(time) > maxAgeMs
}
