import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import { rowsFrom, type Answer, type Border } from './border.js'
import { fromRow, needKey, type Key } from './key.js'
import { looksCut, page, type Pull, type Strategy } from './paging.js'

/** Page after page in the order of all dimensions, each from the last key of the one before on. */
export const keyset: Strategy = async function* (pull) {
  const key = needKey(pull.key)
  if (!pull.mayReorder)
    throw new MlcError(
      'MLC-L028',
      'keyset paging sorts by the dimensions, and --limit wants the first rows of another order',
    )
  pull.reorder()
  const limit = Math.min(pull.pageSize, pull.wanted)
  const first = await page(pull, { limit, sorts: key.sorts })
  if (first.length > 0) yield first
  if (first.length < limit && !looksCut(first.length, pull)) return 'keyset'
  needOrder(pull)
  const ended = yield* onward(pull, key, first.length, pull.pageSize)
  if (ended === null) throw unfit(pull, key)
  return 'keyset'
}

/** Pages after which a query task is cheaper, since nobody knows how many are to come: a task takes about as many calls. */
export const PAGES_BEFORE_TASK = 3

/**
 * The rows after those received in the key's order, until one answer ends by itself.
 * @param received rows so far: the count at which this server cuts
 * @param limit rows of a page; −1 for all that come, with a query task for the rest when pages become many
 * @returns how the rows came; null when Looker does not resume, and nothing was handed out
 * @throws MLC-L028 when it stops resuming later on, or a row came out of order
 */
export async function* onward(
  pull: Pull,
  key: Key,
  received: number,
  limit: number,
): AsyncGenerator<readonly Row[], 'single' | 'keyset' | null> {
  const cap = received
  let how: 'single' | 'keyset' = 'single'
  let [rows, pages, mayTask] = [received, 0, limit < 0]
  while (rows < pull.wanted) {
    const asTask = mayTask && pages === PAGES_BEFORE_TASK
    // Asked from the second row on, a server that honours offsets gives itself away: it cuts its tasks as well.
    const isProbe = mayTask && pages === PAGES_BEFORE_TASK - 1
    const answer = yield* nextRows(pull, key, pull.wanted - rows, limit, { asTask, isProbe })
    if (answer === null && (asTask || isProbe)) mayTask = false
    else if (answer === null && pages === 0) return null
    else if (answer === null) throw unfit(pull, key)
    else {
      needOrder(pull)
      pages++
      rows += answer.fresh
      if (answer.fresh > 0) how = 'keyset'
      if (answer.isOffsetHonoured || asTask) mayTask = false
      if (answer.fresh === 0 || !(answer.rows === cap || answer.rows === limit || looksCut(answer.rows, pull))) break
    }
  }
  return how
}

/** Whether anything comes after the rows received in the key's order; null when Looker does not resume. Costs one row. */
export async function hasMore(pull: Pull, key: Key): Promise<boolean | null> {
  const steps = nextRows(pull, key, 1, 1, {})
  const step = await steps.next()
  if (!step.done) await steps.return(null)
  return step.done === true ? (step.value === null ? null : step.value.fresh > 0) : true
}

async function* nextRows(
  pull: Pull,
  key: Key,
  wanted: number,
  pageSize: number,
  how: { readonly asTask?: boolean; readonly isProbe?: boolean },
): AsyncGenerator<readonly Row[], Answer | null> {
  const border = borderOf(pull, key)
  if (border === null) return null
  const known = border.rows.length
  const limit =
    wanted === Infinity && pageSize < 0
      ? -1
      : Math.min(wanted + known, pageSize < 0 ? Infinity : Math.max(pageSize, known + 1))
  return yield* rowsFrom(pull, key, border, {
    ...{ limit, sorts: key.sorts, from: border.from },
    ...(how.asTask === true ? { asTask: true } : {}),
    ...(how.isProbe === true ? { offset: 1 } : {}),
  })
}

/** The last row whose key can be written; those after it come a second time. */
function borderOf(pull: Pull, key: Key): Border | null {
  const tail = pull.tail()
  const confirmed = pull.sequence?.confirmed() ?? new Set()
  for (let at = tail.length - 1; at >= 0; at--) {
    const from = fromRow(key, tail[at] ?? {}, confirmed)
    if (from !== null) return { from, rows: tail.slice(at) }
  }
  return null
}

/** Rows may have been passed over where the order that was asked for is not the one they come in. */
function needOrder({ sequence }: Pull): void {
  const fault = sequence?.fault() ?? null
  if (fault === null) return
  throw new MlcError('MLC-L028', `Looker does not send rows in the order it was asked for: ${fault}`, {
    fix: 'Use --paging offset or --paging task (paging: in mlc.yaml), and have null_sort_treatment of the connection looked at where null is named.',
  })
}

function unfit(pull: Pull, key: Key): MlcError {
  const last = pull.tail().at(-1) ?? {}
  const shown = key.columns.map(({ name }) => `${name} = ${JSON.stringify(last[name] ?? null)}`).slice(0, 6)
  return new MlcError(
    'MLC-L028',
    borderOf(pull, key) === null
      ? `keyset paging cannot write the last key in Looker's expression language: ${shown.join(', ')}`
      : `Looker does not resume at the last key: ${shown.join(', ')}`,
  )
}
