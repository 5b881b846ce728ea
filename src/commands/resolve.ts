import { requireKnown } from '../audit/names.js'
import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import { formatPeriod } from '../model/period.js'
import { findDoubt, resolveDoubt, type Doubt, type Resolution } from '../pipeline/resolve.js'
import { groupDigits } from '../terminal/amount.js'
import { formatFlag, type CommonFlags } from './flags.js'

export interface ResolveFlags extends CommonFlags {
  readonly posted?: boolean
  readonly notPosted?: boolean
}

/** `mlc resolve KEY --posted|--not-posted --reason TEXT`: a person settles what QAD cannot be asked about. */
export async function runResolve(key: string, flags: ResolveFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const resolution = resolutionOf(flags)
  if ((flags.reason ?? '').trim() === '')
    throw new MlcError('MLC-C006', 'mlc resolve needs a reason for the audit', {
      fix: 'Add --reason "what was found".',
    })
  if (!flags.dryRun) context.mayPost()
  const ports = await context.open('resolve', '')
  const { target } = await context.settings()
  const named = key.trim().toUpperCase()
  requireKnown({ key: named }, await ports.history.names())
  const doubt = await findDoubt(named, target, ports)
  show(doubt, resolution, context)
  if (flags.dryRun) {
    context.terminal.note('Dry run: nothing was recorded.')
    return 0
  }
  const question = `Record that QAD ${resolution === 'posted' ? 'holds' : 'does not hold'} it?`
  if (!flags.yes && !(await context.prompts.confirm(question))) {
    context.terminal.note('Nothing was recorded.')
    return 0
  }
  await resolveDoubt(doubt, resolution, { ...ports, jobName: doubt.job ?? '' })
  const { reference } = doubt
  const line = { schema: 'mlc/resolve/1', key: reference.key, resolution, before: doubt.state, reason: flags.reason }
  if (format === 'json') await context.data(flags, `${JSON.stringify(line)}\n`)
  else await context.data(flags, `${reference.key}  ${resolution}, recorded in the audit\n`)
  context.terminal.note(
    resolution === 'posted'
      ? 'Next: mlc status'
      : `Next: mlc sync --job ${doubt.job ?? 'NAME'} --period ${formatPeriod(reference)}`,
  )
  return 0
}

function resolutionOf({ posted, notPosted }: ResolveFlags): Resolution {
  if (posted === notPosted || (posted && notPosted))
    throw new MlcError('MLC-C006', 'say what was found: --posted or --not-posted')
  return posted ? 'posted' : 'not-posted'
}

function show({ reference, state, run, held, isProven }: Doubt, resolution: Resolution, { terminal }: Context): void {
  const { key, account, costCentre, amount, currency, measure } = reference
  const place = costCentre === '' ? account : `${account}/${costCentre}`
  terminal.note(
    `${key}  ${place}  ${formatPeriod(reference)}  ${measure}  ${groupDigits(amount)} ${currency}  run ${run ?? '?'}`,
  )
  terminal.note(`It is ${IN_WORDS[state]}; QAD ${shows(held?.amount ?? null, isProven)}.`)
  if (held === null && isProven && resolution === 'posted')
    terminal.warn('QAD shows other references of that period, but not this one; it will not be sent again.')
}

const IN_WORDS: Readonly<Record<Doubt['state'], string>> = {
  open: 'in doubt',
  unknown: 'in doubt',
  conflict: 'in conflict',
  accepted: 'held by the word of a person',
}

function shows(amount: string | null, isProven: boolean): string {
  if (amount !== null) return `shows it with ${groupDigits(amount)}`
  return isProven ? 'does not show it' : 'shows nothing to go by'
}
