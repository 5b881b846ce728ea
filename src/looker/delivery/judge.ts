import { MlcError } from '../../errors.js'
import { add, isPlainDecimal, isZero, money, round, subtract, type Money } from '../../model/money.js'
import { inMemory } from '../../model/overflow.js'
import type { Cell, Row } from '../../model/row.js'
import { createTotals, type Totals } from '../totals.js'
import { createSeenRows } from '../tuples.js'
import { quote } from '../words.js'

/** Looks at each row of a delivery, and at all of them together, for what makes them unfit: no API told how they came about. */
export interface Judge {
  /** @throws MLC-I013 for a formatted value, MLC-I014 for a row that is no figure or comes twice */
  take(row: Row): void
  /** @throws MLC-I014 when the last row is a total, or the rows look cut */
  finish(): { readonly rows: number; readonly totals: Totals }
}

export interface Judged {
  /** Columns that hold amounts. */
  readonly measures: readonly string[]
  /** Columns that say of what: as far as they are known, those of the job. */
  readonly dimensions: readonly string[]
  /** All columns. */
  readonly columns: readonly string[]
  /** The limit saved with the query; null: not told. Below zero: none. */
  readonly limit: number | null
}

export function createJudge({ measures, dimensions, columns, limit }: Judged): Judge {
  const seen = createSeenRows(columns, true, inMemory)
  const totals = createTotals(measures)
  let rows = 0
  let last: Row | null = null
  return {
    take(row) {
      rows++
      refuseError(row, rows)
      refuseOtherColumns(row, columns, rows)
      for (const measure of measures) refuseFormatted(row[measure] ?? null, measure, rows)
      refuseTotalsLabel(row, dimensions, rows)
      if (!seen.add(row)) throw cameTwice(rows)
      totals.add(row)
      last = row
    },
    finish() {
      const repeated = seen.repeated()
      if (repeated !== null) throw cameTwice(repeated.row)
      if (last !== null && rows > 1) refuseLastTotal(last, rows, dimensions, totals)
      refuseCut(rows, limit)
      return { rows, totals }
    },
  }
}

/** Looker writes an error of the database among the rows, wherever it met it. @throws MLC-I014 */
export function refuseError(row: Row, number: number): void {
  if (!Object.hasOwn(row, 'looker_error')) return
  throw notFigures(`row ${number} is an error of Looker: ${quote(String(row['looker_error']), 200)}`)
}

function refuseOtherColumns(row: Row, columns: readonly string[], number: number): void {
  const names = Object.keys(row)
  if (names.length === columns.length && names.every((name, index) => columns[index] === name)) return
  const known = new Set(columns)
  if (names.length === known.size && names.every((name) => known.has(name))) return
  throw notFigures(
    `row ${number} has other columns than the first one: ${names
      .slice(0, 20)
      .map((name) => quote(name, 60))
      .join(', ')}`,
  )
}

/** What people read: 1,234.00, $1,234, (5.00), 12 %, 34.03K, 1.234,00. What has no such sign is read or refused as an amount. */
function refuseFormatted(cell: Cell, measure: string, number: number): void {
  if (typeof cell !== 'string' || isPlainDecimal(cell) || !/\d/.test(cell)) return
  throw new MlcError(
    'MLC-I013',
    `row ${number}: ${measure} is ${quote(JSON.stringify(cell), 60)}, formatted for people`,
  )
}

function refuseTotalsLabel(row: Row, dimensions: readonly string[], number: number): void {
  const found = dimensions.find((name) => typeof row[name] === 'string' && TOTAL.test(row[name]))
  if (found !== undefined)
    throw notFigures(`row ${number} is a total: ${found} is ${quote(JSON.stringify(row[found]), 60)}`)
}

const TOTAL = /^\s*(?:(?:grand|sub|row)[ -]?)?totals?:?\s*$/i

/** No dimension, and in each measure the sum of all the other rows. */
function refuseLastTotal(row: Row, number: number, dimensions: readonly string[], totals: Totals): void {
  if (dimensions.length === 0 || dimensions.some((name) => !isBlank(row[name] ?? null))) return
  const sums = Object.entries(totals.sums())
  const isSum = sums.length > 0 && sums.every(([name, sum]) => isHalf(row[name] ?? null, money(sum)))
  if (isSum) throw notFigures(`row ${number}, the last, is the total of the others`)
}

/**
 * Nothing in a delivery says that it was cut, so a count at which Looker cuts is taken for one: the limit saved with the query,
 * and where that is not told, the two that are Looker's own.
 */
function refuseCut(rows: number, limit: number | null): void {
  const isCut = limit === null ? LIMITS.has(rows) : limit > 0 && rows === limit
  if (!isCut) return
  throw notFigures(`it has ${rows} rows, a number at which Looker cuts what it delivers`, {
    fix: 'Choose "All results" in the schedule, or have the delivery only trigger the pull (source.delivery: trigger).',
  })
}

const LIMITS: ReadonlySet<number> = new Set([500, 5_000])

function cameTwice(number: number): MlcError {
  return notFigures(`row ${number} is there a second time`)
}

function notFigures(what: string, options?: { fix: string }): MlcError {
  return new MlcError('MLC-I014', `the delivery is not the figures alone: ${what}`, options)
}

function isBlank(cell: Cell): boolean {
  return cell === null || cell === ''
}

function isHalf(cell: Cell, sum: Money): boolean {
  if (typeof cell !== 'string' || !isPlainDecimal(cell) || isZero(sum)) return false
  return isZero(round(subtract(sum, add(money(cell), money(cell))), 6, 'half-even'))
}
