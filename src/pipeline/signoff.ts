import type { Journal } from '../audit/event.js'
import { MlcError } from '../errors.js'
import { viewOf, type ReportHash, type Role } from '../model/break.js'
import { requireMaySign } from '../reconcile/breaks/signoffs.js'
import { openBreaks, type LivingReport, type Spoken } from './breaks.js'
import type { Target } from './map.js'

export interface SignRequest {
  readonly job: string
  readonly period: string
  readonly target: Pick<Target, 'tenant' | 'domain' | 'entity'>
  readonly role: Role
  readonly user: string
  /** Who signed in one role may not sign the same in the other. */
  readonly secondPerson: boolean
  /** Sign although breaks are open. */
  readonly withOpen: boolean
  readonly dryRun: boolean
  readonly spoken: Spoken
}

export interface Signed extends ReportHash {
  /** False: breaks are open, and nobody said that it may be signed with them. */
  readonly mayStand: boolean
  /** Whether it stands in the audit. */
  readonly signed: boolean
  /** Of the period alone: a report may hold others beside it. */
  readonly summary: LivingReport['summary']
  /** Breaks that nobody has explained. */
  readonly open: readonly { readonly key: string; readonly variance: string }[]
}

/**
 * Binds a person's word to what the report shows of one period.
 * @throws MLC-C022 for a period without a line, or a reviewer before the preparer; MLC-C023
 */
export async function signReport(report: LivingReport, request: SignRequest, journal: Journal): Promise<Signed> {
  const { job, period, target, role, user, secondPerson, withOpen, dryRun, spoken } = request
  const view = viewOf({ ...target, level: report.level, basis: report.basis })
  const { lines, summary } = report.periods.get(period) ?? {}
  const bound = report.hashes.get(period)
  if (bound === undefined || lines === undefined || summary === undefined || lines.length === 0)
    throw new MlcError('MLC-C022', `${job} ${period}: there is no line to sign`, {
      fix: 'Name a period that has figures or balances with --period YYYY-PP.',
    })
  const open = openBreaks(lines.unequal).map(({ key, variance }) => ({ key, variance }))
  const mayStand = open.length === 0 || withOpen
  if (mayStand) requireMaySign(spoken.signoffs, { ...view, ...bound, role, user, period, secondPerson })
  const signed = mayStand && !dryRun
  if (signed) {
    const { hash, figures } = bound
    const counts = { summary, open: open.length, openBreaks: open.slice(0, MOST_LISTED) }
    const data = { role, period, ...view, measures: report.measures, report: hash, figures, ...counts }
    await journal.append({ event: 'signoff', run: null, job, key: null, data })
  }
  return { ...bound, mayStand, signed, summary, open }
}

/** An audit line has its limits; the hash is of them all. */
const MOST_LISTED = 1000
