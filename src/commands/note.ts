import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { foldKey, viewOf, type OpenBreak } from '../model/break.js'
import { didYouMean } from '../model/nearest.js'
import { formatPeriod, parsePeriod } from '../model/period.js'
import type { Job } from '../model/job.js'
import { breakScopeOf, type Breaks, type BreakScope } from '../pipeline/breaks.js'
import { howOf, type How, type HowFlags } from '../pipeline/reconcile/how.js'
import { groupDigits } from '../terminal/amount.js'
import { visibleLine } from '../terminal/sanitise.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { onlyJob } from './run.js'

export interface NoteFlags extends HowFlags, CommonFlags {
  readonly job?: string
  readonly period?: string
  readonly until?: string
  readonly from?: 'looker' | 'references'
}

/** `mlc note KEY TEXT`: what explains a break, for the amount that it had when its period was last reconciled. */
export async function runNote(typed: string, text: string, flags: NoteFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const job = await context.job(await onlyJob(flags.job, context))
  const how = howOf(job, flags)
  const said = saidIn(text)
  const { scope, period, found } = await findBreak(typed, job, how, flags, context)
  const { key, variance } = found
  const until = untilIn(flags.until, period)
  const note = { job: job.name, key, period, until, level: how.level, basis: how.basis, variance, text: said }
  if (flags.dryRun) context.terminal.note('Dry run: nothing was recorded.')
  else {
    const ports = await context.open('note', job.name)
    const { job: name, key, ...rest } = note
    const data = { ...rest, ...viewOf(scope) }
    await ports.journal.append({ event: 'note.added', run: null, job: name, key, data })
  }
  const line = { schema: 'mlc/note/1', recorded: flags.dryRun !== true, ...note, by: context.user() }
  const shown = `${key}  ${groupDigits(variance)} in ${period}${until === null ? '' : ` until ${until}`}: ${said}`
  await context.data(flags, format === 'json' ? `${JSON.stringify(line)}\n` : `${visibleLine(shown)}\n`)
  return 0
}

const MOST_CHARACTERS = 500

/** @throws MLC-C006 */
function saidIn(text: string): string {
  const said = text.trim().replace(/\s+/g, ' ')
  const fix = 'Write in a sentence what explains the break; keep the papers elsewhere and name them.'
  if (said === '') throw new MlcError('MLC-C006', 'the note has no text', { fix })
  if (said.length <= MOST_CHARACTERS) return said
  throw new MlcError('MLC-C006', `the note has ${said.length} characters, more than ${MOST_CHARACTERS}`, { fix })
}

/** @throws MLC-C006 for what is no period, or one before the note's own */
function untilIn(flag: string | undefined, period: string): string | null {
  if (flag === undefined) return null
  const until = parsePeriod(flag)
  if (until !== null && until.period > MOST_PERIODS)
    throw new MlcError('MLC-C006', `--until is ${flag}, and no fiscal year has ${until.period} periods`, { fix: UNTIL })
  if (until !== null && period <= formatPeriod(until)) return formatPeriod(until)
  const found = until === null ? JSON.stringify(flag) : `${flag}, before the period ${period} of the break`
  throw new MlcError('MLC-C006', `--until is ${found}`, { fix: UNTIL })
}

const UNTIL = 'Write --until YYYY-PP, such as 2026-09.'

/** As many as weeks: no calendar is finer, and QAD is not asked for a note. */
const MOST_PERIODS = 53

/** The break meant, in the period named or the newest that was reconciled. @throws MLC-C006, MLC-C021 */
async function findBreak(
  typed: string,
  job: Job,
  how: How,
  flags: NoteFlags,
  context: Context,
): Promise<{ readonly scope: BreakScope; readonly period: string; readonly found: OpenBreak }> {
  const { target } = await context.settings()
  const { breaks } = await context.past()
  const scope = breakScopeOf(job, target, how, flags.from ?? 'looker')
  const named = await context.period(flags.period)
  const period = named ? formatPeriod(named) : await newestPeriod(breaks, scope)
  const kept = period === null ? null : await breaks.read(scope, period)
  const view = `by ${how.level}, ${how.basis}`
  if (period === null || kept === null)
    throw new MlcError('MLC-C021', `${job.name} ${period ?? ''} was not reconciled (${view})`.replace('  ', ' '))
  if (typeof kept === 'string') throw new MlcError('MLC-C021', kept)
  return { scope, period, found: meantOf(typed, kept.breaks, `${job.name} ${period} (${view})`) }
}

async function newestPeriod(breaks: Breaks, scope: BreakScope): Promise<string | null> {
  const periods = await breaks.periods(scope)
  if (typeof periods === 'string') throw new MlcError('MLC-C021', periods)
  return periods.at(-1) ?? null
}

/** A whole key, or the beginning of one. @throws MLC-C006 naming the choices, MLC-C021 */
function meantOf(typed: string, breaks: readonly OpenBreak[], where: string): OpenBreak {
  const start = foldKey(typed)
  const fitting = breaks.filter(({ key }) => foldKey(key).startsWith(start))
  const found = fitting.find(({ key }) => foldKey(key) === start) ?? fitting[0]
  const said = JSON.stringify(typed.slice(0, 80))
  if (found === undefined || start === '') {
    const depth = typed.split('/').length
    const alike = breaks.map(({ key }) => key.split('/').slice(0, depth).join('/'))
    throw new MlcError('MLC-C021', `${where} has no open break ${said}${didYouMean(typed, alike)}`)
  }
  if (fitting.length === 1 || foldKey(found.key) === start) return found
  const choices = fitting.slice(0, MOST_CHOICES).map(({ key }) => key)
  const more = fitting.length > choices.length ? ` and ${fitting.length - choices.length} more` : ''
  throw new MlcError('MLC-C006', `${said} fits ${fitting.length} breaks: ${choices.join(', ')}${more}`, {
    fix: 'Write as much of the key as tells them apart.',
  })
}

const MOST_CHOICES = 10
