import type { Field } from '../model/row.js'
import type { ResolvedSource } from './describe.js'
import { sortedField } from './explore.js'
import type { Pull } from './paging/paging.js'

type Ordered = Pick<Pull, 'key' | 'order' | 'isOrdered' | 'isKeyed' | 'arePagesKeyed' | 'mayReorder'> & {
  /** Sorts wished for that the key's order does not keep. */
  readonly unkept: readonly string[]
}

/**
 * A first question in one order can be continued where it was cut. A Look is run as a Look all the same, and where the source
 * leaves the order to Looker but wants no more than some first rows, it is left to Looker.
 */
export function orderOf(source: ResolvedSource, wanted: number): Ordered {
  const { key, definition, runsAsSaved, isChecked } = source
  const { sorts, fields } = definition
  const inOrder = inOneOrder(sorts, fields)
  const isSortedAlready = inOrder.length === sorts.length && inOrder.every((sort, at) => sort === sorts[at])
  const isLeftToLooker = sorts.length === 0 ? wanted !== Infinity : sorts.some(isUnsorted)
  const order = !isChecked || runsAsSaved || isLeftToLooker ? undefined : inOrder
  const isOrdered = isChecked && (order !== undefined || isSortedAlready)
  const isDimension = (sort: string) =>
    fields.some(({ kind, name }) => kind === 'dimension' && name === sortedField(sort))
  const isByDimensions = sorts.every(isDimension)
  const unkept = sorts.filter((sort) => !isUnsorted(sort) && !isDimension(sort))
  const arePagesKeyed = isByDimensions && 'columns' in key
  const isKeyed = isOrdered && arePagesKeyed
  const mayReorder = wanted === Infinity || isByDimensions
  return { key, order, isOrdered, isKeyed, arePagesKeyed, mayReorder, unkept }
}

/** Sorts by the source's own wish first, then by every dimension: rows that tie would else change places between pages. */
export function inOneOrder(sorts: readonly string[], fields: readonly Field[]): readonly string[] {
  const wished = sorts.filter((sort) => !isUnsorted(sort))
  const sorted = new Set(wished.map(sortedField))
  const dimensions = fields.filter(({ kind, name }) => kind === 'dimension' && !sorted.has(name))
  return [...wished, ...dimensions.map(({ name }) => name)]
}

function isUnsorted(sort: string): boolean {
  return sortedField(sort) === '__UNSORTED__'
}
