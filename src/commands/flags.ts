import { CATALOGUE, MlcError, namedCode, type ErrorCode } from '../errors.js'
import { didYouMean } from '../model/nearest.js'
import type { CalendarPeriod, Period } from '../model/period.js'
import { isTimeZone, timeZoneMeant } from '../model/time-zone.js'
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

/** An age such as 26h, 90m or 2d, in milliseconds. @throws MLC-C006 */
export function ageFlag(name: string, text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  if (match && unit !== undefined) return Number(match[1]) * unit
  throw new MlcError('MLC-C006', `${name} is ${JSON.stringify(text)}`, { fix: `Write ${name} 26h, 90m or 2d.` })
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time (ISO 8601, UTC where it names no zone) or an age before now, in milliseconds since 1970. @throws MLC-C006 */
export function sinceFlag(name: string, text: string, nowMs: number): number {
  if (/^\d+[smhd]$/.test(text)) return nowMs - ageFlag(name, text)
  const time = /^\d{4}-\d\d-\d\d$/.test(text)
    ? `${text}T00:00:00Z`
    : /(Z|[+-]\d\d:\d\d)$/.test(text)
      ? text
      : `${text}Z`
  const ms = Date.parse(time)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(ms)) return ms
  throw new MlcError('MLC-C006', `${name} is ${JSON.stringify(text)}`, {
    fix: `Write ${name} 2026-08-03, 2026-08-03T06:00 or an age such as 26h.`,
  })
}

/** A time zone by its name; null for none. @param name where it stands @throws MLC-C006 for one that nobody knows */
export function zoneFlag(name: string, zone: string | null | undefined): string | null {
  if (zone === undefined || zone === null || isTimeZone(zone)) return zone ?? null
  throw new MlcError('MLC-C006', `${name} is ${JSON.stringify(zone)}, not a time zone${timeZoneMeant(zone)}`, {
    fix: 'Write a name of the IANA time zone database, such as America/Detroit or UTC.',
  })
}

/** An error code, also without its `MLC-`. @throws MLC-C006 for one that mlc does not have, naming the nearest */
export function codeFlag(text: string): ErrorCode {
  const code = namedCode(text)
  if (code !== null) return code
  throw new MlcError('MLC-C006', `--code is ${JSON.stringify(text)}${didYouMean(text, Object.keys(CATALOGUE))}`, {
    fix: 'Write --code MLC-Q021, as mlc status and mlc replay --dry-run show it.',
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

/** As `formatFlag`, but where none is asked for, the ending of the file that the output goes to says it. @throws MLC-C006 */
export function fileFormatFlag<F extends string>(flags: CommonFlags, offered: readonly F[]): F {
  const ending = /\.(\w+)$/.exec(flags.output ?? '')?.[1]?.toLowerCase() ?? ''
  const meant = offered.find((format) => format === (ENDINGS[ending] ?? ending))
  return formatFlag(flags.json || meant === undefined ? flags : { format: meant, ...flags }, offered)
}

/** Endings that are not the format's own name. */
const ENDINGS: Readonly<Record<string, string>> = { jsonl: 'ndjson', htm: 'html' }

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

/** Rows are told apart by the names of their fields. @throws MLC-C006 */
export function refuseTwice(fields: readonly string[], where: string): void {
  const twice = fields.find((field, at) => fields.indexOf(field) < at)
  if (twice === undefined) return
  throw new MlcError('MLC-C006', `${where} names ${twice} twice`, { fix: 'Name each field once.' })
}
