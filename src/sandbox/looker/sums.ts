import type { SourceValue } from './world.js'

/**
 * Adds up a measure the way a warehouse does: in doubles, so noise such as 104.16499999999998 is real. Two exceptions
 * keep demos readable: a single value is printed with its own digits, and a sum of whole cents that a double holds
 * exactly is printed without noise.
 */
export interface Sum {
  add(value: SourceValue): void
  total(): SourceValue
}

export function createSum(): Sum {
  let count = 0
  let only = ''
  let double = 0
  let cents = 0
  let inCents = true
  return {
    add(value) {
      if (value === null || typeof value !== 'object') return
      count++
      only = value.n
      double += Number(value.n)
      if (!inCents) return
      cents += CENTS.test(value.n) ? toCents(value.n) : NaN
      inCents = Number.isSafeInteger(cents)
    },
    total() {
      if (count === 0) return null
      if (count === 1) return { n: only }
      return { n: String(inCents ? cents / 100 : double) }
    },
  }
}

const CENTS = /^-?\d{1,13}(?:\.\d{1,2})?$/

function toCents(literal: string): number {
  const [whole = '', fraction = ''] = literal.split('.')
  return Number(whole + fraction.padEnd(2, '0'))
}

/** Counts rows, whatever their column holds. */
export function createCount(): Sum {
  let count = 0
  return { add: () => void count++, total: () => ({ n: String(count) }) }
}
