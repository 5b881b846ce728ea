import type { Context } from '../context.js'
import type { MlcError } from '../errors.js'
import { roundingOf } from '../mapping/rounding.js'
import type { Plan } from '../model/plan.js'
import type { Reference } from '../model/reference.js'
import { countActions, type MapReport } from '../pipeline/map.js'
import { countStatuses, type PushReport } from '../pipeline/push.js'
import type { DeliveryNote } from '../pipeline/deliver.js'
import type { JobReport } from '../pipeline/sync.js'
import type { RecordOutcome } from '../pipeline/outcome.js'
import type { SweepReport } from '../pipeline/sweep.js'
import { groupDigits } from '../terminal/amount.js'
import { PromptLeft } from '../terminal/prompt.js'
import type { CommonFlags } from './flags.js'
import { counted } from '../model/counted.js'

/** What became of a push, for people: counts, every record that needs attention, and the next command. */
export async function showPushed(report: JobReport, flags: CommonFlags, context: Context): Promise<void> {
  const { terminal } = context
  const { push, error, run, job } = report
  if (error instanceof PromptLeft) terminal.note('Stopped; nothing was done.')
  else if (error) terminal.error(error)
  if (!push) {
    if (!error) terminal.note(flags.dryRun ? 'Dry run: nothing was posted.' : 'Nothing was posted.')
    if (!error && flags.dryRun) terminal.note(`Next: mlc push --job ${job} --run ${run}`)
    return
  }
  const counts = countStatuses(push)
  const verified = push.records.filter(({ status }) => status === 'posted').length
  const unverified = push.records.filter(({ status }) => status === 'posted_unverified').length
  for (const record of push.records.filter(needsAttention).slice(0, 40)) terminal.warn(describe(record))
  if (unverified > 0)
    terminal.warn(
      `${counted(unverified, 'reference was', 'references were')} posted but NOT read back: ${error?.message ?? 'qad.reads.posted is not configured'}`,
    )
  if (verified > 0)
    terminal.note(`${verified} posted, ${verified} read back and equal (amount, account, cost centre, period)`)
  for (const { message } of push.sweep?.findings ?? []) terminal.warn(`sweep: ${message}`)
  if ((push.sweep?.foreign ?? 0) > 0)
    terminal.note(
      `QAD also shows ${counted(push.sweep?.foreign ?? 0, 'reference')} of mlc that this audit does not know (another machine or state folder)`,
    )
  const sum = `${counts.created} created, ${counts.revised} revised, ${counts.same} unchanged, ${counts.failed} failed`
  const more = `${counts.unknown} in doubt, ${counts.conflict} in conflict, ${counts.skipped} not sent`
  const mark = report.exitCode === 0 ? '+' : 'x'
  await context.data(flags, `${mark} run ${run}  ${job}${report.period ? `  ${report.period}` : ''}  ${sum}, ${more}\n`)
  terminal.note(
    report.exitCode === 0
      ? `Next: mlc reconcile --job ${job} --run ${run}`
      : `Next: mlc replay --job ${job}, which asks QAD first`,
  )
}

/** The `mlc/sync/1` object. */
export function syncObject(reports: readonly JobReport[], exitCode: number) {
  return { schema: 'mlc/sync/1', exit_code: exitCode, jobs: reports.map(jobObject) }
}

export function jobObject(report: JobReport & { readonly delivery?: DeliveryNote }) {
  const { job, run, period, exitCode, error, head, map, push, proposed, delivery } = report
  return {
    job,
    run,
    period,
    exit_code: exitCode,
    ...(error ? { error: errorObject(error, exitCode) } : {}),
    pull: head && { rows: head.pull.rows, complete: head.pull.complete, requests: head.pull.requests },
    map: map && mapObject(map),
    push: push ? countStatuses(push) : delivery?.taken === 'before' ? countStatuses(NOTHING) : null,
    sweep: push?.sweep ? sweepObject(push.sweep) : null,
    records: push?.records.map(recordObject) ?? [],
    ...(proposed ? { plan: proposedObject(proposed) } : {}),
    ...(delivery ? { delivery } : {}),
  }
}

/** An earlier run has posted what was delivered. */
const NOTHING: Pick<PushReport, 'records'> = { records: [] }

function errorObject(error: MlcError, exitCode: number) {
  return { ...error.toJSON(), exit_code: exitCode }
}

function mapObject({ plan, leftOver }: MapReport) {
  const { mapped, ignored, unmapped } = plan.totals.rows
  const rounding = roundingOf(plan.entries)
  return { mapped, ignored, unmapped, plan: countActions(plan), rounding, leftOver: leftOver.length }
}

/** What a dry run would have sent, and what it would have left. */
function proposedObject(plan: Plan) {
  const entries = plan.entries.map(({ action, reference, before, total }) => ({
    action,
    ...placeObject(reference),
    ...(total ? { total } : {}),
    before: before && { key: before.key, amount: before.amount },
  }))
  return { ...countActions(plan), problems: plan.problems, entries }
}

function placeObject({ key, account, costCentre, year, period, currency, measure, amount, revision }: Reference) {
  return { key, account, costCentre, year, period, currency, measure, amount, revision }
}

function sweepObject({ compared, findings, foreign }: SweepReport) {
  const shown = findings.map(({ kind, reference, message }) => ({ kind, key: reference.key, message }))
  return { compared, findings: shown, foreign }
}

function recordObject({ reference, status, qadRef, code, message, total }: PushReport['records'][number]) {
  const { key, ...place } = placeObject(reference)
  return { key, status, ...place, ...(total ? { total } : {}), qadRef, code, message }
}

function needsAttention({ status }: RecordOutcome): boolean {
  return status === 'failed' || status === 'unknown' || status === 'conflict'
}

function describe({ reference, status, code, message }: RecordOutcome): string {
  const place = reference.costCentre === '' ? reference.account : `${reference.account}/${reference.costCentre}`
  return `${status} ${place} ${groupDigits(reference.amount)} ${reference.currency}  ${code ?? ''} ${message ?? ''}`
}
