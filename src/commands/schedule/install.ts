import { join } from 'node:path'
import { MlcError } from '../../errors.js'
import type { Context, Scheduling } from '../../context.js'
import { blockIn, withBlock, withoutBlock } from '../../schedule/crontab.js'
import { MADE_BY, nameOf, type ScheduledRun, type Written } from '../../schedule/run.js'
import { systemdUnits } from '../../schedule/systemd.js'
import type { CommonFlags } from '../flags.js'
import { systemSteps, type As, type Printed } from './printed.js'

export interface Installed {
  readonly action: 'created' | 'updated' | 'same' | 'removed' | 'none'
  /** The file or crontab that it is about. */
  readonly where: string
  /** What is put there, or would be by another run than a dry one. */
  readonly files?: readonly Written[]
  readonly lines: readonly string[]
}

/** Puts the schedule in place, or changes the one that is there. @throws MLC-C006, MLC-C009, MLC-C013, MLC-C050 */
export async function install(
  as: As,
  run: ScheduledRun,
  shown: Printed,
  flags: CommonFlags,
  context: Context,
): Promise<Installed> {
  const scheduling = await context.scheduling()
  if (as === 'crontab') return intoCrontab(run, scheduling, flags, context)
  if (as === 'systemd') return intoSystemd(run, scheduling, flags, context)
  if (as === 'github' || as === 'kubernetes') return intoRepository(await fileOf(shown, scheduling), flags, context)
  throw cannot(as, 'install')
}

/** Takes out what `install` put in place; it need not be there. @throws as install */
export async function uninstall(as: As, run: ScheduledRun, shown: Printed, flags: CommonFlags, context: Context) {
  const scheduling = await context.scheduling()
  if (as === 'crontab') return outOfCrontab(run, scheduling, flags, context)
  if (as === 'systemd') return outOfSystemd(run, scheduling, flags, context)
  if (as === 'github' || as === 'kubernetes') return outOfRepository(await fileOf(shown, scheduling), flags, context)
  throw cannot(as, 'uninstall')
}

function cannot(as: As, what: string): MlcError {
  return new MlcError('MLC-C006', `mlc does not ${what} for ${as}`, {
    fix: `Leave --${what} out, and do what is printed.`,
  })
}

async function intoCrontab(run: ScheduledRun, { crontab }: Scheduling, flags: CommonFlags, context: Context) {
  const before = await crontab.read()
  const after = withBlock(before, run)
  const where = `the crontab of ${run.place.user}`
  if (after === before) return done('same', where, flags)
  const action = withoutBlock(before, run) === null ? 'created' : 'updated'
  if (!(await mayChange(`Put mlc sync of ${nameOf(run)} into ${where}?`, flags, context))) return left(where)
  if (!flags.dryRun) await crontab.write(after)
  return { ...done(action, where, flags), files: [{ path: '', text: blockIn(after, run) }] }
}

async function outOfCrontab(run: ScheduledRun, { crontab }: Scheduling, flags: CommonFlags, context: Context) {
  const after = withoutBlock(await crontab.read(), run)
  const where = `the crontab of ${run.place.user}`
  if (after === null) return done('none', where, flags)
  if (!(await mayChange(`Take mlc sync of ${nameOf(run)} out of ${where}?`, flags, context))) return left(where)
  if (!flags.dryRun) await crontab.write(after)
  return done('removed', where, flags)
}

async function intoSystemd(run: ScheduledRun, { units }: Scheduling, flags: CommonFlags, context: Context) {
  await needSystemd(run, units)
  const wanted = systemdUnits(run, 'user')
  const found = await Promise.all(wanted.map(({ path }) => units.read(path)))
  const isThere = wanted.every(({ text }, at) => text === found[at])
  // One that was written and could not be started, or was stopped since, would never run.
  if (isThere && (await units.isStarted(wanted[1].path))) return done('same', units.folder, flags)
  const question = `Write ${wanted.map(({ path }) => path).join(' and ')} into ${units.folder} and start the timer?`
  if (!(await mayChange(question, flags, context))) return left(units.folder)
  if (!flags.dryRun) await units.install(wanted, wanted[1].path)
  const isNew = found.every((text) => text === null)
  const linger = `It runs while you are logged in; for always: loginctl enable-linger ${run.place.user}.`
  const { lines, ...rest } = done(isNew ? 'created' : 'updated', units.folder, flags)
  const files = wanted.map(({ path, text }) => ({ path: join(units.folder, path), text }))
  return { ...rest, files, lines: [...lines, linger] }
}

async function outOfSystemd(run: ScheduledRun, { units }: Scheduling, flags: CommonFlags, context: Context) {
  await needSystemd(run, units)
  const wanted = systemdUnits(run, 'user')
  const found = await Promise.all(wanted.map(({ path }) => units.read(path)))
  if (found.every((text) => text === null)) return done('none', units.folder, flags)
  const question = `Stop the timer and remove ${wanted.map(({ path }) => path).join(' and ')} from ${units.folder}?`
  if (!(await mayChange(question, flags, context))) return left(units.folder)
  if (!flags.dryRun) await units.remove(wanted, wanted[1].path)
  return done('removed', units.folder, flags)
}

async function needSystemd(run: ScheduledRun, units: Scheduling['units']): Promise<void> {
  const fault = await units.fault()
  if (fault === null) return
  throw new MlcError('MLC-C050', `the systemd of this user cannot be used: ${fault}`, {
    fix: `Save what mlc schedule --as systemd prints. ${systemSteps(run)}`,
  })
}

interface InRepository extends Written {
  readonly repository: Scheduling['repository']
  /** What is there; null: nothing. */
  readonly found: string | null
}

async function fileOf({ files: [file] }: Printed, { repository }: Scheduling): Promise<InRepository> {
  const { path, text } = file ?? { path: '', text: '' }
  return { path, text, repository, found: await repository.read(path) }
}

async function intoRepository({ path, text, repository, found }: InRepository, flags: CommonFlags, context: Context) {
  if (found === text) return done('same', path, flags)
  if (found !== null && !(await mayReplace(path, flags, context))) return left(path)
  if (!flags.dryRun) await repository.write(path, text)
  return { ...done(found === null ? 'created' : 'updated', path, flags), files: [{ path, text }] }
}

async function outOfRepository({ path, text, repository, found }: InRepository, flags: CommonFlags, context: Context) {
  if (found === null) return done('none', path, flags)
  if (!found.startsWith(`# ${MADE_BY}`))
    throw new MlcError('MLC-C050', `${path} was not made by mlc schedule`, { fix: 'Remove it by hand.' })
  if (found !== text && !(await mayReplace(path, flags, context))) return left(path)
  if (!flags.dryRun) await repository.remove(path)
  return done('removed', path, flags)
}

async function mayChange(question: string, flags: CommonFlags, context: Context): Promise<boolean> {
  if (flags.yes || flags.dryRun) return true
  context.mayPost()
  return context.prompts.confirm(question)
}

/** Somebody has changed it since, or it is another file of that name. */
async function mayReplace(path: string, flags: CommonFlags, context: Context): Promise<boolean> {
  if (flags.yes || flags.dryRun) return true
  if (context.prompts.canAsk) return context.prompts.confirm(`${path} is another one than mlc would write. Replace it?`)
  throw new MlcError('MLC-C013', `${path} is there, and is another one than mlc would write`, {
    fix: 'Look at it; --yes replaces it.',
  })
}

function left(where: string): Installed {
  return { action: 'none', where, lines: ['Nothing was changed.'] }
}

const WORDS: Readonly<Record<Installed['action'], string>> = {
  created: 'made',
  updated: 'changed',
  same: 'as it is wanted already',
  removed: 'taken out',
  none: 'not there',
}

function done(action: Installed['action'], where: string, { dryRun }: CommonFlags): Installed {
  const isChange = action !== 'same' && action !== 'none'
  const note = dryRun && isChange ? 'Dry run: would be ' : ''
  return { action, where, lines: [`${where}: ${note}${WORDS[action]}`] }
}
