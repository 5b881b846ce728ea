import { isPlainDecimal } from '../../model/money.js'
import { textOf } from '../causes/amounts.js'
import type { Names } from './names.js'

/**
 * An exact amount as three whole numbers of an entry: (high × 10⁹ + low) / 10^decimals, where high and low have one sign and low is
 * below 10⁹. One of more than 18 digits is text: then decimals is −1 and low its number among the names.
 */
export const AMOUNT_WIDTH = 3

export const LIMB = 1_000_000_000
/** High beyond this is no 32-bit number. */
export const MOST_HIGH = 2_147_483_647
/** Of an amount that is text. */
export const AS_TEXT = -1

/** An exact amount of any size. */
export interface Units {
  readonly units: bigint
  readonly decimals: number
}

/** @returns false when the text is no plain decimal, and nothing is put */
export function putAmount(entries: Int32Array, at: number, text: string, names: Names): boolean {
  const isNegative = text.charCodeAt(0) === MINUS
  const start = isNegative ? 1 : 0
  let high = 0
  let low = 0
  let digits = 0
  let point = -1
  for (let index = start; index < text.length; index++) {
    const digit = text.charCodeAt(index) - ZERO
    if (digit === POINT && point < 0) point = index
    else if (digit < 0 || digit > 9 || digits === MOST_DIGITS) return putText(entries, at, text, names)
    else {
      digits++
      if (digits <= 9) low = low * 10 + digit
      else {
        // Nine digits of low are full: its first goes over to high.
        const first = Math.floor(low / 100_000_000)
        high = high * 10 + first
        low = (low - first * 100_000_000) * 10 + digit
      }
    }
  }
  const whole = (point < 0 ? text.length : point) - start
  const isPadded = whole > 1 && text.charCodeAt(start) === ZERO
  if (whole === 0 || isPadded || point === text.length - 1) return false
  let decimals = point < 0 ? 0 : text.length - point - 1
  // Cents are what nearly all amounts have: at one scale they are added without a thought.
  for (; decimals < 2 && high < LIMB / 10; decimals++) {
    const first = Math.floor(low / 100_000_000)
    high = high * 10 + first
    low = (low - first * 100_000_000) * 10
  }
  entries[at] = isNegative ? -high : high
  entries[at + 1] = isNegative ? -low : low
  entries[at + 2] = decimals
  return true
}

const MINUS = 45
const ZERO = 48
const POINT = 46 - ZERO
const MOST_DIGITS = 18

function putText(entries: Int32Array, at: number, text: string, names: Names): boolean {
  if (!isPlainDecimal(text)) return false
  putName(entries, at, names.numberOf(text))
  return true
}

function putName(entries: Int32Array, at: number, name: number): void {
  entries[at] = 0
  entries[at + 1] = name
  entries[at + 2] = AS_TEXT
}

export function negateAmount(entries: Int32Array, at: number, names: Names): void {
  if (entries[at + 2] === AS_TEXT) {
    const text = names.textOf(entries[at + 1] as number) ?? ''
    putName(entries, at, names.numberOf(text.startsWith('-') ? text.slice(1) : `-${text}`))
  } else {
    entries[at] = -(entries[at] as number)
    entries[at + 1] = -(entries[at + 1] as number)
  }
}

export function unitsIn(entries: Int32Array, at: number, names: Names): Units {
  const decimals = entries[at + 2] as number
  if (decimals === AS_TEXT) return unitsOfText(names.textOf(entries[at + 1] as number) ?? '0')
  return { units: BigInt(entries[at] as number) * BigInt(LIMB) + BigInt(entries[at + 1] as number), decimals }
}

function unitsOfText(text: string): Units {
  const point = text.indexOf('.')
  return { units: BigInt(text.replace('.', '')), decimals: point < 0 ? 0 : text.length - point - 1 }
}

export function putUnits(entries: Int32Array, at: number, { units, decimals }: Units, names: Names): void {
  const limb = BigInt(LIMB)
  const high = units / limb
  if (high < BigInt(MOST_HIGH) && high > -BigInt(MOST_HIGH)) {
    entries[at] = Number(high)
    entries[at + 1] = Number(units - high * limb)
    entries[at + 2] = decimals
  } else putName(entries, at, names.numberOf(textOf(units, decimals)))
}

/** With the digits it has, and at least two after the point. */
export function textIn(entries: Int32Array, at: number, names: Names): string {
  const [high, low, decimals] = [entries[at], entries[at + 1], entries[at + 2]] as unknown as [number, number, number]
  if (decimals !== 2) {
    const exact = unitsIn(entries, at, names)
    return textOf(exact.units, exact.decimals)
  }
  const digits =
    high === 0 ? String(Math.abs(low)).padStart(3, '0') : `${Math.abs(high)}${String(Math.abs(low)).padStart(9, '0')}`
  const sign = high < 0 || low < 0 ? '-' : ''
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
