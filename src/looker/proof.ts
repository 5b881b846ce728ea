import { MlcError } from '../errors.js'
import {
  ZERO,
  isPlainDecimal,
  isWithinPercent,
  isZero,
  money,
  round,
  subtract,
  toText,
  type Money,
} from '../model/money.js'
import type { Cell, Field, Row } from '../model/row.js'
import type { Run } from './run.js'
import type { Totals } from './totals.js'
import type { SeenRows } from './tuples.js'

/** The rows that are to be proved complete. */
export interface Received {
  readonly rows: number
  readonly fields: readonly Field[]
  readonly totals: Totals
  readonly seen: SeenRows
}

/**
 * Proves that rows are all there are, although their count looks like a limit. Sums and counts are compared with the same
 * query without its dimensions. That is not enough by itself, because ledger rows that are missing may sum to nothing; so the
 * rows are asked for from both ends as well: a cut answer of the other order holds rows that were not among them.
 * @throws MLC-L021 when rows are missing, or it cannot be told
 */
export async function proveComplete(ask: Run['ask'], received: Received): Promise<void> {
  const measures = received.fields.filter(({ kind }) => kind === 'measure')
  const isAdditive = measures.length > 0 && measures.every(({ type }) => ADDITIVE.has(type))
  try {
    if (isAdditive) await compareTotals(ask, received, measures)
    await compareEnds(ask, received, isAdditive)
  } catch (error) {
    if (!(error instanceof MlcError) || error.code === 'MLC-L021' || error.retryable) throw error
    throw notProved(received, `Looker refused the query that would tell whether they are all (${error.message})`)
  }
}

/** Measures whose sum over the rows is their value over everything. */
const ADDITIVE: ReadonlySet<string> = new Set(['sum', 'count'])

async function compareTotals(ask: Run['ask'], received: Received, measures: readonly Field[]): Promise<void> {
  const control = await allRows(ask({ limit: 2, fields: measures.map(({ name }) => name) }))
  const all = control[0]
  if (all === undefined || control.length > 1)
    throw notProved(received, `the control total came as ${control.length} rows`)
  const sums = received.totals.sums()
  for (const { name } of measures) compareMeasure(received, name, sums[name], all[name] ?? null)
}

function compareMeasure(received: Received, name: string, sum: string | undefined, control: Cell): void {
  const gross = received.totals.gross(name)
  if (sum === undefined || gross === null) throw notProved(received, `${name} is not a number in every row`)
  if (control !== null && (typeof control !== 'string' || !isPlainDecimal(control)))
    throw notProved(received, `the control total of ${name} is not a number`)
  const missing = subtract(control === null ? ZERO : money(control), money(sum))
  if (isZero(round(missing, 6, 'half-even')) || isWithinPercent(missing, money(gross), noisePercent(received.rows)))
    return
  const total = control ?? '0'
  throw notProved(received, `${name} sums to ${sum} in them and to ${total} in all, so ${toText(missing)} is missing`)
}

/** Summing n doubles is off by about the root of n times their precision: the most that is not taken for a missing row. */
function noisePercent(rows: number): Money {
  return money((100 * 2 * Number.EPSILON * (Math.sqrt(rows) + 4)).toFixed(20))
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
  for await (const batch of ask({ limit: -1, sorts })) {
    if (batch.length === 0) rows = 0
    if (rows === 0 && batch[0] !== undefined) first = JSON.stringify(dimensions.map((name) => batch[0]?.[name]))
    rows += batch.length
    if (!batch.every((row) => received.seen.has(row)))
      throw notProved(received, 'asked for in another order, Looker sends rows that were not among them')
  }
  if (rows !== received.rows) throw notProved(received, `asked for in another order, there are ${rows}`)
  return first
}

async function allRows(batches: AsyncIterable<readonly Row[]>): Promise<readonly Row[]> {
  let rows: Row[] = []
  for await (const batch of batches) rows = batch.length === 0 ? [] : rows.concat(batch)
  return rows
}

function notProved({ rows }: Received, why: string): MlcError {
  return new MlcError('MLC-L021', `Looker sent ${rows} rows, a count at which it cuts answers; ${why}`)
}
