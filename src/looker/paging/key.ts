import { MlcError } from '../../errors.js'
import { isPlainDecimal } from '../../model/money.js'
import type { Cell, Field, Row } from '../../model/row.js'
import type { Explore, NullSort } from '../explore.js'
import { sortedField } from '../explore.js'
import type { SavedQuery } from '../query.js'

/** All dimensions of a source in one order: what tells its rows apart, and where a pull can resume. */
export interface Key {
  readonly sorts: readonly string[]
  readonly columns: readonly KeyColumn[]
}

export interface KeyColumn {
  readonly name: string
  readonly kind: Kind
  readonly isDescending: boolean
  readonly nulls: 'before' | 'after'
}

type Kind = 'text' | 'number' | 'date' | 'yesno'

/** What is in the way of a key, in words. */
export interface NoKey {
  readonly obstacle: string
}

/**
 * The key of a source. Its order follows the sorts wished for as far as they are of dimensions. Looker compares texts, numbers
 * and dates (functions and operators of Looker expressions), and a database sorts a column as it compares it; a dimension of
 * another kind, and one that is not sorted by its own values, is an obstacle.
 */
export function keyOf(
  query: SavedQuery,
  fields: readonly Field[],
  explore: Explore | null,
  sorts: readonly string[],
): Key | NoKey {
  const dimensions = fields.filter(({ kind }) => kind === 'dimension')
  if (explore === null) return { obstacle: 'its Explore cannot be read' }
  if (dimensions.length === 0) return { obstacle: 'it has no dimension' }
  if (query.fillFields.length > 0) return { obstacle: `Looker fills in rows for ${query.fillFields.join(', ')}` }
  const { nullSort } = explore
  if (nullSort === null) return { obstacle: 'Looker does not say where its database sorts nulls' }
  const blocked = dimensions.flatMap((field) => obstacleOf(field, explore) ?? [])
  if (blocked.length > 0) return { obstacle: blocked.join(', ') }
  const wished = sorts.filter((sort) => dimensions.some(({ name }) => name === sortedField(sort)))
  const rest = dimensions.filter(({ name }) => !wished.some((sort) => sortedField(sort) === name))
  const columns = [...wished, ...rest.map(({ name }) => name)].map((sort) => columnOf(sort, dimensions, nullSort))
  return { sorts: columns.map(({ name, isDescending }) => (isDescending ? `${name} desc` : name)), columns }
}

function obstacleOf(field: Field, explore: Explore): string | null {
  const why = explore.unkeyed.get(field.name)
  if (why !== undefined) return `${field.name} ${why}`
  if (!explore.fields.has(field.name)) return `${field.name} is a custom dimension`
  return kindOf(field.type) === null ? `${field.name} is of type ${field.type}` : null
}

function columnOf(sort: string, dimensions: readonly Field[], nullSort: NullSort): KeyColumn {
  const name = sortedField(sort)
  const isDescending = /^desc$/i.test(sort.trim().split(/\s+/)[1] ?? '')
  const isFirst = nullSort === 'first' || nullSort === (isDescending ? 'high' : 'low')
  const kind = kindOf(dimensions.find((field) => field.name === name)?.type ?? '') ?? 'text'
  return { name, kind, isDescending, nulls: isFirst ? 'before' : 'after' }
}

function kindOf(type: string): Kind | null {
  if (type === 'string' || type === 'zipcode') return 'text'
  if (type === 'number' || type === 'yesno') return type
  return DATES.has(type) ? 'date' : null
}

const DATES: ReadonlySet<string> = new Set([
  'date',
  'date_date',
  'date_week',
  'date_month',
  'date_quarter',
  'date_time',
])

/**
 * A custom filter that lets this row and all after it through. The row itself is asked for again: that it comes first shows
 * that Looker read each value as it was meant. @param confirmed columns whose nulls were seen to come where Looker says; of
 * others they are let through on both sides, because by what Looker says there can be none on the other
 * @returns null for a value that cannot be written without guessing
 */
export function fromRow({ columns }: Key, row: Row, confirmed: ReadonlySet<string>): string | null {
  const values = columns.map(({ name, kind }) => literal(kind, row[name] ?? null))
  if (values.some((value) => value === null)) return null
  return columns.reduceRight<string | null>((inner, column, at) => {
    const value = values[at] ?? 'null'
    const tied = inner === null ? equal(column, value) : `${equal(column, value)} AND (${inner})`
    return [...after(column, value, !confirmed.has(column.name)), tied].join(' OR ')
  }, null)
}

/** Rows with the same key. */
export function isSameKey({ columns }: Key, a: Row, b: Row): boolean {
  return columns.every(({ name }) => (a[name] ?? null) === (b[name] ?? null))
}

function equal({ name }: KeyColumn, value: string): string {
  return value === 'null' ? `is_null(\${${name}})` : `\${${name}} = ${value}`
}

/** Alternatives; none when nothing can come after. */
function after({ name, kind, isDescending, nulls }: KeyColumn, value: string, isOpen: boolean): readonly string[] {
  if (value === 'null') return isOpen || nulls === 'before' ? [`NOT is_null(\${${name}})`] : []
  const later = isOpen || nulls === 'after' ? [`is_null(\${${name}})`] : []
  if (kind !== 'yesno') return [`\${${name}} ${isDescending ? '<' : '>'} ${value}`, ...later]
  // No comes before Yes, as a word and as a truth value.
  const other = value === 'no' ? 'yes' : 'no'
  return (other === 'yes') === isDescending ? later : [`\${${name}} = ${other}`, ...later]
}

function literal(kind: Kind, cell: Cell): string | null {
  if (cell === null) return 'null'
  if (kind === 'yesno') return YES_NO.get(cell) ?? null
  if (typeof cell !== 'string') return null
  if (kind === 'text') return UNSAFE.test(cell) ? null : `"${cell}"`
  if (kind === 'number') return isPlainDecimal(cell) ? cell : null
  return dateLiteral(cell)
}

const YES_NO: ReadonlyMap<Cell, string> = new Map<Cell, string>([
  ['Yes', 'yes'],
  ['No', 'no'],
  [true, 'yes'],
  [false, 'no'],
])

/** How a quote stands in a text is not documented; `{` may begin a template or a field. */
const UNSAFE = /["\\{}\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/

function dateLiteral(cell: string): string | null {
  const quarter = /^(\d{4})-Q([1-4])$/.exec(cell)
  if (quarter !== null) return `date(${quarter[1]}, ${3 * Number(quarter[2]) - 2}, 1)`
  const match = /^(\d{4})-(\d\d)(?:-(\d\d)(?: (\d\d):(\d\d):(\d\d))?)?$/.exec(cell)
  if (match === null) return null
  const parts = match.slice(1).map((part) => (part === undefined ? null : Number(part)))
  const [year, month, day, hour, minute, second] = parts
  if (hour === null) return `date(${year}, ${month}, ${day ?? 1})`
  return `date_time(${[year, month, day, hour, minute, second].join(', ')})`
}

/** @throws MLC-L028 */
export function needKey(key: Key | NoKey): Key {
  if ('columns' in key) return key
  throw new MlcError('MLC-L028', `keyset paging resumes after the last key, and ${key.obstacle}`)
}
