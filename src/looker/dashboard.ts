import { MlcError } from '../errors.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import type { Dashboard, SourceSpec, Tile } from './source.js'
import { isObject, quote } from './words.js'

type Json = Readonly<Record<string, unknown>>

/**
 * A dashboard's tiles, each as a source of its own, with the dashboard's filters where the tile listens to them: as Looker
 * itself shows it, since no call runs a dashboard.
 * @param values instead of the filters' defaults, by name or title of the filter
 * @throws MLC-L010 when there is no such dashboard, MLC-L012 for a filter that it does not have
 */
export async function readDashboard(
  api: Api,
  id: string,
  values: Readonly<Record<string, string>>,
  how: Pick<SourceSpec, 'paging' | 'timeZone'>,
): Promise<Dashboard> {
  const url = apiUrl(api.baseUrl, ['dashboards', id])
  const answer = await api.object({ subject: { kind: 'dashboard', name: id }, method: 'GET', url })
  if (answer['deleted'] === true) throw new MlcError('MLC-L010', `dashboard ${id} is in the trash of Looker`)
  const elements: unknown = answer['dashboard_elements']
  if (!Array.isArray(elements)) throw new MlcError('MLC-L015', `Looker sent dashboard ${id} without its tiles`)
  const filters = filtersOf(answer['dashboard_filters'], values, id)
  const timeZone = how.timeZone ?? zoneOf(answer['query_timezone'])
  return {
    id,
    title: text(answer['title']),
    tiles: elements.filter(isObject).map((element) => tileOf(element, filters, { ...how, timeZone })),
  }
}

interface DashboardFilter {
  readonly value: string
  readonly isRequired: boolean
}

function filtersOf(
  entries: unknown,
  values: Readonly<Record<string, string>>,
  id: string,
): ReadonlyMap<string, DashboardFilter> {
  const filters = Array.isArray(entries) ? entries.filter(isObject) : []
  const isNamed = (entry: Json, name: string) => entry['name'] === name || entry['title'] === name
  const unknown = Object.keys(values).filter((name) => !filters.some((entry) => isNamed(entry, name)))
  if (unknown.length > 0)
    throw new MlcError(
      'MLC-L012',
      `dashboard ${id} does not have filter ${unknown.map((name) => quote(name, 80)).join(', ')}`,
    )
  return new Map(
    filters.map((entry): [string, DashboardFilter] => {
      const given = Object.entries(values).find(([name]) => isNamed(entry, name))?.[1]
      const value = given ?? text(entry['default_value']) ?? ''
      return [text(entry['name']) ?? '', { value, isRequired: entry['required'] === true }]
    }),
  )
}

function tileOf(
  element: Json,
  filters: ReadonlyMap<string, DashboardFilter>,
  how: Pick<SourceSpec, 'paging' | 'timeZone'>,
): Tile {
  const maker = isObject(element['result_maker']) ? element['result_maker'] : {}
  const look = identifier(element['look_id'])
  const query = [maker['query'], element['query']].find(isObject)
  const title = [element['title'], element['title_text']].map(text).find((name) => name !== null) ?? null
  const tile = {
    id: identifier(element['id']) ?? '',
    title,
    look,
    query: identifier(query?.['id'] ?? element['query_id']),
  }
  const left = (status: 'skipped' | 'refused', reason: string): Tile => ({ ...tile, status, reason, spec: null })
  if (identifier(element['merge_result_id'] ?? maker['merge_result_id']) !== null)
    return left('refused', 'it merges the results of several queries, which Looker does outside of the database')
  if (identifier(maker['sql_query_id']) !== null) return left('refused', 'it is a query of SQL Runner')
  const slug = text(query?.['client_id']) ?? text(query?.['slug'])
  if (look === null && query === undefined && tile.query === null)
    return left('skipped', `it has no query (${text(element['type']) ?? 'unknown type'})`)
  if (look === null && slug === null) return left('refused', 'Looker does not show its query')
  const heard = heardBy(maker['filterables'], filters)
  if (typeof heard === 'string') return left('refused', heard)
  const base = { query: null, filters: heard, sorts: [], limit: 'all' as const, ...how }
  return { ...tile, status: 'pulled', reason: null, spec: { ...base, look, slug: look === null ? slug : null } }
}

/** What the tile is filtered by, by field; in words why that cannot be told. */
function heardBy(
  entries: unknown,
  filters: ReadonlyMap<string, DashboardFilter>,
): Readonly<Record<string, string>> | string {
  const heard = new Map<string, string>()
  // Without its filters a tile would show more than it does on the dashboard.
  if (!Array.isArray(entries) && [...filters.values()].some(({ value }) => value.trim() !== ''))
    return 'Looker does not show which filters of the dashboard it listens to'
  const filterables = Array.isArray(entries) ? entries.filter(isObject) : []
  const listens = filterables.flatMap(({ listen }) => (Array.isArray(listen) ? listen.filter(isObject) : []))
  for (const { dashboard_filter_name: name, field } of listens) {
    const filter = typeof name === 'string' ? filters.get(name) : undefined
    if (filter === undefined || typeof field !== 'string')
      return `it listens to the filter ${quote(String(name), 80)}, which the dashboard does not have`
    if (filter.isRequired && filter.value.trim() === '')
      return `it wants a value for the dashboard's filter ${quote(String(name), 80)}, which has no default`
    if ((heard.get(field) ?? filter.value) !== filter.value)
      return `two filters of the dashboard want ${field} to differ`
    // A filter without a value means any value, whatever the tile itself was saved with.
    heard.set(field, filter.value)
  }
  return Object.fromEntries(heard)
}

/** Only a zone by name is a wish of the dashboard's; `user_timezone` and the like are the viewer's. */
function zoneOf(value: unknown): string | null {
  return typeof value === 'string' && /^(?:UTC|[A-Z]\w+\/[\w/+-]+)$/.test(value) ? value : null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function identifier(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : text(value)
}
