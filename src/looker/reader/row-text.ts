import { MlcError } from '../../errors.js'
import { BrokenOff } from './broken-off.js'
import { plainNumber } from './number.js'

/** The rows of one chunk as JSON text in which every number stands in quotes; reused from chunk to chunk. */
export interface RowText {
  bytes: Buffer
  length: number
  /** Keys that each row spells out: a parsed row with fewer had one twice. */
  readonly keyCounts: number[]
}

export const INCOMPLETE = -1

export function createRowText(): RowText {
  return { bytes: Buffer.allocUnsafe(256 * 1024), length: 0, keyCounts: [] }
}

/**
 * Copies the row object that begins at `start`, quoting its numbers, and returns the index after it; INCOMPLETE when the
 * input ends first. Structure is left for JSON.parse to judge, except what the quotes would hide: a number where a key belongs.
 */
export function copyRow(input: Uint8Array, start: number, out: RowText): number {
  // A number of one byte becomes three with its quotes, nothing else grows; exponents reserve for themselves.
  reserve(out, 3 * (input.length - start) + 2)
  const mark = out.length
  let at = start
  let keys = 0
  let before: number = COMMA
  while (at < input.length) {
    const byte = input[at] as number
    if (byte === QUOTE) at = copyString(input, at, out)
    else if (KIND[byte] === SCALAR) at = copyScalar(input, at, before, out)
    else {
      if ((byte === OPEN && at > start) || byte === OPEN_LIST) throw nested()
      if (byte === COLON) keys++
      if (KIND[byte] === STRUCTURE) before = byte
      out.bytes[out.length++] = byte
      at++
      if (byte === CLOSE) {
        out.keyCounts.push(keys)
        return at
      }
    }
    if (at === INCOMPLETE) break
  }
  out.length = mark
  return INCOMPLETE
}

/** Index after the string that begins at `start`; INCOMPLETE when the input ends first. */
export function stringEnd(input: Uint8Array, start: number): number {
  let at = start + 1
  while (at < input.length) {
    const byte = input[at] as number
    if (byte === QUOTE) return at + 1
    at += byte === BACKSLASH ? 2 : 1
  }
  return INCOMPLETE
}

/** Index after a literal such as a number or `true`; INCOMPLETE when the input ends first, since more of it may follow. */
export function scalarEnd(input: Uint8Array, start: number): number {
  let at = start
  while (at < input.length) {
    if (KIND[input[at] as number] !== SCALAR) return at
    at++
  }
  return INCOMPLETE
}

function copyString(input: Uint8Array, start: number, out: RowText): number {
  const end = stringEnd(input, start)
  if (end !== INCOMPLETE) append(input, start, end, out)
  return end
}

function copyScalar(input: Uint8Array, start: number, before: number, out: RowText): number {
  const end = scalarEnd(input, start)
  if (end === INCOMPLETE) return INCOMPLETE
  if (before !== COLON) throw new BrokenOff('a value stands where a name belongs')
  if (isOrdinaryNumber(input, start, end)) {
    out.bytes[out.length++] = QUOTE
    append(input, start, end, out)
    out.bytes[out.length++] = QUOTE
  } else copyRareScalar(input, start, end, out)
  return end
}

/** Digits with at most one point inside, no needless zero before them: nothing to rewrite. */
function isOrdinaryNumber(input: Uint8Array, start: number, end: number): boolean {
  let at = input[start] === MINUS ? start + 1 : start
  const first = at
  while (at < end && isDigit(input[at] as number)) at++
  if (at === first || (input[first] === ZERO && (at > first + 1 || first > start))) return false
  if (at === end) return true
  if (input[at] !== POINT || at + 1 === end) return false
  for (at++; at < end; at++) if (!isDigit(input[at] as number)) return false
  return true
}

function copyRareScalar(input: Uint8Array, start: number, end: number, out: RowText): void {
  const literal = Buffer.from(input.subarray(start, end)).toString('latin1')
  if (literal === 'null' || literal === 'true' || literal === 'false') return append(input, start, end, out)
  const text = plainNumber(literal)
  if (text === null) throw notANumber(literal)
  reserve(out, text.length + 2 + 3 * (input.length - end))
  out.length += out.bytes.write(`"${text}"`, out.length, 'latin1')
}

function append(input: Uint8Array, from: number, to: number, out: RowText): void {
  const { bytes } = out
  let length = out.length
  for (let at = from; at < to; at++) bytes[length++] = input[at] as number
  out.length = length
}

function reserve(out: RowText, more: number): void {
  if (out.bytes.length - out.length >= more) return
  const larger = Buffer.allocUnsafe(2 * (out.length + more))
  out.bytes.copy(larger, 0, 0, out.length)
  out.bytes = larger
}

function nested(): MlcError {
  return new MlcError('MLC-L015', 'a row of the answer holds a nested value, as pivoted results do')
}

function notANumber(literal: string): Error {
  // Markup in the middle of a row is a gateway's error page behind a cut answer; a word such as NaN is Looker's own.
  if (!/^[\w+.-]/.test(literal)) return new BrokenOff('it goes over into something that is not JSON')
  return new MlcError('MLC-L015', `a row of the answer holds ${literal.slice(0, 40)}, which is not a number of JSON`)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}

const [QUOTE, BACKSLASH, COLON, COMMA, MINUS, POINT, ZERO] = [0x22, 0x5c, 0x3a, 0x2c, 0x2d, 0x2e, 0x30] as const
const [OPEN, CLOSE, OPEN_LIST] = [0x7b, 0x7d, 0x5b] as const

const [SCALAR, STRUCTURE, BLANK] = [0, 1, 2] as const

/** What a byte outside a string is. Anything that is neither structure nor blank belongs to a literal. */
const KIND = new Uint8Array(256).fill(SCALAR)
for (const character of '{}[]:,"') KIND[character.charCodeAt(0)] = STRUCTURE
for (const character of ' \t\r\n') KIND[character.charCodeAt(0)] = BLANK

/** Index of the first byte from `at` that is not white space. */
export function skipBlank(input: Uint8Array, at: number): number {
  while (at < input.length && KIND[input[at] as number] === BLANK) at++
  return at
}
