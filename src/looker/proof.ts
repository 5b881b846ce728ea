import { MlcError } from '../errors.js'
import { blockOf, rowAt } from '../model/block.js'
import type { Row } from '../model/row.js'
import { compareWithControl, summableOf, type Summed } from './control.js'
import type { Run } from './run.js'
import type { SeenRows } from './tuples.js'

/** The rows that are to be proved complete. */
export interface Received extends Summed {
  readonly seen: SeenRows
  /** Takes other rows, to be compared with those. */
  readonly seenAgain: () => SeenRows
}

/** What was compared: Looker's own totals by measure; empty where the measures are no plain sums. */
export type Control = Readonly<Record<string, string>>

/**
 * Proves that rows are all there are, although their count looks like a limit. Sums and counts are compared with the same
 * query without its dimensions. That is not enough by itself, because ledger rows that are missing may sum to nothing; so the
 * rows are asked for from both ends as well: a cut answer of the other order holds rows that were not among them.
 * @throws MLC-L021 when rows are missing, or it cannot be told
 */
export async function proveComplete(ask: Run['ask'], received: Received): Promise<Control> {
  const isAdditive = summableOf(received).length > 0
  try {
    const control = isAdditive ? await compareWithControl(ask, received) : {}
    await compareEnds(ask, received, isAdditive)
    return control
  } catch (error) {
    if (!(error instanceof MlcError) || error.code === 'MLC-L021' || error.retryable) throw error
    throw notProved(received, `Looker refused the query that would tell whether they are all (${error.message})`)
  }
}

/** Cut answers of opposite order hold different rows. Were the order ignored, both would begin alike. */
async function compareEnds(ask: Run['ask'], received: Received, isTied: boolean): Promise<void> {
  const dimensions = received.fields.filter(({ kind }) => kind === 'dimension').map(({ name }) => name)
  const firsts: string[] = []
  for (const direction of ['', ' desc']) {
    const sorts = dimensions.map((name) => name + direction)
    firsts.push(await compareInOrder(ask, received, sorts, dimensions))
  }
  // A server that ignores the order tells nothing here; then sums that tie have to do.
  if (firsts[0] === firsts[1] && !isTied) throw notProved(received, 'whether they are all cannot be told')
}

async function compareInOrder(
  ask: Run['ask'],
  received: Received,
  sorts: string[],
  dimensions: string[],
): Promise<string> {
  let rows = 0
  let first = ''
  let again = received.seenAgain()
  for await (const batch of ask({ limit: -1, sorts })) {
    if (batch.length === 0) {
      rows = 0
      again.log.close()
      again = received.seenAgain()
      continue
    }
    if (rows === 0) first = firstOf(batch, dimensions)
    rows += batch.length
    addBatch(again, batch)
  }
  if (!received.seen.containsAll(again))
    throw notProved(received, 'asked for in another order, Looker sends rows that were not among them')
  if (rows !== received.rows) throw notProved(received, `asked for in another order, there are ${rows}`)
  return first
}

function firstOf(batch: readonly Row[], dimensions: readonly string[]): string {
  const block = blockOf(batch)
  const first = block === null ? batch[0] : rowAt(block, 0)
  return JSON.stringify(dimensions.map((name) => first?.[name]))
}

function addBatch(seen: SeenRows, batch: readonly Row[]): void {
  const block = blockOf(batch)
  if (block === null) for (const row of batch) seen.add(row)
  else seen.addBlock(block)
}

function notProved({ rows }: Received, why: string): MlcError {
  return new MlcError('MLC-L021', `Looker sent ${rows} rows, a count at which it cuts answers; ${why}`)
}
