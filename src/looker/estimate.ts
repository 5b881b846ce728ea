import type { ResolvedSource } from './describe.js'
import type { Run } from './run.js'
import type { Estimate, SourceSpec } from './source.js'

/**
 * What a pull would cost, without making it. Rows that are not known are counted by Looker, in one query without dimensions:
 * as many records as there are, and never fewer than the rows they are summed to.
 * @param knownRows from an earlier pull; null: not known
 */
export async function estimatePull(
  ask: Run['ask'],
  source: ResolvedSource,
  { paging, slug }: SourceSpec,
  pageSize: number,
  knownRows: number | null,
): Promise<Estimate> {
  // Reading a saved query is a call that the quota counts, and one is all that an estimate may cost.
  const mayCount = knownRows === null && slug === null
  const counted = mayCount ? await countRecords(ask, source) : null
  const rows = knownRows ?? counted
  return { rows, isCounted: counted !== null, calls: callsOf(paging, rows, pageSize) }
}

/** Control total, and the rows from both ends: what it takes to prove that rows are all when their count looks like a limit. */
const PROOF = 3
/** A query, a task, a look at it, its result. */
const TASK = 4
/** Half an hour's looks at a task, as their pauses grow. */
const LOOKS = 65

function callsOf(paging: SourceSpec['paging'], rows: number | null, pageSize: number): Estimate['calls'] {
  const pages = rows === null ? 1 : Math.floor(rows / pageSize) + 1
  switch (paging) {
    case 'single':
    case 'stream':
      return { least: 1, most: 1 + PROOF }
    case 'task':
      return { least: TASK, most: TASK + LOOKS + PROOF }
    case 'auto':
      // The answer, the rows after it, and then either the proof or every page; a source without a key may be asked for both.
      return { least: 1, most: 2 + Math.max(PROOF, pages) }
    default:
      return { least: pages, most: pages + PROOF }
  }
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
