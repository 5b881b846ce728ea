/** A fiscal period of QAD's calendar: `{year: 2026, period: 3}` is written `2026-03`. Periods run from 1; 13 and more are correction periods. */
export interface Period {
  readonly year: number
  readonly period: number
}

/** A period with its first and last day (ISO dates, both inside) and whether QAD accepts postings in it. */
export interface CalendarPeriod extends Period {
  readonly start: string | null
  readonly end: string | null
  readonly open: boolean
  /** QAD's own word, for messages. */
  readonly status: string
}

/** Reads `YYYY-PP`; null when the text is anything else. */
export function parsePeriod(text: string): Period | null {
  const match = /^(\d{4})-(\d{2})$/.exec(text)
  if (!match) return null
  const period = { year: Number(match[1]), period: Number(match[2]) }
  return period.period >= 1 && period.period <= 99 && period.year >= 1900 ? period : null
}

export function formatPeriod({ year, period }: Period): string {
  return `${String(year).padStart(4, '0')}-${String(period).padStart(2, '0')}`
}

export function samePeriod(a: Period, b: Period): boolean {
  return a.year === b.year && a.period === b.period
}

export function comparePeriods(a: Period, b: Period): number {
  return a.year - b.year || a.period - b.period
}

/** First day of the period and first day after it, as ISO dates. Without a QAD calendar a period is a calendar month. */
export function periodDates(
  period: Period,
  calendar: readonly CalendarPeriod[],
): { start: string; end: string } | null {
  const known = calendar.find((candidate) => samePeriod(candidate, period))
  if (known?.start && known.end) return { start: known.start, end: dayAfter(known.end) }
  if (calendar.length > 0 || period.period > 12) return null
  const next = period.period === 12 ? { year: period.year + 1, period: 1 } : { ...period, period: period.period + 1 }
  return { start: `${formatPeriod(period)}-01`, end: `${formatPeriod(next)}-01` }
}

/** The period that holds an ISO date; correction periods overlap ordinary ones, so the lowest number wins. */
export function periodOfDate(date: string, calendar: readonly CalendarPeriod[]): Period | null {
  const day = date.slice(0, 10)
  if (!isIsoDate(day)) return null
  if (calendar.length === 0) return parsePeriod(day.slice(0, 7))
  const holding = calendar.filter(({ start, end }) => start !== null && end !== null && start <= day && day <= end)
  const first = holding.sort(comparePeriods)[0]
  return first ? { year: first.year, period: first.period } : null
}

/** The period before, in the calendar given; without a calendar, the month before. */
export function previousPeriod(period: Period, calendar: readonly CalendarPeriod[]): Period | null {
  const earlier = calendar
    .filter((candidate) => comparePeriods(candidate, period) < 0 && candidate.period <= 12)
    .sort(comparePeriods)
  const last = earlier.at(-1)
  if (last) return { year: last.year, period: last.period }
  if (calendar.length > 0) return null
  return period.period > 1 ? { ...period, period: period.period - 1 } : { year: period.year - 1, period: 12 }
}

/** The period after, in the calendar given; without a calendar, the month after. Correction periods are passed over. */
export function nextPeriod(period: Period, calendar: readonly CalendarPeriod[]): Period | null {
  const first = calendar
    .filter((candidate) => comparePeriods(candidate, period) > 0 && candidate.period <= 12)
    .sort(comparePeriods)[0]
  if (first) return { year: first.year, period: first.period }
  if (calendar.length > 0) return null
  return period.period < 12 ? { ...period, period: period.period + 1 } : { year: period.year + 1, period: 1 }
}

/**
 * Where movements are to be expected, the likeliest first: the period of the day, the one before it, the newest open ones before.
 * @param today ISO date @param most periods at most
 */
export function likelyPeriods(calendar: readonly CalendarPeriod[], today: string, most: number): readonly Period[] {
  const current = periodOfDate(today, calendar) ?? periodOfDate(today, [])
  if (current === null) return []
  const previous = previousPeriod(current, calendar)
  const open = calendar.filter((period) => period.open && comparePeriods(period, current) < 0)
  const newestFirst = [...open].sort(comparePeriods).reverse()
  const likely = [current, ...(previous === null ? [] : [previous]), ...newestFirst]
  return likely.filter((one, at) => likely.findIndex((other) => samePeriod(one, other)) === at).slice(0, most)
}

export function isIsoDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}
