import Big from 'big.js'

declare const moneyBrand: unique symbol

/** An exact decimal amount. The only door to decimal arithmetic: no amount in mlc ever becomes a JavaScript number. */
export type Money = { readonly [moneyBrand]: true }

export type RoundingMode = 'half-even' | 'half-up' | 'down' | 'up'

/** A plain decimal: what may be read as an amount. No thousands sign, currency sign, exponent, plus sign or brackets. */
const PLAIN_DECIMAL = /^-?(0|[1-9]\d{0,29})(\.\d{1,340})?$/
/** The same, with room for the sum of as many amounts as ever there are. */
const SUM = /^-?(0|[1-9]\d{0,59})(\.\d{1,340})?$/

export const ZERO: Money = wrap(new Big(0))

/** True when the text is a plain decimal such as `-12.50`: the only form that mlc reads as an amount. */
export function isPlainDecimal(text: string): boolean {
  return PLAIN_DECIMAL.test(text)
}

/** What a plain decimal text names: an amount, or a sum of amounts. @throws RangeError when it is anything else; callers check first. */
export function money(text: string): Money {
  if (!SUM.test(text)) throw new RangeError('not a plain decimal')
  return wrap(new Big(text))
}

export function add(a: Money, b: Money): Money {
  return wrap(unwrap(a).plus(unwrap(b)))
}

export function subtract(a: Money, b: Money): Money {
  return wrap(unwrap(a).minus(unwrap(b)))
}

export function negate(a: Money): Money {
  return subtract(ZERO, a)
}

export function absolute(a: Money): Money {
  return wrap(unwrap(a).abs())
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: Money, b: Money): number {
  return unwrap(a).cmp(unwrap(b))
}

export function isZero(a: Money): boolean {
  return unwrap(a).eq(0)
}

/** Rounded to `scale` digits after the point. `half-even` is what banks and IEEE 754 use for ties. */
export function round(a: Money, scale: number, mode: RoundingMode): Money {
  return wrap(unwrap(a).round(scale, ROUNDING[mode]))
}

const ROUNDING: Record<RoundingMode, 0 | 1 | 2 | 3> = { down: 0, 'half-up': 1, 'half-even': 2, up: 3 }

/** `part` as a percentage of the absolute value of `whole`, rounded to two digits; null when whole is zero. */
export function percentOf(part: Money, whole: Money): string | null {
  if (isZero(whole)) return null
  // One extra division digit before rounding would round twice; 40 digits leave the second rounding nothing to change.
  const exact = withPrecision(40, () => unwrap(part).times(100).div(unwrap(whole).abs()))
  return text(exact, 2)
}

/** True when |part| is at most `percent` percent of |whole|, compared by multiplication, so exactly. */
export function isWithinPercent(part: Money, whole: Money, percent: Money): boolean {
  return unwrap(part)
    .abs()
    .times(100)
    .lte(unwrap(whole).abs().times(unwrap(percent)))
}

/** Plain decimal text. With `scale`, exactly that many digits after the point (rounded half-even); without, as many as it has. */
export function toText(a: Money, scale?: number): string {
  return text(unwrap(a), scale)
}

/** Plain decimal text with all the digits it has, and at least `digits` after the point. */
export function toTextAtLeast(a: Money, digits: number): string {
  const shown = toText(a)
  const point = shown.indexOf('.')
  const has = point < 0 ? 0 : shown.length - point - 1
  if (has >= digits) return shown
  return `${shown}${point < 0 ? '.' : ''}${'0'.repeat(digits - has)}`
}

function text(value: Big, scale?: number): string {
  const shown = scale === undefined ? value.toFixed() : value.toFixed(scale, ROUNDING['half-even'])
  return /^-0(\.0*)?$/.test(shown) ? shown.slice(1) : shown
}

function withPrecision<T>(digits: number, compute: () => T): T {
  const before = Big.DP
  Big.DP = digits
  try {
    return compute()
  } finally {
    Big.DP = before
  }
}

function wrap(value: Big): Money {
  return value as unknown as Money
}

function unwrap(value: Money): Big {
  return value as unknown as Big
}
