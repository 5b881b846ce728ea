import { MlcError } from '../errors.js'
import { isObject, quote } from './words.js'

/** What a slug, or an address copied from the browser, points at. */
export type Link =
  | { readonly kind: 'slug'; readonly slug: string }
  | { readonly kind: 'look'; readonly look: string }
  | { readonly kind: 'explore'; readonly query: LinkedQuery }

/** A query written out in an Explore address. */
export interface LinkedQuery {
  readonly model: string
  readonly explore: string
  readonly fields: readonly string[]
  readonly filters: Readonly<Record<string, string>>
  readonly sorts: readonly string[]
  readonly limit: string | null
  readonly timeZone: string | null
  readonly pivots: readonly string[]
  readonly dynamicFields: string | null
  readonly filterExpression: string | null
  /** `total`, `row_total` or `subtotals` are switched on. */
  readonly hasTotals: boolean
}

/**
 * Reads a bare slug, `…/x/SLUG`, `…/looks/42`, `…/explore/model/view?qid=SLUG` or `…/explore/model/view?fields=…`.
 * The host is not looked at.
 * @throws MLC-L024
 */
export function readLink(text: string): Link {
  const trimmed = text.trim()
  if (SLUG.test(trimmed)) return { kind: 'slug', slug: trimmed }
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null
  if (url === null || !/^https?:$/.test(url.protocol)) throw unreadable(trimmed, 'it is neither a slug nor an address')
  const path = pathOf(url, trimmed)
  const [first, second, third] = path.slice(path.findIndex((part) => KNOWN_PAGES.has(part)))
  if (first === 'x' && second !== undefined) return slugLink(second, trimmed)
  if (first === 'looks' && second !== undefined) return lookLink(second, url.searchParams, trimmed)
  if (first === 'explore' && second !== undefined && third !== undefined) {
    return exploreLink(second, third, url.searchParams, trimmed)
  }
  throw unreadable(trimmed, 'its path is not …/explore/MODEL/EXPLORE, …/x/SLUG or …/looks/ID')
}

const SLUG = /^[A-Za-z0-9_-]{1,64}$/
const KNOWN_PAGES: ReadonlySet<string> = new Set(['x', 'looks', 'explore'])

function exploreLink(model: string, explore: string, search: URLSearchParams, text: string): Link {
  const slug = search.get('qid')
  const filters = filtersOf(search, text)
  if (slug === null) return { kind: 'explore', query: linkedQuery(model, explore, search, filters, text) }
  // Which of the two Looker would believe is not ours to guess: a filter lost here widens every figure.
  if (search.has('fields') || Object.keys(filters).length > 0)
    throw unreadable(text, 'it has both a qid and fields or filters of its own')
  return slugLink(slug, text)
}

/** The page of a Look may filter it otherwise than it is saved: its figures are then not the ones on the screen. */
function lookLink(look: string, search: URLSearchParams, text: string): Link {
  const filtered = [...search.keys()].find((name) => name.startsWith('f['))
  if (filtered !== undefined)
    throw unreadable(text, `it filters the Look by ${filtered}; use --look ${look} --filter FIELD=VALUE`)
  return { kind: 'look', look }
}

function linkedQuery(
  model: string,
  explore: string,
  search: URLSearchParams,
  filters: Readonly<Record<string, string>>,
  text: string,
): LinkedQuery {
  const fields = list(search.get('fields'))
  if (fields.length === 0) throw unreadable(text, 'it names no fields')
  return {
    model,
    explore,
    fields,
    filters,
    sorts: list(search.get('sorts')),
    limit: search.get('limit'),
    timeZone: search.get('query_timezone'),
    pivots: list(search.get('pivots')),
    dynamicFields: search.get('dynamic_fields'),
    filterExpression: search.get('filter_expression'),
    hasTotals: ['total', 'row_total', 'subtotals'].some((name) => isOn(search.get(name))),
  }
}

function filtersOf(search: URLSearchParams, text: string): Record<string, string> {
  const filters = new Map<string, string>()
  for (const [name, value] of search) {
    const field = /^f\[(.+)\]$/.exec(name)?.[1]
    if (field === undefined) continue
    if (filters.has(field)) throw unreadable(text, `it filters ${field} twice`)
    filters.set(field, value)
  }
  const other = configuredFilters(search, text).find((field) => !filters.has(field))
  if (other !== undefined) throw unreadable(text, `it filters ${quote(other, 80)} by its filter_config alone`)
  return Object.fromEntries(filters)
}

/** Looker repeats the filters of an address as JSON, for its own form. One that is there alone would be lost here. */
function configuredFilters(search: URLSearchParams, text: string): readonly string[] {
  const config = search.get('filter_config')
  if (config === null || config.trim() === '') return []
  try {
    const parsed: unknown = JSON.parse(config)
    return isObject(parsed) ? Object.keys(parsed) : []
  } catch {
    throw unreadable(text, 'its filter_config is not JSON')
  }
}

function slugLink(slug: string, text: string): Link {
  if (!SLUG.test(slug)) throw unreadable(text, 'its slug is not made of letters and digits')
  return { kind: 'slug', slug }
}

function pathOf(url: URL, text: string): readonly string[] {
  try {
    return url.pathname.split('/').map(decodeURIComponent)
  } catch {
    throw unreadable(text, 'its path is not encoded as addresses are')
  }
}

function list(text: string | null): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function isOn(value: string | null): boolean {
  return value !== null && !['', 'off', 'false', 'no'].includes(value.toLowerCase())
}

function unreadable(text: string, why: string): MlcError {
  return new MlcError('MLC-L024', `${quote(text, 120)} cannot be understood: ${why}`)
}
