import type { Cell, Row } from '../../model/row.js'
import { BrokenOff } from './broken-off.js'
import {
  BACKSLASH,
  CLOSE,
  COLON,
  COMMA,
  INCOMPLETE,
  MINUS,
  OPEN,
  OPEN_LIST,
  POINT,
  QUOTE,
  ZERO,
  notPromised,
  parseJson,
  scalarEnd,
  skipBlank,
  stringEnd,
} from './bytes.js'
import { plainNumber } from './number.js'

/** Bytes and the same bytes as text, one character each: a slice of the text is the fastest way to a short ASCII value. */
export interface View {
  readonly bytes: Buffer
  readonly text: string
}

export interface RowParser {
  /** Reads the row object that begins at `start`; returns the index after it, INCOMPLETE when the input ends first. */
  parse(view: View, start: number): number
  /** The row that was read last. */
  row(): Row
}

/**
 * Reads flat JSON objects whose values are texts, numbers, booleans and null. Not by JSON.parse: that one rounds numbers,
 * drops the first of two equal names, and keeps every short text it ever saw in a table.
 */
export function createRowParser(): RowParser {
  // The names of the row before, by place: the next row has the same ones, so they need not be read again.
  const names: { readonly raw: string; readonly name: string }[] = []
  let row: Record<string, Cell> = {}
  let cell: Cell = null

  function parse(view: View, start: number): number {
    row = {}
    let at = skipBlank(view.bytes, start + 1)
    if (view.bytes[at] === CLOSE) return at + 1
    for (let place = 0; at < view.bytes.length; place++) {
      at = parsePair(view, at, place)
      if (at === INCOMPLETE || at === view.bytes.length) return INCOMPLETE
      if (view.bytes[at] === CLOSE) return at + 1
      if (view.bytes[at] !== COMMA) throw notPromised('not JSON: a row lacks a comma')
      at = skipBlank(view.bytes, at + 1)
    }
    return INCOMPLETE
  }

  /** Reads `"name": value` and the blanks after it. */
  function parsePair(view: View, start: number, place: number): number {
    const { bytes } = view
    if (bytes[start] !== QUOTE) throw notPromised('not JSON: a row has a value without a name')
    const nameEnd = parseName(view, start, place)
    if (nameEnd === INCOMPLETE) return INCOMPLETE
    const colon = skipBlank(bytes, nameEnd)
    if (colon === bytes.length) return INCOMPLETE
    if (bytes[colon] !== COLON) throw notPromised('not JSON: a row has a name without a value')
    const end = parseCell(view, skipBlank(bytes, colon + 1))
    if (end === INCOMPLETE) return INCOMPLETE
    row[names[place]?.name as string] = cell
    return skipBlank(bytes, end)
  }

  function parseName(view: View, start: number, place: number): number {
    const known = names[place]
    if (known !== undefined && view.text.startsWith(known.raw, start)) return start + known.raw.length
    const end = stringEnd(view.bytes, start)
    if (end === INCOMPLETE) return INCOMPLETE
    const name = parseJson(view.bytes.subarray(start, end)) as string
    if (Object.hasOwn(row, name)) throw notPromised('one in which a row names a column twice')
    if (name === '__proto__') throw notPromised('one in which a row names a column __proto__')
    // The names after this place may now repeat this one: they are read anew.
    names.length = place
    names.push({ raw: view.bytes.toString('latin1', start, end), name })
    return end
  }

  function parseCell(view: View, start: number): number {
    const byte = view.bytes[start]
    if (byte === undefined) return INCOMPLETE
    if (byte === OPEN || byte === OPEN_LIST) throw notPromised('one in which a row holds a nested value, as pivots do')
    return byte === QUOTE ? parseText(view, start) : parseScalar(view, start)
  }

  function parseText(view: View, start: number): number {
    const end = plainEnd(view.bytes, start)
    if (end !== INCOMPLETE) {
      cell = slice(view, start + 1, end - 1)
      return end
    }
    const encodedEnd = stringEnd(view.bytes, start)
    if (encodedEnd !== INCOMPLETE) cell = parseJson(view.bytes.subarray(start, encodedEnd)) as string
    return encodedEnd
  }

  function parseScalar(view: View, start: number): number {
    const end = scalarEnd(view.bytes, start)
    if (end !== INCOMPLETE)
      cell = isOrdinaryNumber(view.bytes, start, end) ? slice(view, start, end) : rareScalar(slice(view, start, end))
    return end
  }

  return { parse, row: () => row }
}

/** Index after a string of printable ASCII without escapes; INCOMPLETE when it is anything else, or cut. */
function plainEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH || byte < 0x20 || byte >= 0x80) return INCOMPLETE
  }
  return INCOMPLETE
}

/** V8 copies slices of up to 12 characters; a longer one would hold on to the whole text for as long as it lives. */
const COPIED_CHARACTERS = 12

function slice({ bytes, text }: View, from: number, to: number): string {
  return to - from <= COPIED_CHARACTERS ? text.slice(from, to) : bytes.toString('latin1', from, to)
}

/** Digits with at most one point inside, no needless zero before them, not −0: nothing to rewrite. */
function isOrdinaryNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = first
  while (at < end && isDigit(bytes[at] as number)) at++
  if (at === first || (bytes[first] === ZERO && (at > first + 1 || first > start))) return false
  if (at === end) return true
  if (bytes[at] !== POINT || at + 1 === end) return false
  for (at++; at < end; at++) if (!isDigit(bytes[at] as number)) return false
  return true
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}

function rareScalar(literal: string): Cell {
  if (literal === 'null') return null
  if (literal === 'true' || literal === 'false') return literal === 'true'
  const text = plainNumber(literal)
  if (text !== null) return text
  // Markup in the middle of a row is a gateway's error page behind a cut answer; a word such as NaN is Looker's own.
  if (/^[^\w+.-]/.test(literal)) throw new BrokenOff('it goes over into something that is not JSON')
  throw notPromised(`one in which a row holds ${literal.slice(0, 40) || 'nothing'}, which is not a number of JSON`)
}
