import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import { offset } from './offset.js'
import { everything, looksCut, page, type Pull, type Strategy } from './paging.js'

/**
 * One request for everything, as Looker's documents have it. Where the count looks like a limit, the rows after it are asked
 * for: none means complete; new ones mean that this server pages; the first ones again, that it knows no offset.
 */
export const auto: Strategy = async function* (pull) {
  const rows = yield* everything(pull)
  if (!looksCut(rows, pull)) return 'single'
  const next = await rowsAfter(pull, rows)
  if (next !== null && next.length === 0) return 'single'
  if (next === null || pull.repeatsFirstPage(next)) {
    await pull.prove(rows)
    return 'single'
  }
  // The first answer came in the source's own order, in which equal rows may change places from page to page.
  yield []
  return yield* offset(pull)
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
