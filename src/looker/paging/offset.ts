import { MlcError } from '../../errors.js'
import { looksCut, page, type Strategy } from './paging.js'

/**
 * Page after page in one fixed order, until a page is shorter than the first one was. Looker's documents know no offset for
 * queries, so a server that ignores it is expected, and told.
 */
export const offset: Strategy = async function* (pull) {
  const sorts = pull.pageSorts()
  let rows = 0
  // What the server makes of the page size: it may cap pages below it.
  let step = pull.pageSize
  while (rows < pull.wanted) {
    const limit = Math.min(pull.pageSize, pull.wanted - rows)
    const next = await page(pull, { limit, offset: rows, sorts })
    if (rows > 0 && pull.repeatsFirstPage(next)) throw offsetIgnored(rows)
    if (rows === 0 && next.length < limit && looksCut(next.length, pull)) step = next.length
    if (next.length > 0) yield next
    rows += next.length
    if (next.length < step) break
  }
  return 'offset'
}

function offsetIgnored(rows: number): MlcError {
  return new MlcError(
    'MLC-L021',
    `Looker sent its first ${rows} rows again when asked for those after them: it knows no offset here`,
    { fix: 'Use --paging stream (or paging: stream in mlc.yaml).' },
  )
}
