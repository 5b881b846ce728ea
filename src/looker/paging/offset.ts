import { MlcError } from '../../errors.js'
import { isPlainDecimal, isZero, money, round, subtract } from '../../model/money.js'
import type { Cell, Row } from '../../model/row.js'
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
 * @throws MLC-L021 when the first page comes again, unless it was all, and when rows have moved from page to page
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
    const next = await pageAfter(pull, sorts, rows, step)
    if (next === 'first again') {
      if (await areAll(pull)) break
      throw offsetIgnored(rows)
    }
    if (next.fresh.length > 0) yield next.fresh
    rows += next.fresh.length
    before = next.received
  }
  return 'offset'
}

export interface NextPage {
  readonly fresh: readonly Row[]
  /** Rows that came, the one known before among them. */
  readonly received: number
}

/**
 * The page after the rows received. Where no control total will tell whether a row was lost between two pages, it begins with
 * the last row of the page before: of rows that were deleted or added meanwhile, another one stands there.
 * @param step rows at which the server cuts a page @throws MLC-L021 when another one does
 */
export async function pageAfter(
  pull: Pull,
  sorts: readonly string[] | undefined,
  rows: number,
  step: number,
): Promise<NextPage | 'first again'> {
  const overlap = sorts === undefined || pull.isCompared() || Math.min(rows, step, pull.pageSize) < 2 ? 0 : 1
  const limit = Math.min(pull.pageSize, pull.wanted - rows + overlap)
  const next = await page(pull, { limit, offset: rows - overlap, ...(sorts === undefined ? {} : { sorts }) })
  if (pull.repeatsFirstPage(next)) return 'first again'
  if (overlap === 1 && !isSameRow(next[0], pull.tail().at(-1))) throw haveMoved(rows)
  return { fresh: overlap === 1 ? next.slice(1) : next, received: next.length }
}

function isSameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return Object.keys({ ...a, ...b }).every((name) => isSameCell(a[name] ?? null, b[name] ?? null))
}

/** A warehouse that computes in doubles does not come to the same last digits each time. */
function isSameCell(a: Cell, b: Cell): boolean {
  if (a === b) return true
  if (typeof a !== 'string' || typeof b !== 'string' || !isPlainDecimal(a) || !isPlainDecimal(b)) return false
  return a.includes('.') && b.includes('.') && isZero(round(subtract(money(a), money(b)), 6, 'half-even'))
}

function haveMoved(rows: number): MlcError {
  return new MlcError(
    'MLC-L021',
    `rows changed while pages were read: row ${rows} is another one now than it was at the end of its page`,
    { fix: 'Run the same command again, when nobody posts; or use --paging task (paging: task), which is one answer.' },
  )
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
