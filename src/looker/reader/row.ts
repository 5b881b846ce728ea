import { FALSE, NULL, RARE, rowsOf, TRUE, type RowBlock } from '../../model/block.js'
import { isAt, type Prefix } from '../../model/prefix.js'
import type { Row } from '../../model/row.js'
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
import { createShape, type Shape } from './shape.js'

export interface RowParser {
  /** From here on these bytes are read, and none of those before. `view` may reach beyond their end. */
  open(bytes: Uint8Array, view: DataView): void
  /** Reads the row object that begins at `start`; returns the index after it, INCOMPLETE when the input ends first. */
  parse(start: number): number
  /** The rows read since `open`. */
  take(): { readonly rows: readonly Row[]; readonly retire: () => void }
}

/**
 * Reads flat JSON objects whose values are texts, numbers, booleans and null. Not by JSON.parse: that one rounds numbers,
 * drops the first of two equal names, and keeps every short text it ever saw in a table.
 */
export function createRowParser(): RowParser {
  let bytes: Uint8Array = new Uint8Array(0)
  let view: DataView = new DataView(new ArrayBuffer(0))
  // The names of the row before, by place: the next row has the same ones, so they need not be read again.
  let shape: Shape | null = null
  let cells = new Int32Array(16 * 1024)
  let filled = 0
  let count = 0
  let rare: string[] = []
  // Rows of other names than the last ones, which no block holds together with them.
  let others: Row[] = []

  function parse(start: number): number {
    const first = filled
    const end = shape === null ? OTHER : parseAlike(start, shape)
    const reached = end === OTHER ? parseOther(start, first) : end
    if (reached === INCOMPLETE) filled = first
    else count++
    return reached
  }

  /** A row that has the names of the one before, in their order. OTHER when it has not: then nothing of it was kept. */
  function parseAlike(start: number, { prefixes }: Shape): number {
    const source = bytes
    const words = view
    const { length } = source
    if (filled + 2 * prefixes.length > cells.length) cells = grown(cells)
    let kept = cells
    let to = filled
    let at = start + 1
    for (let place = 0; place < prefixes.length; place++) {
      const prefix = prefixes[place] as Prefix
      if ((source[at] as number) <= BLANK) at = skipBlank(source, at)
      if (at + prefix.length >= length || !isAt(prefix, words, at)) return OTHER
      at += prefix.length
      if ((source[at] as number) <= BLANK) at = skipBlank(source, at)
      const isText = source[at] === QUOTE
      const end = isText ? plainEnd(source, at) : plainDecimalEnd(source, at)
      if (end !== INCOMPLETE) {
        kept[to] = isText ? at + 1 : at
        kept[to + 1] = isText ? end - 1 : end
        to += 2
        at = end
      } else {
        const first = filled
        filled = to
        at = parseRareCell(at)
        to = filled
        filled = first
        kept = cells
      }
      if (at === INCOMPLETE || at === length) return INCOMPLETE
      if ((source[at] as number) <= BLANK) at = skipBlank(source, at)
      if (source[at] === CLOSE) return place === prefixes.length - 1 ? keepUpTo(to, at + 1) : OTHER
      if (source[at] !== COMMA) return at === length ? INCOMPLETE : lacksComma()
      at++
    }
    return OTHER
  }

  function keepUpTo(to: number, end: number): number {
    filled = to
    return end
  }

  /** A row of names that are not known yet: from now on they are. */
  function parseOther(start: number, first: number): number {
    filled = first
    const names: string[] = []
    let at = skipBlank(bytes, start + 1)
    if (bytes[at] === CLOSE) return become(names, first, at + 1)
    while (at < bytes.length) {
      at = parsePair(at, names)
      if (at === INCOMPLETE || at === bytes.length) return INCOMPLETE
      if (bytes[at] === CLOSE) return become(names, first, at + 1)
      if (bytes[at] !== COMMA) lacksComma()
      at = skipBlank(bytes, at + 1)
    }
    return INCOMPLETE
  }

  function become(names: readonly string[], first: number, end: number): number {
    const isSame = shape !== null && shape.names.length === names.length && shape.names.every((n, i) => n === names[i])
    if (count > 0 && !isSame) {
      const own = cells.slice(first, filled)
      filled = first
      settle()
      cells.set(own)
      filled = own.length
    }
    if (!isSame) shape = createShape(names)
    return end
  }

  /** Makes rows of what there is: the block begins anew. Rare texts stay, since the row in hand may have some. */
  function settle(): void {
    for (const row of rowsOf(block()).rows) others.push(row)
    count = 0
  }

  function block(): RowBlock {
    return { names: shape?.names ?? [], count, view, bytes, cells, rare }
  }

  /** Reads `"name": value` and the blanks after it. */
  function parsePair(start: number, names: string[]): number {
    if (bytes[start] !== QUOTE) throw notPromised('not JSON: a row has a value without a name')
    const nameEnd = stringEnd(bytes, start)
    if (nameEnd === INCOMPLETE) return INCOMPLETE
    const name = parseJson(bytes.subarray(start, nameEnd)) as string
    if (names.includes(name)) throw notPromised('one in which a row names a column twice')
    if (name === '__proto__') throw notPromised('one in which a row names a column __proto__')
    const colon = skipBlank(bytes, nameEnd)
    if (colon === bytes.length) return INCOMPLETE
    if (bytes[colon] !== COLON) throw notPromised('not JSON: a row has a name without a value')
    names.push(name)
    const end = parseCell(skipBlank(bytes, colon + 1))
    return end === INCOMPLETE ? INCOMPLETE : skipBlank(bytes, end)
  }

  /** Nearly every cell is a plain text or a plain decimal, so these two come first. */
  function parseCell(start: number): number {
    const source = bytes
    const isText = source[start] === QUOTE
    const end = isText ? plainEnd(source, start) : plainDecimalEnd(source, start)
    if (end === INCOMPLETE) return parseRareCell(start)
    if (filled + 2 > cells.length) cells = grown(cells)
    cells[filled] = isText ? start + 1 : start
    cells[filled + 1] = isText ? end - 1 : end
    filled += 2
    return end
  }

  function parseRareCell(start: number): number {
    const byte = bytes[start]
    if (byte === undefined) return INCOMPLETE
    if (byte === OPEN || byte === OPEN_LIST) throw notPromised('one in which a row holds a nested value, as pivots do')
    const end = byte === QUOTE ? stringEnd(bytes, start) : scalarEnd(bytes, start)
    if (end === INCOMPLETE) return INCOMPLETE
    if (byte === QUOTE) return keepRare(parseJson(bytes.subarray(start, end)) as string, end)
    const literal = Buffer.from(bytes.subarray(start, end)).toString('latin1')
    const word = WORDS.get(literal)
    return word === undefined ? keepRare(rareNumber(literal), end) : keep(word, 0, end)
  }

  function keep(from: number, to: number, end: number): number {
    if (filled + 2 > cells.length) cells = grown(cells)
    cells[filled++] = from
    cells[filled++] = to
    return end
  }

  function keepRare(text: string, end: number): number {
    return keep(RARE, rare.push(text) - 1, end)
  }

  return {
    open(nextBytes, nextView) {
      bytes = nextBytes
      view = nextView
      filled = 0
      count = 0
      rare = []
      others = []
    },
    parse,
    take() {
      if (others.length === 0) return rowsOf(block())
      settle()
      return { rows: others, retire: () => undefined }
    },
  }
}

/** No byte above it is blank. */
const BLANK = 0x20

/** The row has other names than the one before. */
const OTHER = -2

const WORDS: ReadonlyMap<string, number> = new Map([
  ['null', NULL],
  ['true', TRUE],
  ['false', FALSE],
])

function grown(cells: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * cells.length)
  larger.set(cells)
  return larger
}

/** Index after a string of printable ASCII without escapes; INCOMPLETE when it is anything else, or cut. */
function plainEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && ENDS_PLAIN[bytes[at] as number] === 0) at++
  return at < bytes.length && bytes[at] === QUOTE ? at + 1 : INCOMPLETE
}

const ENDS_PLAIN = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  if (byte < 0x20 || byte >= 0x7f || byte === QUOTE || byte === BACKSLASH) ENDS_PLAIN[byte] = 1
}

/**
 * Index after digits with at most one point inside, no needless zero before them, not −0: nothing to rewrite. INCOMPLETE when
 * it is anything else, or when more of it may follow.
 */
function plainDecimalEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = first
  while (at < bytes.length && isDigit(bytes[at] as number)) at++
  if (at === first || (bytes[first] === ZERO && (at > first + 1 || first > start))) return INCOMPLETE
  if (bytes[at] === POINT) {
    const fraction = ++at
    while (at < bytes.length && isDigit(bytes[at] as number)) at++
    if (at === fraction) return INCOMPLETE
  }
  const next = bytes[at]
  return next === COMMA || next === CLOSE ? at : INCOMPLETE
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}

function lacksComma(): never {
  throw notPromised('not JSON: a row lacks a comma')
}

function rareNumber(literal: string): string {
  const text = plainNumber(literal)
  if (text !== null) return text
  // Markup in the middle of a row is a gateway's error page behind a cut answer; a word such as NaN is Looker's own.
  if (/^[^\w+.-]/.test(literal)) throw new BrokenOff('it goes over into something that is not JSON')
  throw notPromised(`one in which a row holds ${literal.slice(0, 40) || 'nothing'}, which is not a number of JSON`)
}
