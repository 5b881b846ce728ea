import {
  FALSE,
  IS_LONG,
  IS_NULL,
  IS_OTHER,
  IS_SHORT,
  IS_TEXT,
  NULL,
  RARE,
  rowsOf,
  SHORT_BYTES,
  TRUE,
  type RowBlock,
} from '../../model/block.js'
import { isAt, type Prefix } from '../../model/prefix.js'
import type { Row } from '../../model/row.js'
import { BrokenOff } from './broken-off.js'
import {
  CLOSE,
  COLON,
  COMMA,
  INCOMPLETE,
  OPEN,
  OPEN_LIST,
  QUOTE,
  notPromised,
  parseJson,
  scalarEnd,
  skipBlank,
  stringEnd,
} from './bytes.js'
import { plainNumber } from './number.js'
import { plainDecimalEnd, plainEnd } from './scan.js'
import { createShape, type Shape } from './shape.js'

export interface RowParser {
  /** From here on these bytes are read, and none of those before. `view` goes on behind them with four bytes of zero. */
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
  let kinds = new Uint8Array(64)
  let isTight = true
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

  /** A row that has the names of the one before, in their order, and its blanks. OTHER when it has not: then nothing of it was kept. */
  function parseAlike(start: number, { heads }: Shape): number {
    const words = view
    const { length } = bytes
    if (filled + 2 * heads.length > cells.length) cells = grown(cells)
    const kept = cells
    const found = kinds
    let to = filled
    let at = start
    for (let place = 0; place < heads.length; place++) {
      const head = heads[place] as Prefix
      if (at + head.length >= length) return bytes.includes(CLOSE, at) ? OTHER : INCOMPLETE
      if (!isAt(head, words, at)) return OTHER
      at += head.length
      const isText = words.getUint8(at) === QUOTE
      const end = isText ? plainEnd(words, at + 1) : plainDecimalEnd(words, at)
      if (isText && words.getUint8(end) === QUOTE) {
        kept[to] = at + 1
        kept[to + 1] = end
        found[place] = (found[place] as number) | IS_TEXT
        at = end + 1
      } else if (!isText && end !== INCOMPLETE) {
        kept[to] = at
        kept[to + 1] = end
        found[place] = (found[place] as number) | (end - at > SHORT_BYTES ? IS_LONG : IS_SHORT)
        at = end
      } else {
        if (words.getUint8(at) <= BLANK) return OTHER
        const first = filled
        filled = to
        at = parseRareCell(at, place)
        filled = first
        if (at === INCOMPLETE) return INCOMPLETE
      }
      to += 2
    }
    if (words.getUint8(at) <= BLANK) at = skipBlank(bytes, at)
    if (words.getUint8(at) !== CLOSE) return at === length ? INCOMPLETE : OTHER
    filled = to
    return at + 1
  }

  /** A row of names that are not known yet: from now on they are. */
  function parseOther(start: number, first: number): number {
    filled = first
    const names: string[] = []
    const heads: Uint8Array[] = []
    let from = start
    let at = skipBlank(bytes, start + 1)
    if (bytes[at] === CLOSE) return become(createShape(names, heads), first, at + 1)
    while (at < bytes.length) {
      const value = parseName(at, names)
      const end = value === INCOMPLETE ? INCOMPLETE : parseCell(value, names.length - 1)
      if (end === INCOMPLETE) return INCOMPLETE
      heads.push(bytes.slice(from, value))
      from = end
      at = skipBlank(bytes, end)
      if (at === bytes.length) return INCOMPLETE
      if (bytes[at] === CLOSE) return become(createShape(names, heads), first, at + 1)
      if (bytes[at] !== COMMA) lacksComma()
      at = skipBlank(bytes, at + 1)
    }
    return INCOMPLETE
  }

  function become(next: Shape, first: number, end: number): number {
    const { names } = next
    const isSame = shape !== null && shape.names.length === names.length && shape.names.every((n, i) => n === names[i])
    if (count > 0 && !isSame) {
      const own = cells.slice(first, filled)
      filled = first
      settle()
      cells.set(own)
      filled = own.length
    }
    isTight = next.isTight && (isTight || count === 0)
    shape = isSame ? { ...next, names: shape?.names ?? names } : next
    return end
  }

  /** Makes rows of what there is: the block begins anew. Rare texts stay, since the row in hand may have some. */
  function settle(): void {
    for (const row of rowsOf(block()).rows) others.push(row)
    count = 0
  }

  function block(): RowBlock {
    return { names: shape?.names ?? [], count, view, bytes, cells, rare, kinds, isTight }
  }

  /** Reads `"name":` and the blanks around the colon. @returns where the value begins */
  function parseName(start: number, names: string[]): number {
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
    return skipBlank(bytes, colon + 1)
  }

  /** Nearly every cell is a plain text or a plain decimal, so these two come first. */
  function parseCell(start: number, place: number): number {
    if (bytes[start] === QUOTE) {
      const end = plainEnd(view, start + 1)
      return bytes[end] === QUOTE ? keep(start + 1, end, end + 1, place, IS_TEXT) : parseRareCell(start, place)
    }
    const end = plainDecimalEnd(view, start)
    if (end === INCOMPLETE) return parseRareCell(start, place)
    return keep(start, end, end, place, end - start > SHORT_BYTES ? IS_LONG : IS_SHORT)
  }

  function parseRareCell(start: number, place: number): number {
    const byte = bytes[start]
    if (byte === undefined) return INCOMPLETE
    if (byte === OPEN || byte === OPEN_LIST) throw notPromised('one in which a row holds a nested value, as pivots do')
    const end = byte === QUOTE ? stringEnd(bytes, start) : scalarEnd(bytes, start)
    if (end === INCOMPLETE) return INCOMPLETE
    if (byte === QUOTE) return keepRare(parseJson(bytes.subarray(start, end)) as string, end, place)
    if (end - start === 4 && view.getInt32(start, true) === NULL_WORD) return keep(NULL, start, end, place, IS_NULL)
    const literal = Buffer.from(bytes.subarray(start, end)).toString('latin1')
    const word = WORDS.get(literal)
    return word === undefined ? keepRare(rareNumber(literal), end, place) : keep(word, start, end, place, IS_OTHER)
  }

  function keep(from: number, to: number, end: number, place: number, kind: number): number {
    if (filled + 2 > cells.length) cells = grown(cells)
    if (place >= kinds.length) kinds = grown(kinds)
    cells[filled++] = from
    cells[filled++] = to
    kinds[place] = (kinds[place] as number) | kind
    return end
  }

  function keepRare(text: string, end: number, place: number): number {
    return keep(RARE, rare.push(text) - 1, end, place, IS_OTHER)
  }

  return {
    open(nextBytes, nextView) {
      bytes = nextBytes
      view = nextView
      filled = 0
      count = 0
      kinds.fill(0)
      isTight = shape?.isTight ?? true
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
  ['true', TRUE],
  ['false', FALSE],
])

/** `null`, read from its end. */
const NULL_WORD = 0x6c6c756e

function grown<A extends Int32Array | Uint8Array>(full: A): A {
  const larger = new (full.constructor as new (length: number) => A)(2 * full.length)
  larger.set(full)
  return larger
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
