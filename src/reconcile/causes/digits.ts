import type { Cause } from '../../model/cause.js'
import { size, textOf, type Sides } from './amounts.js'

/** Causes that the two amounts of a line tell by their digits alone. Each needs an amount on both sides. */
export function digitCauses(sides: Sides): Cause[] {
  if (sides.looker === 0n || sides.ledger === 0n) return []
  return [signFlipped(sides), wrongScale(sides), transposed(sides)].filter((cause) => cause !== null)
}

function signFlipped({ looker, ledger, decimals }: Sides): Cause | null {
  if (looker !== -ledger) return null
  return {
    kind: 'sign',
    text: 'sign flipped: Looker + QAD = 0.00',
    looker: textOf(looker, decimals),
    ledger: textOf(ledger, decimals),
    part: null,
  }
}

/** Two amounts of one digit each, such as 500 and 5,000, are round numbers more often than one number at two scales. */
const LEAST_DIGITS = 2

/** So many digits the shorter must have where the longer is rounded to meet it: of random numbers one in 900 does with three. */
const LEAST_ROUNDED_DIGITS = 4

/** Looker in thousands or in cents, say; its last digits may be lost to the scale. */
function wrongScale({ looker, ledger, decimals }: Sides): Cause | null {
  const [ours, theirs] = [significant(size(looker)), significant(size(ledger))]
  const [long, short] = ours.digits.length > theirs.digits.length ? [ours, theirs] : [theirs, ours]
  const lost = long.digits.length - short.digits.length
  const least = lost === 0 ? LEAST_DIGITS : LEAST_ROUNDED_DIGITS
  if (short.digits.length < least) return null
  const padded = BigInt(short.digits) * 10n ** BigInt(lost)
  const rest = BigInt(long.digits) - padded
  if (2n * size(rest) > 10n ** BigInt(lost) && lost > 0) return null
  if (lost === 0 && rest !== 0n) return null
  const power = ours.zeros - theirs.zeros + (long === ours ? lost : -lost)
  if (power === 0) return null
  const isFlipped = looker > 0n !== ledger > 0n
  return {
    kind: 'scale',
    text: `${scaleWord(power)}: Looker ${rest === 0n ? '=' : '≈'} ${isFlipped ? '−' : ''}QAD × 10^${power}`,
    power,
    signFlipped: isFlipped,
    remainder: textOf(rest * 10n ** BigInt(long.zeros), decimals),
  }
}

function scaleWord(power: number): string {
  return SCALES.get(power) ?? `off by a power of ten (10^${power})`
}

/** Which of the two is at fault, the digits do not tell. */
const SCALES: ReadonlyMap<number, string> = new Map([
  [-3, 'Looker in thousands, or QAD too large by a thousand'],
  [3, 'Looker too large by a thousand, or QAD in thousands'],
  [-6, 'Looker in millions, or QAD too large by a million'],
  [6, 'Looker too large by a million, or QAD in millions'],
  [2, 'Looker in cents, or QAD too small by a hundred'],
  [-2, 'Looker too small by a hundred, or QAD in cents'],
])

function significant(units: bigint): { readonly digits: string; readonly zeros: number } {
  const text = units.toString()
  const digits = text.replace(/0+$/, '')
  return { digits, zeros: text.length - digits.length }
}

/** Two digits of the amount changed places: the difference is then a multiple of nine. */
function transposed({ looker, ledger, variance, decimals }: Sides): Cause | null {
  if (looker > 0n !== ledger > 0n || variance % 9n !== 0n) return null
  const [a, b] = [size(looker).toString(), size(ledger).toString()]
  if (a.length !== b.length || a.length < LEAST_SWAPPED) return null
  const odd = [...a].flatMap((digit, at) => (digit === b[at] ? [] : [at]))
  const [first = -1, second = -1] = odd
  if (odd.length !== 2 || a[first] !== b[second] || a[second] !== b[first]) return null
  // Typists swap neighbours, and now and then the two around a third.
  if (second - first > 2) return null
  const [lookerDigits, ledgerDigits] = [a, b].map((text) => text.slice(first, second + 1)) as [string, string]
  return {
    kind: 'transposed',
    text: `digits transposed: ${lookerDigits} in Looker, ${ledgerDigits} in QAD (the variance is 9 × ${textOf(variance / 9n, decimals)})`,
    looker: textOf(looker, decimals),
    ledger: textOf(ledger, decimals),
    lookerDigits,
    ledgerDigits,
    ninth: textOf(variance / 9n, decimals),
  }
}

/** Of shorter amounts too many pairs are swaps of each other: 12 and 21, 0.10 and 0.01. */
const LEAST_SWAPPED = 4
