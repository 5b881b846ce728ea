import { MlcError } from '../errors.js'
import { isPlainDecimal, isWithinPercent, isZero, money, round, subtract, toText, type Money } from '../model/money.js'
import type { Cell, Field, Row } from '../model/row.js'
import type { Run } from './run.js'
import type { ControlTotal } from './source.js'
import type { Totals } from './totals.js'

/** Rows whose sums are to be compared with what Looker says they come to. */
export interface Summed {
  readonly rows: number
  readonly fields: readonly Field[]
  readonly totals: Totals
  /** True when rows come from several answers, between which they may have changed. */
  readonly isPieced?: boolean
  /** A filter on a measure leaves out groups, so what it leaves does not sum to the measure over everything. */
  readonly filtersMeasures: boolean
}

/** Measures whose sum over the rows is their value over everything. */
const ADDITIVE: ReadonlySet<string> = new Set(['sum', 'count'])

/** The measures by which rows can be compared with a control total: all of them plain sums; else none. */
export function summableOf({ fields, filtersMeasures }: Omit<Summed, 'totals'>): readonly Field[] {
  const measures = fields.filter(({ kind }) => kind === 'measure')
  return !filtersMeasures && measures.every(({ type }) => ADDITIVE.has(type)) ? measures : []
}

/** Whether the rows of several answers will be compared: not where a limit may cut them. @param wanted rows at most */
export function willCompare(control: ControlTotal, wanted: number, summed: Omit<Summed, 'totals'>): boolean {
  return control !== 'never' && wanted === Infinity && summableOf(summed).length > 0
}

/**
 * Asks for the measures once more, without dimensions, and compares them with the sums of the rows.
 * @returns the control totals, by measure @throws MLC-L021 with both figures, when they differ
 */
export async function compareWithControl(ask: Run['ask'], summed: Summed): Promise<Readonly<Record<string, string>>> {
  const measures = summableOf(summed)
  const control = await allRows(ask({ limit: 2, fields: measures.map(({ name }) => name) }))
  const all = control[0]
  if (all === undefined || control.length > 1)
    throw new MlcError('MLC-L021', `the control total of Looker came as ${control.length} rows`)
  const sums = summed.totals.sums()
  return Object.fromEntries(measures.map(({ name }) => [name, compared(summed, name, sums[name], all[name] ?? null)]))
}

function compared(summed: Summed, name: string, sum: string | undefined, control: Cell): string {
  const gross = summed.totals.gross(name)
  if (sum === undefined || gross === null) throw differs(summed, `${name} is not a number in every one of them`)
  if (control !== null && (typeof control !== 'string' || !isPlainDecimal(control)))
    throw differs(summed, `the control total of ${name} is not a number`)
  const total = control ?? '0'
  const missing = subtract(money(total), money(sum))
  if (isZero(missing) || (isNoisy(sum, total) && isNoise(missing, money(gross), summed.rows))) return total
  throw differs(summed, `${name} sums to ${sum} in them and to ${total} in all, so ${toText(missing)} is missing`)
}

/**
 * A warehouse that adds in doubles shows it: its numbers have more digits after the point than amounts have, or its total has
 * more than any row. Decimals are compared exactly, to the last digit.
 */
function isNoisy(sum: string, total: string): boolean {
  return scaleOf(sum) > AMOUNT_SCALE || scaleOf(total) > scaleOf(sum)
}

/** No currency and no price in a ledger has more digits after the point. */
const AMOUNT_SCALE = 6

function scaleOf(text: string): number {
  const point = text.indexOf('.')
  return point === -1 ? 0 : text.length - point - 1
}

function isNoise(missing: Money, gross: Money, rows: number): boolean {
  return isZero(round(missing, AMOUNT_SCALE, 'half-even')) || isWithinPercent(missing, gross, noisePercent(rows))
}

/** Summing n doubles is off by about the root of n times their precision: the most that is not taken for a missing row. */
function noisePercent(rows: number): Money {
  return money((100 * 2 * Number.EPSILON * (Math.sqrt(rows) + 4)).toFixed(20))
}

async function allRows(batches: AsyncIterable<readonly Row[]>): Promise<readonly Row[]> {
  let rows: Row[] = []
  for await (const batch of batches) rows = batch.length === 0 ? [] : rows.concat(batch)
  return rows
}

function differs({ rows, isPieced }: Summed, why: string): MlcError {
  return new MlcError('MLC-L021', `Looker sent ${rows} rows; ${why}`, isPieced === true ? { fix: CHANGED } : {})
}

const CHANGED =
  'Run the same command again: figures may have changed while they were read. If it is refused again, give the API user download_without_limit, or split the query by filters.'
