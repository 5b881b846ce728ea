/** Which of two number literals is the larger, digit by digit, as a NUMERIC column compares: doubles would tie. */
export function compareNumbers(left: string, right: string): number {
  if (left.length < 16 && right.length < 16) return Number(left) - Number(right)
  const [a, b] = [parts(left), parts(right)]
  if (a === null || b === null) return Number(left) - Number(right)
  const scale = Math.max(a.scale, b.scale)
  const [x, y] = [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Null for what is no plain decimal, such as 1e5. */
function parts(literal: string): { readonly digits: bigint; readonly scale: number } | null {
  const match = /^(-?\d{1,60})(?:\.(\d{1,60}))?$/.exec(literal)
  if (match === null) return null
  const fraction = match[2] ?? ''
  return { digits: BigInt(`${match[1] ?? '0'}${fraction}`), scale: fraction.length }
}
