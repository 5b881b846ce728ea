import { rangesOf, type Cron } from './cron.js'

/**
 * The values of OnCalendar= that together start when the cron expression does. systemd wants day and weekday both to fit where
 * cron is content with either, so that case is two lines. (systemd.time(7), crontab(5))
 */
export function onCalendar(cron: Cron, zone: string | null): readonly string[] {
  const days = dateText(cron.months, cron.days)
  const weekdays = weekdayText(cron.weekdays)
  const time = `${part(cron.hours, 24)}:${part(cron.minutes, 60)}:00`
  const tail = zone === null ? time : `${time} ${zone}`
  if (!cron.isEither) return [`${weekdays}${days} ${tail}`]
  return [`${dateText(cron.months, cron.days)} ${tail}`, `${weekdays}${dateText(cron.months, [])} ${tail}`]
}

function dateText(months: readonly number[], days: readonly number[]): string {
  return `*-${part(months, 12)}-${days.length === 0 ? '*' : part(days, 31)}`
}

function part(values: readonly number[], all: number): string {
  return values.length === all ? '*' : rangesOf(values, '..', (value) => String(value).padStart(2, '0'))
}

const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function weekdayText(weekdays: readonly number[]): string {
  // systemd's week begins on Monday: a range must not run over its end.
  const fromMonday = weekdays.map((day) => (day + 6) % 7).sort((a, b) => a - b)
  return weekdays.length === 7 ? '' : `${rangesOf(fromMonday, '..', (day) => NAMES[(day + 1) % 7] ?? '')} `
}

/** What is to be said of months too short for the days of the cron expression: no scheduler makes up for those. Null: nothing. */
export function shortMonths({ days, months, isEither }: Cron): string | null {
  // Where a weekday starts it as well, no month goes by without a run.
  if (isEither) return null
  const first = Math.min(...days)
  const without = months.filter((month) => (DAYS_OF[month - 1] ?? 31) < first)
  const names = without.map((month) => (month === 2 && first === 29 ? 'February but in leap years' : MONTHS[month - 1]))
  return names.length === 0 ? null : `a month without a day ${first} is skipped: no run in ${names.join(', ')}`
}

const DAYS_OF = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]

/** One start of launchd: what is absent is any. (launchd.plist(5), StartCalendarInterval) */
export type Interval = Readonly<Partial<Record<'Minute' | 'Hour' | 'Day' | 'Month' | 'Weekday', number>>>

/** The cron expression as single starts, for schedulers that know no lists. */
export function intervals(cron: Cron): readonly Interval[] {
  const { minutes, hours, days, months, weekdays, isEither } = cron
  const times = crossed(choices('Minute', minutes, 60), choices('Hour', hours, 24), choices('Month', months, 12))
  const onDays = choices('Day', days, 31)
  const onWeekdays = choices('Weekday', weekdays, 7)
  return isEither ? [...crossed(times, onDays), ...crossed(times, onWeekdays)] : crossed(times, onDays, onWeekdays)
}

function choices(name: keyof Interval, values: readonly number[], all: number): readonly Interval[] {
  return values.length === all ? [{}] : values.map((value) => ({ [name]: value }))
}

function crossed(...lists: readonly (readonly Interval[])[]): readonly Interval[] {
  return lists.reduce((all, list) => all.flatMap((one) => list.map((other) => ({ ...one, ...other }))), [{}])
}
