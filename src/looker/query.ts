import { createHash } from 'node:crypto'
import { MlcError } from '../errors.js'
import type { Field } from '../model/row.js'
import { isObject, quote } from './words.js'

/** A query as Looker keeps it, before mlc overrides anything. */
export interface SavedQuery {
  readonly id: string | null
  readonly shareUrl: string | null
  /** The `qid` of its Explore address. */
  readonly slug: string | null
  readonly model: string
  readonly explore: string
  readonly fields: readonly string[]
  readonly filters: Readonly<Record<string, string>>
  readonly filterExpression: string | null
  readonly sorts: readonly string[]
  readonly limit: number | null
  readonly timeZone: string | null
  readonly fillFields: readonly string[]
  /** JSON text, as Looker keeps custom measures and dimensions. */
  readonly dynamicFields: string | null
  /** What of its shape cannot be posted, in words: pivots, totals, table calculations. */
  readonly unfit: readonly string[]
  readonly pivots: readonly string[]
}

/** Reads Looker's Query object. @throws MLC-L015 when it is not one */
export function readSavedQuery(query: Readonly<Record<string, unknown>>): SavedQuery {
  const model = text(query['model'])
  const explore = text(query['view'])
  if (model === null || explore === null) throw new MlcError('MLC-L015', 'Looker sent a query without model or view')
  const dynamicFields = text(query['dynamic_fields'])
  const pivots = texts(query['pivots'], 'pivots')
  return {
    id: identifier(query['id']),
    shareUrl: text(query['share_url']),
    slug: text(query['client_id']) ?? text(query['slug']),
    model,
    explore,
    fields: texts(query['fields'], 'fields'),
    filters: filters(query['filters']),
    filterExpression: text(query['filter_expression']),
    sorts: texts(query['sorts'], 'sorts'),
    limit: rowLimit(query['limit']),
    timeZone: text(query['query_timezone']),
    fillFields: texts(query['fill_fields'], 'fill_fields'),
    dynamicFields,
    unfit: unfitShapes(query, pivots, dynamicFields),
    pivots,
  }
}

/** Custom measures and dimensions of a query, as fields. */
export function dynamicFieldsOf(query: SavedQuery): readonly Field[] {
  return dynamicEntriesOf(query).flatMap((entry): Field[] => {
    const name = text(entry['measure']) ?? text(entry['dimension'])
    if (name === null) return []
    const kind = text(entry['measure']) === null ? 'dimension' : 'measure'
    return [{ name, label: text(entry['label']) ?? name, type: text(entry['type']) ?? 'number', kind }]
  })
}

/** Custom fields as Looker keeps them: table calculations among them. */
export function dynamicEntriesOf({ dynamicFields }: SavedQuery): readonly Readonly<Record<string, unknown>>[] {
  return parseDynamic(dynamicFields)
}

/** `sha256:…` over what the query asks, the same for the same question whatever the order of its filters. */
export function definitionHash(query: SavedQuery): string {
  const asked = [
    query.model,
    query.explore,
    query.fields,
    canonical(query.filters),
    query.sorts,
    query.pivots,
    canonical(parseDynamic(query.dynamicFields)),
    query.filterExpression ?? '',
    // Absent unless they are there: most queries have neither, and their hashes stay what they were.
    ...(query.timeZone === null ? [] : [{ query_timezone: query.timeZone }]),
    ...(query.fillFields.length === 0 ? [] : [{ fill_fields: query.fillFields }]),
  ]
  return `sha256:${createHash('sha256').update(JSON.stringify(asked), 'utf8').digest('hex')}`
}

/** What the hash is over, one line a part, as a person reads it: two of them show what changed. */
export function definitionLines(query: SavedQuery): readonly string[] {
  const filters = Object.entries(query.filters).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    `model ${query.model}`,
    `explore ${query.explore}`,
    ...query.fields.map((field) => `field ${field}`),
    ...filters.map(([field, expression]) => `filter ${field} = ${quote(expression)}`),
    ...(query.filterExpression === null ? [] : [`filter expression ${quote(query.filterExpression)}`]),
    ...query.sorts.map((sort) => `sort ${sort}`),
    ...query.pivots.map((pivot) => `pivot ${pivot}`),
    ...(query.timeZone === null ? [] : [`time zone ${query.timeZone}`]),
    ...query.fillFields.map((field) => `filled in ${field}`),
    ...parseDynamic(query.dynamicFields).map((field) => `custom field ${quote(JSON.stringify(canonical(field)))}`),
  ]
}

export function rowLimit(value: unknown): number | null {
  const digits = typeof value === 'number' ? String(value) : text(value)
  return digits !== null && /^-?\d{1,9}$/.test(digits) ? Number(digits) : null
}

function unfitShapes(
  query: Readonly<Record<string, unknown>>,
  pivots: readonly string[],
  dynamicFields: string | null,
): readonly string[] {
  const calculations = parseDynamic(dynamicFields).flatMap((entry) => text(entry['table_calculation']) ?? [])
  return [
    ...(pivots.length > 0 ? [`pivots (${pivots.join(', ')})`] : []),
    ...(query['total'] === true ? ['totals'] : []),
    ...(text(query['row_total']) === null || query['row_total'] === 'none' ? [] : ['row totals']),
    ...(texts(query['subtotals'], 'subtotals').length > 0 ? ['subtotals'] : []),
    ...(calculations.length > 0
      ? [`table calculations (${calculations.map((name) => quote(name, 60)).join(', ')})`]
      : []),
    ...(calculations.length === 0 && query['has_table_calculations'] === true ? ['table calculations'] : []),
  ]
}

function parseDynamic(dynamicFields: string | null): readonly Readonly<Record<string, unknown>>[] {
  if (dynamicFields === null) return []
  try {
    const parsed: unknown = JSON.parse(dynamicFields)
    if (parsed === null) return []
    if (Array.isArray(parsed) && parsed.every(isObject)) return parsed
  } catch {
    // Falls through to the one refusal below.
  }
  throw new MlcError('MLC-L015', 'the dynamic_fields of the query are not a list in JSON')
}

/** The same value with the keys of every object in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  const keys = Object.keys(value).sort()
  return keys.map((key) => [key, canonical(value[key])])
}

function filters(value: unknown): Readonly<Record<string, string>> {
  if (value === null || value === undefined) return {}
  if (!isObject(value)) throw new MlcError('MLC-L015', 'the filters of the query are not an object')
  return Object.fromEntries(Object.entries(value).map(([field, expression]) => [field, filterText(field, expression)]))
}

function filterText(field: string, expression: unknown): string {
  if (expression === null) return ''
  if (typeof expression === 'string') return expression
  if (typeof expression === 'boolean') return expression ? 'Yes' : 'No'
  throw new MlcError('MLC-L015', `the filter of ${quote(field, 80)} is not a text`)
}

function texts(value: unknown, name: string): readonly string[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value) && value.every((entry): entry is string => typeof entry === 'string')) return value
  throw new MlcError('MLC-L015', `${name} of the query is not a list of names`)
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

// Ids are opaque; older releases send them as numbers.
function identifier(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : text(value)
}
