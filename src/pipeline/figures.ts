import { MlcError } from '../errors.js'
import type { Figure } from '../model/figure.js'
import type { FigureSpec } from '../model/job.js'
import { isPlainDecimal } from '../model/money.js'
import {
  formatPeriod,
  parsePeriod,
  periodOfDate,
  samePeriod,
  type CalendarPeriod,
  type Period,
} from '../model/period.js'
import type { Cell, Row } from '../model/row.js'

/** Which periods the rows of a run may belong to. */
export interface PeriodScope {
  /** The period asked for; null when the rows alone say which. */
  readonly asked: Period | null
  /** `period`: that one only. `year`: any of its year, because the source filters by year alone. */
  readonly within: 'period' | 'year'
  readonly calendar: readonly CalendarPeriod[]
}

/**
 * The figures of one Looker row, one a measure, with Looker's sign and digits.
 * @param number 1-based row number, for messages
 * @throws MLC-P001 … MLC-P005 naming row, column and the value found
 */
export function figuresOfRow(row: Row, number: number, spec: FigureSpec, scope: PeriodScope): Figure[] {
  const place = {
    account: codeOf(row, number, spec.account),
    costCentre: codeOf(row, number, spec.costCentre),
    subAccount: codeOf(row, number, spec.subAccount),
    project: codeOf(row, number, spec.project),
    site: codeOf(row, number, spec.site),
    currency: currencyOf(row, number, spec),
    period: formatPeriod(periodOf(row, number, spec, scope)),
    row: number,
  }
  return Object.entries(spec.measures).map(([measure, column]) => ({
    ...place,
    measure,
    amount: amountOf(row, number, column),
  }))
}

/** The columns that a figure spec needs. */
export function columnsOf(spec: FigureSpec): string[] {
  return [...codeColumnsOf(spec), ...wordColumnsOf(spec), ...Object.values(spec.measures)]
}

export function codeColumnsOf({ account, costCentre, subAccount, project, site }: FigureSpec): string[] {
  return [account, costCentre, subAccount, project, site].filter((column) => column !== null)
}

/** The columns that say currency and period: whether they are accepted hangs on nothing else of the row. */
export function wordColumnsOf({ period, currency }: FigureSpec): string[] {
  return [...(period === null ? [] : [period]), ...(isCurrency(currency) ? [] : [currency])]
}

function amountOf(row: Row, number: number, column: string): string {
  const cell = cellOf(row, number, column)
  if (typeof cell === 'string' && isPlainDecimal(cell)) return cell
  throw new MlcError('MLC-P001', `row ${number}: ${column} is ${shown(cell)}, not a plain decimal such as -1234.50`, {
    fix: `Use an unformatted numeric measure for ${column}; where it can be empty, write 0 in LookML.`,
  })
}

function codeOf(row: Row, number: number, column: string | null): string | null {
  if (column === null) return null
  const cell = cellOf(row, number, column)
  if (typeof cell !== 'boolean') return cell
  throw new MlcError('MLC-P005', `row ${number}: ${column} is ${String(cell)}, a yes/no value, not a code`)
}

function currencyOf(row: Row, number: number, spec: FigureSpec): string {
  if (isCurrency(spec.currency)) return spec.currency
  const cell = cellOf(row, number, spec.currency)
  if (typeof cell === 'string' && isCurrency(cell.toUpperCase())) return cell.toUpperCase()
  throw new MlcError('MLC-P002', `row ${number}: ${spec.currency} is ${shown(cell)}, not a three-letter currency code`)
}

function periodOf(row: Row, number: number, spec: FigureSpec, scope: PeriodScope): Period {
  if (spec.period === null) return requireAsked(scope)
  const cell = cellOf(row, number, spec.period)
  const period = typeof cell === 'string' ? (parsePeriod(cell) ?? periodOfDate(cell, scope.calendar)) : null
  if (!period) throw new MlcError('MLC-P004', `row ${number}: ${spec.period} is ${shown(cell)}, which names no period`)
  if (!isInScope(period, scope)) {
    const asked = scope.asked ? formatPeriod(scope.asked) : ''
    throw new MlcError('MLC-P003', `row ${number}: ${spec.period} is ${shown(cell)}, but ${asked} was asked for`)
  }
  return period
}

function isInScope(period: Period, { asked, within }: PeriodScope): boolean {
  if (asked === null) return true
  return within === 'year' ? period.year === asked.year : samePeriod(period, asked)
}

function requireAsked(scope: PeriodScope): Period {
  if (scope.asked) return scope.asked
  throw new MlcError('MLC-C006', 'the job names no period column, so --period is needed', {
    fix: 'Add --period YYYY-PP.',
  })
}

function cellOf(row: Row, number: number, column: string): Cell {
  const cell = Object.hasOwn(row, column) ? row[column] : undefined
  if (cell !== undefined) return cell
  throw new MlcError(
    'MLC-P005',
    `row ${number}: there is no column ${column} (there are ${Object.keys(row).join(', ')})`,
  )
}

function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text)
}

function shown(cell: Cell): string {
  if (cell === null || cell === '') return 'blank'
  return typeof cell === 'string' ? JSON.stringify(cell.slice(0, 60)) : String(cell)
}
