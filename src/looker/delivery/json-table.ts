import { MlcError } from '../../errors.js'
import type { Cell, Row } from '../../model/row.js'
import { readMetadata } from '../answer.js'
import { quote } from '../words.js'
import { createJsonReader, JsonNumber, type Json, type JsonObject, type Span } from './json.js'
import { BATCH, type Table } from './table.js'
import { asUnfit, unreadable } from './unfit.js'

/**
 * A table of JSON: a list of rows, or the object of json_detail, whose cells are objects with a `value`.
 * @throws MLC-I010 when it is no such JSON, MLC-I014 when it is not figures alone
 */
export function jsonTable(json: Buffer): Table {
  const reader = createJsonReader(json)
  const found = reader.peek()
  if (found === '[') {
    const list = reader.skip()
    reader.end()
    return tableOf(json, list, EMPTY)
  }
  if (found !== '{') throw unreadable('its rows are neither a list nor json_detail')
  return detailTable(json)
}

type Told = Pick<Table, 'fields' | 'notes'>
const EMPTY: Told = { fields: null, notes: [] }

/** What stands beside the rows tells whether they are figures alone: errors, totals, pivots, columns left out. */
function detailTable(json: Buffer): Table {
  const reader = createJsonReader(json)
  const about: Record<string, unknown> = {}
  let list: Span | null = null
  for (const name of reader.members()) {
    if (name === 'data' || name === 'rows') list = reader.peek() === '[' ? reader.skip() : notRows(name)
    else Object.defineProperty(about, name, { value: plain(smallValue(json, reader.skip())), enumerable: true })
  }
  reader.end()
  if (list === null) throw unreadable('it is an object without rows')
  refuseUnfit(about)
  return tableOf(json, list, toldBy(about))
}

/** A description with more in it than Looker writes is passed over by nobody: what it says may be why the rows are unfit. */
function smallValue(json: Buffer, span: Span): Json {
  if (span.end - span.start > MAX_DESCRIPTION) throw unreadable('what stands beside its rows is larger than 4 MiB')
  return createJsonReader(json, span.start).value()
}

const MAX_DESCRIPTION = 4 * 1024 * 1024

function notRows(name: string): never {
  throw unreadable(`${quote(name)} is not a list of rows`)
}

function toldBy(about: Readonly<Record<string, unknown>>): Told {
  const inner = isRecord(about['metadata']) ? about['metadata'] : about
  try {
    const members = new Map<string, unknown>([...Object.entries(about), ['metadata', inner]])
    const { fields, notes } = readMetadata(members)
    return { fields: fields && fields.length > 0 ? fields : null, notes }
  } catch (error) {
    throw asUnfit(error, 'MLC-I014')
  }
}

function refuseUnfit(about: Readonly<Record<string, unknown>>): void {
  const { status } = about
  const unfit = ['has_row_totals', 'truncated'].find((name) => about[name] === true)
  const says = unfit ?? (status === 'error' || status === 'killed' ? `status: ${status}` : null)
  if (says !== null) throw new MlcError('MLC-I014', `the delivery says ${says}; its rows are not the figures alone`)
}

function tableOf(json: Buffer, list: Span, told: Told): Table {
  const first = firstRow(json, list)
  const columns = Object.keys(first ?? {})
  return { ...told, name: null, columns, first, rows: () => rowsOf(json, list) }
}

function firstRow(json: Buffer, list: Span): Row | null {
  const reader = createJsonReader(json, list.start)
  for (const index of reader.elements()) return rowOf(reader.value(), index + 1)
  return null
}

function* rowsOf(json: Buffer, list: Span): Generator<readonly Row[], void> {
  const reader = createJsonReader(json, list.start)
  let batch: Row[] = []
  for (const index of reader.elements()) {
    batch.push(rowOf(reader.value(), index + 1))
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function rowOf(json: Json, number: number): Row {
  if (!isJsonObject(json)) throw unreadable(`row ${number} is no object`)
  const row: Record<string, Cell> = {}
  for (const name of Object.keys(json)) {
    if (name === '__proto__') throw unreadable(`row ${number} has a column named __proto__`)
    row[name] = cellOf(json[name] ?? null, name, number)
  }
  return row
}

/** json_detail: `{"value": …, "rendered": …}`. The value is the figure, what is rendered is for people. */
function cellOf(json: Json, name: string, number: number): Cell {
  if (json instanceof JsonNumber) return json.text
  if (json === null || typeof json !== 'object') return json
  const value = isJsonObject(json) ? json['value'] : undefined
  if (value instanceof JsonNumber) return value.text
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  throw new MlcError('MLC-I014', `row ${number}: ${quote(name, 80)} holds several values, as pivots do`)
}

function isJsonObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof JsonNumber)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Ordinary objects, with numbers as their text: for readers of Looker's own words, which hold no figures. */
export function plain(json: Json): unknown {
  if (json instanceof JsonNumber) return json.text
  if (Array.isArray(json)) return json.map((one: Json) => plain(one))
  if (!isJsonObject(json)) return json
  const members = Object.entries(json).filter(([name]) => name !== '__proto__')
  return Object.fromEntries(members.map(([name, value]) => [name, plain(value)]))
}
