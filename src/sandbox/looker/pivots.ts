import { textOf } from './filter.js'
import type { Execution, ResultRow } from './query.js'
import type { ExploreField, SourceValue } from './world.js'

/** What became of the pivoted dimensions: gone from the rows, their values now inside each measure. */
export interface Pivoting {
  readonly fields: readonly ExploreField[]
  /** One a column: the pivoted fields' values. */
  readonly columns: readonly { readonly key: string; readonly values: readonly SourceValue[] }[]
}

/**
 * Turns rows into pivoted ones. Measures become prepared JSON: `{"gl.month":{"2026-08":1}}`, or `{"2026-08":{"value":1}}`
 * for json_detail.
 */
export function pivoted(execution: Execution, names: readonly string[], isDetail: boolean): Execution {
  const across = indexes(execution, (field) => names.includes(field.name))
  if (across.length === 0) return execution
  const down = indexes(execution, (field) => field.kind === 'dimension' && !names.includes(field.name))
  const measures = indexes(execution, (field) => field.kind === 'measure')
  const at = (index: number) => execution.fields[index] as ExploreField
  const columns = new Map<string, readonly SourceValue[]>()
  const groups = new Map<string, { readonly head: ResultRow; readonly cells: Map<string, ResultRow> }>()
  for (const row of execution.rows) {
    const head = cells(row, down)
    const key = cells(row, across).map((value, i) =>
      value === null ? `${at(across[i] ?? 0).name}___null` : textOf(value),
    )
    const column = key.join('|FIELD|')
    columns.set(column, cells(row, across))
    const group = groups.get(JSON.stringify(head)) ?? { head, cells: new Map<string, ResultRow>() }
    groups.set(JSON.stringify(head), group)
    group.cells.set(column, cells(row, measures))
  }
  const list = [...columns].map(([key, values]) => ({ key, values }))
  const fields = across.map(at)
  const show = isDetail ? detailText : nestedText
  const rows = [...groups.values()].map(({ head, cells: found }) => [
    ...head,
    ...measures.map((_, i) => ({ n: show(fields, list, (key) => found.get(key)?.[i] ?? null) })),
  ])
  return { ...execution, fields: [...down, ...measures].map(at), rows, pivoting: { fields, columns: list } }
}

function indexes(execution: Execution, wanted: (field: ExploreField) => boolean): number[] {
  return execution.fields.flatMap((field, i) => (wanted(field) ? [i] : []))
}

function cells(row: ResultRow, at: readonly number[]): SourceValue[] {
  return at.map((i) => row[i] ?? null)
}

type Cell = (key: string) => SourceValue

function detailText(_: readonly ExploreField[], columns: Pivoting['columns'], cell: Cell): string {
  return `{${columns.map(({ key }) => `${JSON.stringify(key)}:{"value":${number(cell(key))}}`).join(',')}}`
}

function nestedText(fields: readonly ExploreField[], columns: Pivoting['columns'], cell: Cell, depth = 0): string {
  const field = fields[depth]
  const only = columns[0]
  if (field === undefined) return only === undefined ? 'null' : number(cell(only.key))
  const values = [...new Set(columns.map(({ values }) => label(values[depth] ?? null)))]
  const members = values.map((value) => {
    const inside = columns.filter(({ values }) => label(values[depth] ?? null) === value)
    return `${JSON.stringify(value)}:${nestedText(fields, inside, cell, depth + 1)}`
  })
  return `{${JSON.stringify(field.name)}:{${members.join(',')}}}`
}

function label(value: SourceValue): string {
  return value === null ? 'null' : textOf(value)
}

function number(value: SourceValue): string {
  return value === null ? 'null' : typeof value === 'object' ? value.n : JSON.stringify(textOf(value))
}
