import { MlcError } from '../errors.js'

/** When a run starts: the five fields of cron, of which every scheduler here understands the text; see wantsBoth. */
export interface Cron {
  /** Five fields in digits, as Vixie cron, Kubernetes and GitHub read them alike: no names, no 7 for Sunday. */
  readonly text: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  readonly months: readonly number[]
  /** 0 is Sunday. */
  readonly weekdays: readonly number[]
  /** Day and weekday are both given: cron starts when either fits. Where one of them begins with `*`, both have to. */
  readonly isEither: boolean
}

/** @throws MLC-C006 with the field that is wrong */
export function parseCron(text: string): Cron {
  const written = SHORTHANDS.get(text.trim().toLowerCase()) ?? text.trim()
  const parts = written.split(/\s+/)
  if (parts.length !== FIELDS.length) throw unfit(text, `it has ${parts.length} fields, not ${FIELDS.length}`)
  const fields = FIELDS.map((field, at) => readField(field, parts[at] ?? '', text))
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = fields
  const [, , dayText = '', , weekdayText = ''] = parts
  const isEither = !dayText.startsWith('*') && !weekdayText.startsWith('*')
  const isNever = !isEither && months.every((month) => days.every((day) => day > (LONGEST[month - 1] ?? 0)))
  if (isNever) throw unfit(text, 'no year has such a day')
  const canonical = fields.map((values, at) => fieldText(parts[at] ?? '', values))
  return { text: canonical.join(' '), minutes, hours, days, months, weekdays, isEither }
}

/** True for a day such as star-slash-two beside a weekday: cron wants both to fit, other schedulers are content with either. */
export function wantsBoth({ days, weekdays, isEither }: Cron): boolean {
  return !isEither && days.length < 31 && weekdays.length < 7
}

/** `06:15`, `weekdays 06:15`, `mon,thu 06:15`, `day 3 06:15` as cron. @throws MLC-C006 */
export function cronOfWords(words: string): Cron {
  const match = /^(?:(.+?) +(?:at +)?)?([01]?\d|2[0-3]):([0-5]\d)$/i.exec(words.trim())
  const fields = match && daysOfWords((match[1] ?? 'daily').toLowerCase())
  if (!match || !fields)
    throw new MlcError('MLC-C006', `--at is ${JSON.stringify(words)}`, {
      fix: 'Write --at 06:15, "weekdays 06:15", "mon,thu 06:15" or "day 3 06:15"; anything else with --cron.',
    })
  return parseCron(`${Number(match[3])} ${Number(match[2])} ${fields}`)
}

function daysOfWords(words: string): string | null {
  if (/^(?:daily|every day)$/.test(words)) return '* * *'
  if (/^weekdays?$/.test(words)) return '* * 1-5'
  const day = /^(?:day |the )?([1-9]|[12]\d|3[01])(?:st|nd|rd|th)?$/.exec(words)
  if (day) return `${day[1] ?? ''} * *`
  const names = words.replace(/[a-z]{4,}/g, (name) => name.slice(0, 3))
  return /^[a-z]{3}(?:[,-] ?[a-z]{3})*$/.test(names) ? `* * ${names.replaceAll(' ', '')}` : null
}

interface FieldRule {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const FIELDS: readonly FieldRule[] = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day of the month', from: 1, to: 31, names: [] },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  // 7 is Sunday to cron alone.
  { name: 'day of the week', from: 0, to: 7, names: WEEKDAYS },
]

const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])

function readField(rule: FieldRule, part: string, whole: string): readonly number[] {
  const found = part.split(',').flatMap((one) => readRange(rule, one, whole))
  const isWeekday = rule.to === 7
  return [...new Set(isWeekday ? found.map((value) => value % 7) : found)].sort((a, b) => a - b)
}

function readRange(rule: FieldRule, part: string, whole: string): readonly number[] {
  const match = /^(?:\*|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d{1,2}))?$/i.exec(part)
  const wrong = () => unfit(whole, `${JSON.stringify(part)} is no ${rule.name} (${rule.from} to ${rule.to})`)
  if (!match) throw wrong()
  const [, first, last, step] = match
  if (first !== undefined && last === undefined && step !== undefined) throw wrong()
  const from = first === undefined ? rule.from : valueOf(rule, first)
  const end = first === undefined ? Math.min(rule.to, rule.from + COUNTS[rule.to === 7 ? 'week' : 'other']) : from
  const named = last === undefined ? end : valueOf(rule, last)
  // A week may be written as fri-sun.
  const to = rule.to === 7 && last !== undefined && named === 0 && from !== 0 ? 7 : named
  const by = Number(step ?? 1)
  if (from === null || to === null || to < from || by < 1) throw wrong()
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, at) => from + at * by)
}

/** A star of weekdays is Sunday to Saturday, not Sunday twice. */
const COUNTS = { week: 6, other: 99 }

function valueOf({ from, to, names }: FieldRule, text: string): number | null {
  const named = names.indexOf(text.toLowerCase())
  const value = named >= 0 ? named + from : /^\d{1,2}$/.test(text) ? Number(text) : -1
  return value >= from && value <= to ? value : null
}

/** What begins with a star stays as it is: to cron it says more than its values. */
function fieldText(part: string, values: readonly number[]): string {
  return part.startsWith('*') ? part : rangesOf(values, '-')
}

/** `1-5,7`: neighbours joined. */
export function rangesOf(values: readonly number[], joint: string, text: (value: number) => string = String): string {
  const runs: [number, number][] = []
  for (const value of values) {
    const last = runs.at(-1)
    if (last && value === last[1] + 1) last[1] = value
    else runs.push([value, value])
  }
  return runs
    .map(([from, to]) => (from === to ? text(from) : `${text(from)}${to === from + 1 ? ',' : joint}${text(to)}`))
    .join(',')
}

function unfit(text: string, why: string): MlcError {
  return new MlcError('MLC-C006', `--cron is ${JSON.stringify(text)}: ${why}`, {
    fix: 'Write five fields, minute hour day month weekday, such as --cron "15 6 * * 1-5".',
  })
}
