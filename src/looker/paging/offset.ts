import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import { hasMore } from './keyset.js'
import { looksCut, page, type Pull, type Strategy } from './paging.js'

/**
 * Page after page in one fixed order, until a page is shorter than the first one was. Looker's documents know no offset for
 * queries, so a server that ignores it is expected, and told.
 */
export const offset: Strategy = async function* (pull) {
  const sorts = pull.pageSorts()
  const limit = Math.min(pull.pageSize, pull.wanted)
  const first = await page(pull, { limit, offset: 0, sorts })
  if (first.length > 0) yield first
  // What the server makes of the page size: it may cap pages below it.
  const step = first.length < limit && looksCut(first.length, pull) ? first.length : pull.pageSize
  return yield* pagesFrom(pull, sorts, first.length, first.length, step)
}

/**
 * The pages after the rows received. @param last rows of the page before @param step rows at which the server cuts a page
 * @throws MLC-L021 when the first page comes again, unless it was all
 */
export async function* pagesFrom(
  pull: Pull,
  sorts: readonly string[],
  received: number,
  last: number,
  step: number,
): AsyncGenerator<readonly Row[], 'offset'> {
  let [rows, before] = [received, last]
  while (rows < pull.wanted && before >= step) {
    const limit = Math.min(pull.pageSize, pull.wanted - rows)
    const next = await page(pull, { limit, offset: rows, sorts })
    if (pull.repeatsFirstPage(next)) {
      if (await areAll(pull)) break
      throw offsetIgnored(rows)
    }
    if (next.length > 0) yield next
    rows += next.length
    before = next.length
  }
  return 'offset'
}

async function areAll({ key, ...pull }: Pull): Promise<boolean> {
  return pull.arePagesKeyed && 'columns' in key && (await hasMore({ ...pull, key }, key)) === false
}

function offsetIgnored(rows: number): MlcError {
  return new MlcError(
    'MLC-L021',
    `Looker sent its first ${rows} rows again when asked for those after them: it knows no offset here`,
    { fix: 'Use --paging stream (or paging: stream in mlc.yaml).' },
  )
}
