import type { Row } from '../../model/row.js'
import { BrokenOff } from './broken-off.js'
import {
  CLOSE,
  CLOSE_LIST,
  COLON,
  COMMA,
  INCOMPLETE,
  OPEN,
  OPEN_LIST,
  QUOTE,
  notPromised,
  parseJson,
  skipBlank,
  stringEnd,
  valueEnd,
} from './bytes.js'
import { createRowParser } from './row.js'

export interface RowReader {
  /** The rows completed by this chunk, to be read before the next one is pushed. @throws MLC-L015, BrokenOff */
  push(chunk: Uint8Array): readonly Row[]
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
  const parser = createRowParser()
  let expects: Expectation = 'document'
  let isObject = false
  let hasRows = false
  const rest = createRest()
  let bytes: Uint8Array = new Uint8Array(0)
  let retire: () => void = () => undefined

  const steps: Record<Expectation, (at: number, byte: number) => number> = {
    document: (at, byte) => {
      if (byte !== OPEN && byte !== OPEN_LIST) throw notPromised('neither an array nor an object')
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
    let end = parser.parse(at)
    if (end === INCOMPLETE) return INCOMPLETE
    expects = 'afterRow'
    // Nearly always the next row follows at once, up to the end of the chunk.
    for (let next = nextRow(end); next !== INCOMPLETE; next = nextRow(end)) {
      const after = parser.parse(next)
      if (after === INCOMPLETE) break
      end = after
    }
    return end
  }

  /** Where a row begins after a comma; INCOMPLETE when something else comes, which is for the steps to judge. */
  function nextRow(end: number): number {
    const comma = skipBlank(bytes, end)
    if (bytes[comma] !== COMMA) return INCOMPLETE
    const start = skipBlank(bytes, comma + 1)
    return bytes[start] === OPEN ? start : INCOMPLETE
  }

  function member(at: number, byte: number): number {
    if (byte !== QUOTE) throw new BrokenOff('it goes over into something that is not JSON')
    const nameEnd = stringEnd(bytes, at)
    const colon = nameEnd === INCOMPLETE ? INCOMPLETE : valueStart(nameEnd)
    if (colon === INCOMPLETE) return INCOMPLETE
    const name = parseJson(bytes.subarray(at, nameEnd)) as string
    if (members.has(name) || (name === 'rows' && hasRows)) throw notPromised(`an object that names ${name} twice`)
    if (name === 'rows') return openRows(colon)
    const end = valueEnd(bytes, colon)
    if (end === INCOMPLETE) return INCOMPLETE
    members.set(name, parseJson(bytes.subarray(colon, end)))
    expects = 'afterMember'
    return end
  }

  function openRows(at: number): number {
    if (bytes[at] !== OPEN_LIST) throw notPromised('an object whose rows are not a list')
    hasRows = true
    expects = 'firstRow'
    return at + 1
  }

  /** Index of the value after a name and its colon. */
  function valueStart(nameEnd: number): number {
    const colon = skipBlank(bytes, nameEnd)
    if (colon === bytes.length) return INCOMPLETE
    if (bytes[colon] !== COLON) throw new BrokenOff('it goes over into something that is not JSON')
    const start = skipBlank(bytes, colon + 1)
    return start === bytes.length ? INCOMPLETE : start
  }

  function push(chunk: Uint8Array): readonly Row[] {
    retire()
    const unread = rest.append(chunk)
    bytes = unread.bytes
    parser.open(bytes, unread.view)
    let at = skipBlank(bytes, 0)
    while (at < bytes.length) {
      const next = steps[expects](at, bytes[at] as number)
      if (next === INCOMPLETE) break
      at = skipBlank(bytes, next)
    }
    rest.readUpTo(at)
    if (rest.length() > (IN_ROWS.has(expects) ? MAX_ROW_BYTES : MAX_MEMBER_BYTES))
      throw notPromised('one with a value of many megabytes')
    const taken = parser.take()
    retire = taken.retire
    return taken.rows
  }

  function end(): void {
    if (expects !== 'nothing' || rest.length() > 0) throw new BrokenOff('it ends before its closing bracket')
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

/** What of the chunks is not read yet, in one buffer for all of them: no garbage of a size that only a full collection frees. */
function createRest() {
  let store = new Uint8Array(256 * 1024)
  let view = new DataView(store.buffer)
  let from = 0
  let length = 0
  return {
    length: () => length,
    /** Everything unread, the chunk at its end. Good until the next call. */
    append(chunk: Uint8Array): { readonly bytes: Uint8Array; readonly view: DataView } {
      const size = length + chunk.length
      const unread = store.subarray(from, from + length)
      if (size + BEYOND > store.length) {
        store = new Uint8Array(2 * size + BEYOND)
        view = new DataView(store.buffer)
      }
      store.set(unread)
      store.set(chunk, length)
      store.fill(0, size, size + BEYOND)
      from = 0
      length = size
      return { bytes: store.subarray(0, length), view }
    },
    /** What is before this stays where it is until the next call. */
    readUpTo(at: number): void {
      from = at
      length -= at
    },
  }
}

/** Bytes of zero beyond the last one, which may be looked at and end every search. */
const BEYOND = 8

type Expectation = 'document' | 'firstMember' | 'member' | 'afterMember' | 'firstRow' | 'row' | 'afterRow' | 'nothing'

const IN_ROWS: ReadonlySet<Expectation> = new Set(['firstRow', 'row', 'afterRow'])

function notARow(byte: number): Error {
  const isOtherValue = '"[-0123456789tfnNI'.includes(String.fromCharCode(byte))
  return isOtherValue ? notPromised('a list of something else than rows') : new BrokenOff('it stops between two rows')
}
