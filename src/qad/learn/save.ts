import { readEnvelope } from '../envelope.js'
import { readExact } from '../exact.js'
import { isLoginPage } from '../login-page.js'
import type { Exchange } from './har.js'
import { isList, isObject, own, textOf, type Json, type JsonObject } from './json.js'
import { pathOf, type Tenant } from './tenant.js'
import { matchNames, type Ours } from './words.js'

/** A request that stored a reference or a journal, or tried to. */
export interface Save {
  readonly tenant: Tenant
  readonly exchange: Exchange
  readonly path: string
  readonly body: JsonObject | readonly Json[]
  /** The name of the list that the records stand in; null where they stand alone or the body is the list. */
  readonly collection: string | null
  readonly record: JsonObject
  readonly records: number
  /** The name of the record's lines; null when it has none with amounts. */
  readonly lines: string | null
  readonly wasStored: boolean
}

export interface Saves {
  /** The last that QAD took; where it took none, the last. Null: the capture has none. */
  readonly chosen: Save | null
  readonly others: number
  /** A path that took the same body and saved nothing. */
  readonly validatePath: string | null
}

export function findSaves(tenants: readonly Tenant[]): Saves {
  const found = tenants
    .flatMap((tenant) => tenant.exchanges.flatMap((exchange) => saveIn(tenant, exchange)))
    .sort((a, b) => a.exchange.number - b.exchange.number)
  const saves = found.filter(({ path }) => !isCheck(path))
  const chosen = saves.filter(({ wasStored }) => wasStored).at(-1) ?? saves.at(-1) ?? null
  const check = found.find((one) => isCheck(one.path) && chosen !== null && one.path.startsWith(`${chosen.path}/`))
  return { chosen, others: Math.max(0, saves.length - 1), validatePath: check?.path ?? null }
}

/** The tenant's own check of a record before it is saved. */
function isCheck(path: string): boolean {
  return /validat|\/check$|\/verify$/i.test(path)
}

/** What a form of the web client asks the server while it is filled in. */
const WHILE_TYPING = /fieldchange|initiali[sz]e|default|lookup|browse|preference|telemetry|\/login$/i

function saveIn(tenant: Tenant, exchange: Exchange): readonly Save[] {
  const path = pathOf(tenant, exchange.url)
  if (!/^(POST|PUT)$/.test(exchange.method) || !path.startsWith('/') || WHILE_TYPING.test(path)) return []
  const body = exchange.bodyJson()
  if (!isObject(body) && !isList(body)) return []
  const found = recordsIn(body)
  const record = found?.list[0]
  if (!found || record === undefined) return []
  const lines = linesIn(record)
  if (!isFigure(record, lines)) return []
  const { collection, list } = found
  return [
    {
      ...{ tenant, exchange, path, body, collection, record, lines, records: list.length },
      wasStored: isStored(exchange),
    },
  ]
}

interface Records {
  readonly collection: string | null
  readonly list: readonly JsonObject[]
}

/** The body is the list of records, or holds it under a name, or is the one record. */
function recordsIn(body: JsonObject | readonly Json[]): Records | null {
  if (isList(body)) return { collection: null, list: body.filter(isObject) }
  if (linesIn(body) !== null && scalarsOf(body).length > 0) return { collection: null, list: [body] }
  for (const [name, value] of Object.entries(body)) {
    if (isList(value) && value.some(isObject)) return { collection: name, list: value.filter(isObject) }
  }
  return scalarsOf(body).length >= 3 ? { collection: null, list: [body] } : null
}

const PLACE: readonly Ours[] = [
  'account',
  'costCentre',
  'year',
  'period',
  'currency',
  'key',
  'daybook',
  'date',
  'measure',
]
const SIZE: readonly Ours[] = ['amount', 'debit', 'credit']

/** Whether a record says of an amount what it is for: nothing else is ours to post. */
function isFigure(record: JsonObject, lines: string | null): boolean {
  const line = lines === null ? {} : (listUnder(record, lines)[0] ?? {})
  const found = matchFields({ ...line, ...record }, [...SIZE, ...PLACE])
  return SIZE.some((name) => found.has(name)) && PLACE.filter((name) => found.has(name)).length >= 2
}

/** The name of the list whose records carry amounts: the lines of an entry. */
function linesIn(record: JsonObject): string | null {
  for (const name of Object.keys(record)) {
    const [first] = listUnder(record, name)
    if (first === undefined) continue
    const found = matchFields(first, [...SIZE, 'account'])
    if (found.has('account') && SIZE.some((size) => found.has(size))) return name
  }
  return null
}

/** The records of a list under a name; empty when it is none. */
export function listUnder(record: JsonObject, name: string): readonly JsonObject[] {
  const list = own(record, name)
  return isList(list) ? list.filter(isObject) : []
}

/** Names whose value is no list and no object. */
export function scalarsOf(record: JsonObject): readonly string[] {
  return Object.keys(record).filter((name) => !isList(record[name]) && !isObject(record[name]))
}

/** Our words → the fields of a record that stand for them, by name and by what stands there. */
export function matchFields(record: JsonObject, asked: readonly Ours[]) {
  return matchNames(scalarsOf(record), asked, (name) => [textOf(own(record, name)) ?? ''])
}

/** QAD answers what it refuses with 200, too. A body that the capture does not have is taken for a good one. */
function isStored({ status, answer }: Exchange): boolean {
  if (status < 200 || status > 299 || isLoginPage(answer)) return false
  const { success, complaints, hasFailed } = readEnvelope(readExact(answer)?.value ?? null)
  return success !== false && complaints.length === 0 && !hasFailed
}
