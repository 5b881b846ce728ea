import { MlcError } from '../../errors.js'

/** The input ends before what is looked for does. */
export const INCOMPLETE = -1

export const [QUOTE, BACKSLASH, COLON, COMMA, MINUS, POINT, ZERO] = [0x22, 0x5c, 0x3a, 0x2c, 0x2d, 0x2e, 0x30] as const
export const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d] as const

/** Index of the first byte from `at` that is not white space. */
export function skipBlank(input: Uint8Array, at: number): number {
  while (at < input.length && KIND[input[at] as number] === BLANK) at++
  return at
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

/** Index after any JSON value; INCOMPLETE when the input ends first. Whether it is JSON is for parseJson to say. */
export function valueEnd(input: Uint8Array, start: number): number {
  let depth = 0
  let at = start
  while (at < input.length) {
    const byte = input[at] as number
    if (byte === QUOTE) at = stringEnd(input, at)
    else if (byte === OPEN || byte === OPEN_LIST) {
      depth++
      at++
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth--
      at++
    } else if (depth === 0) at = scalarEnd(input, at)
    else at++
    if (at === INCOMPLETE || depth <= 0) return at
  }
  return INCOMPLETE
}

/** @throws MLC-L015 when the bytes are not JSON, or not UTF-8 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(DECODER.decode(bytes)) as unknown
  } catch {
    // The parser's own message quotes the text around the fault; figures do not belong into an error.
    throw notPromised('not JSON in UTF-8 throughout')
  }
}

export function notPromised(what: string): MlcError {
  return new MlcError('MLC-L015', `Looker promised rows as JSON, but its answer is ${what}`)
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a byte outside a string is. Anything that is neither structure nor blank belongs to a literal. */
const [SCALAR, STRUCTURE, BLANK] = [0, 1, 2] as const
const KIND = new Uint8Array(256).fill(SCALAR)
for (const character of '{}[]:,"') KIND[character.charCodeAt(0)] = STRUCTURE
for (const character of ' \t\r\n') KIND[character.charCodeAt(0)] = BLANK
