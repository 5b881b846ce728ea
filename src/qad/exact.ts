import Big from 'big.js'
import { parse } from 'lossless-json'

/** JSON as QAD sent it, every number as its plain decimal text, so no digit is ever lost. */
export type Exact = string | boolean | null | readonly Exact[] | ExactObject
export interface ExactObject {
  readonly [name: string]: Exact
}

/** Reads JSON text; null when it is none, or ends early. */
export function readExact(text: string): { readonly value: Exact } | null {
  try {
    return { value: parse(text.replace(/^\uFEFF/, ''), undefined, { parseNumber: plainDecimal }) as Exact }
  } catch {
    // SyntaxError, or RangeError for nesting deeper than the stack. Their messages quote the answer, so they stay here.
    return null
  }
}

/** A number literal without its exponent. An absurd exponent stays as it is, and so is refused where an amount is read. */
function plainDecimal(literal: string): string {
  const exponent = /e([+-]?\d+)$/i.exec(literal)?.[1]
  if (exponent === undefined) return literal
  return exponent.length <= 4 && Math.abs(Number(exponent)) <= MAX_EXPONENT ? new Big(literal).toFixed() : literal
}

const MAX_EXPONENT = 300

/** Text that may be shown: control characters gone, 300 characters at most. */
export function shown(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()
  return clean.length > 300 ? `${clean.slice(0, 299)}…` : clean
}

export function isObject(value: Exact | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Exact | undefined): value is readonly Exact[] {
  return Array.isArray(value)
}

/** A value of the object's own; never of its prototype. */
export function own(object: ExactObject, name: string): Exact | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The value under a name that may hold dots: as it stands (browse columns are flat), else as a path into nested objects. */
export function at(object: ExactObject, name: string): Exact | undefined {
  const flat = own(object, name)
  if (flat !== undefined) return flat
  let current: Exact | undefined = object
  for (const step of name.split('.')) {
    if (!isObject(current)) return undefined
    current = own(current, step)
  }
  return current
}
