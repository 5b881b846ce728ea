import { MlcError } from '../errors.js'
import { at, isList, isObject, own, readExact, type Exact, type ExactObject } from './exact.js'
import type { ReadOptions } from './options.js'
import { readAnswer } from './read.js'
import { createRepeats, fingerprintOf } from './repeats.js'
import type { Tenant } from './tenant.js'

const BROWSES = '/api/qracore/browses'
const PAGE_SIZE = 1000

/** A condition with its placeholders filled in. */
export interface Filter {
  readonly field: string
  readonly op: string
  readonly value: string
  /** A year or period number: 3 and 03 are the same. */
  readonly isNumber: boolean
}

/**
 * All rows of a browse, page after page, as they arrive. Reads on until a page is shorter than asked for. Where the first one is
 * short and not the last, QAD caps its pages: the next are asked for in that size, so that none is passed over.
 * @throws MLC-Q012 when a page or a row comes twice, or the count disagrees
 */
export async function* browseRows(
  tenant: Tenant,
  read: ReadOptions,
  filters: readonly Filter[],
  what: string,
): AsyncGenerator<ExactObject> {
  let pageSize = read.pageSize ?? PAGE_SIZE
  const callId = tenant.uuid()
  const refuseRepeats = createRepeats(what)
  let count = 0
  // The first page, where another is asked for only because it may be as many rows as QAD gives at once.
  let capped: readonly ExactObject[] | null = null
  for (let page = 1; ; page++) {
    const { rows, more } = await browsePage(tenant, read, { callId, page, pageSize, filters }, what)
    // Whoever gives the same again knows no pages: it gave all there is.
    if (capped !== null && areAlike(rows, capped)) return
    refuseRepeats(rows, page)
    count += rows.length
    yield* rows
    const isEnd = isLast(rows.length, pageSize, more)
    capped = isEnd && page === 1 && mayBeCapped(rows.length, more) ? rows : null
    if (isEnd && capped === null) {
      if (page > 1 && filters.length === 0) await crossCheck(tenant, read.browse ?? '', count, what)
      return
    }
    if (page === 1) pageSize = rows.length
  }
}

/** Which page of a browse is asked for. */
export interface PageWanted {
  /** The same for all pages of one read. */
  readonly callId: string
  /** From 1. */
  readonly page: number
  readonly pageSize: number
  readonly filters: readonly Filter[]
}

/** One page of a browse; `more` is what QAD says of further pages, null where it says nothing. @throws MLC-Q002 … MLC-Q013, MLC-Q503 */
export async function browsePage(
  tenant: Tenant,
  read: ReadOptions,
  wanted: PageWanted,
  what: string,
): Promise<{ readonly rows: readonly ExactObject[]; readonly more: boolean | null }> {
  const path = browsePath(read.browse ?? '', wanted, what)
  const answer = await readAnswer(tenant, path, what).catch((error: unknown) => explain(error, read, what))
  return { rows: pageRows(answer, wanted.page, what), more: moreOf(answer) }
}

/** QAD says of a browse that it does not know only that a view is missing. (seen in answers of tenants) */
function explain(error: unknown, { browse }: ReadOptions, what: string): never {
  if (!(error instanceof MlcError) || error.code !== 'MLC-Q013' || !/at least one view/i.test(error.message))
    throw error
  const name = what.slice(0, what.indexOf(' '))
  throw new MlcError('MLC-Q013', `QAD knows no browse ${browse ?? ''}: ${error.message}`, {
    cause: error,
    fix: `Correct qad.${name}.browse in mlc.yaml: the id as the browse's own page in QAD has it.`,
  })
}

/**
 * A short page is the last one, unless QAD says that there is more: then a server that caps pages below our size would lose
 * rows, so one more page is asked for. That flag alone never ends a read: its meaning is a guess from its (misspelt) name.
 */
function isLast(rows: number, pageSize: number, more: boolean | null): boolean {
  return rows === 0 || (rows < pageSize && more !== true)
}

/** Where QAD says nothing of further pages, a first one may be all there is, or as many rows as it gives at once. */
function mayBeCapped(rows: number, more: boolean | null): boolean {
  return rows > 0 && (more === null || isRound(rows))
}

/** Caps are. What says of none that there is more, may mean something else. */
function isRound(rows: number): boolean {
  return rows % 25 === 0 || rows % 10 === 0
}

function areAlike(rows: readonly ExactObject[], others: readonly ExactObject[]): boolean {
  return (
    rows.length === others.length && rows.every((row, at) => fingerprintOf(row) === fingerprintOf(others[at] ?? {}))
  )
}

/** The misspelling, and the text in place of a boolean, are QAD's own. */
function moreOf(answer: Exact): boolean | null {
  const more = isObject(answer) ? at(answer, 'auxillaryData.HasMoreParams') : undefined
  if (typeof more === 'boolean') return more
  return typeof more === 'string' ? more.toLowerCase() === 'true' : null
}

/** Without page and pageAction some browses answer 200 with no rows, so both are always sent. */
export function browsePath(browse: string, { callId, page, pageSize, filters }: PageWanted, what: string): string {
  const query = new URLSearchParams({
    browseId: browse,
    callId,
    page: String(page),
    pageSize: String(pageSize),
    pageAction: page === 1 ? 'first' : 'next',
  })
  return [`${BROWSES}?${query.toString()}`, ...filters.map((filter) => `filter=${renderFilter(filter, what)}`)].join(
    '&',
  )
}

/** `<field>,<op>,<value>,literal`; a range (rg) has two value pairs, configured as `from,to`. */
function renderFilter({ field, op, value }: Filter, what: string): string {
  const values = op === 'rg' ? value.split(',') : [value]
  // How a comma inside a value is escaped is not known, and a wrong guess would filter something else.
  if (values.some((text) => text.includes(',')) || values.length !== (op === 'rg' ? 2 : 1)) {
    throw new MlcError(
      'MLC-C003',
      `${what}: the filter on ${field} has the value ${value}, whose commas a browse cannot take`,
    )
  }
  const parts = [field, op, ...values.flatMap((text) => [text, 'literal'])]
  if (parts.some((part) => /\p{Cs}/u.test(part)))
    throw new MlcError('MLC-C003', `${what}: the filter on ${field} is no text that can be encoded`)
  return parts.map(encodeURIComponent).join(',')
}

function pageRows(answer: Exact, page: number, what: string): readonly ExactObject[] {
  const list = isList(answer) ? answer : isObject(answer) ? own(answer, 'data') : undefined
  if (!isList(list)) throw new MlcError('MLC-Q013', `${what}: page ${page} has no list of rows under data`)
  const odd = list.findIndex((row) => !isObject(row))
  if (odd >= 0) throw new MlcError('MLC-Q013', `${what}: row ${odd + 1} of page ${page} is not a record`)
  return list as readonly ExactObject[]
}

/** The count is a second opinion: where the tenant gives one, a difference is an error and not a shorter result. */
async function crossCheck(tenant: Tenant, browse: string, count: number, what: string): Promise<void> {
  const total = await totalCount(tenant, browse, [], what)
  if (total === null || total === count) return
  throw new MlcError('MLC-Q012', `${what}: ${count} rows were read, but its count says ${total}`)
}

/** How many rows QAD says the browse has. Null where the endpoint does not answer a number: it was seen in one program only. */
export async function totalCount(
  tenant: Tenant,
  browse: string,
  filters: readonly Filter[],
  what: string,
): Promise<number | null> {
  const named = new URLSearchParams({ browseId: browse }).toString()
  const conditions = filters.map((filter) => `&filter=${renderFilter(filter, what)}`).join('')
  const path = `${BROWSES}/totalCount/?${named}${conditions}`
  const answer = await tenant.send({ method: 'GET', path }).catch(() => null)
  const body = answer?.answer.status === 200 ? (readExact(answer.answer.text)?.value ?? null) : null
  const found = isObject(body)
    ? ['data', 'totalCount', 'data.totalCount', 'count'].map((name) => at(body, name))
    : [body]
  const digits = found.find((value) => typeof value === 'string' && /^\d{1,12}$/.test(value))
  return digits === undefined ? null : Number(digits)
}
