import type { Field, Row } from '../../model/row.js'

/** Rows as they were delivered, in order. */
export interface Table {
  /** Name of the file in a zip; null where there is one table only. */
  readonly name: string | null
  /** Headers as delivered: field names or labels. Empty when there is no row to tell them. */
  readonly columns: readonly string[]
  readonly first: Row | null
  /** What json_detail tells of its columns; null for every other format. */
  readonly fields: readonly Field[] | null
  /** Harmless remarks of Looker. */
  readonly notes: readonly string[]
  /** Batches by column; may be read several times. @throws MLC-I010, MLC-I014 */
  readonly rows: () => Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>
}

/** Rows handed on at a time. */
export const BATCH = 1_000
