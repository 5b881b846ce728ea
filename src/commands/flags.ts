import { MlcError } from '../errors.js'
import type { CalendarPeriod, Period } from '../model/period.js'
import { parsePeriod, periodOfDate, previousPeriod } from '../model/period.js'

/** The flags that mean the same on every command (CLI contract, section 1). */
export interface CommonFlags {
  readonly config?: string
  readonly json?: boolean
  readonly format?: string
  readonly output?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  /** commander's form of --no-input */
  readonly input?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly debug?: boolean
  /** commander's form of --no-color */
  readonly color?: boolean
  readonly timeout?: string
  readonly lockTimeout?: string
  readonly reason?: string
}

/** A whole number of seconds as milliseconds. @throws MLC-C006 */
export function secondsFlag(name: string, value: string | undefined): number | null {
  if (value === undefined) return null
  if (/^\d{1,7}(\.\d{1,3})?$/.test(value)) return Math.round(parseFloat(value) * 1000)
  throw new MlcError('MLC-C006', `${name} is ${JSON.stringify(value)}, not a number of seconds`, {
    fix: `Write ${name} 60.`,
  })
}

/** The format asked for, `--json` included. @throws MLC-C006 when this command does not have it */
export function formatFlag<F extends string>(flags: CommonFlags, offered: readonly F[]): F {
  const asked = flags.json ? 'json' : (flags.format ?? offered[0] ?? '')
  const found = offered.find((format) => format === asked)
  if (found !== undefined && !(flags.json && flags.format !== undefined && flags.format !== 'json')) return found
  const message =
    flags.json && flags.format !== undefined
      ? `--json and --format ${flags.format} exclude each other`
      : `--format ${asked} is not offered here`
  throw new MlcError('MLC-C006', message, { fix: `Use one of --format ${offered.join('|')}.` })
}

/**
 * Reads `YYYY-PP`, `current` or `previous`; null when the flag is absent.
 * @param calendar QAD's calendar, asked only when the word needs it
 */
export async function periodFlag(
  value: string | undefined,
  today: string,
  calendar: () => Promise<readonly CalendarPeriod[]>,
): Promise<Period | null> {
  if (value === undefined) return null
  if (value !== 'current' && value !== 'previous') {
    const period = parsePeriod(value)
    if (period) return period
    throw new MlcError('MLC-C006', `--period is ${JSON.stringify(value)}`, {
      fix: 'Write --period YYYY-PP (such as 2026-03), current or previous.',
    })
  }
  const periods = await calendar()
  const current = periodOfDate(today, periods)
  const period = current && value === 'previous' ? previousPeriod(current, periods) : current
  if (period) return period
  throw new MlcError('MLC-Q032', `the calendar of QAD has no ${value} period for ${today}`)
}
