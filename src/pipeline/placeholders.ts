import { MlcError } from '../errors.js'
import type { Job } from '../model/job.js'
import { formatPeriod, type Period } from '../model/period.js'

/** The day range of a period: its first day and the first day after it, because Looker's `a to b` excludes b. */
export interface PeriodDays {
  readonly start: string
  readonly end: string
}

const PLACEHOLDER = /\{(period|year|pp|start|end)\}/g

/** Filter values with `{period}` `{year}` `{pp}` `{start}` `{end}` filled in. @throws MLC-C006 when there is nothing to fill in */
export function fillPlaceholders(
  filters: Readonly<Record<string, string>>,
  period: Period | null,
  days: PeriodDays | null,
): Record<string, string> {
  const filled = Object.entries(filters).map(([field, value]) => [field, fill(field, value, period, days)])
  return Object.fromEntries(filled) as Record<string, string>
}

/** The placeholders that a job's filters use: they decide what it needs to know of the period. */
export function placeholdersOf(job: Job): ReadonlySet<string> {
  const values = [...Object.values(job.source.filters), ...Object.values(job.source.query?.filters ?? {})]
  return new Set(values.flatMap((value) => [...value.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '')))
}

export function hasPlaceholder(value: string): boolean {
  return value.search(PLACEHOLDER) !== -1
}

function fill(field: string, value: string, period: Period | null, days: PeriodDays | null): string {
  return value.replace(PLACEHOLDER, (placeholder, name: string) => {
    if (!period)
      throw new MlcError('MLC-C006', `the filter ${field} needs a period for ${placeholder}`, {
        fix: 'Add --period YYYY-PP.',
      })
    const known: Record<string, string | undefined> = {
      period: formatPeriod(period),
      year: String(period.year),
      pp: formatPeriod(period).slice(5),
      start: days?.start,
      end: days?.end,
    }
    const text = known[name]
    if (text !== undefined) return text
    throw new MlcError(
      'MLC-Q032',
      `the filter ${field} needs the dates of period ${formatPeriod(period)}, which the calendar of QAD does not give`,
    )
  })
}
