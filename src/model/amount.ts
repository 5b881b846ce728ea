/** By sign and by digits after the point, of which there may be up to fifteen. */
export const SLOTS = 32
export const NEGATIVE = 16
const MAX_DIGITS = 15
export const NOT_PLAIN = -1

/** What readAmount found, without sign and point: a second result, in an array so that it is no object of its own. */
export const amountRead = new Float64Array(1)

/** @returns the slot of a plain decimal, whose digits are then in `amountRead[0]` */
export function readAmount(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS
  const first = isNegative ? start + 1 : start
  let point = -1
  let digits = 0
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit
    else if (digit === POINT - ZERO && point === -1 && at > first) point = at
    else return NOT_PLAIN
  }
  const scale = point === -1 ? 0 : end - point - 1
  const count = end - first - (point === -1 ? 0 : 1)
  // A needless zero is a code's, such as 007.
  const isCode = bytes[first] === ZERO && count - scale > 1
  if (isCode || count === 0 || count > MAX_DIGITS || (point !== -1 && scale === 0)) return NOT_PLAIN
  amountRead[0] = digits
  return isNegative ? NEGATIVE + scale : scale
}

/** @param sum whole number of the last digit @param slot by sign and by digits after the point */
export function amountText(sum: number, slot: number): string {
  const scale = slot % NEGATIVE
  const digits = String(sum).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return slot >= NEGATIVE ? `-${text}` : text
}

/** True for a cell that is plainly a plain decimal, as nearly all amounts are: sign, one to thirty digits without a needless zero, a point and digits. */
export function isShortAmount(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start
  let point = end
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === POINT && point === end) point = at
    else if (byte < ZERO || byte > NINE) return false
  }
  const whole = point - first
  return whole > 0 && whole <= 30 && point !== end - 1 && (bytes[first] !== ZERO || whole === 1) && end - first <= 60
}

const [MINUS, POINT, ZERO, NINE] = [0x2d, 0x2e, 0x30, 0x39] as const
