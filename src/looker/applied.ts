import { MlcError } from '../errors.js'
import { checkFilters, readExpression, readFilters } from './answer.js'
import { checkCustomFields, checkExpression, filteredFields } from './custom.js'
import type { ResolvedSource } from './describe.js'
import { quote } from './words.js'

/** What an answer tells of the filters that Looker applied. */
export interface ToldFilters {
  /** Null where it does not tell. */
  readonly filters: Readonly<Record<string, string>> | null
  /** The custom filter; null for none, undefined where it does not tell. */
  readonly expression: string | null | undefined
}

/** What Looker told so far of the filters that it applied, each compared with what was asked. */
export interface Applied {
  /** @param from the part of the custom filter that mlc added @throws MLC-L017 */
  took(told: ToldFilters, from: string | undefined): void
  /** A query as Looker made it of what was asked. @throws MLC-L017 */
  made(query: Readonly<Record<string, unknown>>, from: string | undefined): void
  filters(): ToldFilters['filters']
  /** What nobody told yet, in words. */
  untold(): Untold
  readonly notes: ReadonlySet<string>
  /** Remarks that nobody may miss. */
  readonly warnings: ReadonlySet<string>
}

export interface Untold {
  /** Filters and the custom filter, which come with rows. */
  readonly filters: readonly string[]
  /** The filters of custom fields, which are told when a query is made. */
  readonly fields: readonly string[]
}

export function createApplied(source: ResolvedSource): Applied {
  const { definition, saved, runsAsSaved } = source
  const asked = askedFilters(definition.filters)
  const filtered = runsAsSaved ? [] : filteredFields(saved)
  const notes = new Set<string>()
  const warnings = new Set<string>()
  let filters: ToldFilters['filters'] = null
  let isExpressionTold = saved.filterExpression === null
  let areFieldsTold = filtered.length === 0

  function judge(applied: NonNullable<ToldFilters['filters']>): void {
    for (const [field, expression] of checkFilters(definition.filters, applied)) {
      const text = `Looker added the filter ${quote(field, 80)} = ${quote(expression, 80)}`
      if (expression.trim() === '' || isOwn(source, field)) notes.add(text)
      else warnings.add(`${text}, which neither the query nor its Explore has: the figures are only those within it`)
    }
  }

  return {
    took(told, from) {
      if (told.filters !== null) judge(told.filters)
      if (saved.filterExpression !== null && told.expression !== undefined) {
        checkExpression(saved.filterExpression, from, told.expression)
        isExpressionTold = true
      }
      filters = told.filters
    },
    made(query, from) {
      checkMade(source, query, from)
      if (!areFieldsTold) areFieldsTold = checkCustomFields(saved, query)
    },
    filters: () => filters,
    untold: () => ({
      filters: [
        ...(filters === null ? asked.map((field) => `filter ${quote(field, 80)}`) : []),
        ...(isExpressionTold ? [] : ['custom filter']),
      ],
      fields: areFieldsTold ? [] : filtered.map((name) => `filters of the custom field ${quote(name, 80)}`),
    }),
    notes,
    warnings,
  }
}

/** What Looker keeps of a query it runs by. @throws MLC-L017 for a filter that it does not keep */
function checkMade(
  { definition, saved }: ResolvedSource,
  query: Readonly<Record<string, unknown>>,
  from: string | undefined,
): void {
  const told = readExpression(query['filter_expression'])
  if (saved.filterExpression !== null && told !== undefined) checkExpression(saved.filterExpression, from, told)
  const kept = query['filters'] === null ? {} : readFilters(query['filters'])
  const lost = kept && askedFilters(definition.filters).find((field) => !Object.hasOwn(kept, field))
  if (lost) throw new MlcError('MLC-L017', `the filter ${quote(lost, 80)} was dropped by Looker from the query it made`)
}

/** Fields that are filtered; an empty expression lets any value through. */
function askedFilters(filters: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(filters).filter((field) => filters[field]?.trim() !== '')
}

/**
 * Query calls after the rows, where filters are to be learnt.
 * @param tells whether the format of rows tells those applied @param isMade whether a query is made before it runs
 */
export function learningCalls(source: ResolvedSource, tells: boolean, isMade: boolean): number {
  const { filters, fields } = createApplied(source).untold()
  return (filters.length > 0 && !tells ? 1 : 0) + (fields.length > 0 && !isMade ? 1 : 0)
}

/** Declared in LookML: always there, and no news. */
function isOwn({ definition }: ResolvedSource, field: string): boolean {
  const own = definition.ownFilters
  return own !== null && [own.always, own.conditionally, own.access].some((filters) => Object.hasOwn(filters, field))
}
