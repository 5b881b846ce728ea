import { ANY_KIND, FALSE, NULL, RARE, rowsOf, TRUE } from '../model/block.js'
import { createPrefix, isAt, type Prefix } from '../model/prefix.js'
import type { Row } from '../model/row.js'

/** Reads rows as a run keeps them: one JSON object a line, as JSON.stringify writes it. */
export interface LineReader {
  /**
   * The rows of whole lines, in their order; each batch is to be read before the next one is asked for.
   * @param bytes up to `end` whole lines, and at least four more bytes of whatever
   */
  read(bytes: Uint8Array, end: number): Iterable<readonly Row[]>
}

/**
 * Lines that have the names of the one before, and texts, booleans and null for values, become blocks. JSON.parse reads any
 * other, as an object of its own.
 * @param refused what is thrown for a line that is not JSON in UTF-8
 */
export function createLineReader(refused: () => Error): LineReader {
  let shape: Shape | null = null
  let bytes: Uint8Array = new Uint8Array(0)
  let view: DataView = new DataView(new ArrayBuffer(0))
  let cells = new Int32Array(16 * 1024)
  let filled = 0
  let count = 0
  let rare: string[] = []

  function* read(nextBytes: Uint8Array, end: number): Generator<readonly Row[], void> {
    bytes = nextBytes.subarray(0, end)
    view = new DataView(nextBytes.buffer, nextBytes.byteOffset, nextBytes.byteLength)
    for (let at = 0; at < end;) {
      at = readBlock(at)
      if (count > 0) yield* block()
      const others: Row[] = []
      at = readOthers(at, others)
      if (others.length > 0) yield others
    }
  }

  /** @returns where the first line begins that is not like the one before */
  function readBlock(start: number): number {
    let at = start
    while (shape !== null && at < bytes.length) {
      const next = readAlike(at, shape)
      if (next === OTHER) break
      count++
      at = next
    }
    return at
  }

  /** Reads lines up to one that may begin a block. */
  function readOthers(start: number, others: Row[]): number {
    let at = start
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf(LINE_FEED, at)
      others.push(readOther(at, lineEnd))
      at = lineEnd + 1
      if (isNext(at)) break
    }
    return at
  }

  function isNext(at: number): boolean {
    const [first] = shape?.prefixes ?? []
    return first !== undefined && at + first.length + BEYOND <= view.byteLength && isAt(first, view, at)
  }

  function* block(): Generator<readonly Row[], void> {
    const names = shape?.names ?? []
    const kinds = new Uint8Array(names.length).fill(ANY_KIND)
    const { rows, retire } = rowsOf({ names, count, view, bytes, cells, rare, kinds, isTight: false })
    yield rows
    retire()
    count = 0
    filled = 0
    rare = []
  }

  /** @returns where the next line begins; OTHER, with nothing kept, when the line is not like the one before */
  function readAlike(start: number, { prefixes }: Shape): number {
    while (filled + 2 * prefixes.length > cells.length) cells = grown(cells)
    const first = filled
    let at = start
    for (let place = 0; place < prefixes.length; place++) {
      const prefix = prefixes[place] as Prefix
      const isThere = at + prefix.length + BEYOND <= view.byteLength && isAt(prefix, view, at)
      at = isThere ? readCell(at + prefix.length) : OTHER
      if (at === OTHER) return forget(first)
    }
    return bytes[at] === CLOSE && bytes[at + 1] === LINE_FEED ? at + 2 : forget(first)
  }

  function forget(first: number): number {
    filled = first
    return OTHER
  }

  /** Reads a text, boolean or null; @returns the index after it, OTHER when it is anything else */
  function readCell(start: number): number {
    if (bytes[start] !== QUOTE) return readWord(start)
    let at = start + 1
    while (IS_PLAIN[bytes[at] as number] === 1) at++
    if (bytes[at] !== QUOTE) return readRare(start)
    keep(start + 1, at)
    return at + 1
  }

  function readWord(start: number): number {
    const word = view.getInt32(start)
    if (word === NULL_WORD) keep(NULL, start)
    else if (word === TRUE_WORD) keep(TRUE, start)
    else if (word === FALS_WORD && bytes[start + 4] === LETTER_E) keep(FALSE, start)
    else return OTHER
    return start + (word === FALS_WORD ? 5 : 4)
  }

  /** A text with escapes or beyond ASCII. */
  function readRare(start: number): number {
    let at = start + 1
    while (bytes[at] !== QUOTE) {
      // A backslash right before the end of the line, in a file that somebody changed, would lead past the last one.
      if (bytes[at] === LINE_FEED || at >= bytes.length) return OTHER
      at += bytes[at] === BACKSLASH ? 2 : 1
    }
    keep(RARE, rare.push(parse(start, at + 1) as string) - 1)
    return at + 1
  }

  function keep(from: number, to: number): void {
    cells[filled++] = from
    cells[filled++] = to
  }

  function readOther(start: number, end: number): Row {
    const row = parse(start, end) as Row
    const names = Object.keys(row ?? {})
    const isSame = shape !== null && shape.names.length === names.length && shape.names.every((n, i) => n === names[i])
    if (!isSame) shape = areKeptInOrder(names) ? createShape(names) : null
    return row
  }

  function parse(start: number, end: number): unknown {
    try {
      return JSON.parse(DECODER.decode(bytes.subarray(start, end)))
    } catch {
      throw refused()
    }
  }

  return { read }
}

/** False for names that an object has in another order, or none of: a row made of a block would not be written as it was read. */
export function areKeptInOrder(names: readonly string[]): boolean {
  if (names.length === 0 || names.includes('__proto__')) return false
  const kept = Object.keys(Object.fromEntries(names.map((name) => [name, null])))
  return kept.length === names.length && kept.every((name, at) => name === names[at])
}

interface Shape {
  readonly names: readonly string[]
  /** `{"name":` of the first, `,"name":` of the others. */
  readonly prefixes: readonly Prefix[]
}

function createShape(names: readonly string[]): Shape {
  return {
    names,
    prefixes: names.map((name, at) => createPrefix(Buffer.from(`${at === 0 ? '{' : ','}${JSON.stringify(name)}:`))),
  }
}

function grown(cells: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * cells.length)
  larger.set(cells)
  return larger
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that may be looked at behind the last line. */
const BEYOND = 4

/** The line has other names than the one before, or values that are no cells. */
const OTHER = -1

const [QUOTE, BACKSLASH, CLOSE, LINE_FEED, LETTER_E] = [0x22, 0x5c, 0x7d, 0x0a, 0x65] as const
const [NULL_WORD, TRUE_WORD, FALS_WORD] = [0x6e756c6c, 0x74727565, 0x66616c73] as const

const IS_PLAIN = new Uint8Array(256)
for (let byte = 0x20; byte < 0x7f; byte++) IS_PLAIN[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1
