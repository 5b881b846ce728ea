import { MlcError } from '../../errors.js'
import type { Row } from '../../model/row.js'
import { BrokenOff } from './broken-off.js'
import { INCOMPLETE, copyRow, createRowText, scalarEnd, skipBlank, stringEnd } from './row-text.js'

export interface RowReader {
  /** The rows completed by this chunk. @throws MLC-L015, BrokenOff */
  push(chunk: Uint8Array): Row[]
  /** Call it when the body has ended. @throws BrokenOff when the document has not */
  end(): void
  /** Members of the document beside its rows (`metadata`, `errors`), as far as they have been read. */
  readonly members: ReadonlyMap<string, unknown>
  /** False while a document that is an object has not shown its `rows`. */
  readonly hasRows: boolean
}

/** No row of figures and no metadata is larger; a quote that never closes must not fill the memory. */
const MAX_ROW_BYTES = 1024 * 1024
const MAX_MEMBER_BYTES = 8 * 1024 * 1024

/**
 * Reads `[row, …]` or `{"metadata": …, "rows": [row, …]}` as it arrives, whatever the chunks and the order of the members.
 * Every number becomes its own text, digit for digit, so none passes through a double; texts, booleans and null stay.
 */
export function createRowReader(): RowReader {
  const members = new Map<string, unknown>()
  const text = createRowText()
  let expects: Expectation = 'document'
  let isObject = false
  let hasRows = false
  let input: Uint8Array = new Uint8Array(0)
  let rowsRead = 0

  const steps: Record<Expectation, (at: number, byte: number) => number> = {
    document: (at, byte) => {
      if (byte !== OPEN && byte !== OPEN_LIST) throw promised('neither an array nor an object')
      isObject = byte === OPEN
      hasRows = !isObject
      expects = isObject ? 'firstMember' : 'firstRow'
      return at + 1
    },
    firstMember: (at, byte) => (byte === CLOSE ? finish(at) : member(at, byte)),
    member: (at, byte) => member(at, byte),
    afterMember: (at, byte) => (byte === CLOSE ? finish(at) : comma(at, byte, 'member')),
    firstRow: (at, byte) => (byte === CLOSE_LIST ? closeRows(at) : row(at, byte)),
    row: (at, byte) => row(at, byte),
    afterRow: (at, byte) => (byte === CLOSE_LIST ? closeRows(at) : comma(at, byte, 'row')),
    nothing: () => {
      throw new BrokenOff('text follows the end of its document')
    },
  }

  function finish(at: number): number {
    expects = 'nothing'
    return at + 1
  }

  function closeRows(at: number): number {
    expects = isObject ? 'afterMember' : 'nothing'
    return at + 1
  }

  function comma(at: number, byte: number, next: Expectation): number {
    if (byte !== COMMA) throw new BrokenOff('it goes over into something that is not JSON')
    expects = next
    return at + 1
  }

  function row(at: number, byte: number): number {
    if (byte !== OPEN) throw notARow(byte)
    const mark = text.length
    text.bytes[text.length++] = mark === 0 ? OPEN_LIST : COMMA
    const end = copyRow(input, at, text)
    if (end === INCOMPLETE) text.length = mark
    else expects = 'afterRow'
    return end
  }

  function member(at: number, byte: number): number {
    if (byte !== QUOTE) throw new BrokenOff('it goes over into something that is not JSON')
    const nameEnd = stringEnd(input, at)
    const colon = nameEnd === INCOMPLETE ? INCOMPLETE : valueStart(nameEnd)
    if (colon === INCOMPLETE) return INCOMPLETE
    const name = parse(input.subarray(at, nameEnd)) as string
    if (members.has(name) || (name === 'rows' && hasRows)) throw promised(`an object that names ${name} twice`)
    if (name === 'rows') return openRows(colon)
    const end = valueEnd(input, colon)
    if (end === INCOMPLETE) return INCOMPLETE
    members.set(name, parse(input.subarray(colon, end)))
    expects = 'afterMember'
    return end
  }

  function openRows(at: number): number {
    if (input[at] !== OPEN_LIST) throw promised('an object whose rows are not a list')
    hasRows = true
    expects = 'firstRow'
    return at + 1
  }

  /** Index of the value after a name and its colon. */
  function valueStart(nameEnd: number): number {
    const colon = skipBlank(input, nameEnd)
    if (colon === input.length) return INCOMPLETE
    if (input[colon] !== COLON) throw new BrokenOff('it goes over into something that is not JSON')
    const start = skipBlank(input, colon + 1)
    return start === input.length ? INCOMPLETE : start
  }

  function push(chunk: Uint8Array): Row[] {
    input = input.length === 0 ? chunk : Buffer.concat([input, chunk])
    let at = skipBlank(input, 0)
    while (at < input.length) {
      const next = steps[expects](at, input[at] as number)
      if (next === INCOMPLETE) break
      at = skipBlank(input, next)
    }
    // A copy, so that the chunk itself is free to go.
    input = Uint8Array.prototype.slice.call(input, at)
    if (input.length > (IN_ROWS.has(expects) ? MAX_ROW_BYTES : MAX_MEMBER_BYTES))
      throw promised('one with a value of many megabytes')
    return takeRows()
  }

  function takeRows(): Row[] {
    if (text.length === 0) return []
    text.bytes[text.length++] = CLOSE_LIST
    const rows = parse(text.bytes.subarray(0, text.length)) as Row[]
    for (const [index, keys] of text.keyCounts.entries()) checkKeys(rows[index] as Row, keys, rowsRead + index + 1)
    rowsRead += rows.length
    text.length = 0
    text.keyCounts.length = 0
    return rows
  }

  function end(): void {
    if (expects !== 'nothing' || input.length > 0) throw new BrokenOff('it ends before its closing bracket')
  }

  return {
    push,
    end,
    members,
    get hasRows() {
      return hasRows
    },
  }
}

type Expectation = 'document' | 'firstMember' | 'member' | 'afterMember' | 'firstRow' | 'row' | 'afterRow' | 'nothing'

const IN_ROWS: ReadonlySet<Expectation> = new Set(['firstRow', 'row', 'afterRow'])

/** Index after any JSON value; INCOMPLETE when the input ends first. Whether it is JSON is for JSON.parse to say. */
function valueEnd(input: Uint8Array, start: number): number {
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

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown
  } catch {
    // The parser's own message quotes the text around the fault; figures do not belong into an error.
    throw promised('not JSON in UTF-8 throughout')
  }
}

function checkKeys(row: Row, keys: number, number: number): void {
  if (Object.keys(row).length !== keys) throw promised(`one whose row ${number} names a column twice`)
  if (Object.hasOwn(row, '__proto__')) throw promised(`one whose row ${number} names a column __proto__`)
}

function notARow(byte: number): Error {
  const isOtherValue = '"[-0123456789tfnNI'.includes(String.fromCharCode(byte))
  return isOtherValue ? promised('a list of something else than rows') : new BrokenOff('it stops between two rows')
}

function promised(what: string): MlcError {
  return new MlcError('MLC-L015', `Looker promised rows as JSON, but its answer is ${what}`)
}

const [QUOTE, COLON, COMMA] = [0x22, 0x3a, 0x2c] as const
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d] as const
