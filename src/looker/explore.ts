import { MlcError } from '../errors.js'
import type { Field } from '../model/row.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import { fieldsWithin } from './custom.js'
import { dynamicFieldsOf, type SavedQuery } from './query.js'
import type { OwnFilters } from './source.js'
import { suggest } from './suggest.js'
import { isObject, quote } from './words.js'

/** What an Explore has to offer. */
export interface Explore {
  readonly fields: ReadonlyMap<string, Field>
  /** Why a dimension cannot take part in a key to resume after, by name; absent for those that can. */
  readonly unkeyed: ReadonlyMap<string, string>
  /** Where the database sorts nulls; null when Looker does not say. */
  readonly nullSort: NullSort | null
  /** Names that may be filtered but not shown: filter-only fields and parameters. */
  readonly filterOnly: ReadonlySet<string>
  /** Measures that count records. */
  readonly counters: readonly string[]
  /** What people see instead of names: the whole label, then the short one. */
  readonly labels: ReadonlyMap<string, readonly string[]>
  /** Filters that the Explore adds by itself, for the audit. */
  readonly own: OwnFilters
}

/** Below or above all values, or first or last whatever the direction. */
export type NullSort = 'low' | 'high' | 'first' | 'last'

/** Reads the Explore's metadata. @throws MLC-L011 when it does not exist or may not be seen */
export async function readExplore(api: Api, model: string, name: string): Promise<Explore> {
  const url = apiUrl(api.baseUrl, ['lookml_models', model, 'explores', name])
  const answer = await api.object({ subject: { kind: 'explore', name: `${model}/${name}` }, method: 'GET', url })
  const fields = answer['fields']
  if (!isObject(fields)) throw new MlcError('MLC-L015', `the metadata of Explore ${model}/${name} has no fields`)
  const measures = readFields(fields, 'measures')
  return {
    fields: new Map([...readFields(fields, 'dimensions'), ...measures]),
    counters: measures.filter(([, { type }]) => type === 'count').map(([measure]) => measure),
    unkeyed: readUnkeyed(fields),
    labels: new Map([...readLabels(fields, 'dimensions'), ...readLabels(fields, 'measures')]),
    nullSort: NULL_SORTS.find((known) => known === answer['null_sort_treatment']) ?? null,
    filterOnly: new Set(
      [...readFields(fields, 'filters'), ...readFields(fields, 'parameters')].map(([known]) => known),
    ),
    own: {
      always: namedIn(answer['always_filter'], 'name', 'value'),
      conditionally: namedIn(answer['conditionally_filter'], 'name', 'value'),
      access: {
        // Older releases name the fields alone.
        ...Object.fromEntries(namesIn(answer['access_filter_fields']).map((field) => [field, ''])),
        ...namedIn(answer['access_filters'], 'field', 'user_attribute'),
      },
    },
  }
}

/**
 * Every field, filter and sort must exist: Looker drops from a saved query what the Explore no longer has and answers all
 * the same, and without its filter a figure is a wider one. @throws MLC-L012
 */
export function checkNames(
  explore: Explore,
  query: SavedQuery,
  filters: Readonly<Record<string, string>>,
  sorts: readonly string[],
): void {
  const shown = new Set([...explore.fields.keys(), ...dynamicFieldsOf(query).map(({ name }) => name)])
  const filterable = new Set([...shown, ...explore.filterOnly])
  const unknown = [
    ...query.fields.filter((name) => !shown.has(name)).map((name) => missing('field', name, shown)),
    ...Object.keys(filters)
      .filter((name) => !filterable.has(name))
      .map((name) => missing('filter', name, filterable)),
    ...sorts
      .map(sortedField)
      .filter((name) => name !== UNSORTED && !shown.has(name))
      .map((name) => missing('sort', name, shown)),
    ...fieldsWithin(query)
      .filter((name) => !filterable.has(name))
      .map((name) => missing('field of its custom filter or fields', name, filterable)),
  ]
  if (unknown.length > 0)
    throw new MlcError('MLC-L012', `Explore ${query.model}/${query.explore} does not have ${unknown.join(', ')}`)
}

/** The field of a sort such as `gl.net_amount desc 0`. */
export function sortedField(sort: string): string {
  return sort.trim().split(/\s+/)[0] ?? ''
}

const UNSORTED = '__UNSORTED__'

function missing(what: string, name: string, known: ReadonlySet<string>): string {
  const near = suggest(name, known)
  return `${what} ${quote(name, 120)}${near === null ? '' : ` (did you mean ${near}?)`}`
}

function readFields(fields: Readonly<Record<string, unknown>>, list: string): [string, Field][] {
  const entries: unknown = fields[list]
  if (!Array.isArray(entries)) return []
  return entries.filter(isObject).flatMap((entry): [string, Field][] => {
    const { name, label, label_short: short, type } = entry
    if (typeof name !== 'string') return []
    const shown = [label, short, name].find((candidate) => typeof candidate === 'string' && candidate !== '')
    const kind = list === 'measures' ? 'measure' : 'dimension'
    return [[name, { name, label: String(shown), type: typeof type === 'string' ? type : 'unknown', kind }]]
  })
}

function readLabels(fields: Readonly<Record<string, unknown>>, list: string): [string, readonly string[]][] {
  const entries: unknown = fields[list]
  if (!Array.isArray(entries)) return []
  return entries.filter(isObject).flatMap(({ name, label, label_short: short }): [string, readonly string[]][] => {
    const labels = [label, short].filter((one) => typeof one === 'string' && one !== '') as string[]
    return typeof name === 'string' ? [[name, [...new Set(labels)]]] : []
  })
}

function namesIn(names: unknown): readonly string[] {
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

function namedIn(entries: unknown, name: string, value: string): Readonly<Record<string, string>> {
  if (!Array.isArray(entries)) return {}
  const pairs = entries.filter(isObject).flatMap((entry): [string, string][] => {
    const [field, said] = [entry[name], entry[value]]
    return typeof field === 'string' ? [[field, typeof said === 'string' ? said : '']] : []
  })
  return Object.fromEntries(pairs)
}

/** The same as a person reads it. */
export function ownFilterNotes({ always, conditionally, access }: OwnFilters): readonly string[] {
  const lines = (filters: Readonly<Record<string, string>>, what: (value: string) => string) =>
    Object.entries(filters).map(
      ([field, value]) => `the Explore filters ${quote(field, 80)} ${what(quote(value, 120))}`,
    )
  return [
    ...lines(always, (value) => `by ${value} unless the query does (always_filter)`),
    ...lines(conditionally, (value) => `by ${value} unless the query filters something else (conditionally_filter)`),
    ...lines(access, (value) => `by the API user's attribute ${value} (access_filter)`),
  ]
}

const NULL_SORTS: readonly NullSort[] = ['low', 'high', 'first', 'last']

/** What is sorted otherwise than its values compare, or must not be filtered, resumes at a wrong place or nowhere. */
function readUnkeyed(fields: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const entries: unknown = fields['dimensions']
  if (!Array.isArray(entries)) return new Map()
  return new Map(
    entries.filter(isObject).flatMap(({ name, can_filter: canFilter, hidden, sql_case: cases, sortable }) => {
      const why =
        (canFilter === false && 'cannot be filtered') ||
        (hidden === true && 'is hidden') ||
        (sortable === false && 'cannot be sorted') ||
        (Array.isArray(cases) && cases.length > 0 && 'is sorted by the order of its cases')
      return typeof name === 'string' && why !== false ? [[name, why] as const] : []
    }),
  )
}
