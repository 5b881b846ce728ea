import { MlcError } from '../errors.js'
import { blockOf } from '../model/block.js'
import type { Field, Row } from '../model/row.js'
import { detailText, isObject, parseText, quote, type Redact } from './words.js'

/** What a json_bi answer tells beside its rows; all null when the format does not tell. */
export interface Metadata {
  readonly filters: Readonly<Record<string, string>> | null
  /** The custom filter; null for none, undefined when the format does not tell. */
  readonly expression: string | null | undefined
  readonly fields: readonly Field[] | null
  readonly notes: readonly string[]
}

/**
 * Looker answers SQL errors with HTTP 200 and a row `{"looker_error": …}`, which may be the first, the last or any.
 * @throws MLC-L014 for that, MLC-L016 when the row's columns are not the ones asked for
 */
export function checkRow(row: Row, columns: ReadonlySet<string>, number: number, redact?: Redact): void {
  const names = Object.keys(row)
  if (names.length === columns.size && names.every((name) => columns.has(name))) return
  if (Object.hasOwn(row, 'looker_error')) throw reported(detailText(row['looker_error'], redact))
  const missing = [...columns].filter((name) => !Object.hasOwn(row, name))
  const extra = names.filter((name) => !columns.has(name))
  throw new MlcError(
    'MLC-L016',
    `row ${number} ${listed('lacks', missing)}${missing.length > 0 && extra.length > 0 ? ' and ' : ''}${listed('has', extra)}`,
  )
}

/** As checkRow, for rows of which `before` came earlier. @returns how many there are now */
export function checkRows(
  batch: readonly Row[],
  columns: ReadonlySet<string>,
  before: number,
  redact?: Redact,
): number {
  const names = blockOf(batch)?.names
  const isAsAsked = names?.length === columns.size && names.every((name) => columns.has(name))
  if (!isAsAsked) batch.forEach((row, index) => checkRow(row, columns, before + index + 1, redact))
  return before + batch.length
}

/** Reads what stands beside the rows. @throws MLC-L014, MLC-L021, MLC-L023 for what makes the rows unfit */
export function readMetadata(members: ReadonlyMap<string, unknown>, redact?: Redact): Metadata {
  const metadata = members.get('metadata')
  const told = isObject(metadata) ? metadata : {}
  const errors = [...list(members.get('errors')), ...list(told['errors'])]
  const fault = errors.find((error) => !isHarmless(error))
  if (fault !== undefined) throw reported(detailText(fault, redact))
  const hidden = errorWithin(Object.fromEntries(members), 0)
  if (hidden !== undefined) throw reported(detailText(hidden, redact))
  const notes = errors.map((error) => detailText(error, redact))
  refuseCutColumns(told['columns_truncated'], redact)
  refuseTotals(told)
  const expression = readExpression(told['filter_expression'])
  return { filters: readFilters(told['filters']), expression, fields: readFields(told['fields']), notes }
}

/**
 * Looker drops what it does not know from a saved query and answers all the same: every filter asked for must be among
 * those applied. @returns the filters that Looker added by itself @throws MLC-L017
 */
export function checkFilters(
  asked: Readonly<Record<string, string>>,
  applied: Readonly<Record<string, string>>,
): readonly (readonly [field: string, expression: string])[] {
  for (const [field, expression] of Object.entries(asked)) {
    const used = applied[field]
    // An empty expression means "any value", which is no filter.
    if (expression.trim() === '' && used === undefined) continue
    if (used === undefined)
      throw new MlcError('MLC-L017', `the filter ${quote(field, 80)} = ${quote(expression, 80)} was dropped by Looker`)
    // A template such as {{ _user_attributes['region'] }} is applied with its value filled in.
    if (!sameExpression(used, expression) && !/\{[{%]/.test(expression))
      throw new MlcError(
        'MLC-L017',
        `the filter ${quote(field, 80)} was asked as ${quote(expression, 80)} and applied as ${quote(used, 80)}`,
      )
  }
  return Object.entries(applied).filter(([field]) => !Object.hasOwn(asked, field))
}

/** Filters as an answer tells them: by field their expressions (json_bi) or objects with a `value` (json_detail). Null: it does not. */
export function readFilters(filters: unknown): Readonly<Record<string, string>> | null {
  if (!isObject(filters)) return null
  const entries = Object.entries(filters).map(([field, told]): [string, string] => {
    const value = isObject(told) && typeof told['value'] === 'string' ? told['value'] : told
    return [field, typeof value === 'string' ? value : detailText(value)]
  })
  return Object.fromEntries(entries)
}

/** A custom filter as an answer tells it; undefined: it does not. */
export function readExpression(told: unknown): string | null | undefined {
  return typeof told === 'string' || told === null ? told : undefined
}

/** With no row to look at, the columns are those that the metadata names. @throws MLC-L016 */
export function checkEmptyAnswer(fields: readonly Field[] | null, columns: ReadonlySet<string>): void {
  if (fields === null || fields.length === 0) return
  const missing = [...columns].filter((name) => !fields.some((field) => field.name === name))
  if (missing.length > 0) throw new MlcError('MLC-L016', `the answer, which is empty, ${listed('lacks', missing)}`)
}

/** What went wrong, as an answer says it that has no good rows: a `looker_error`, `errors`, `message`. Empty when it does not. */
export function errorSaidIn(text: string, redact?: Redact): string {
  const parsed = parseText(text)
  const hidden = errorWithin(parsed, 0)
  if (hidden !== undefined) return quote(detailText(hidden, redact))
  if (!isObject(parsed)) return ''
  const said = [parsed, ...list(parsed['errors'])].map((error) => detailText(error, redact))
  return quote(said.filter((words) => words !== '').join('; '))
}

/** A gateway may put into a header what Looker could not put into rows that were on their way. @throws MLC-L014 */
export function checkHeaders(headers: Readonly<Record<string, string>>, redact: Redact = (text) => text): void {
  const found = Object.entries(headers).find(([name, value]) => /looker[-_]error/i.test(name) && value.trim() !== '')
  if (found !== undefined) throw reported(redact(`header ${found[0]}: ${found[1]}`))
}

/** Remarks of Looker that come with good rows, word for word. (spectacles issues 164, 207 and 334) */
const HARMLESS = [
  /^Note: This query contains derived tables with (?:conditional SQL for )?Development Mode(?: filters)?\.(?: Query results (?:in Production Mode )?(?:may|might) (?:differ|be different)\.)?$/i,
  /^The filter "[^"]*" should be a value, not a label\.?$/i,
]

/** A remark and nothing but it: one that goes on, has details or a place in the SQL is an error that begins like a remark. */
function isHarmless(error: unknown): boolean {
  if (typeof error === 'string') return HARMLESS.some((harmless) => harmless.test(error.trim()))
  if (!isObject(error)) return false
  const { message, message_details: details, error: more, sql_error_loc: place, fatal, level } = error
  if (typeof message !== 'string' || !isHarmless(message)) return false
  if (fatal === true || /fatal|error/i.test(typeof level === 'string' ? level : '')) return false
  return [details, more].every((said) => isBlank(said) || said === message) && isBlank(place)
}

function isBlank(value: unknown): boolean {
  return isObject(value) ? Object.values(value).every(isBlank) : value === null || value === undefined || value === ''
}

/** The value of a `looker_error` anywhere below; undefined when there is none. */
function errorWithin(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined
  if (!Array.isArray(value) && 'looker_error' in value) return value.looker_error
  for (const child of Object.values(value)) {
    const found = errorWithin(child, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

const DEEPEST = 8

function reported(text: string): MlcError {
  return new MlcError('MLC-L014', `Looker reports inside its answer: ${quote(text)}`)
}

// The spec has a text here and names no values; only what clearly says no is taken for no.
function refuseCutColumns(truncated: unknown, redact?: Redact): void {
  const said = typeof truncated === 'string' ? truncated.trim().toLowerCase() : truncated
  if (said === undefined || said === null || said === false || said === '' || said === 'no' || said === 'false') return
  const shown = detailText(truncated, redact)
  throw new MlcError('MLC-L021', `Looker left columns out of its answer (columns_truncated: ${shown})`)
}

function refuseTotals(told: Readonly<Record<string, unknown>>): void {
  const has = ['has_totals', 'has_subtotals'].filter((name) => told[name] === true)
  if (list(told['pivots']).length > 0) has.push('pivots')
  if (has.length > 0)
    throw new MlcError('MLC-L023', `the answer says ${has.join(' and ')}; its rows are not figures alone`)
}

function readFields(fields: unknown): readonly Field[] | null {
  if (!isObject(fields)) return null
  const kinds = { dimensions: 'dimension', measures: 'measure', table_calculations: 'table_calculation' } as const
  return Object.entries(kinds).flatMap(([name, kind]) =>
    list(fields[name])
      .filter(isObject)
      .flatMap(({ name: field, label, type }) =>
        typeof field === 'string'
          ? [
              {
                name: field,
                label: typeof label === 'string' ? label : field,
                type: typeof type === 'string' ? type : '',
                kind,
              },
            ]
          : [],
      ),
  )
}

function sameExpression(a: string, b: string): boolean {
  return a.trim().replace(/\s+/g, ' ') === b.trim().replace(/\s+/g, ' ')
}

function listed(verb: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, 5).map((name) => quote(name, 80))
  return `${verb} ${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
