import { summableOf, willCompare } from './control.js'
import type { ResolvedSource } from './describe.js'
import { orderOf } from './order.js'
import { PAGES_BEFORE_TASK } from './paging/keyset.js'
import { looksCut } from './paging/paging.js'
import type { Run } from './run.js'
import type { Estimate, KnownRows, SourceSpec } from './source.js'

/**
 * What a pull would cost, without making it. Rows that are not known are counted by Looker, in one query without dimensions:
 * as many records as there are, and never fewer than the rows they are summed to. The calls are those that the paging sends to
 * a Looker that hands out everything, one that cuts and knows offsets, and one that cuts and does not.
 * @param learning calls after the rows, to learn which filters Looker applied
 * @param known from an earlier pull; null: not known
 */
export async function estimatePull(
  ask: Run['ask'],
  source: ResolvedSource,
  spec: SourceSpec,
  { pageSize, learning }: { readonly pageSize: number; readonly learning: number },
  known: KnownRows | null,
): Promise<Estimate> {
  // Reading a saved query is a call that the quota counts, and one is all that an estimate may cost.
  const mayCount = known === null && spec.slug === null
  const counted = mayCount ? await countRecords(ask, source) : null
  const rows = known?.rows ?? counted
  const pull = plannedOf(source, spec, pageSize)
  const { least, most } = callsOf(pull, rows, known)
  return { rows, isCounted: counted !== null, calls: { least: least + learning, most: most + learning } }
}

type Calls = Estimate['calls']

/** Rows are as many as answers are cut at. */
type IsCut = (rows: number) => boolean

interface Planned {
  readonly paging: SourceSpec['paging']
  readonly pageSize: number
  readonly wanted: number
  readonly looksCut: IsCut
  /** Whether rows can be continued by their key; `again`: once they were asked for in its order. */
  readonly key: 'ready' | 'again' | 'none'
  readonly isOrdered: boolean
  /** Calls that prove by totals and from both ends that rows are all. */
  readonly proof: number
  /** Whether a page by offset begins with the last row of the one before. */
  readonly overlaps: boolean
  /** When a control total is asked for. */
  readonly control: 'never' | 'needed' | 'always'
}

function plannedOf(source: ResolvedSource, spec: SourceSpec, pageSize: number): Planned {
  const { paging, limit, control = 'never' } = spec
  const { savedLimit, fields } = source.definition
  const wanted = limit === 'all' ? Infinity : limit + 1
  const { key, isKeyed, isOrdered, mayReorder } = orderOf(source, wanted)
  const summed = { rows: 0, fields, filtersMeasures: source.filtersMeasures }
  const isAdditive = summableOf(summed).length > 0
  return {
    ...{ paging, pageSize, wanted, isOrdered, looksCut: (rows) => looksCut(rows, { pageSize, savedLimit, wanted }) },
    key: !('columns' in key) || !(isKeyed || mayReorder) ? 'none' : isKeyed ? 'ready' : 'again',
    proof: isAdditive ? 3 : 2,
    overlaps: !willCompare(control, limit === 'all' ? Infinity : limit, summed),
    control: isAdditive ? control : 'never',
  }
}

/** A query, a task, a look at it, its result. */
const TASK = 4
/** Half an hour's looks at a task, as their pauses grow. */
const LOOKS = 65

/** A count that is not exact may be one at which answers are cut, or not; a counted one may be far too high. */
function callsOf(pull: Planned, rows: number | null, known: KnownRows | null): Calls {
  const wanted = (count: number) => Math.min(count, pull.wanted)
  if (known?.isExact) return withControl(pull, wanted(known.rows), pull.looksCut)
  const least = withControl(pull, wanted(known?.rows ?? 0), () => false)
  const most = wanted(rows ?? pull.pageSize)
  const ends = [() => false, (count: number) => count > 0 && count < pull.wanted]
  return { least: least.least, most: Math.max(...ends.map((isCut) => withControl(pull, most, isCut).most)) }
}

function withControl(pull: Planned, rows: number, isCut: IsCut): Calls {
  const { least, most } = bare(pull, rows, isCut)
  const { control, paging, pageSize, wanted } = pull
  if (control === 'never' || rows >= wanted) return { least, most }
  // Rows out of several answers, between which they may have changed, are compared.
  const isPieced = (calls: number) => (paging === 'keyset' || paging === 'offset') && calls > 1
  const isNeeded = isPieced(most) || (paging === 'auto' && rows > pageSize)
  return {
    least: least + (control === 'always' || isPieced(least) ? 1 : 0),
    most: most + (control === 'always' || isNeeded ? 1 : 0),
  }
}

function bare(pull: Planned, rows: number, isCut: IsCut): Calls {
  const { paging, pageSize, key, proof } = pull
  const isProved = isCut(rows) || rows > pageSize
  const wholeness = key === 'ready' ? 1 : proof
  switch (paging) {
    case 'auto':
      return key === 'none' ? withoutKey(pull, rows, isCut) : byKey(pull, rows, isCut)
    case 'single':
    case 'stream':
      return { least: isCut(rows) ? 1 + Math.min(1, wholeness) : 1, most: 1 + (isProved ? wholeness : 0) }
    case 'task':
      return { least: TASK + (isCut(rows) ? 1 : 0), most: TASK + LOOKS + (isProved ? wholeness : 0) }
    case 'keyset': {
      const calls = pagesByKey(pull, rows, isCut)
      return { least: calls, most: calls }
    }
    case 'offset': {
      const calls = pagesByOffset(pull, rows) + (rows < pageSize && isCut(rows) ? 1 : 0)
      // A first page that comes again is asked about once, and refused unless it was all.
      return { least: calls, most: calls + (isProved ? 1 : 0) }
    }
  }
}

/** One answer; where it looks cut, what comes after its last key, and a query task when that comes to many pages. */
function byKey(pull: Planned, rows: number, isCut: IsCut): Calls {
  const whole = isCut(rows) ? 2 : 1
  const pages = pagesByKey(pull, rows, isCut)
  const asTask = pages > 1 + PAGES_BEFORE_TASK ? 1 + PAGES_BEFORE_TASK + TASK + LOOKS : 0
  const again = (calls: number) => calls + (pull.key === 'again' && calls > 1 ? 1 : 0)
  return { least: again(whole), most: again(Math.max(whole, pages, asTask)) }
}

/** One answer; where it looks cut, the rows after it, and then either the proof or every page, or a query task. */
function withoutKey(pull: Planned, rows: number, isCut: IsCut): Calls {
  const { pageSize, isOrdered, proof } = pull
  const proved = isCut(rows) ? 2 + proof : 1
  const least = isCut(rows) ? 2 : 1
  if (rows <= pageSize) return { least, most: proved }
  const pages = pagesByOffset(pull, rows) + (isOrdered ? 0 : 2)
  return { least, most: Math.max(proved, pages, 2 + proof + TASK + LOOKS + proof) }
}

/** Each page begins with the last row of the one before, and is the last one when it does not look cut. */
function pagesByKey({ pageSize, wanted }: Planned, all: number, isCut: IsCut): number {
  const first = Math.min(pageSize, all)
  if (first >= wanted || (first < pageSize && !isCut(first))) return 1
  let calls = 1
  for (let rows = first; rows < wanted; calls++) {
    const fresh = Math.min(pageSize - 1, all - rows)
    rows += fresh
    const received = fresh + 1
    if (fresh === 0 || !(received === first || received === pageSize || isCut(received))) return calls + 1
  }
  return calls
}

function pagesByOffset({ pageSize, wanted, overlaps }: Planned, rows: number): number {
  const overlap = overlaps && pageSize > 1 ? 1 : 0
  const pages = Math.max(rows - overlap, 0) / (pageSize - overlap)
  return rows >= wanted ? Math.ceil(pages) : Math.floor(pages) + 1
}

/** Null where the Explore has no measure that counts, or Looker does not answer with a number. */
async function countRecords(ask: Run['ask'], { counter }: ResolvedSource): Promise<number | null> {
  if (counter === null) return null
  let count: number | null = null
  for await (const batch of ask({ limit: 2, fields: [counter] })) {
    const cell = batch[0]?.[counter]
    count = typeof cell === 'string' && /^\d{1,15}$/.test(cell) ? Number(cell) : null
  }
  return count
}
