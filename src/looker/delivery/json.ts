import { plainNumber } from '../reader/number.js'
import { quote } from '../words.js'
import { unreadable } from './unfit.js'

/** A number of JSON: plain decimal text, digit for digit. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject

/** Without a prototype, so that no name means more than it says. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Where a value stands in the bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Looker nests a few levels; a body that nests thousands is made to exhaust whoever reads it. */
const MAX_DEPTH = 64
/** A row has as many columns as a query has fields. */
const MAX_MEMBERS = 5_000
/** No row and no description of a query has more parts, or a longer text. */
const [MAX_PARTS, MAX_TEXT] = [100_000, 1024 * 1024]
/** A measure has some dozen digits; a number of a million is made to keep an arithmetic busy. */
const MAX_DIGITS = 512

/**
 * Reads JSON strictly, from bytes that are valid UTF-8: numbers stay text, a name that comes twice is refused, and what is not
 * asked for is not built. @throws MLC-I010
 */
export interface JsonReader {
  /** Where the reader stands. */
  readonly at: number
  /** The next byte that is not blank, as a character; empty at the end. */
  peek(): string
  /** Reads one value whole. */
  value(): Json
  /** Passes over one value: its brackets and texts are looked at, nothing is built. */
  skip(): Span
  /** Goes through an object; whoever gets a name reads or skips its value. */
  members(): Generator<string, void>
  /** Goes through a list; whoever gets a turn reads or skips its value. */
  elements(): Generator<number, void>
  /** Nothing but blanks may follow. */
  end(): void
}

export function createJsonReader(bytes: Buffer, from = 0): JsonReader {
  let at = from
  let parts = 0

  function blank(): void {
    while (at < bytes.length && isBlank(bytes[at] as number)) at++
  }

  function peek(): string {
    blank()
    return at < bytes.length ? String.fromCharCode(bytes[at] as number) : ''
  }

  function expect(character: string): void {
    const found = peek()
    if (found !== character) throw notJson(found === '' ? 'it ends too early' : `${quote(found)} at byte ${at}`)
    at++
  }

  function value(depth: number): Json {
    if (++parts > MAX_PARTS) throw unreadable(`a value has more than ${MAX_PARTS} parts`)
    const next = peek()
    if (next === '"') return text()
    if (next !== '{' && next !== '[') return scalar()
    if (depth >= MAX_DEPTH) throw tooDeep()
    if (next === '[') {
      const list: Json[] = []
      for (const _ of elements()) list.push(value(depth + 1))
      return list
    }
    const object = Object.create(null) as Record<string, Json>
    for (const name of members()) object[name] = value(depth + 1)
    return object
  }

  function* members(): Generator<string, void> {
    expect('{')
    const names = new Set<string>()
    if (peek() === '}') return void at++
    for (;;) {
      if (peek() !== '"') expect('"')
      const name = text()
      if (names.has(name)) throw unreadable(`an object names ${quote(name, 80)} twice`)
      if (names.add(name).size > MAX_MEMBERS) throw unreadable(`an object has more than ${MAX_MEMBERS} names`)
      expect(':')
      yield name
      if (peek() === '}') return void at++
      expect(',')
    }
  }

  function* elements(): Generator<number, void> {
    expect('[')
    if (peek() === ']') return void at++
    for (let index = 0; ; index++) {
      yield index
      if (peek() === ']') return void at++
      expect(',')
    }
  }

  function text(): string {
    const start = at
    at = textEnd(bytes, start)
    if (at - start > MAX_TEXT) throw unreadable('a text is larger than a megabyte')
    return textOf(bytes, { start, end: at })
  }

  function scalar(): Json {
    const start = at
    while (at < bytes.length && isScalar(bytes[at] as number)) at++
    if (at - start > MAX_DIGITS) throw unreadable(`a value of ${at - start} digits or letters`)
    const literal = bytes.toString('latin1', start, at)
    const word = WORDS.get(literal)
    if (word !== undefined) return word
    const number = plainNumber(literal)
    if (number !== null) return new JsonNumber(number)
    throw notJson(
      literal === '' ? `${at < bytes.length ? quote(peek()) : 'its end'} at byte ${at}` : quote(literal, 40),
    )
  }

  function skip(): Span {
    blank()
    const start = at
    let depth = 0
    do {
      const next = peek()
      if (next === '') throw notJson('it ends too early')
      if (next === '"') at = textEnd(bytes, at)
      else if (next === '{' || next === '[') {
        if (++depth > MAX_DEPTH) throw tooDeep()
        at++
      } else if (next === '}' || next === ']') {
        depth--
        at++
      } else if (depth > 0 && (next === ',' || next === ':')) at++
      else scalar()
    } while (depth > 0)
    return { start, end: at }
  }

  return {
    get at() {
      return at
    },
    peek,
    value() {
      parts = 0
      return value(0)
    },
    skip,
    members,
    elements,
    end() {
      if (peek() !== '') throw notJson('something follows its end')
    },
  }
}

/** The text that a span with its quotation marks stands for. */
function textOf(bytes: Buffer, { start, end }: Span): string {
  const raw = bytes.toString('utf8', start + 1, end - 1)
  return raw.includes('\\') ? escapedText(raw) : raw
}

/** What stands between the quotation marks of a JSON text, its escapes resolved. @throws MLC-I010 */
export function escapedText(raw: string): string {
  const text = unescaped(raw)
  if (/\p{Cs}/u.test(text)) throw unreadable('a text holds half of a surrogate pair')
  return text
}

function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    throw notJson('a text has an escape that does not exist')
  }
}

/** Index after the closing quotation mark of the text that begins at `start`. */
function textEnd(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x22) return at + 1
    if (byte === 0x5c) at++
    else if (byte < 0x20) throw notJson('a text holds a control character')
  }
  throw notJson('a text does not end')
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
])

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Digits, letters, signs and the point: what numbers and words are made of. */
const SCALAR = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) if (/[0-9A-Za-z+.-]/.test(String.fromCharCode(byte))) SCALAR[byte] = 1
function isScalar(byte: number): boolean {
  return SCALAR[byte] === 1
}

function tooDeep(): Error {
  return unreadable(`it nests deeper than ${MAX_DEPTH} levels`)
}

function notJson(what: string): Error {
  return unreadable(`it is no JSON (${what})`)
}
