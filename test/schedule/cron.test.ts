import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { intervals, onCalendar, shortMonths } from '../../src/schedule/calendar.js'
import { cronOfWords, parseCron } from '../../src/schedule/cron.js'
import { mustSkip } from './place.js'

const CASES: readonly (readonly [written: string, text: string, ...calendar: string[]])[] = [
  ['15 6 * * *', '15 6 * * *', '*-*-* 06:15:00'],
  ['15 6 * * 1-5', '15 6 * * 1-5', 'Mon..Fri *-*-* 06:15:00'],
  ['15 6 * * MON-FRI', '15 6 * * 1-5', 'Mon..Fri *-*-* 06:15:00'],
  ['0 7 * * fri-sun', '0 7 * * 0,5,6', 'Fri..Sun *-*-* 07:00:00'],
  ['0 7 * * 0-0', '0 7 * * 0', 'Sun *-*-* 07:00:00'],
  ['0 7 * * 7', '0 7 * * 0', 'Sun *-*-* 07:00:00'],
  ['*/15 * * * *', '*/15 * * * *', '*-*-* *:00,15,30,45:00'],
  ['5 0-23 * * *', '5 0-23 * * *', '*-*-* *:05:00'],
  ['0 6,18 1 * *', '0 6,18 1 * *', '*-*-01 06,18:00:00'],
  ['30 4 1-5 jan,apr,jul,oct *', '30 4 1-5 1,4,7,10 *', '*-01,04,07,10-01..05 04:30:00'],
  // cron is content with either, systemd wants both: two lines.
  ['0 8 1,15 * 1', '0 8 1,15 * 1', '*-*-01,15 08:00:00', 'Mon *-*-* 08:00:00'],
  // A day that begins with a star makes cron want both.
  ['0 8 */2 * 1', '0 8 */2 * 1', 'Mon *-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 08:00:00'],
  ['@monthly', '0 0 1 * *', '*-*-01 00:00:00'],
  ['  @Daily ', '0 0 * * *', '*-*-* 00:00:00'],
]

test.each(CASES)('cron %s is %s', (written, text, ...calendar) => {
  const cron = parseCron(written)
  expect(cron.text).toBe(text)
  expect(onCalendar(cron, null)).toEqual(calendar)
  expect(onCalendar(cron, 'America/Detroit')).toEqual(calendar.map((line) => `${line} America/Detroit`))
  // What is printed is read as the same again.
  expect(parseCron(text)).toEqual(cron)
})

test.each([
  ['15 6 31 * *', 'a month without a day 31 is skipped: no run in February, April, June, September, November'],
  ['15 6 30 1-3 *', 'a month without a day 30 is skipped: no run in February'],
  ['15 6 29 * *', 'a month without a day 29 is skipped: no run in February but in leap years'],
  ['15 6 28 * *', null],
  ['15 6 28-31 * *', null],
  ['15 6 31 1,3,5 *', null],
  ['15 6 31 * 1', null],
  ['15 6 * * *', null],
])('of cron %s is said: %s', (text, said) => {
  expect(shortMonths(parseCron(text))).toBe(said)
})

test.each([
  ['15 6 * *', 'it has 4 fields'],
  ['15 6 * * * root', 'it has 6 fields'],
  ['', 'it has 1 fields'],
  ['60 6 * * *', '"60" is no minute (0 to 59)'],
  ['15 24 * * *', '"24" is no hour'],
  ['15 6 0 * *', '"0" is no day of the month'],
  ['15 6 * 13 *', '"13" is no month'],
  ['15 6 * * 8', '"8" is no day of the week'],
  ['15 6 * * monday', '"monday" is no day of the week'],
  ['15 6 5-2 * *', '"5-2" is no day of the month'],
  ['*/0 * * * *', '"*/0" is no minute'],
  ['5/10 * * * *', '"5/10" is no minute'],
  ['15 6 31 2 *', 'no year has such a day'],
  ['15 6 31 4,6 *', 'no year has such a day'],
  ['@reboot', 'it has 1 fields'],
  ['15 6 * * *\n* * * * * rm -rf /', 'it has'],
])('cron %j is refused: %s', (written, why) => {
  expect(() => parseCron(written)).toThrow(expect.objectContaining({ code: 'MLC-C006' }))
  expect(() => parseCron(written)).toThrow(why)
})

test.each([
  ['06:15', '15 6 * * *'],
  ['daily at 6:15', '15 6 * * *'],
  ['weekdays 18:00', '0 18 * * 1-5'],
  ['mon,thu 06:15', '15 6 * * 1,4'],
  ['Monday 06:15', '15 6 * * 1'],
  ['mon-fri 06:15', '15 6 * * 1-5'],
  ['day 3 06:15', '15 6 3 * *'],
  ['the 1st at 00:05', '5 0 1 * *'],
])('--at %s is %s', (words, text) => {
  expect(cronOfWords(words).text).toBe(text)
})

test.each(['6', '25:00', '06:60', 'never 06:15', 'day 32 06:15', 'mon, 06:15', ''])('--at %j is refused', (words) => {
  expect(() => cronOfWords(words)).toThrow(expect.objectContaining({ code: 'MLC-C006' }))
})

const field = (from: number, to: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
    fc
      .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  )
const crons = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
  .map((fields) => fields.join(' '))

/** As crontab(5) has it, field by field. */
function fires(text: string, at: Date): boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = text.split(' ')
  const fits = (part: string, value: number, from: number): boolean =>
    part.split(',').some((one) => {
      const [range = '', step = '1'] = one.split('/')
      const [low, high] = range === '*' ? [from, 99] : range.split('-').map(Number)
      const ends = high ?? low ?? 0
      return value >= (low ?? 0) && value <= ends && (value - (low ?? 0)) % Number(step) === 0
    })
  const onDay = fits(day, at.getUTCDate(), 1)
  const onWeekday =
    fits(weekday, at.getUTCDay(), 0) ||
    (weekday !== '*' && !weekday.startsWith('*') && fits(weekday, at.getUTCDay() + 7, 0))
  const isEither = !day.startsWith('*') && !weekday.startsWith('*')
  const date = isEither ? onDay || onWeekday : onDay && onWeekday
  return (
    fits(minute, at.getUTCMinutes(), 0) &&
    fits(hour, at.getUTCHours(), 0) &&
    fits(month, at.getUTCMonth() + 1, 1) &&
    date
  )
}

test('launchd is told the very minutes at which cron starts', () => {
  const minutes = fc.integer({ min: 0, max: 525_599 }).map((minute) => new Date(Date.UTC(2027, 0, 1, 0, minute)))
  fc.assert(
    fc.property(crons, fc.array(minutes, { minLength: 20, maxLength: 20 }), (text, times) => {
      const all = intervals(parseCron(text))
      for (const at of times) {
        const parts = { Minute: at.getUTCMinutes(), Hour: at.getUTCHours(), Day: at.getUTCDate() }
        const now = { ...parts, Month: at.getUTCMonth() + 1, Weekday: at.getUTCDay() }
        const isStart = all.some((one) =>
          Object.entries(one).every(([name, value]) => now[name as keyof typeof now] === value),
        )
        expect([text, at, isStart]).toEqual([text, at, fires(text, at)])
      }
    }),
    { numRuns: 100 },
  )
})

describe.skipIf(mustSkip('systemd-analyze'))('systemd', () => {
  test('takes every OnCalendar, and starts when cron does', () => {
    const texts = fc.sample(crons, { numRuns: 60, seed: 7 }).filter((text) => parseCron(text).minutes.length < 60)
    const lines = texts.flatMap((text) => onCalendar(parseCron(text), 'UTC'))
    const base = ['--base-time', '2027-01-01 00:00:00 UTC', '--iterations', '3']
    const asked = spawnSync('systemd-analyze', ['calendar', ...base, ...lines], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    })
    expect([asked.status, asked.stderr]).toEqual([0, ''])
    const answers = asked.stdout.split('\n\n')
    expect(answers.length).toBe(lines.length)
    const owners = texts.flatMap((text) => onCalendar(parseCron(text), 'UTC').map(() => text))
    const starts = answers.flatMap((answer, at) =>
      [...answer.matchAll(/(?:elapse|Iter\. #\d+): \w+ (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/g)].map(
        ([, date = '', time = '']) => ({ text: owners[at] ?? '', at: new Date(`${date}T${time}Z`) }),
      ),
    )
    expect(starts.length).toBeGreaterThan(2 * lines.length)
    for (const { text, at } of starts) expect([text, at, fires(text, at)]).toEqual([text, at, true])
  })
})
