import { MlcError, type ErrorCode } from '../errors.js'
import { isIsoDate } from '../model/period.js'
import { add, isPlainDecimal, money, negate, toText } from '../model/money.js'
import { at, shown, type Exact, type ExactObject } from './exact.js'
import type { ReadOptions, Word } from './options.js'

/** One row of a read under our names. Every method names read, row and column when it throws. */
export interface Cells {
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
  const fail = (code: ErrorCode, found: string) => new MlcError(code, `${what}, row ${number}: ${found}`)
  const defaultOf = (name: string): Word | null => read.defaults?.[name] ?? null
  const has = (name: string) => Boolean(read.columns[name]) || defaultOf(name) !== null

  const cell = (name: string): Exact => {
    const column = read.columns[name]
    const value = column ? at(row, column) : undefined
    const fallback = defaultOf(name)
    if ((value === undefined || value === null || value === '') && fallback !== null) return String(fallback)
    if (!column) throw fail('MLC-Q011', `no column is configured for ${name}`)
    if (value === undefined) throw fail('MLC-Q011', `no column ${column} (for ${name}); it has ${columnsOf(row)}`)
    return value
  }
  const code = (name: string): string => {
    const value = cell(name)
    if (typeof value === 'string') return value
    if (value === null) return ''
    throw fail('MLC-Q013', `${name} is ${shown(JSON.stringify(value))}, not a text`)
  }
  const decimal = (name: string): string => {
    const value = cell(name)
    if (typeof value === 'string' && isPlainDecimal(value)) return value
    throw fail('MLC-Q013', `${name} is ${shown(JSON.stringify(value))}, not a plain decimal`)
  }
  const whole = (name: string): number => {
    const value = code(name)
    if (/^\d{1,6}$/.test(value)) return Number(value)
    throw fail('MLC-Q013', `${name} is ${shown(JSON.stringify(value))}, not a whole number`)
  }
  const side = (name: string) => (cell(name) === null ? money('0') : money(decimal(name)))
  return {
    has,
    code,
    whole,
    optionalCode: (name) => (has(name) ? code(name) : null),
    optionalWhole: (name) => (has(name) && code(name) !== '' ? whole(name) : null),
    amount() {
      if (has('amount') || !has('debit') || !has('credit')) return decimal('amount')
      if (cell('debit') === null && cell('credit') === null) return decimal('debit')
      return toText(add(side('debit'), negate(side('credit'))))
    },
    day(name) {
      const value = has(name) ? code(name) : ''
      const day = /^(\d{4}-\d{2}-\d{2})(?:[T ][0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(value)?.[1]
      if (value === '') return null
      if (day !== undefined && isIsoDate(day)) return day
      throw fail('MLC-Q013', `${name} is ${shown(JSON.stringify(value))}, not an ISO date`)
    },
    word(name) {
      const value = cell(name)
      return typeof value === 'boolean' ? value : code(name)
    },
  }
}

function columnsOf(row: ExactObject): string {
  const names = Object.keys(row)
  const listed = names.slice(0, 30).join(', ')
  return names.length === 0 ? 'no columns' : shown(names.length > 30 ? `${listed}, …` : listed)
}

/** Words that sites use for "yes, in use". Anything else is not active: an account is never posted to on a guess. */
const ACTIVE_WORDS = new Set(['true', 'yes', 'y', '1', 'active', 'a', 'on'])

export function meansActive(word: string | boolean | null): boolean {
  return typeof word === 'boolean' ? word : ACTIVE_WORDS.has((word ?? '').trim().toLowerCase())
}

/** Whether a status means "open for posting": a boolean as it is, unless the config lists true or false as its words. */
export function meansOpen(word: string | boolean | null, openValues: readonly Word[] | null | undefined): boolean {
  const open = (openValues ?? ['open']).map((value) => String(value).trim().toLowerCase())
  const listsBooleans = open.includes('true') || open.includes('false')
  if (typeof word === 'boolean' && !listsBooleans) return word
  return open.includes(
    String(word ?? '')
      .trim()
      .toLowerCase(),
  )
}
