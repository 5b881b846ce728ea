import type { Chosen, PeriodFilter, ProjectColumns } from '../model/project.js'
import type { Field } from '../model/row.js'

/** What a Look says of itself, as far as its columns are concerned. */
export interface LookColumns {
  readonly fields: readonly Field[]
  /** Its saved filters. */
  readonly filters: Readonly<Record<string, string>>
}

/**
 * Which column of a Look is most likely what, by the names that ledgers use. What no column fits keeps the demo's spelling:
 * the Look does not have it, so that a pull is refused until a person has put it right, and no figure goes astray.
 */
export function guessColumns({ fields, filters }: LookColumns): ProjectColumns {
  const dimensions = fields.filter(({ kind }) => kind === 'dimension')
  const period = periodOf(dimensions)
  const filtered = Object.keys(filters).find((name) => PERIOD.some((pattern) => pattern.test(name)))
  return {
    account: chosen(byName(dimensions, ACCOUNT), EXAMPLE.account),
    costCentre: chosen(byName(dimensions, COST_CENTRE), EXAMPLE.costCentre),
    currency: chosen(byName(dimensions, CURRENCY), EXAMPLE.currency),
    period: period === null && filtered !== undefined ? null : chosen(period, EXAMPLE.period),
    filter: filterOf(period, filtered),
    measures: [chosen(measureOf(fields), EXAMPLE.measure)],
  }
}

/** The columns of the demo's Look, for a Look that could not be asked. */
export function exampleColumns(): ProjectColumns {
  return guessColumns({ fields: [], filters: {} })
}

/** How a column narrows a Look to one period: a month by its name, a day by the period's first day and the one after its last. */
export function filterOn(field: Field, by: Chosen['by']): PeriodFilter {
  const isDay = DAYS.has(field.type)
  return { column: field.name, by, expression: isDay ? '{start} to {end}' : '{period}' }
}

const EXAMPLE = {
  account: 'gl.account_code',
  costCentre: 'plant.name',
  currency: 'gl.currency',
  period: 'gl.posting_period',
  measure: 'gl.net_amount',
} as const

// Each list from the most to the least certain: `gl.account_code` is an account before `account.manager` is.
const ACCOUNT = [/account[._]?(code|number|num|no|id)$/i, /(^|[._])account$/i]
const COST_CENTRE = [/cost_?cent(re|er)/i, /(^|[._])department([._](code|name))?$/i, /plant[._]?name$/i, /plant/i]
const CURRENCY = [/currency[._]?(code)?$/i, /currency/i]
const PERIOD = [/period/i, /month/i, /(^|[._])date$/i]
const AMOUNT = [/net/i, /amount/i, /balance|value|total/i]

/** Looker's types of dimensions whose values are days or moments. */
const DAYS: ReadonlySet<string> = new Set(['date', 'date_date', 'date_time', 'date_raw', 'time'])
/** Types of measures that are no amounts. */
const COUNTS: ReadonlySet<string> = new Set(['count', 'count_distinct', 'list', 'yesno', 'string', 'date'])

function byName(fields: readonly Field[], patterns: readonly RegExp[]): Field | null {
  for (const pattern of patterns) {
    const found = fields.find(({ name }) => pattern.test(name))
    if (found) return found
  }
  return null
}

function periodOf(dimensions: readonly Field[]): Field | null {
  const months = dimensions.filter(({ type }) => type === 'date_month')
  return byName(months, PERIOD) ?? months[0] ?? byName(dimensions, PERIOD)
}

function filterOf(period: Field | null, filtered: string | undefined): PeriodFilter {
  if (period) return filterOn(period, 'look')
  return filtered === undefined
    ? { column: EXAMPLE.period, by: 'example', expression: '{period}' }
    : { column: filtered, by: 'look', expression: /date$/i.test(filtered) ? '{start} to {end}' : '{period}' }
}

function measureOf(fields: readonly Field[]): Field | null {
  const amounts = fields.filter(({ kind, type }) => kind === 'measure' && !COUNTS.has(type))
  // Where the user may run the Look but not see its Explore, Looker tells no types.
  const untold = fields.filter(({ type }) => type === 'unknown')
  return byName(amounts, AMOUNT) ?? amounts[0] ?? byName(untold, AMOUNT)
}

function chosen(field: Field | null, example: string): Chosen {
  return field ? { column: field.name, by: 'look' } : { column: example, by: 'example' }
}
