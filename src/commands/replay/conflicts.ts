import type { Outcome } from '../../audit/outcomes.js'
import type { Context } from '../../context.js'
import { EXIT } from '../../errors.js'
import { formatPeriod } from '../../model/period.js'
import { openRecord, recordLine } from '../open-record.js'

/** More lines than this help nobody; `mlc status --json` has them all. */
const MOST_SHOWN = 20

/** What replay leaves to a person: it is named, so that nobody takes the rest for all. */
export function showConflicts(conflicts: readonly Outcome[], { terminal }: Context): void {
  const [first] = conflicts
  if (!first) return
  const count = conflicts.length === 1 ? '1 reference is' : `${conflicts.length} references are`
  terminal.warn(`${count} in conflict: QAD holds something else than was sent. No replay settles that.`)
  for (const one of conflicts.slice(0, MOST_SHOWN)) terminal.warn(recordLine(openRecord(one)).trimStart())
  if (conflicts.length > MOST_SHOWN) terminal.note(`… and ${conflicts.length - MOST_SHOWN} more, see mlc status --json`)
  const period = first.reference ? ` --period ${formatPeriod(first.reference)}` : ''
  terminal.note(`Next: correct QAD, then mlc sync --job ${first.job ?? 'NAME'}${period};`)
  terminal.note(`      or mlc resolve ${first.key} --posted to accept what QAD holds`)
}

/**
 * The jobs of `mlc/sync/1` with the conflicts among their records; a job that has nothing else appears for them.
 * @param exitCode that a job gets for them: 0 in a dry run
 */
export function withConflicts<J extends JobObject>(
  jobs: readonly J[],
  conflicts: readonly Outcome[],
  exitCode: number = EXIT.partial,
) {
  const named = new Map<string, Outcome[]>()
  for (const one of conflicts) named.set(one.job ?? '', [...(named.get(one.job ?? '') ?? []), one])
  const replayed = jobs.map((job) => {
    const own = named.get(job.job) ?? []
    named.delete(job.job)
    return own.length === 0 ? job : { ...job, ...merged(job, own, exitCode) }
  })
  return [...replayed, ...[...named].map(([job, own]) => onlyConflicts(job, own, exitCode))]
}

interface JobObject {
  readonly job: string
  readonly exit_code: number
  readonly push: { readonly conflict: number } | null
  readonly records: readonly object[]
}

function merged({ exit_code, push, records }: JobObject, conflicts: readonly Outcome[], exitCode: number) {
  return {
    exit_code: exit_code === EXIT.done ? exitCode : exit_code,
    push: { ...NOTHING_SENT, ...push, conflict: (push?.conflict ?? 0) + conflicts.length },
    records: [...records, ...conflicts.map(recordObject)],
  }
}

function onlyConflicts(job: string, conflicts: readonly Outcome[], exitCode: number) {
  const of = { job, run: conflicts.at(-1)?.run ?? null, period: null, pull: null, map: null, sweep: null }
  return {
    ...of,
    ...merged({ job, exit_code: EXIT.done, push: null, records: [] }, conflicts, exitCode),
    superseded: 0,
  }
}

const NOTHING_SENT = { created: 0, revised: 0, same: 0, failed: 0, unknown: 0, conflict: 0, skipped: 0 }

function recordObject({ key, reference, amount, qadRef, code, run }: Outcome) {
  const { account = null, costCentre = null, year = null, period = null } = reference ?? {}
  const { currency = null, measure = null, revision = null } = reference ?? {}
  const place = { account, costCentre, year, period, currency, measure, amount, revision }
  return { key, status: 'conflict', ...place, qadRef, code, message: `QAD held something else when run ${run} asked` }
}
