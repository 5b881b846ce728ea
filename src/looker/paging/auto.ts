import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import { offset } from './offset.js'
import { everything, looksCut, page, type Pull, type Strategy } from './paging.js'
import { task } from './task.js'

/**
 * One request for everything, as Looker's documents have it. Where the count looks like a limit, the rows after it are asked
 * for: none means complete; new ones mean that this server pages; the first ones again, that it knows no offset. Then a control
 * total tells whether they are all, and a query task fetches what is missing.
 */
export const auto: Strategy = async function* (pull) {
  const rows = yield* everything(pull)
  if (!looksCut(rows, pull)) return 'single'
  const next = await rowsAfter(pull, rows)
  if (next !== null && next.length === 0) return 'single'
  if (next === null || pull.repeatsFirstPage(next)) {
    const cut = await pull.prove(rows).then(() => null, asCut)
    if (cut === null) return 'single'
    yield []
    return yield* byTask(pull, cut)
  }
  // The first answer came in the source's own order, in which equal rows may change places from page to page.
  yield []
  return yield* offset(pull)
}

/** A server that cuts what it runs at once may still complete a query task. @throws the cut, when it takes no tasks */
async function* byTask(pull: Pull, cut: MlcError): ReturnType<Strategy> {
  try {
    return yield* task(pull)
  } catch (error) {
    if (error instanceof MlcError && NO_TASKS.has(error.code)) throw cut
    throw error
  }
}

const NO_TASKS: ReadonlySet<string> = new Set(['MLC-L005', 'MLC-L006', 'MLC-L010', 'MLC-L011', 'MLC-L013', 'MLC-L015'])

function asCut(error: unknown): MlcError {
  if (error instanceof MlcError && error.code === 'MLC-L021') return error
  throw error
}

/** Null when Looker refuses the offset itself. */
async function rowsAfter(pull: Pull, rows: number): Promise<readonly Row[] | null> {
  try {
    return await page(pull, { limit: Math.min(pull.pageSize, pull.wanted - rows), offset: rows })
  } catch (error) {
    if (error instanceof MlcError && (error.code === 'MLC-L013' || error.code === 'MLC-L015')) return null
    throw error
  }
}
