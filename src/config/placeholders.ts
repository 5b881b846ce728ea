import { MlcError } from '../errors.js'
import { didYouMean } from './nearest.js'

/** What `{…}` in a filter value can stand for. */
export const FILTER_PLACEHOLDERS = ['period', 'year', 'pp', 'start', 'end'] as const

/** Values of one period. `end` is the first day after it, because Looker's `a to b` excludes b. Null: not known. */
export interface PlaceholderValues {
  readonly period: string | null
  readonly year: string | null
  readonly pp: string | null
  readonly start: string | null
  readonly end: string | null
}

/** Filter values with their placeholders filled in. @throws MLC-C006 when a value that is used is not known */
export function fillFilters(
  filters: Readonly<Record<string, string>>,
  values: PlaceholderValues,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(filters).map(([field, value]) => [field, fill(field, value, values)]))
}

/** What is wrong with the placeholders of one text; null when nothing is. */
export function placeholderFault(value: string, known: readonly string[]): string | null {
  const list = known.map((name) => `{${name}}`).join(' ')
  for (const [whole, name = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
    if (!known.includes(name)) return `unknown placeholder ${whole}; allowed: ${list}${didYouMean(name, known)}`
  }
  return /[{}]/.test(value.replace(/\{[^{}]*\}/g, '')) ? `a brace without its partner; allowed: ${list}` : null
}

function fill(field: string, value: string, values: PlaceholderValues): string {
  return value.replace(/\{(period|year|pp|start|end)\}/g, (placeholder, name: keyof PlaceholderValues) => {
    const known = values[name]
    if (known !== null) return known
    const missing = name === 'start' || name === 'end' ? 'the dates of the period' : 'a period'
    throw new MlcError('MLC-C006', `the filter ${field} needs ${missing} for ${placeholder}`, {
      fix: 'Add --period YYYY-PP; dates come from reads.periods of QAD.',
    })
  })
}
