import { MlcError } from '../errors.js'
import type { Period } from '../model/period.js'
import { browseRows, type Filter } from './browse.js'
import { cellsOf, type Cells } from './cells.js'
import { at, isList, isObject, type Exact, type ExactObject } from './exact.js'
import type { ReadOptions, ReadsOptions, Word } from './options.js'
import { readAnswer } from './read.js'
import type { Tenant } from './tenant.js'

/** A company of QAD whose rows can be read: a tenant over REST, or a receiver of QXtend that has a query QDoc. */
export type Place = Tenant | QueryPlace

export interface QueryPlace {
  readonly domain: string
  readonly entity: string
  /** The rows of a read as QAD answers them; all of them, whatever its filters. */
  rows(name: keyof ReadsOptions, read: ReadOptions, period: Period | null, what: string): AsyncIterable<ExactObject>
}

/**
 * The rows of a configured read, under our names, as they arrive. Rows that a column places in another domain or entity are
 * left out.
 * @param period fills `{year}` and `{period}` in filters; null for masters
 */
export async function* readRows(
  place: Place,
  name: keyof ReadsOptions,
  read: ReadOptions,
  period: Period | null,
): AsyncGenerator<Cells> {
  const what = describeRead(name, read)
  let number = 0
  for await (const row of rawRows(place, name, read, period)) {
    const cells = cellsOf(row, ++number, read, what)
    if (isHere(cells, 'domain', place.domain) && isHere(cells, 'entity', place.entity)) yield cells
  }
}

/** The rows of a configured read as QAD answers them, its filters applied. */
export function rawRows(
  place: Place,
  name: keyof ReadsOptions,
  read: ReadOptions,
  period: Period | null,
): AsyncIterable<ExactObject> {
  const what = describeRead(name, read)
  const filters = filtersOf(read, place, period, what)
  if ('rows' in place) return satisfying(place.rows(name, read, period, what), filters, what)
  return read.browse ? browseRows(place, read, filters, what) : pathRows(place, read, filters, what)
}

/** The conditions of a read with their placeholders filled in. @throws MLC-C003 for a placeholder that the read does not know */
export function filtersOf(
  read: ReadOptions,
  place: Pick<Place, 'domain' | 'entity'>,
  period: Period | null,
  what: string,
): readonly Filter[] {
  return (read.filters ?? []).map((filter) => fillFilter(filter, place, period, what))
}

/**
 * Where QAD cannot be told the filters, they are applied to what it answers. XML leaves out what is empty, so a row without the
 * column does not satisfy one; rows that all lack it were asked for under a wrong name.
 * @throws MLC-Q011
 */
async function* satisfying(
  rows: AsyncIterable<ExactObject>,
  filters: readonly Filter[],
  what: string,
): AsyncGenerator<ExactObject> {
  refuseOperators(filters, what)
  const unmet = new Set(filters.map(({ field }) => field))
  let count = 0
  for await (const row of rows) {
    count++
    const here = filters.filter(({ field }) => (at(row, field) ?? null) !== null)
    for (const { field } of here) unmet.delete(field)
    if (here.length === filters.length && filters.every((filter) => satisfies(row, filter))) yield row
  }
  const [missing] = unmet
  if (missing !== undefined && count > 0)
    throw new MlcError('MLC-Q011', `${what}: no row has the column ${missing}, which a filter names`)
}

function refuseOperators(filters: readonly Filter[], what: string): void {
  const unusable = filters.find(({ op }) => op !== 'eq')
  if (unusable)
    throw new MlcError('MLC-C003', `${what}: the filter operator ${unusable.op} works with a browse only; use eq`)
}

export function describeRead(name: keyof ReadsOptions, read: ReadOptions): string {
  const { browse, path, rows } = read
  return `reads.${name} (${browse ? `browse ${browse}` : (path ?? rows ?? 'no path')})`
}

async function* pathRows(
  tenant: Tenant,
  read: ReadOptions,
  filters: readonly Filter[],
  what: string,
): AsyncGenerator<ExactObject> {
  if (!read.path) throw new MlcError('MLC-C003', `${what}: neither browse nor path is set`)
  refuseOperators(filters, what)
  const query = filters.map(({ field, value }) => `${encodeURIComponent(field)}=${encodeURIComponent(value)}`).join('&')
  const path = query === '' ? read.path : `${read.path}${read.path.includes('?') ? '&' : '?'}${query}`
  const list = findList(await readAnswer(tenant, path, what), read.rows ?? 'data')
  if (list === null) throw new MlcError('MLC-Q013', `${what}: the answer has no list under ${read.rows ?? 'data'}`)
  for (const [index, row] of list.entries()) {
    if (!isObject(row)) throw new MlcError('MLC-Q013', `${what}, row ${index + 1}: not a record`)
    if (filters.every((filter) => satisfies(row, filter))) yield row
  }
}

/** The list under a dotted name, or the answer itself, or the list under the name's last step at the top: all three are met. */
export function findList(answer: Exact, name: string): readonly Exact[] | null {
  if (isList(answer)) return answer
  if (!isObject(answer)) return null
  const named = at(answer, name)
  if (isList(named)) return named
  const top = at(answer, name.slice(name.lastIndexOf('.') + 1))
  return isList(top) ? top : null
}

/** A server may ignore a parameter that it does not know. Case does not count: QAD compares without it. */
export function satisfies(row: ExactObject, { field, value, isNumber }: Filter): boolean {
  const found = at(row, field)
  if (typeof found !== 'string' && typeof found !== 'boolean') return true
  const normal = (text: string) => (isNumber ? text.replace(/^0+(?=\d)/, '') : text.toUpperCase())
  return normal(String(found)) === normal(value)
}

function isHere(cells: Cells, name: 'domain' | 'entity', ours: string): boolean {
  const theirs = cells.optionalCode(name) ?? ''
  return theirs === '' || theirs.toUpperCase() === ours.toUpperCase()
}

function fillFilter(
  [field, op, template]: readonly [string, string, Word],
  place: Pick<Place, 'domain' | 'entity'>,
  period: Period | null,
  what: string,
): Filter {
  const known: Record<string, string | undefined> = {
    domain: place.domain,
    entity: place.entity,
    year: period === null ? undefined : String(period.year),
    period: period === null ? undefined : String(period.period),
  }
  const value = String(template).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const filled = known[name]
    if (filled === undefined)
      throw new MlcError('MLC-C003', `${what}: the filter on ${field} names ${whole}, which this read does not know`)
    return filled
  })
  return { field, op, value, isNumber: /^\{(year|period)\}$/.test(String(template)) }
}
