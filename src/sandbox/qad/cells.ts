import { LosslessNumber, parse, stringify } from 'lossless-json'

/** A value of a QAD record. A number is its own decimal text, `{n: '412880.15'}`: it never passes through a double. */
export type Cell = string | boolean | null | Decimal
export interface Decimal {
  readonly n: string
}

/** One record in the sandbox's own words (`account`, `amount`), before a tenant's spelling. */
export type Words = Readonly<Record<string, Cell>>

export type Json = string | boolean | null | Decimal | readonly Json[] | { readonly [name: string]: Json }

/** JSON text; numbers with exactly their digits. */
export function printJson(json: Json): string {
  return stringify(toLossless(json)) ?? 'null'
}

/** Reads JSON with numbers as exact text; undefined when the text is not JSON. */
export function readJson(text: string): Json | undefined {
  try {
    return fromLossless(parse(text))
  } catch {
    return undefined
  }
}

export function isDecimal(value: Json | undefined): value is Decimal {
  return isObject(value) && typeof value['n'] === 'string' && Object.keys(value).length === 1
}

export function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A database prints a decimal without trailing zeros: `12000.00` is read back as `12000`. */
export function shortest(decimal: string): string {
  const short = decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
  return short === '-0' ? '0' : short
}

/** Compares plain decimals exactly: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  const difference = scaled(a) - scaled(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

// 40 digits after the point are more than any column keeps.
const SCALE = 40

function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.')
  const size = BigInt(whole + fraction.slice(0, SCALE).padEnd(SCALE, '0'))
  return decimal.startsWith('-') ? -size : size
}

function toLossless(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (isDecimal(json)) return new LosslessNumber(json.n)
  if (Array.isArray(json)) return (json as readonly Json[]).map(toLossless)
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, toLossless(value)]))
}

function fromLossless(value: unknown): Json {
  if (value instanceof LosslessNumber) return { n: value.value }
  if (Array.isArray(value)) return value.map(fromLossless)
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value !== 'object') return null
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fromLossless(inner)]))
}
