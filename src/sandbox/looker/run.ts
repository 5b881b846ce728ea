import { notFound, refusal } from './answers.js'
import type { Call } from './call.js'
import { formatted, reform } from './cells.js'
import { expressionFault } from './expression.js'
import type { RunFault } from './faults.js'
import { write } from './formats.js'
import type { SavedQuery } from './library.js'
import { pivoted } from './pivots.js'
import { execute, type Execution, type ResultRow } from './query.js'
import { may } from './session.js'
import type { Explore, LookerWorld } from './world.js'

/**
 * How the instance treats `limit` and `offset`. offset: honours the offset, and every call ends silently at the cap.
 * stream: any limit, -1 for all, and no offset. capped: ends silently at the cap, no offset; only query tasks are whole.
 */
export type RowWorld = 'offset' | 'stream' | 'capped'

export interface Instance {
  readonly world: LookerWorld
  readonly now: () => number
  readonly rowWorld: RowWorld
  readonly rowCap: number
}

/** Runs a query for a call: `limit` and `offset` come from `parameters`, the planned faults from the call. */
export function run(
  instance: Instance,
  call: Call,
  query: SavedQuery,
  format: string,
  parameters: URLSearchParams,
  isTask = false,
): Response {
  const explore = findExplore(instance.world, query.model, query.view)
  if (explore === undefined || !may(call.session, 'access_data')) return notFound(call.route)
  if (format === 'json_bi' && !servesJsonBi(instance.world.release)) return badFormat(call, format)
  const page = pageOf(instance, call, query, parameters, isTask)
  if (page === null) return refusal(400, 'Invalid limit', call.route)
  const fault = expressionFault(query.filterExpression, explore)
  if (fault !== null) return refusal(400, `Invalid filter expression: ${fault}`, call.route)
  const execution = executed(instance, call, explore, query, format)
  // In csv every pivoted value is a column of its own; no sandbox user needs that.
  if (execution.pivoting !== undefined && !format.includes('json')) return badFormat(call, format)
  const plainJson = format === 'json_bi' && call.faults.some((fault) => fault.kind === 'plain-json')
  const response = write(plainJson ? 'json' : format, {
    ...told(call.faults),
    explore,
    query: withoutIgnored(query, call.faults),
    execution,
    rows: spoiled(cut(shown(execution, parameters), page), call.faults, execution),
    seesSql: may(call.session, 'see_sql'),
    useLabels: parameters.get('apply_vis') === 'true',
    sql: sqlOf(explore, execution, page.count),
    ranAt: new Date(instance.now()).toISOString(),
  })
  return response ?? badFormat(call, format)
}

function executed(instance: Instance, call: Call, explore: Explore, query: SavedQuery, format: string): Execution {
  const isUnstable = call.faults.some((fault) => fault.kind === 'unstable-order')
  const flat = execute(explore, withoutIgnored(query, call.faults), instance.now(), isUnstable)
  return pivoted(flat, query.pivots ?? [], format === 'json_detail')
}

/** What the planned faults make Looker say beside the rows. */
function told(faults: readonly RunFault[]) {
  const error = faults.find((fault) => fault.kind === 'looker-error')
  const truncated = faults.find((fault) => fault.kind === 'columns-truncated')
  return {
    error: error === undefined ? null : (error.message ?? SQL_ERROR),
    warnings: faults.flatMap((fault) => (fault.kind === 'warnings' ? fault.messages : [])),
    more: Object.assign({}, ...faults.map((fault) => (fault.kind === 'metadata' ? fault.members : {}))) as object,
    columnsTruncated: truncated === undefined ? 'no' : (truncated.value ?? 'yes'),
    hidden: new Set(faults.flatMap((fault) => (fault.kind === 'missing-column' ? [fault.field] : []))),
    twice: faults.find((fault) => fault.kind === 'duplicate-key')?.field ?? null,
  }
}

const SQL_ERROR = 'The database encountered an error while running this query: relation "finance.gl" does not exist'

export function findExplore(world: LookerWorld, model: string, view: string): Explore | undefined {
  return world.explores.find((explore) => explore.model === model && explore.name === view)
}

/** json_bi has its `metadata` and `rows` since 24.4. */
function servesJsonBi(release: string): boolean {
  const [year = 0, month = 0] = release.split('.').map(Number)
  return year > 24 || (year === 24 && month >= 4)
}

function badFormat(call: Call, format: string): Response {
  return refusal(422, 'Validation Failed', call.route, [
    { field: 'result_format', code: 'invalid', message: `Invalid result format: ${format}` },
  ])
}

interface Page {
  readonly start: number
  readonly count: number
}

function pageOf(
  instance: Instance,
  call: Call,
  query: SavedQuery,
  parameters: URLSearchParams,
  isTask: boolean,
): Page | null {
  const { rowWorld, rowCap } = instance
  const text = parameters.get('limit') ?? query.limit
  if (!/^(?:-1|\d+)$/.test(text)) return null
  const limit = text === '-1' ? Infinity : Number(text)
  const capped =
    rowWorld === 'offset' || (rowWorld === 'capped' && !isTask) || !may(call.session, 'download_without_limit')
  const repeats = call.faults.some((fault) => fault.kind === 'repeat-page')
  const offset = rowWorld === 'offset' && !repeats ? Number(parameters.get('offset') ?? '0') : 0
  return { start: Number.isSafeInteger(offset) ? offset : 0, count: capped ? Math.min(limit, rowCap) : limit }
}

function withoutIgnored(query: SavedQuery, faults: readonly RunFault[]): SavedQuery {
  const lost = (kind: RunFault['kind'], name: string) =>
    faults.some((fault) => fault.kind === kind && 'field' in fault && fault.field === name)
  const filters = Object.entries(query.filters).filter(([name]) => !lost('ignored-filter', name))
  const { filterExpression: custom = '', ...rest } = query
  const has = (kind: RunFault['kind']) => faults.some((fault) => fault.kind === kind)
  return {
    ...rest,
    ...(custom === '' || has('ignored-expression')
      ? {}
      : { filterExpression: has('rounded-literals') ? rounded(custom) : custom }),
    fields: query.fields.filter((name) => !lost('ignored-field', name)),
    filters: Object.fromEntries(filters),
  }
}

function rounded(expression: string): string {
  return expression.replace(/(?<![\w"{.])-?\d+(?:\.\d+)?/g, (literal) => String(Number(literal)))
}

/** Formatting and visualization options, which spoil figures: text for numbers, and no more rows than a chart shows. */
function shown(execution: Execution, parameters: URLSearchParams): Iterable<ResultRow> {
  const isFormatted = parameters.get('apply_formatting') === 'true'
  const rows = isFormatted ? each(execution.rows, (row) => row.map(formatted)) : execution.rows
  return parameters.get('apply_vis') === 'true' ? cut(rows, { start: 0, count: 500 }) : rows
}

function* cut(rows: Iterable<ResultRow>, { start, count }: Page): Iterable<ResultRow> {
  let at = 0
  if (count === 0) return
  for (const row of rows) {
    if (at++ < start) continue
    yield row
    if (at >= start + count) return
  }
}

function* each(rows: Iterable<ResultRow>, change: (row: ResultRow, at: number) => ResultRow): Iterable<ResultRow> {
  let at = 0
  for (const row of rows) yield change(row, at++)
}

/** The error comes after every other fault has had the rows. */
function spoiled(rows: Iterable<ResultRow>, faults: readonly RunFault[], execution: Execution): Iterable<ResultRow> {
  const isError = (fault: RunFault) => fault.kind === 'looker-error'
  const ordered = [...faults.filter((fault) => !isError(fault)), ...faults.filter(isError)]
  return ordered.reduce((before, fault) => spoil(before, fault, execution), rows)
}

function spoil(rows: Iterable<ResultRow>, fault: RunFault, execution: Execution): Iterable<ResultRow> {
  switch (fault.kind) {
    case 'empty':
      return []
    case 'cap':
      return cut(rows, { start: 0, count: fault.rows })
    case 'looker-error':
      return fault.where === 'last'
        ? rows
        : cut(rows, { start: 0, count: fault.where === 'first' ? 0 : (fault.afterRows ?? 2) })
    case 'duplicate-row':
      return doubled(rows, fault.row ?? 0)
    case 'missing-row':
      return without(rows, fault.row)
    case 'total-row':
      return followed(rows, () => execution.totals())
    case 'cells': {
      const column = execution.fields.findIndex((field) => field.name === fault.field)
      return each(rows, (row, at) =>
        fault.row !== undefined && fault.row !== at
          ? row
          : row.map((cell, i) => (i === column ? reform(cell, fault.as) : cell)),
      )
    }
    default:
      return rows
  }
}

function* doubled(rows: Iterable<ResultRow>, which: number): Iterable<ResultRow> {
  let at = 0
  for (const row of rows) {
    yield row
    if (at++ === which) yield row
  }
}

function* without(rows: Iterable<ResultRow>, which: number): Iterable<ResultRow> {
  let at = 0
  for (const row of rows) if (at++ !== which) yield row
}

function* followed(rows: Iterable<ResultRow>, last: () => ResultRow): Iterable<ResultRow> {
  yield* rows
  yield last()
}

function sqlOf(explore: Explore, execution: Execution, count: number): string {
  const columns = execution.fields.map((field) => `  ${field.column} AS "${field.name}"`).join(',\n')
  const where = Object.entries(execution.filters).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  const limit = count === Infinity ? '' : `\nLIMIT ${count}`
  return `SELECT\n${columns}\nFROM ${explore.model}.${explore.name}${where.length === 0 ? '' : `\nWHERE ${where.join(' AND ')}`}${limit}`
}
