import { MlcError } from '../../errors.js'
import { looksCut, type Strategy } from './paging.js'
import { needWhole } from './whole.js'

/** One request for one page, and one row more: a page that is exactly full looks like the last one. */
export const single: Strategy = async function* (pull) {
  const sorts = pull.order === undefined ? {} : { sorts: pull.order }
  const rows = yield* pull.ask({ limit: Math.min(pull.wanted, pull.pageSize + 1), ...sorts })
  if (rows < pull.wanted && rows > pull.pageSize)
    throw new MlcError('MLC-L021', `the result has more than the ${pull.pageSize} rows of a page`, {
      fix: 'Use --paging auto or stream, raise looker.pageSize, or split the query by filters.',
    })
  if (looksCut(rows, pull)) await needWhole(pull, rows)
  return 'single'
}
