import {
  breakKeyOf,
  foldKey,
  isBreak,
  type BreakNote,
  type NoteShown,
  type OpenBreak,
  type ReportHash,
  type SignOff,
  type View,
} from '../model/break.js'
import { isoTime, type Clock } from '../model/clock.js'
import type { Job } from '../model/job.js'
import { joinLines, mapLines, type Lines } from '../model/lines.js'
import { agedBreaks, daysBetween } from '../reconcile/breaks/ages.js'
import { createNotes } from '../reconcile/breaks/notes.js'
import { hashOf, signOffsOf, type SignOffShown } from '../reconcile/breaks/signoffs.js'
import { noCounts, summaryOf, type ReconcileSummary } from '../reconcile/totals.js'
import type { Target } from './map.js'
import type { PeriodVariance, ReconcileReport } from './reconcile.js'

/** Which breaks were open when a period was last reconciled, kept on this machine. */
export interface Breaks {
  /** The periods that were reconciled, oldest first; a text: why it cannot be told. */
  periods(scope: BreakScope): Promise<readonly string[] | string>
  /** Null when the period was not reconciled before; a text: why it cannot be told. */
  read(scope: BreakScope, period: string): Promise<Kept | string | null>
  /** @returns why they could not be kept; null when they were */
  write(scope: BreakScope, period: string, kept: Kept): Promise<string | null>
}

export interface BreakScope extends View {
  readonly job: string
  readonly source: 'looker' | 'references'
}

export interface Kept {
  /** ISO time as of which the figures speak. */
  readonly asOf: string
  readonly breaks: readonly OpenBreak[]
}

/** What people said of a job's reconciliations, oldest first. */
export interface Spoken {
  readonly notes: readonly BreakNote[]
  readonly signoffs: readonly SignOff[]
}

export interface LivingVariance extends PeriodVariance {
  readonly key: string
  /** Of a break: when it was first seen, and in which period; another than its own where it was carried. */
  readonly since: string | null
  readonly firstPeriod: string | null
  readonly note: NoteShown | null
}

/** A reconciliation with the life of its breaks: how old each is, what was said of it, and who signed. */
export interface LivingReport extends ReconcileReport {
  readonly lines: Lines<LivingVariance>
  readonly periods: ReadonlyMap<string, LivingPeriod>
  readonly summary: LivingPeriod['summary']
  readonly signoffs: readonly SignOffShown[]
  /** What a sign-off of each period is bound to. */
  readonly hashes: ReadonlyMap<string, ReportHash>
}

/** What is told of one period. */
interface LivingPeriod {
  readonly lines: Lines<LivingVariance>
  /** `explained`: breaks whose amount a note explains. They stay breaks. */
  readonly summary: ReconcileSummary & { readonly explained: number }
}

const NO_LINES = { lines: joinLines<LivingVariance>([]), summary: summaryOf(noCounts(), []) }

export interface LifeRequest {
  readonly job: Job
  readonly target: Target
  /** `YYYY-PP` that was compared even where no line is left of it. */
  readonly period: string | null
  readonly breaks: Breaks
  readonly spoken: Spoken
  readonly clock: Clock
  readonly warn: (text: string) => void
}

/** Ages the breaks, keeps them for the next reconciliation, and adds what people said. Never fails: what is not known has no age. */
export async function withLife(report: ReconcileReport, request: LifeRequest): Promise<LivingReport> {
  const { job, target, spoken, period: asked } = request
  const view = { ...target, level: report.level, basis: report.basis }
  const noteOn = createNotes(spoken.notes, view)
  const met = [...report.periods].flatMap(([period, { lines }]) => (lines.length > 0 ? [period] : []))
  const periods = new Map<string, LivingPeriod>()
  const hashes = new Map<string, ReportHash>()
  for (const period of [...new Set([...met, ...(asked === null ? [] : [asked])])].sort()) {
    const { lines, summary } = report.periods.get(period) ?? NO_LINES
    const living = await aged(lines, period, report, request, noteOn)
    hashes.set(period, hashOf(living, settingsOf(job, target, period, report)))
    periods.set(period, { lines: living, summary: { ...summary, explained: explainedOf(living) } })
  }
  const lines = joinLines([...periods.values()].map((one) => one.lines))
  const signoffs = [...hashes].flatMap(([period, now]) => signOffsOf(spoken.signoffs, period, view, now))
  return { ...report, lines, periods, summary: { ...report.summary, explained: explainedOf(lines) }, signoffs, hashes }
}

/** How many breaks somebody has explained. */
function explainedOf({ unequal }: Lines<LivingVariance>): number {
  return unequal.filter(({ note }) => note?.state === 'explains').length
}

/** Breaks that nobody has explained. */
export function openBreaks(lines: readonly LivingVariance[]): readonly LivingVariance[] {
  return lines.filter((line) => isBreak(line) && line.note?.state !== 'explains')
}

async function aged(
  lines: Lines<PeriodVariance>,
  period: string,
  report: ReconcileReport,
  { job, target, breaks, clock, warn }: LifeRequest,
  noteOn: ReturnType<typeof createNotes>,
): Promise<Lines<LivingVariance>> {
  const now = isoTime(clock)
  const scope = breakScopeOf(job, target, report, report.from)
  const before = await periodBefore(scope)
  const [here, carried] = [await known(scope, period), before === undefined ? null : await known(scope, before)]
  const open = agedBreaks(lines.unequal, { here: here?.breaks ?? [], carried: carried?.breaks ?? [] }, period, now)
  // A run of long ago tells nothing of what is open now.
  if (report.from !== 'run' || here === null || here.asOf <= report.asOf) {
    const fault = await breaks.write(scope, period, { asOf: report.asOf, breaks: open })
    if (fault !== null) warn(`the ages of breaks are not kept: ${fault}`)
  }
  const byKey = new Map(open.map((one) => [foldKey(one.key), one]))
  return mapLines(lines, (line) => {
    const key = breakKeyOf(line)
    if (line.verdict === 'equal') return Object.assign(line, { key, since: null, firstPeriod: null, note: null })
    const { since = null, firstPeriod = null } = byKey.get(foldKey(key)) ?? {}
    const ageDays = since === null ? null : daysBetween(since, now)
    return { ...line, key, ageDays, since, firstPeriod, note: since === null ? null : noteOn(line, period) }
  })

  async function periodBefore(of: BreakScope): Promise<string | undefined> {
    const periods = await breaks.periods(of)
    if (typeof periods !== 'string') return periods.filter((one) => one < period).at(-1)
    warn(`no age is carried into ${period} from the period before: ${periods}`)
    return undefined
  }

  async function known(of: BreakScope, when: string): Promise<Kept | null> {
    const kept = await breaks.read(of, when)
    if (typeof kept !== 'string') return kept
    warn(`the ages of breaks of ${when} begin anew: ${kept}`)
    return null
  }
}

export function breakScopeOf(
  job: Job,
  { tenant, domain, entity }: Target,
  { level, basis }: Pick<ReconcileReport, 'level' | 'basis'>,
  from: ReconcileReport['from'],
): BreakScope {
  const source = from === 'references' ? ('references' as const) : ('looker' as const)
  return { tenant, domain, entity, job: job.name, level, basis, source }
}

/** All that decides what the lines are and how they are judged; where the figures were taken from changes nothing of them. */
function settingsOf(job: Job, { tenant, domain, entity }: Target, period: string, report: ReconcileReport) {
  const { tolerance, overrides, figure, name } = job
  const { level, basis, cumulative, measures } = report
  return {
    job: name,
    period,
    tenant,
    domain,
    entity,
    level,
    basis,
    cumulative,
    measures,
    tolerance,
    overrides,
    sign: figure.sign,
  }
}
