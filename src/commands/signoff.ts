import { spokenIn } from '../audit/spoken.js'
import type { Context } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import type { Role } from '../model/break.js'
import { counted } from '../model/counted.js'
import { signReport, type Signed } from '../pipeline/signoff.js'
import { groupDigits } from '../terminal/amount.js'
import { visibleLine } from '../terminal/sanitise.js'
import { formatFlag } from './flags.js'
import { summarise } from './reconcile-report.js'
import { reconciled, type ReconcileFlags } from './reconcile.js'
import { onlyJob } from './run.js'

export interface SignoffFlags extends ReconcileFlags {
  readonly role: Role
  readonly withOpen?: boolean
}

/** `mlc signoff`: exit 3, and nothing signed, while breaks are neither within tolerance nor explained. */
export async function runSignoff(flags: SignoffFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const noPeriod = new MlcError('MLC-C006', 'a sign-off is of one period', { fix: 'Add --period YYYY-PP.' })
  if (flags.period === undefined && flags.run === undefined) throw noPeriod
  // The lock first: what is signed must be what the audit has, until the line is written.
  const { journal } = await context.open('signoff', flags.run === undefined ? await onlyJob(flags.job, context) : '')
  const { job, report, period } = await reconciled(flags, context)
  if (period === null) throw noPeriod
  summarise(job, period, report, context)
  const { role, withOpen = false, dryRun = false } = flags
  const { target, signoff } = await context.settings()
  const spoken = await spokenIn(await context.auditFolder(), job.name)
  const user = context.user()
  const request = { job: job.name, period, target, role, user, ...signoff, withOpen, dryRun, spoken }
  const { mayStand, signed, summary, open, hash, figures } = await signReport(report, request, journal)
  const exitCode = mayStand ? EXIT.done : EXIT.variances
  if (format === 'json') {
    const head = { schema: 'mlc/signoff/1', exit_code: exitCode, signed, job: job.name, period, role, by: user }
    const whole = { ...head, hash, figures, summary, open }
    await context.data(flags, `${JSON.stringify(whole)}\n`)
  } else {
    const left = open.length === 0 ? '' : `, with ${counted(open.length, 'open break')}`
    const said = signed ? `signed by ${user} as ${role}${left}` : 'not signed'
    await context.data(flags, `${visibleLine(`${job.name} ${period}  ${said}  ${hash}`)}\n`)
  }
  if (!mayStand) sayOpen(open, context)
  else if (dryRun) context.terminal.note('Dry run: nothing was recorded.')
  return exitCode
}

const MOST_SHOWN = 20

function sayOpen(open: Signed['open'], { terminal }: Context): void {
  for (const { key, variance } of open.slice(0, MOST_SHOWN)) terminal.note(`  ${key}  ${groupDigits(variance)}`)
  if (open.length > MOST_SHOWN) terminal.note(`  … and ${open.length - MOST_SHOWN} more`)
  const breaks = counted(open.length, 'break is', 'breaks are')
  terminal.warn(`${breaks} open. Next: mlc note KEY "what explains it", or sign with --with-open`)
}
