import { JSON_TYPE } from './answers.js'
import { briefField, fullField } from './fields.js'
import { textOf } from './filter.js'
import type { Execution, ResultRow } from './query.js'
import type { SavedQuery } from './library.js'
import type { Explore, ExploreField, SourceValue } from './world.js'

/** What a run came to, ready to be written in any format. */
export interface RunResult {
  readonly explore: Explore
  readonly query: SavedQuery
  readonly execution: Execution
  /** After limits and planned faults; cells in the order of `execution.fields`. */
  readonly rows: Iterable<ResultRow>
  /** Comes after the rows as `looker_error`; json_detail then has no rows at all. */
  readonly error: string | null
  readonly warnings: readonly string[]
  readonly columnsTruncated: string
  /** More members of the metadata. */
  readonly more: object
  /** Fields whose cells are left out. */
  readonly hidden: ReadonlySet<string>
  /** Field that every row names twice. */
  readonly twice: string | null
  readonly seesSql: boolean
  readonly useLabels: boolean
  readonly sql: string
  readonly ranAt: string
}

/** Looker writes rows one a line while the database still sends them. Null for a format that the sandbox does not write. */
export function write(format: string, result: RunResult): Response | null {
  const writer = WRITERS[format]
  if (writer === undefined) return null
  const writing = writer(result)
  return new Response(stream(chunks(writing, result.rows)), { headers: { 'content-type': writing.type } })
}

interface Writing {
  readonly type: string
  readonly head: string
  /** Null: nothing is written for the rows. */
  readonly row: ((row: ResultRow) => string) | null
  readonly between: string
  readonly tail: string
}

type Writer = (result: RunResult) => Writing

/** Large, so that a million rows are a few hundred chunks. */
const CHUNK = 128 * 1024

function* chunks({ head, row, between, tail }: Writing, rows: Iterable<ResultRow>): Generator<string> {
  let text = head
  let first = true
  for (const each of row === null ? [] : rows) {
    text += first ? row?.(each) : between + (row?.(each) ?? '')
    first = false
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  yield text + (first ? tail.replace(/^,\n/, '') : tail)
}

function stream(texts: Generator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = texts.next()
      if (next.done === true) controller.close()
      else if (next.value !== '') controller.enqueue(encoder.encode(next.value))
    },
    cancel: () => void texts.return(undefined),
  })
}

const json: Writer = (result) => ({
  type: JSON_TYPE,
  head: '[',
  row: objectWriter(result),
  between: ',\n',
  tail: `${errorRecord(result)}]`,
})

const jsonBi: Writer = (result) => ({
  type: JSON_TYPE,
  head: `{"metadata":${JSON.stringify(metadata(result))},${notes(result)}"rows":[`,
  row: objectWriter(result),
  between: ',\n',
  tail: `${errorRecord(result)}]}`,
})

const jsonDetail: Writer = (result) => {
  const errors = result.error === null ? result.warnings : [result.error]
  const about = JSON.stringify(detail(result, errors)).slice(0, -1)
  return {
    type: JSON_TYPE,
    head: `${about},"totals_data":${totals(result)},"data":[`,
    row: result.error === null ? cellWriter(result) : null,
    between: ',\n',
    tail: ']}',
  }
}

const delimited =
  (delimiter: string, type: string): Writer =>
  (result) => {
    const indexes = shown(result)
    const labels = indexes.map((i) => quote(result.execution.fields[i]?.label ?? '', delimiter))
    return {
      type,
      head: `${labels.join(delimiter)}\n`,
      row: (row) => `${indexes.map((i) => quote(plain(row[i] ?? null), delimiter)).join(delimiter)}\n`,
      between: '',
      tail: result.error === null ? '' : `${result.error}\n`,
    }
  }

const sqlText: Writer = (result) => ({
  type: 'text/plain;charset=utf-8',
  head: result.sql,
  row: null,
  between: '',
  tail: '',
})

const WRITERS: Readonly<Record<string, Writer>> = {
  json,
  inline_json: json,
  json_bi: jsonBi,
  json_detail: jsonDetail,
  csv: delimited(',', 'text/csv;charset=utf-8'),
  txt: delimited('\t', 'text/plain;charset=utf-8'),
  sql: sqlText,
}

function errorRecord(result: RunResult): string {
  return result.error === null ? '' : `,\n${JSON.stringify({ looker_error: result.error })}`
}

/** Where json_bi puts warnings is not published; a member of its own leaves metadata and rows as they are. */
function notes(result: RunResult): string {
  const errors = result.warnings.map((message) => ({ message }))
  return errors.length === 0 ? '' : `"errors":${JSON.stringify(errors)},`
}

function shown(result: RunResult): number[] {
  return result.execution.fields.flatMap((field, i) => (result.hidden.has(field.name) ? [] : [i]))
}

function objectWriter(result: RunResult): (row: ResultRow) => string {
  const { fields } = result.execution
  const indexes = shown(result)
  const nameOf = (field: ExploreField) => (result.useLabels ? field.label : field.name)
  const keys = indexes.map((i, at) => `${at === 0 ? '' : ','}${JSON.stringify(nameOf(fields[i] as ExploreField))}:`)
  const again = fields.findIndex((field) => field.name === result.twice)
  return (row) => {
    let text = '{'
    for (let at = 0; at < indexes.length; at++) text += keys[at] + literal(row[indexes[at] as number] ?? null)
    if (again >= 0) text += `,${JSON.stringify(result.twice)}:${literal(row[again] ?? null)}`
    return `${text}}`
  }
}

function cellWriter(result: RunResult): (row: ResultRow) => string {
  const { fields, pivoting } = result.execution
  const indexes = shown(result)
  const keys = fields.map((field) => JSON.stringify(field.name))
  const isReady = (i: number) => pivoting !== undefined && fields[i]?.kind === 'measure'
  const cell = (value: SourceValue) => `{"value":${literal(value)}}`
  return (row) => {
    const cells = indexes.map((i) => `${keys[i]}:${isReady(i) ? literal(row[i] ?? null) : cell(row[i] ?? null)}`)
    return `{${cells.join(',')}}`
  }
}

/** Numbers keep the text they have; yes and no are words. */
function literal(value: SourceValue): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return value.n
  return JSON.stringify(textOf(value))
}

function plain(value: SourceValue): string {
  return value === null ? '' : textOf(value)
}

function quote(cell: string, delimiter: string): string {
  return /["\n\r]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** Computed over the whole result, not over the rows that the limit lets through. */
function totals({ query, execution }: RunResult): string {
  if (query.total !== true) return '{}'
  const sums = execution.totals()
  const cells = execution.fields.flatMap((field, i) =>
    field.kind === 'measure' ? [`${JSON.stringify(field.name)}:{"value":${literal(sums[i] ?? null)}}`] : [],
  )
  return `{${cells.join(',')}}`
}

function metadata(result: RunResult): object {
  const { execution, query, seesSql } = result
  const brief = (kind: ExploreField['kind']) =>
    execution.fields.filter((field) => field.kind === kind).map((field) => briefField(field, seesSql))
  return {
    big_query_metadata: { total_bytes_processed: 0, backend_cache_hit: false },
    fields: {
      dimensions: brief('dimension'),
      measures: brief('measure'),
      pivots: execution.pivoting?.fields.map((field) => briefField(field, seesSql)) ?? [],
      table_calculations: [],
    },
    pivots: pivotColumns(execution),
    has_subtotals: false,
    has_totals: query.total === true,
    columns_truncated: result.columnsTruncated,
    filter_expression: query.filterExpression ?? null,
    filters: execution.filters,
    sql: seesSql ? result.sql : null,
    ...result.more,
  }
}

function pivotColumns({ pivoting }: Execution): object[] {
  return (pivoting?.columns ?? []).map(({ key, values }) => {
    const named = Object.fromEntries(values.map((value, i) => [pivoting?.fields[i]?.name ?? '', plain(value)]))
    return { key, data: named, sort_values: named, is_total: false }
  })
}

function detail(result: RunResult, errors: readonly string[]): object {
  const { execution, explore, query } = result
  const full = (kind: ExploreField['kind']) =>
    execution.fields.filter((field) => field.kind === kind).map((field) => fullField(explore, field))
  const filters = Object.entries(execution.filters)
  return {
    status: errors.length > 0 && result.error !== null ? 'error' : 'complete',
    from_cache: false,
    id: query.id,
    result_source: 'query',
    supports_pivot_in_db: true,
    null_sort_treatment: 'low',
    expired: false,
    ran_at: result.ranAt,
    runtime: '0.042',
    added_params: query.sorts.length === 0 ? { sorts: [] } : {},
    sql: result.seesSql ? result.sql : null,
    sql_explain: null,
    fields: {
      measures: full('measure'),
      dimensions: full('dimension'),
      table_calculations: [],
      pivots: execution.pivoting?.fields.map((field) => fullField(explore, field)) ?? [],
    },
    fill_fields: [],
    has_totals: query.total === true,
    has_row_totals: false,
    has_subtotals: false,
    applied_filters: Object.fromEntries(filters.map(([name, value]) => [name, { field: { name }, value }])),
    applied_filter_expression: query.filterExpression ?? null,
    always_filter: explore.alwaysFilter ?? null,
    number_format: '1,234.56',
    explore: explore.name,
    timezone: query.timeZone ?? 'UTC',
    pivots: pivotColumns(execution),
    subtotals_data: {},
    errors: errors.map((message) => ({ message, message_details: null, sql_error_loc: null })),
  }
}
