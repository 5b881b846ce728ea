/** Digits after the point that a plain decimal carries: 2 of `12.50`. */
export function decimalsOf(amount: string): number {
  const point = amount.indexOf('.')
  return point < 0 ? 0 : amount.length - point - 1
}

/** A plain decimal in units of its last digit: 1250 of `12.50` at two decimals. It must have no more decimals than that. */
export function unitsOf(amount: string, decimals: number): bigint {
  const digits = amount.replace('.', '') + '0'.repeat(decimals - decimalsOf(amount))
  return BigInt(digits)
}

/** The inverse of `unitsOf`, with at least two digits after the point. */
export function textOf(units: bigint, decimals: number): string {
  const digits = size(units)
    .toString()
    .padStart(decimals + 1, '0')
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  const whole = digits.slice(0, digits.length - decimals)
  return `${units < 0n ? '-' : ''}${whole}.${decimals === 0 ? '00' : fraction.padEnd(2, '0')}`
}

export function size(units: bigint): bigint {
  return units < 0n ? -units : units
}

/** Both sides of a line and what lies between them, in units of the finest digit that either has. */
export interface Sides {
  readonly looker: bigint
  readonly ledger: bigint
  readonly variance: bigint
  readonly decimals: number
}

/** A missing side is zero. `scale`: decimals that amounts have at least. */
export function sidesOf(
  line: { readonly looker: string | null; readonly ledger: string | null },
  scale: number,
): Sides {
  const texts = [line.looker ?? '0', line.ledger ?? '0'] as const
  const decimals = Math.max(scale, ...texts.map(decimalsOf))
  const [looker, ledger] = [unitsOf(texts[0], decimals), unitsOf(texts[1], decimals)]
  return { looker, ledger, variance: looker - ledger, decimals }
}

/** Two plain decimals, whatever zeros they end with. */
export function sameAmount(a: string, b: string): boolean {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b))
  return unitsOf(a, decimals) === unitsOf(b, decimals)
}
