import { MlcError } from '../errors.js'
import { isIsoDate } from '../model/period.js'
import { isPlainDecimal, money, subtract, toText, ZERO, type Money } from '../model/money.js'
import { at, shown, type Exact, type ExactObject } from './exact.js'
import type { ReadOptions } from './options.js'

/** One row of a read under our names. Every method names read, row and column when it throws. */
export interface Cells {
  /** Read and row, for messages. */
  readonly where: string
  /** True when the column is configured or has a default. */
  has(name: string): boolean
  /** A code exactly as QAD spells it; empty when QAD has none. @throws MLC-Q011, MLC-Q013 */
  code(name: string): string
  /** As `code`; null where the read has no such column. */
  optionalCode(name: string): string | null
  /** Plain decimal text: of `amount`, else `debit` minus `credit`. @throws MLC-Q011, MLC-Q013 */
  amount(): string
  /** @throws MLC-Q011, MLC-Q013 when it is no whole number of at most six digits */
  whole(name: string): number
  optionalWhole(name: string): number | null
  /** ISO date of a date or timestamp; null where there is none. */
  day(name: string): string | null
  /** The cell as it came: for status columns, which are words at one site and booleans at another. */
  word(name: string): string | boolean | null
}

/**
 * @param what names the read in messages
 * @param number of the row, from 1
 */
export function cellsOf(row: ExactObject, number: number, read: ReadOptions, what: string): Cells {
  const line = { row, read, where: `${what}, row ${number}` }
  const has = (name: string) => Boolean(read.columns[name]) || defaultOf(read, name) !== null
  return {
    where: line.where,
    has,
    code: (name) => code(line, name),
    optionalCode: (name) => (has(name) ? code(line, name) : null),
    amount: () => (has('amount') || !has('debit') || !has('credit') ? decimal(line, 'amount') : netOfSides(line)),
    whole: (name) => whole(line, name),
    optionalWhole: (name) => (has(name) && code(line, name) !== '' ? whole(line, name) : null),
    day: (name) => (has(name) ? day(line, name) : null),
    word(name) {
      const value = cell(line, name)
      return typeof value === 'boolean' ? value : code(line, name)
    },
  }
}

interface Line {
  readonly row: ExactObject
  readonly read: ReadOptions
  /** Read and row, for messages. */
  readonly where: string
}

function cell({ row, read, where }: Line, name: string): Exact {
  const column = read.columns[name]
  const value = column ? at(row, column) : undefined
  const fallback = defaultOf(read, name)
  const isMissing = value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
  if (isMissing && fallback !== null) return fallback
  if (!column) throw new MlcError('MLC-Q011', `${where}: no column is configured for ${name}`)
  if (value !== undefined) return value
  throw new MlcError('MLC-Q011', `${where}: no column ${column} (for ${name}); it has ${columnsOf(row)}`)
}

function defaultOf(read: ReadOptions, name: string): string | null {
  const value = read.defaults?.[name] ?? null
  return value === null ? null : String(value)
}

function code(line: Line, name: string): string {
  const value = cell(line, name)
  if (typeof value === 'string') return value
  if (value === null) return ''
  throw notA('a text', line, name, value)
}

function decimal(line: Line, name: string): string {
  const value = cell(line, name)
  if (typeof value === 'string') {
    const plain = withPoint(value, line.read.decimalSeparator)
    if (plain !== null && isPlainDecimal(plain)) return plain
  }
  throw notA('a plain decimal', line, name, value)
}

/**
 * A decimal of a session that writes commas: with its comma as a point. A point there may be one of thousands, so `1.234` is no
 * number that anybody could be sure of: null.
 */
function withPoint(value: string, separator: ReadOptions['decimalSeparator']): string | null {
  if (separator !== ',') return value
  return /^-?\d{1,3}\.\d{3}$/.test(value) ? null : value.replace(/^(-?\d+),(\d+)$/, '$1.$2')
}

/** Debit minus credit; a side that QAD leaves null is zero, but never both. */
function netOfSides(line: Line): string {
  const bothMissing = cell(line, 'debit') === null && cell(line, 'credit') === null
  const side = (name: string): Money => (!bothMissing && cell(line, name) === null ? ZERO : money(decimal(line, name)))
  return toText(subtract(side('debit'), side('credit')))
}

function whole(line: Line, name: string): number {
  const value = code(line, name)
  if (/^\d{1,6}$/.test(value)) return Number(value)
  throw notA('a whole number', line, name, value)
}

function day(line: Line, name: string): string | null {
  const value = code(line, name)
  if (value === '') return null
  const date = /^(\d{4}-\d{2}-\d{2})(?:[T ][0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(value)?.[1]
  if (date !== undefined && isIsoDate(date)) return date
  throw notA('an ISO date', line, name, value)
}

function notA(kind: string, { read, where }: Line, name: string, value: Exact): MlcError {
  const column = read.columns[name] ?? 'its default'
  return new MlcError('MLC-Q013', `${where}: ${name} (${column}) is ${shown(JSON.stringify(value))}, not ${kind}`)
}

function columnsOf(row: ExactObject): string {
  const names = Object.keys(row)
  const listed = names.slice(0, 30).join(', ')
  return names.length === 0 ? 'no columns' : shown(names.length > 30 ? `${listed}, …` : listed)
}
