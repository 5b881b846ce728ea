import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import type { Question } from '../call.js'
import type { Paging } from '../source.js'
import type { Key, NoKey } from './key.js'
import type { Sequence } from './sequence.js'

/** A way to get all rows of a source. An empty batch means: forget everything so far, it comes again. */
export type Strategy = (pull: Pull) => AsyncGenerator<readonly Row[], Exclude<Paging, 'auto'>>

/** What a strategy works with. */
export interface Pull {
  readonly ask: (question: Question) => AsyncGenerator<readonly Row[], number>
  /** Rows to get at most; Infinity for all. One more than will be handed out, so that a cut shows. */
  readonly wanted: number
  readonly pageSize: number
  readonly savedLimit: number | null
  readonly key: Key | NoKey
  /** Sorts of a first question, which leave the source's own wish as it is; undefined: the source's own and nothing else. */
  readonly order: readonly string[] | undefined
  /** True when a first question so sorted has one order only, whoever answers it. */
  readonly isOrdered: boolean
  /** True when that order is the key's. */
  readonly isKeyed: boolean
  /** True when the order of pages is. */
  readonly arePagesKeyed: boolean
  /** True when rows may come in another order than the source's: not when a limit wants the first of them. */
  readonly mayReorder: boolean
  /** Says, when rows are asked for in the key's order, what of the order wished for that leaves out. */
  readonly reorder: () => void
  /** Whether the rows handed out came in the key's order; null without a key. */
  readonly sequence: Pick<Sequence, 'fault' | 'confirmed'> | null
  /** True when the rows of several answers will be compared with a control total. */
  readonly isCompared: () => boolean
  /** The last rows handed out. */
  readonly tail: () => readonly Row[]
  /** The source's sorts and then every dimension: the one order in which pages fit together. */
  readonly pageSorts: () => readonly string[]
  /** True when these rows begin like the very first rows did: the server ignores the offset. */
  readonly repeatsFirstPage: (page: readonly Row[]) => boolean
  /** Asks Looker for totals and for both ends, whether these rows are all. @throws MLC-L021 when they are not, or it cannot be told */
  readonly prove: (rows: number, asTask?: boolean) => Promise<void>
}

/** One page, whole in memory, so that a page that breaks off costs nothing but itself. */
export async function page(pull: Pull, question: Question): Promise<readonly Row[]> {
  let rows: Row[] = []
  for await (const batch of pull.ask(question)) {
    rows = batch.length === 0 ? [] : rows.concat(batch)
    if (rows.length > question.limit)
      throw new MlcError('MLC-L015', `Looker was asked for ${question.limit} rows and sent more`)
  }
  return rows
}

/**
 * No answer of Looker says that it was cut, so a row count at which answers are cut is taken for one: the limit saved with
 * the query, whole pages, round hundreds (500, 5,000 and 100,000 are Looker's own limits), powers of two, and one less than
 * such a limit, for what counts a row of its own.
 */
export function looksCut(
  rows: number,
  { pageSize, savedLimit, wanted }: Pick<Pull, 'pageSize' | 'savedLimit' | 'wanted'>,
): boolean {
  if (rows === 0 || rows >= wanted) return false
  const isRound = (count: number, unit: number) => count >= unit && count % unit === 0
  if (rows === savedLimit || isRound(rows, pageSize) || isRound(rows, 100)) return true
  return isRound(rows, 1024) || isRound(rows + 1, 500) || isRound(rows + 1, 1024)
}

/** Everything in one answer. @returns rows received */
export function everything(
  pull: Pull,
  how: Pick<Question, 'asTask' | 'sorts'> = {},
): AsyncGenerator<readonly Row[], number> {
  return pull.ask({
    limit: pull.wanted === Infinity ? -1 : pull.wanted,
    ...(pull.order === undefined ? {} : { sorts: pull.order }),
    ...how,
  })
}
