import { spokenIn } from '../audit/spoken.js'
import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { counted } from '../model/counted.js'
import type { Job } from '../model/job.js'
import { withLife, type LivingReport, type LivingVariance, type Spoken } from '../pipeline/breaks.js'
import type { ReconcileReport } from '../pipeline/reconcile.js'
import { noteWords } from '../terminal/report/report.js'
import { visibleLine } from '../terminal/sanitise.js'

/** What was compared: a period that is asked for by itself is compared even where nothing of it is left. */
export interface ComparedJob {
  readonly job: Job
  readonly period: string | null
  readonly scope: 'period' | 'year'
}

/** The report with ages, notes and sign-offs. An audit that cannot be read costs the notes, not the reconciliation. */
export async function lived(
  report: ReconcileReport,
  { job, period, scope }: ComparedJob,
  context: Context,
): Promise<LivingReport> {
  const { target } = await context.settings()
  const { breaks } = await context.past()
  const spoken = await spokenOf(job, context)
  const warn = (text: string) => context.terminal.warn(text)
  const compared = scope === 'period' ? period : null
  return withLife(report, { job, target, period: compared, breaks, spoken, clock: context.clock, warn })
}

async function spokenOf({ name }: Job, context: Context): Promise<Spoken> {
  try {
    return await spokenIn(await context.auditFolder(), name)
  } catch (error) {
    if (!(error instanceof MlcError)) throw error
    context.terminal.warn(`notes and sign-offs are not known: ${error.message}`)
    return { notes: [], signoffs: [] }
  }
}

/** A line for each note and each sign-off. */
export function lifeLines({ lines, signoffs, summary }: LivingReport): readonly string[] {
  const breaks = summary.outside + summary.onlyLooker + summary.onlyLedger
  const count = `${summary.explained} of ${counted(breaks, 'break')} explained: explained is not equal`
  return [
    ...lines.unequal.flatMap((line) => (line.note === null ? [] : [noteLine(line, line.note)])),
    ...(summary.explained > 0 ? [count] : []),
    ...signoffs.map(signOffLine),
  ]
}

/** `5 d`, and since which period where it was carried; `-` for a line that is no break. */
export function ageOf({ ageDays, firstPeriod, period }: LivingVariance): string {
  if (ageDays === null) return '-'
  return firstPeriod === null || firstPeriod === period ? `${ageDays} d` : `${ageDays} d since ${firstPeriod}`
}

function noteLine({ key }: LivingVariance, note: NonNullable<LivingVariance['note']>): string {
  return visibleLine(`${key}  ${noteWords(note)}`)
}

function signOffLine({ role, period, by, at, open, state, moved }: LivingReport['signoffs'][number]): string {
  const left = open === 0 ? '' : `, with ${counted(open, 'open break')}`
  const standing = state === 'standing' ? '' : `: suspended, the ${moved ?? ''} have changed since`
  return visibleLine(`${period} signed by ${by} as ${role} at ${at}${left}${standing}`)
}
