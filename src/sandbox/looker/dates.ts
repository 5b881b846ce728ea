/** Half open: `from` is inside, `to` is not. Milliseconds of naive local time. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** One term of a Looker date filter, such as `2026-08`, `before 2026/09/01`, `2026-08-01 to 2026-09-01`; null when it is none. */
export function dateSpan(term: string, now: number): Span | null {
  const text = term.trim().toLowerCase()
  const range = /^(.+?) to (.+)$/.exec(text)
  if (range !== null) return between(point(range[1], now), point(range[2], now))
  const edge = /^(before|after) (.+)$/.exec(text)
  if (edge !== null) return beyond(edge[1] === 'before', point(edge[2], now))
  const length = /^(.+?) for (\d+) (day|month|year)s?$/.exec(text)
  if (length !== null) return lasting(point(length[1], now), Number(length[2]), length[3] ?? '')
  return point(text, now)
}

/** Where a cell such as `2026-08`, `2026-08-31`, `2026-Q3` or `2026-08-31 10:30:00` begins; null when it is no date. */
export function startOf(cell: string): number | null {
  return absolute(cell.toLowerCase())?.from ?? null
}

function between(first: Span | null, last: Span | null): Span | null {
  return first === null || last === null ? null : { from: first.from, to: last.from }
}

function beyond(isBefore: boolean, edge: Span | null): Span | null {
  if (edge === null) return null
  return isBefore ? { from: -Infinity, to: edge.from } : { from: edge.from, to: Infinity }
}

function lasting(start: Span | null, count: number, unit: string): Span | null {
  if (start === null) return null
  const date = new Date(start.from)
  const parts = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()] as const
  const [year, month, day] = parts
  if (unit === 'day') return { from: start.from, to: Date.UTC(year, month, day + count) }
  return { from: start.from, to: Date.UTC(year, month + count * (unit === 'year' ? 12 : 1), day) }
}

function point(text: string | undefined, now: number): Span | null {
  return text === undefined ? null : (absolute(text) ?? relative(text, now))
}

function absolute(text: string): Span | null {
  // Looker reads 2018-1 as "2018 minus one year", not as January; 2018-01 and 2018/1 are the month.
  const trap = /^(\d{4})-(\d)$/.exec(text)
  if (trap !== null) return years(Number(trap[1]) - Number(trap[2]), 1)
  const quarter = /^(?:fy)?(\d{4})-?q([1-4])$/.exec(text)
  if (quarter !== null) return months(Number(quarter[1]), (Number(quarter[2]) - 1) * 3, 3)
  const parts = /^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[ t](\d{2}):(\d{2})(?::(\d{2}))?)?)?)?$/.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? NaN))
  if (year === undefined || Number.isNaN(month)) return years(year ?? 0, 1)
  if (Number.isNaN(day)) return months(year, (month ?? 1) - 1, 1)
  if (Number.isNaN(hour)) return days(year, (month ?? 1) - 1, day ?? 1)
  const from = Date.UTC(year, (month ?? 1) - 1, day, hour, minute, Number.isNaN(second) ? 0 : second)
  return { from, to: from + (Number.isNaN(second) ? 60_000 : 1000) }
}

function years(year: number, count: number): Span {
  return { from: Date.UTC(year, 0, 1), to: Date.UTC(year + count, 0, 1) }
}

function months(year: number, month: number, count: number): Span {
  return { from: Date.UTC(year, month, 1), to: Date.UTC(year, month + count, 1) }
}

function days(year: number, month: number, day: number, count = 1): Span {
  return { from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + count) }
}

function relative(text: string, now: number): Span | null {
  const today = new Date(now)
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
  if (text === 'today') return days(year, month, day)
  if (text === 'yesterday') return days(year, month, day - 1)
  const named = /^(this|last|next) (day|month|quarter|year)$/.exec(text)
  if (named !== null) return unit(named[2] ?? '', { this: 0, last: -1, next: 1 }[named[1] ?? ''] ?? 0, 1, today)
  const ago = /^(\d+) (day|month|quarter|year)s? ago$/.exec(text)
  if (ago !== null) return unit(ago[2] ?? '', -Number(ago[1]), 1, today)
  const past = /^(?:last )?(\d+) (day|month|quarter|year)s?$/.exec(text)
  return past === null ? null : unit(past[2] ?? '', 1 - Number(past[1]), Number(past[1]), today)
}

function unit(name: string, shift: number, count: number, today: Date): Span {
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
  if (name === 'day') return days(year, month, day + shift, count)
  if (name === 'month') return months(year, month + shift, count)
  if (name === 'quarter') return months(year, (Math.floor(month / 3) + shift) * 3, 3 * count)
  return years(year + shift, count)
}
