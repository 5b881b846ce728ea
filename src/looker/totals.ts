import { isPlainDecimal } from '../model/money.js'
import type { Row } from '../model/row.js'
import Big from 'big.js'

/** Exact sums of columns; a column that ever held something else than a plain decimal has none. */
export interface Totals {
  add(row: Row): void
  /** Plain decimal text by column. A column with nothing but nulls sums to 0. */
  sums(): Readonly<Record<string, string>>
  /** Sum of the absolute values: the size against which the noise of floating sums is measured. */
  gross(column: string): string | null
}

export function createTotals(columns: readonly string[]): Totals {
  const accounts = columns.map((column) => ({ column, isNumeric: true, debit: [] as bigint[], credit: [] as bigint[] }))
  return {
    add(row) {
      for (const account of accounts) if (account.isNumeric) book(account, row)
    },
    sums() {
      const numeric = accounts.filter(({ isNumeric }) => isNumeric)
      return Object.fromEntries(
        numeric.map(({ column, debit, credit }) => [
          column,
          plain(sum(debit).plus(sum(credit)), scaleOf(debit, credit)),
        ]),
      )
    },
    gross(column) {
      const account = accounts.find((candidate) => candidate.column === column && candidate.isNumeric)
      return account === undefined
        ? null
        : plain(sum(account.debit).minus(sum(account.credit)), scaleOf(account.debit, account.credit))
    },
  }
}

interface Account {
  readonly column: string
  isNumeric: boolean
  /** Positive amounts, as whole numbers, by their digits after the point: no scale has to be known beforehand. */
  readonly debit: bigint[]
  readonly credit: bigint[]
}

function book(account: Account, row: Row): void {
  const text = row[account.column]
  if (text === null || text === undefined) return
  if (typeof text !== 'string' || !isPlainDecimal(text)) {
    account.isNumeric = false
    return
  }
  const point = text.indexOf('.')
  const scale = point === -1 ? 0 : text.length - point - 1
  const side = text.startsWith('-') ? account.credit : account.debit
  const digits = point === -1 ? text : text.slice(0, point) + text.slice(point + 1)
  side[scale] = (side[scale] ?? 0n) + BigInt(digits)
}

function sum(byScale: readonly (bigint | undefined)[]): Big {
  let total = new Big(0)
  byScale.forEach((amount, scale) => {
    if (amount !== undefined) total = total.plus(new Big(`${amount}e-${scale}`))
  })
  return total
}

/** Digits after the point of the most exact amount: 1875.00 and 125.50 sum to 2000.50, not to 2000.5. */
function scaleOf(debit: readonly bigint[], credit: readonly bigint[]): number {
  return Math.max(0, debit.length - 1, credit.length - 1)
}

function plain(value: Big, scale: number): string {
  return value.toFixed(scale).replace(/^-(0(?:\.0*)?)$/, '$1')
}
