import { compareNumbers } from './decimal.js'
import { readExpression, type Condition as Custom } from './expression.js'
import { filterTest, textOf, type Test } from './filter.js'
import type { Pivoting } from './pivots.js'
import { createCount, createSum } from './sums.js'
import type { Explore, ExploreField, SourceRow, SourceValue } from './world.js'

/** What a query asks of one Explore. Names that the Explore does not have are left out silently, as a saved Look does. */
export interface Asked {
  readonly fields: readonly string[]
  readonly filters: Readonly<Record<string, string>>
  /** `view.field`, `view.field desc`, `view.field desc 0` */
  readonly sorts: readonly string[]
  /** A custom filter in Looker's expression language, checked before. */
  readonly filterExpression?: string
}

/** Cells in the order of `Execution.fields`. */
export type ResultRow = readonly SourceValue[]

export interface Execution {
  readonly fields: readonly ExploreField[]
  /** The filters that were applied, the Explore's own included. */
  readonly filters: Readonly<Record<string, string>>
  readonly rows: Iterable<ResultRow>
  readonly pivoting?: Pivoting
  /** Totals over the whole result, whatever the limit; null below dimensions. */
  totals(): ResultRow
}

/** Flat Explores stay lazy: their rows are made when they are read. `unstable`: rows that sort alike come in another order. */
export function execute(explore: Explore, asked: Asked, now: number, unstable = false): Execution {
  const known = (name: string) => explore.fields.find((field) => field.name === name)
  const fields = asked.fields.map(known).filter((field) => field !== undefined)
  const filters = applied(explore, asked.filters, now)
  const conditions = [...toConditions(explore, filters, now), ...toConditions(explore, ofUser(explore), now)]
  const having = conditions.filter(({ field }) => field.kind === 'measure')
  const where = conditions.filter(({ field }) => field.kind === 'dimension')
  const computed = [...fields, ...having.map(({ field }) => field).filter((field) => !fields.includes(field))]
  const custom = asked.filterExpression?.trim() ? readExpression(asked.filterExpression, explore) : null
  const source = () => matching(explore, where, custom)
  const grouped = isFlat(explore, computed) ? project(source(), computed) : group(source(), computed)
  const kept = keep(grouped, computed, having)
  const rows = sorted(kept, explore, asked, computed, unstable)
  return {
    fields,
    filters,
    rows: computed.length === fields.length ? rows : narrow(rows, fields.length),
    totals: () => totals(source(), fields),
  }
}

/** Rows of a flat Explore are told apart by all its dimensions, or by its sort key; a query without them groups as ever. */
function isFlat(explore: Explore, fields: readonly ExploreField[]): boolean {
  if (explore.flat !== true) return false
  const dimensions = explore.fields.filter((field) => field.kind === 'dimension').map((field) => field.name)
  const has = (name: string) => fields.some((field) => field.name === name)
  return dimensions.every(has) || (explore.sortedBy?.every(has) ?? false)
}

function applied(explore: Explore, asked: Readonly<Record<string, string>>, now: number): Record<string, string> {
  const entries = Object.entries({ ...explore.alwaysFilter, ...asked }).filter(([name, expression]) => {
    const field = explore.fields.find((each) => each.name === name)
    return field !== undefined && filterTest(field.type, expression, now) !== null
  })
  return Object.fromEntries(entries)
}

/** No format of Looker tells of them. */
function ofUser({ accessFilters = {} }: Explore): Record<string, string> {
  return Object.fromEntries(Object.entries(accessFilters).map(([field, { value }]) => [field, value]))
}

interface Condition {
  readonly field: ExploreField
  readonly test: Test
}

function toConditions(explore: Explore, filters: Readonly<Record<string, string>>, now: number): Condition[] {
  return explore.fields.flatMap((field) => {
    const expression = filters[field.name]
    const test = expression === undefined ? null : filterTest(field.type, expression, now)
    return test === null ? [] : [{ field, test }]
  })
}

function* matching(explore: Explore, where: readonly Condition[], custom: Custom | null): Iterable<SourceRow> {
  const rows = typeof explore.rows === 'function' ? explore.rows() : explore.rows
  for (const row of rows) {
    if (where.every(({ field, test }) => test(row[field.column] ?? null)) && (custom === null || custom(row) === true))
      yield row
  }
}

function* project(rows: Iterable<SourceRow>, fields: readonly ExploreField[]): Iterable<ResultRow> {
  for (const row of rows) yield fields.map((field) => row[field.column] ?? (field.type === 'count' ? { n: '1' } : null))
}

function* group(rows: Iterable<SourceRow>, fields: readonly ExploreField[]): Iterable<ResultRow> {
  const dimensions = fields.filter((field) => field.kind === 'dimension')
  const groups = new Map<string, { readonly first: SourceRow; readonly sums: ReturnType<typeof accumulators> }>()
  // Without a dimension SQL answers one row, even over nothing.
  if (dimensions.length === 0) groups.set('', { first: {}, sums: accumulators(fields) })
  for (const row of rows) {
    const key = dimensions.map((field) => cellKey(row[field.column] ?? null)).join('\u0000')
    let member = groups.get(key)
    if (member === undefined) groups.set(key, (member = { first: row, sums: accumulators(fields) }))
    for (let i = 0; i < fields.length; i++) member.sums[i]?.add(row[fields[i]?.column ?? ''] ?? null)
  }
  for (const { first, sums } of groups.values()) {
    yield fields.map(
      (field, i) => sums[i]?.total() ?? (field.kind === 'measure' ? null : (first[field.column] ?? null)),
    )
  }
}

function accumulators(fields: readonly ExploreField[]) {
  return fields.map((field) => {
    if (field.kind === 'dimension') return null
    return field.type === 'count' ? createCount() : createSum()
  })
}

function cellKey(value: SourceValue): string {
  return value === null ? '\u0001' : textOf(value)
}

function* keep(
  rows: Iterable<ResultRow>,
  fields: readonly ExploreField[],
  having: readonly Condition[],
): Iterable<ResultRow> {
  for (const row of rows) {
    if (having.every(({ field, test }) => test(row[fields.indexOf(field)] ?? null))) yield row
  }
}

function* narrow(rows: Iterable<ResultRow>, width: number): Iterable<ResultRow> {
  for (const row of rows) yield row.slice(0, width)
}

function totals(rows: Iterable<SourceRow>, fields: readonly ExploreField[]): ResultRow {
  const sums = accumulators(fields)
  for (const row of rows) fields.forEach((field, i) => sums[i]?.add(row[field.column] ?? null))
  return sums.map((sum) => sum?.total() ?? null)
}

interface Sort {
  readonly index: number
  readonly sign: 1 | -1
}

function sorted(
  rows: Iterable<ResultRow>,
  explore: Explore,
  asked: Asked,
  fields: readonly ExploreField[],
  unstable: boolean,
): Iterable<ResultRow> {
  const named = asked.sorts.flatMap((text): Sort[] => {
    const [name, direction] = text.trim().split(/ +/)
    const index = fields.findIndex((field) => field.name === name)
    return index < 0 ? [] : [{ index, sign: direction?.toLowerCase() === 'desc' ? -1 : 1 }]
  })
  const sorts = named.length === 0 ? ownSort(fields) : named
  if (!unstable && isFlat(explore, fields) && (named.length === 0 || isInOrder(explore, fields, named))) return rows
  const order = (left: ResultRow, right: ResultRow) => {
    for (const { index, sign } of sorts) {
      const found = compareCells(left[index] ?? null, right[index] ?? null, sign, explore.nullSort ?? 'low')
      if (found !== 0) return found
    }
    return 0
  }
  const all = [...rows]
  return (unstable ? all.reverse() : all).sort(order)
}

/** Looker's own choice: the first date descending, else the first measure descending, else the first dimension. */
function ownSort(fields: readonly ExploreField[]): Sort[] {
  const date = fields.findIndex((field) => field.kind === 'dimension' && field.type.startsWith('date'))
  if (date >= 0) return [{ index: date, sign: -1 }]
  const measure = fields.findIndex((field) => field.kind === 'measure')
  return measure >= 0 ? [{ index: measure, sign: -1 }] : fields.length > 0 ? [{ index: 0, sign: 1 }] : []
}

function isInOrder(explore: Explore, fields: readonly ExploreField[], sorts: readonly Sort[]): boolean {
  return sorts.every((sort, i) => sort.sign === 1 && fields[sort.index]?.name === explore.sortedBy?.[i])
}

/** Null sorts as the database has it; numbers by value; text by code unit. */
function compareCells(left: SourceValue, right: SourceValue, sign: 1 | -1, nulls: string): number {
  if (left === null || right === null) {
    const isFirst = nulls === 'first' || nulls === (sign === 1 ? 'low' : 'high')
    return left === right ? 0 : (left === null) === isFirst ? -1 : 1
  }
  if (typeof left === 'object' && typeof right === 'object') return compareNumbers(left.n, right.n) * sign
  const [a, b] = [textOf(left), textOf(right)]
  return (a < b ? -1 : a > b ? 1 : 0) * sign
}
