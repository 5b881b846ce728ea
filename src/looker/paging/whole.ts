import { MlcError } from '../../errors.js'
import { hasMore } from './keyset.js'
import type { Pull } from './paging.js'

/**
 * Proves that an answer of one question has all rows, although its count looks like a limit: in the order of its key one call
 * shows whether anything comes after the last of them; else totals and both ends have to tell.
 * @throws MLC-L021 when there are more, or it cannot be told
 */
export async function needWhole(pull: Pull, rows: number, asTask = false): Promise<void> {
  const more = pull.isKeyed && 'columns' in pull.key ? await hasMore(pull, pull.key) : null
  if (more === false) return
  if (more === true)
    throw new MlcError(
      'MLC-L021',
      `Looker sent ${rows} rows, a count at which it cuts answers, and has more after them`,
    )
  await pull.prove(rows, asTask)
}
