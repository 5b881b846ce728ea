import { json, stackTrace } from './answers.js'
import type { Books } from './books.js'
import { compareDecimals, shortest, type Cell, type Decimal, type Json, type Words } from './cells.js'
import { faultOf, type Fault } from './faults.js'
import type { QadBrowse, QadList, QadUser } from './world.js'

/** A read of one user in one workspace. */
export interface Read {
  readonly user: QadUser
  readonly workspace: string
  readonly query: URLSearchParams
  readonly faults: readonly Fault[]
}

export interface Shelf {
  readonly browses: readonly QadBrowse[]
  readonly books: Books
  /** How an unknown browse is answered. */
  readonly unknownBrowse: 'error-in-200' | '500'
  readonly defaultPageSize: number
}

/** `GET /api/qracore/browses`: one page of a browse. */
export function browsePage(shelf: Shelf, read: Read): Response {
  const { query, faults } = read
  const found = select(shelf, read)
  if (found instanceof Response) return found
  const size = wholeNumber(query.get('pageSize')) ?? shelf.defaultPageSize
  const page = faultOf(faults, 'repeatPage') ? 1 : pageNumber(query)
  // Without page and pageAction a real browse answers 200 with no rows: an answer that proves nothing.
  const empty = page === null || faultOf(faults, 'emptyBrowse') !== undefined
  const start = empty ? 0 : (page - 1) * size
  const rows = empty ? [] : found.rows.slice(start, start + size)
  const more = faultOf(faults, 'alwaysMore') !== undefined || (!empty && start + size < found.rows.length)
  return json(200, {
    data: rows.map((row, index) => shown(row, found.browse, start + index, faults)),
    // The misspelling and the text instead of a boolean are QAD's own.
    auxillaryData: { HasMoreParams: String(more) },
  })
}

/** `GET /api/qracore/browses/totalCount/`: how many rows the same filters give. */
export function browseCount(shelf: Shelf, read: Read): Response {
  const found = select(shelf, read)
  if (found instanceof Response) return found
  const count = found.rows.length + (faultOf(read.faults, 'wrongCount')?.by ?? 0)
  return json(200, { data: { totalCount: { n: String(count) } } })
}

/** `GET /api/erp/<plural>`: all records, or those whose fields equal the query. */
export function listRecords(list: QadList, books: Books, { user, workspace, query, faults }: Read): Response {
  const wanted = [...query].filter(([name]) => Object.values(list.columns).includes(name))
  const hidden = user.hidden?.includes(list.of) === true || faultOf(faults, 'emptyBrowse') !== undefined
  const rows = hidden ? [] : books.rows(list.of, workspace)
  const records = rows.map((row) => spelled(row, list.columns, faults))
  const matching = records.filter((record) =>
    wanted.every(([name, value]) => matches(record[name] ?? null, 'eq', [value])),
  )
  return json(200, { data: { [list.plural]: matching } })
}

interface Selection {
  readonly browse: QadBrowse
  readonly rows: readonly Words[]
}

function select({ browses, books, unknownBrowse }: Shelf, { user, workspace, query }: Read): Selection | Response {
  const browse = browses.find(({ id }) => id === query.get('browseId'))
  if (!browse) return unknown(unknownBrowse)
  const conditions = query.getAll('filter').map((filter) => readFilter(filter, browse))
  const bad = conditions.find((condition) => typeof condition === 'string')
  if (bad !== undefined) return unknownFilter(bad)
  const read = conditions.filter((condition) => typeof condition !== 'string')
  const preset = Object.entries(browse.preset ?? {}).filter(
    ([word]) => !read.some((condition) => condition.word === word),
  )
  const all = [...read, ...preset.map(([word, value]): Condition => ({ word, op: 'eq', values: [value] }))]
  const countsAsRead = pageNumber(query) === 1
  const rows = user.hidden?.includes(browse.of) ? [] : books.rows(browse.of, workspace, countsAsRead)
  return {
    browse,
    rows: rows.filter((row) => all.every(({ word, op, values }) => matches(row[word] ?? null, op, values))),
  }
}

function unknown(answer: Shelf['unknownBrowse']): Response {
  if (answer === '500') return stackTrace()
  const message = 'There should exist at least one View.'
  return json(200, { data: [], errors: [{ message }], message })
}

function unknownFilter(message: string): Response {
  return json(200, { data: [], errors: [{ message }], message })
}

/** Page 1 answers to `first`, later ones to `next`; `first` on a later page starts over; anything else gives nothing. */
function pageNumber(query: URLSearchParams): number | null {
  const page = wholeNumber(query.get('page'))
  const action = query.get('pageAction')
  if (page === null || page < 1) return null
  if (action === 'first') return 1
  return action === 'next' && page > 1 ? page : null
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,7}$/.test(text) ? Number(text) : null
}

interface Condition {
  readonly word: string
  readonly op: string
  readonly values: readonly string[]
}

/** `field,op,value,literal`; `rg` takes two pairs. A comma inside a value cannot be told from one between the parts. */
function readFilter(filter: string, browse: QadBrowse): Condition | string {
  const [field = '', op = '', ...rest] = filter.split(',')
  const word = Object.entries(browse.columns).find(([, column]) => column === field)?.[0]
  if (word === undefined) return `Invalid filter field ${field}`
  const pairs = op === 'rg' ? 2 : 1
  const literals = rest.filter((_, index) => index % 2 === 1)
  if (rest.length !== pairs * 2 || literals.some((literal) => literal !== 'literal')) return `Invalid filter ${filter}`
  if (!OPERATORS.includes(op)) return `Invalid operator ${op}`
  return { word, op, values: rest.filter((_, index) => index % 2 === 0) }
}

const OPERATORS = ['eq', 'gt', 'ge', 'lt', 'le', 'sw', 'ew', 'cn', 'rg']

/** Progress compares text without regard to letter case. */
function matches(cell: Cell, op: string, [wanted = '', upper = '']: readonly string[]): boolean {
  const order = compare(cell, wanted)
  const text = plain(cell).toLowerCase()
  const value = wanted.toLowerCase()
  switch (op) {
    case 'eq':
      return order === 0
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
    case 'sw':
      return text.startsWith(value)
    case 'ew':
      return text.endsWith(value)
    case 'cn':
      return text.includes(value)
    default:
      return order >= 0 && compare(cell, upper) <= 0
  }
}

function compare(cell: Cell, wanted: string): number {
  if (isNumber(cell)) return /^-?\d+(\.\d+)?$/.test(wanted) ? compareDecimals(cell.n, wanted) : Number.NaN
  const [text, value] = [plain(cell).toLowerCase(), wanted.toLowerCase()]
  return text < value ? -1 : text > value ? 1 : 0
}

function plain(cell: Cell): string {
  return isNumber(cell) ? cell.n : cell === null ? '' : String(cell)
}

function isNumber(cell: Cell): cell is Decimal {
  return typeof cell === 'object' && cell !== null
}

/** A browse row as QAD shows it: dotted columns among columns nobody asked for. */
function shown(row: Words, browse: QadBrowse, index: number, faults: readonly Fault[]): Json {
  const table = Object.values(browse.columns)[0]?.split('.')[0] ?? 'row'
  const rowId = `0x${(4096 + index).toString(16).padStart(16, '0')}`
  return {
    'local_variables.BrowseRowOrderIndex': { n: String(index + 1) },
    'local_variables.uniqueId': `${table}-${rowId}`,
    'local_variables.decoration_cell': null,
    ...spelled(row, browse.columns, faults),
    [`${table}.oid_${table}`]: { n: '0' },
    [`${table}.${table}_rowid`]: rowId,
  }
}

function spelled(
  row: Words,
  columns: Readonly<Record<string, string>>,
  faults: readonly Fault[],
): Record<string, Cell> {
  const lower = faultOf(faults, 'lowerCase') !== undefined
  const show = (cell: Cell): Cell => {
    if (isNumber(cell)) return { n: shortest(cell.n) }
    return lower && typeof cell === 'string' ? cell.toLowerCase() : cell
  }
  return Object.fromEntries(Object.entries(columns).map(([word, column]) => [column, show(row[word] ?? '')]))
}
