import { MlcError } from '../../errors.js'
import { isRefused } from './border.js'
import { onward } from './keyset.js'
import { offset, pageAfter, pagesFrom, type NextPage } from './offset.js'
import { everything, looksCut, type Pull, type Strategy } from './paging.js'
import { task } from './task.js'

/**
 * One request for everything, as Looker's documents have it. Where the count looks like a limit, what comes after the last key
 * is asked for: nothing means complete. What comes is one page more, and when pages become many, a query task fetches the
 * rest. A source without a key is asked by offset, and proved or fetched whole where the server knows none.
 */
export const auto: Strategy = async function* (pull) {
  let rows = yield* everything(pull)
  if (!looksCut(rows, pull)) return 'single'
  let sorts = pull.isOrdered ? pull.pageSorts() : undefined
  if ('columns' in pull.key && (pull.isKeyed || pull.mayReorder)) {
    if (!pull.isKeyed) {
      yield []
      pull.reorder()
      sorts = pull.key.sorts
      rows = yield* everything(pull, { sorts })
      if (!looksCut(rows, pull)) return 'single'
    }
    const isInOrder = pull.sequence?.fault() === null
    const ended = isInOrder ? yield* onward(pull, pull.key, rows, -1) : null
    if (ended !== null) return ended
  }
  return yield* withoutKey(pull, rows, sorts)
}

/** @param sorts the one order in which the rows so far came; undefined when equal rows may change places from page to page */
async function* withoutKey(pull: Pull, rows: number, sorts: readonly string[] | undefined): ReturnType<Strategy> {
  const step = Math.min(rows, pull.pageSize)
  const next = await rowsAfter(pull, sorts, rows, step)
  if (next === null || next === 'first again') {
    const cut = await pull.prove(rows).then(() => null, asCut)
    if (cut === null) return 'single'
    yield []
    return yield* byTask(pull, cut)
  }
  const { fresh, received } = next
  if (fresh.length === 0) return 'single'
  if (sorts !== undefined) {
    yield fresh
    return yield* pagesFrom(pull, sorts, rows + fresh.length, received, step)
  }
  yield []
  return yield* offset(pull)
}

/** A server that cuts what it runs at once may still complete a query task. @throws the cut, when it takes no tasks */
async function* byTask(pull: Pull, cut: MlcError): ReturnType<Strategy> {
  try {
    return yield* task(pull)
  } catch (error) {
    throw isRefused(error) ? cut : error
  }
}

function asCut(error: unknown): MlcError {
  if (error instanceof MlcError && error.code === 'MLC-L021') return error
  throw error
}

/** Null when Looker refuses the offset itself. */
async function rowsAfter(...asked: Parameters<typeof pageAfter>): Promise<NextPage | 'first again' | null> {
  try {
    return await pageAfter(...asked)
  } catch (error) {
    if (error instanceof MlcError && (error.code === 'MLC-L013' || error.code === 'MLC-L015')) return null
    throw error
  }
}
