import type { Exchange } from './har.js'
import { isList, isObject, textOf, type Json, type JsonObject } from './json.js'
import { secretKind } from './secrets.js'
import { pathOf, type Tenant } from './tenant.js'

/** Rows that the capture read from one place: a browse, or a path that lists records. */
export interface Table {
  readonly kind: 'browse' | 'path'
  /** The browse's id, or the path. */
  readonly id: string
  /** Of a path: where the rows are in the answer. */
  readonly rows: string | null
  /** Names of its columns; none when no row was shown. */
  readonly columns: readonly string[]
  /** Different values of a column, the first hundred of them, as text. */
  readonly values: (column: string) => readonly string[]
  readonly records: readonly JsonObject[]
  /** As the requests narrowed it down. */
  readonly conditions: readonly Condition[]
  /** Requests that read it. */
  readonly numbers: readonly number[]
}

export interface Condition {
  readonly field: string
  readonly op: string
  readonly value: string
}

/** Every place that the capture read rows from. */
export function tablesOf(tenant: Tenant): readonly Table[] {
  const reads = tenant.exchanges.flatMap((exchange) => readIn(tenant, exchange))
  const ids = [...new Set(reads.map(({ kind, id }) => `${kind} ${id}`))]
  return ids.map((id) => merged(reads.filter((read) => `${read.kind} ${read.id}` === id)))
}

interface Read extends Pick<Table, 'kind' | 'id' | 'rows' | 'records' | 'conditions'> {
  readonly number: number
}

const MAX_ROWS = 2000

function merged(reads: readonly Read[]): Table {
  const shown = reads.find(({ records }) => records.length > 0) ?? reads[0]
  const records = reads.flatMap(({ records }) => records).slice(0, MAX_ROWS)
  const columns = [...new Set(records.slice(0, 100).flatMap((record) => namesIn(record, '')))]
  return {
    kind: shown?.kind ?? 'path',
    id: shown?.id ?? '',
    rows: shown?.rows ?? null,
    columns,
    records,
    values: (column) =>
      [...new Set(records.flatMap((record) => textOf(cellOf(record, column)) ?? wordOf(record, column)))].slice(0, 100),
    conditions: unique(reads.flatMap(({ conditions }) => conditions)),
    numbers: reads.map(({ number }) => number),
  }
}

function unique(conditions: readonly Condition[]): readonly Condition[] {
  return [...new Map(conditions.map((one) => [JSON.stringify(one), one])).values()]
}

/** The text of a cell; empty where there is none. */
export function cellText(record: JsonObject, column: string): string {
  return textOf(cellOf(record, column)) ?? ''
}

function wordOf(record: JsonObject, column: string): readonly string[] {
  const value = cellOf(record, column)
  return typeof value === 'boolean' ? [String(value)] : []
}

/** Flat under its dotted name, or nested. */
function cellOf(record: JsonObject, column: string): Json | undefined {
  if (Object.hasOwn(record, column)) return record[column]
  let here: Json | undefined = record
  for (const step of column.split('.')) here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined
  return here
}

/** Without what numbers the rows of a page, and what only QAD's own screens need. */
function namesIn(record: JsonObject, above: string): readonly string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const column = `${above}${name}`
    if (/^local_variables\.|\.oid_|_rowid$|^_/.test(column) || isList(value)) return []
    return isObject(value) ? (above === '' ? namesIn(value, `${column}.`) : []) : [column]
  })
}

function readIn(tenant: Tenant, exchange: Exchange): readonly Read[] {
  const path = pathOf(tenant, exchange.url)
  if (exchange.method !== 'GET' || !path.startsWith('/api/') || /\/totalCount$/.test(path)) return []
  const answer = exchange.json()
  const browse = exchange.url.searchParams.get('browseId')
  if (browse !== null && path.endsWith('/browses')) {
    const list = isList(answer) ? answer : isObject(answer) ? answer['data'] : undefined
    const records = isList(list) ? list.filter(isObject) : []
    return [
      { kind: 'browse', id: browse, rows: null, records, conditions: filtersOf(exchange.url), number: exchange.number },
    ]
  }
  const found = answer === null ? null : listIn(answer, [])
  if (found === null || NO_MASTER.test(path)) return []
  return [{ kind: 'path', id: path, ...found, conditions: parametersOf(exchange.url), number: exchange.number }]
}

/** The platform's own: notifications, settings, metadata, documents of its API. */
const NO_MASTER =
  /\/(inboxdata|securityControl|entitymetadatas?|preferences?|menus?|apps|roles|be|favou?rites|api-docs|swagger\.json)$/i

function listIn(
  value: Json,
  steps: readonly string[],
): { readonly rows: string; readonly records: readonly JsonObject[] } | null {
  if (isList(value)) {
    const records = value.filter(isObject)
    return records.length > 0 ? { rows: steps.join('.') || 'data', records } : null
  }
  if (!isObject(value) || steps.length >= 3) return null
  for (const [name, inner] of Object.entries(value)) {
    if (/error|message|supplementary|submitResult/i.test(name)) continue
    const found = isList(inner) || isObject(inner) ? listIn(inner, [...steps, name]) : null
    if (found !== null) return found
  }
  return null
}

/** `<field>,<op>,<value>,literal`, the parameter repeated. */
function filtersOf(url: URL): readonly Condition[] {
  return url.searchParams.getAll('filter').flatMap((filter) => {
    const [field = '', op = '', value = '', kind, ...more] = filter.split(',')
    return field !== '' && kind === 'literal' && more.length === 0 ? [{ field, op, value }] : [{ field, op, value: '' }]
  })
}

/** What a list is narrowed by; not how much of it is wanted, and not what makes every call different. */
const PAGING =
  /^(page\w*|limit|offset|start|size|count|sort\w*|order\w*|callId|_|_dc|loadAll|initialize|ts|timestamp)$/i

function parametersOf(url: URL): readonly Condition[] {
  return [...url.searchParams]
    .filter(([name]) => !PAGING.test(name) && secretKind(name) === null && !/work-?space/i.test(name))
    .map(([field, value]) => ({ field, op: 'eq', value }))
}
