import Big from 'big.js'

/**
 * A JSON number literal as plain decimal text: `104.16499999999998` as it is, `1.5E-7` as `0.00000015`, `-0` as `0`.
 * Null when it is not a JSON number (`01`, `1.`, `+1`, `NaN`) or its exponent is beyond ±400.
 */
export function plainNumber(literal: string): string | null {
  const match = JSON_NUMBER.exec(literal)
  if (!match) return null
  const exponent = match[1]
  if (exponent === undefined) return withoutNegativeZero(literal)
  // The bound keeps a literal of nine bytes from becoming a gigabyte of zeros.
  if (exponent.length > 5 || Math.abs(Number(exponent)) > MAX_EXPONENT) return null
  return withoutNegativeZero(new Big(literal).toFixed())
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE]([+-]?\d+))?$/
const MAX_EXPONENT = 400

function withoutNegativeZero(text: string): string {
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text
}
