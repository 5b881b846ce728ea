import { MlcError } from '../errors.js'
import type { Context } from '../context.js'
import { shortMonths } from '../schedule/calendar.js'
import { cronOfWords, parseCron, wantsBoth, type Cron } from '../schedule/cron.js'
import type { ScheduledRun, Written } from '../schedule/run.js'
import { deliveryModeOf } from '../model/job.js'
import { chooseJobs } from './choose-jobs.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { install, uninstall } from './schedule/install.js'
import { alsoOfMachine, comparedWithInstalled, type ReadFile } from './schedule/machine-units.js'
import { withOwnName } from './schedule/own-name.js'
import { runLookerPlan } from './schedule/looker.js'
import { inOneText, printed, remarksOn, type As, type Printed } from './schedule/printed.js'

export interface ScheduleFlags extends CommonFlags {
  readonly job: readonly string[]
  readonly all?: boolean
  readonly as?: As
  readonly at?: string
  readonly cron?: string
  readonly period?: string
  readonly timezone?: string
  readonly mailto?: string
  readonly install?: boolean
  readonly uninstall?: boolean
  readonly look?: string
  readonly show?: boolean
  readonly runOnce?: boolean
  readonly remove?: boolean
}

/** `mlc schedule`: what a scheduler is to be told so that it runs `mlc sync`; printed, or put in place. */
export async function runSchedule(
  where: 'looker' | undefined,
  flags: ScheduleFlags,
  context: Context,
): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  refuseOthers(where, flags)
  if (where === 'looker') return runLookerPlan(flags, readCron(flags, where), format, context)
  const as = flags.as ?? 'crontab'
  const root = await repositoryFolder(context)
  const wanted = await scheduledRun(as, flags, context)
  const run = flags.install || flags.uninstall ? await withOwnName(as, wanted, root, context) : wanted
  const shown = printed(as, run, root)
  const { action, where: place, lines, files = null } = await actOn(as, run, shown, flags, context)
  const twice = as === 'systemd' && flags.install ? await alsoOfMachine(shown.files, await machineFiles(context)) : []
  const remarks = [shortMonths(run.cron) ?? [], remarksOn(as, run, flags.install ?? false), twice].flat()
  if (format === 'json') {
    const { jobs, period, cron, zone } = run
    const about = { as, jobs: jobs ?? 'all', period, cron: cron.text, timeZone: zone, action, where: place }
    const object = { schema: 'mlc/schedule/1', ...about, dryRun: flags.dryRun ?? false, files: files ?? shown.files }
    await context.data(flags, `${JSON.stringify({ ...object, remarks })}\n`)
  } else if (action === 'printed') await context.data(flags, shown.text)
  else if (flags.dryRun && files !== null) await context.data(flags, inOneText(files))
  for (const line of remarks) if (action !== 'removed') context.terminal.warn(line)
  for (const line of lines) context.terminal.note(line)
  return 0
}

/** Flags that say nothing here. */
function refuseOthers(where: 'looker' | undefined, flags: ScheduleFlags): void {
  const own: readonly (keyof ScheduleFlags)[] = ['as', 'period', 'mailto', 'install', 'uninstall', 'all']
  const looker: readonly (keyof ScheduleFlags)[] = ['look', 'show', 'runOnce', 'remove']
  const wrong = (where === 'looker' ? own : looker).find((name) => flags[name] !== undefined)
  const named = (name: string) => `--${name.replace('runOnce', 'run-once')}`
  if (wrong !== undefined)
    throw new MlcError('MLC-C006', `${named(wrong)} means nothing to mlc schedule${where ? ` ${where}` : ''}`, {
      fix: where === 'looker' ? 'Leave it out.' : 'Write mlc schedule looker, or leave it out.',
    })
  const both = [flags.install && flags.uninstall, flags.cron !== undefined && flags.at !== undefined]
  const several = [flags.show, flags.runOnce, flags.remove].filter(Boolean).length > 1
  if (both.includes(true) || several)
    throw new MlcError('MLC-C006', 'two of these flags exclude each other', {
      fix: 'Use one of --cron and --at; one of --install and --uninstall; one of --show, --run-once and --remove.',
    })
}

function readCron({ cron, at }: ScheduleFlags, where: As | 'looker'): Cron | null {
  if (at !== undefined) return cronOfWords(at)
  const read = cron === undefined ? null : parseCron(cron)
  if (read === null || where === 'crontab' || where === 'systemd' || !wantsBoth(read)) return read
  throw new MlcError(
    'MLC-C006',
    `--cron is "${read.text}": cron starts where day and weekday both fit, ${where} may not`,
    {
      fix: 'Give the day or the weekday; --as crontab and systemd can be told both.',
    },
  )
}

/** Every morning, before anybody looks at the figures. */
const USUAL = '15 6 * * *'

async function scheduledRun(as: As, flags: ScheduleFlags, context: Context): Promise<ScheduledRun> {
  const { period = 'current', timezone: zone = null, mailto: mailTo = null } = flags
  if (period !== 'current' && period !== 'previous')
    throw new MlcError('MLC-C006', `--period is ${JSON.stringify(period)}: a schedule goes on`, {
      fix: 'Write --period current or --period previous.',
    })
  if (mailTo !== null && (as !== 'crontab' || !/^[\w.+@,-]*$/.test(mailTo)))
    throw new MlcError('MLC-C006', `--mailto is ${JSON.stringify(mailTo)}`, {
      fix: 'Give cron a plain address; only cron mails.',
    })
  if (zone !== null && !hasZones(as, zone))
    throw new MlcError('MLC-C006', `--timezone ${zone} cannot be told to ${as}`, {
      fix: 'Use it with --as systemd or kubernetes and a name such as America/Detroit; others go by their own clock.',
    })
  const chosen = flags.all ? null : await chooseJobs(flags, context)
  const delivered = chosen?.find(({ source }) => deliveryModeOf(source) === 'payload')
  if (delivered !== undefined)
    throw new MlcError('MLC-C006', `job ${delivered.name} is fed by deliveries: there is nothing to start`, {
      fix: `Have Looker deliver it: mlc schedule looker --job ${delivered.name} --look ID.`,
    })
  const jobs = chosen && chosen.map(({ name }) => name)
  const place = await (await context.scheduling()).place()
  return { jobs, period, cron: readCron(flags, as) ?? parseCron(USUAL), zone, mailTo, tag: null, place }
}

function hasZones(as: As, zone: string): boolean {
  return (as === 'systemd' || as === 'kubernetes') && Intl.supportedValuesOf('timeZone').concat('UTC').includes(zone)
}

async function repositoryFolder(context: Context) {
  const { repository } = await context.scheduling()
  return repository.root()
}

interface Acted {
  readonly action: string
  readonly where: string | null
  readonly files?: readonly Written[]
  readonly lines: readonly string[]
}

async function actOn(
  as: As,
  run: ScheduledRun,
  shown: Printed,
  flags: ScheduleFlags,
  context: Context,
): Promise<Acted> {
  if (flags.install) return install(as, run, shown, flags, context)
  if (flags.uninstall) return uninstall(as, run, shown, flags, context)
  const installed = as === 'systemd' ? await comparedWithInstalled(shown.files, await machineFiles(context)) : []
  return { action: 'printed', where: null, lines: [...installed, ...shown.next] }
}

async function machineFiles(context: Context): Promise<ReadFile> {
  const { units } = await context.scheduling()
  return (path) => units.readOfMachine(path)
}
