import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import type { Question } from '../call.js'
import { isSameKey, type Key } from './key.js'
import type { Pull } from './paging.js'

/** Where a pull resumes: rows already received that the next answer must begin with, and the filter from the first of them on. */
export interface Border {
  readonly from: string
  readonly rows: readonly Row[]
}

export interface Answer {
  /** Rows that came, those known before among them. */
  readonly rows: number
  /** Rows handed out. */
  readonly fresh: number
  readonly isOffsetHonoured: boolean
}

/**
 * Hands out what comes after the border. The answer must begin with the border's own rows: that shows that Looker applied the
 * filter, read its values as they were meant, and kept the order. An answer that breaks off comes again and is taken up where
 * it broke. @returns null when the answer is not one to this question, or is refused, and nothing was handed out
 * @throws MLC-L021 when it stops being one later, MLC-L022 when a key comes twice
 */
export async function* rowsFrom(
  pull: Pull,
  key: Key,
  border: Border,
  question: Question,
): AsyncGenerator<readonly Row[], Answer | null> {
  const reading = createReading(key, border.rows, question.offset === 1)
  try {
    for await (const batch of pull.ask(question)) {
      const rows = batch.length === 0 ? reading.again() : reading.take(batch)
      if (rows === null && reading.fresh() === 0) return null
      if (rows === null)
        throw new MlcError('MLC-L021', 'Looker sent other rows when its answer broke off and was asked for again')
      if (rows.length > 0) yield rows
    }
  } catch (error) {
    if (reading.fresh() === 0 && isRefused(error)) return null
    throw error
  }
  return reading.end()
}

/** Looker will not run this question; it may run others. */
export function isRefused(error: unknown): error is MlcError {
  return error instanceof MlcError && REFUSED.has(error.code)
}

const REFUSED: ReadonlySet<string> = new Set(['MLC-L005', 'MLC-L006', 'MLC-L010', 'MLC-L011', 'MLC-L013', 'MLC-L015'])

function createReading(key: Key, border: readonly Row[], isProbe: boolean) {
  let known = border
  let isOffsetHonoured = false
  let [at, fresh, resumeAt] = [0, 0, border.length]

  function isNew(row: Row): boolean | null {
    const expected = known[at]
    if (expected !== undefined) return isSameKey(key, row, expected) ? false : null
    if (at === known.length && isSameKey(key, row, border.at(-1) ?? {})) throw cameTwice(key, row)
    return at >= resumeAt
  }

  return {
    fresh: () => fresh,
    /** The rows that are new; null when this is no answer to the question. */
    take(batch: readonly Row[]): readonly Row[] | null {
      const rows: Row[] = []
      for (const row of batch) {
        if (isProbe && at === 0 && fresh === 0 && !isSameKey(key, row, border[0] ?? {})) {
          isOffsetHonoured = true
          known = border.slice(1)
          resumeAt = known.length
        }
        const isFresh = isNew(row)
        if (isFresh === null) return null
        at++
        if (isFresh) rows.push(row)
      }
      fresh += rows.length
      return rows
    },
    again(): readonly Row[] {
      resumeAt = known.length + fresh
      at = 0
      return []
    },
    end: (): Answer | null => (at < resumeAt ? null : { rows: at, fresh, isOffsetHonoured }),
  }
}

function cameTwice({ columns }: Key, row: Row): MlcError {
  const shown = columns.slice(0, 6).map(({ name }) => `${name} = ${JSON.stringify(row[name] ?? null)}`)
  return new MlcError(
    'MLC-L022',
    `two rows have the key ${shown.join(', ')}: the source does not group by its dimensions`,
  )
}
