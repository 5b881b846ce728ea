import type { Cell, Row } from './row.js'

/** Rows as the bytes they came in: whoever needs no row of its own reads them here, at a tenth of the cost. */
export interface RowBlock {
  readonly names: readonly string[]
  /** How many rows. */
  readonly count: number
  /** Room for three more bytes follows the last cell, so that it can be copied four bytes at a time. */
  readonly view: DataView
  readonly bytes: Uint8Array
  /**
   * Two numbers a cell, row by row: where its text begins and ends in `bytes`. Such a text is printable ASCII without quote
   * and backslash, or a plain decimal. A first number below zero is one of NULL, TRUE, FALSE, whose second one is where the word
   * begins in `bytes`, or RARE: then the second one is its place in `rare`.
   */
  readonly cells: Int32Array
  readonly rare: readonly string[]
  /**
   * By column, of what kinds its cells are, as a sum of IS_…: a kind that is missing here is that of no cell, so nobody need look
   * at each. One that is there may be that of a row that was left out.
   */
  readonly kinds: Uint8Array
  /** True when the rows stand in `bytes` as Looker writes them: `{"name":value,"name":value}` without a blank. */
  readonly isTight: boolean
}

/** A text in quotes, a plain decimal of up to SHORT_BYTES, a longer one, null, and whatever else is a number below zero. */
export const [IS_TEXT, IS_SHORT, IS_LONG, IS_NULL, IS_OTHER] = [1, 2, 4, 8, 16] as const
export const ANY_KIND = 31
export const SHORT_BYTES = 30

/** True when no cell of the column is of any other kind. @param kinds a sum of IS_… @param place of the column; -1: none */
export function hasOnly(block: RowBlock, place: number, kinds: number): boolean {
  return ((block.kinds[place] ?? 0) & ~kinds) === 0
}

export const [NULL, TRUE, FALSE, RARE] = [-1, -2, -3, -4] as const

/** A cell of a block. @param at its place in `cells` */
export function cellAt({ cells, rare, bytes }: RowBlock, at: number): Cell {
  const start = cells[at] as number
  const end = cells[at + 1] as number
  if (start >= 0) return bufferOf(bytes).toString('latin1', start, end)
  if (start === RARE) return rare[end] ?? null
  return start === NULL ? null : start === TRUE
}

export function rowAt(block: RowBlock, index: number): Row {
  const { names } = block
  const row: Record<string, Cell> = {}
  names.forEach((name, column) => {
    row[name] = cellAt(block, 2 * (index * names.length + column))
  })
  return row
}

/** The last rows of a block, with bytes of their own, so that they outlive it. */
export function lastOf({ names, count, bytes, cells, rare, kinds }: RowBlock, most: number): RowBlock {
  const kept = Math.min(most, count)
  const width = 2 * names.length
  const own = cells.slice((count - kept) * width, count * width)
  let from = bytes.length
  let to = 0
  for (let at = 0; at < own.length; at += 2) {
    const start = own[at] as number
    if (start < 0) continue
    from = Math.min(from, start)
    to = Math.max(to, own[at + 1] as number)
  }
  for (let at = 0; at < own.length; at += 2) {
    if ((own[at] as number) < 0) continue
    own[at] = (own[at] as number) - from
    own[at + 1] = (own[at + 1] as number) - from
  }
  const copied = new Uint8Array(bytes.subarray(from, Math.max(from, to)))
  const view = new DataView(copied.buffer)
  return { names, count: kept, bytes: copied, view, cells: own, rare, kinds: kinds.slice(), isTight: false }
}

/** The block that a batch of rows stands for; null for rows that have none. */
export function blockOf(batch: readonly Row[]): RowBlock | null {
  return BLOCKS.get(batch) ?? null
}

const BLOCKS = new WeakMap<readonly Row[], RowBlock>()

/**
 * The rows of a block as an array whose rows are made when the first of them is asked for. The bytes are used again once
 * `retire` is called: rows that were not made by then are an error, never others in their place.
 */
export function rowsOf(block: RowBlock): { readonly rows: readonly Row[]; readonly retire: () => void } {
  let made: Row[] | null = null
  let isRetired = false
  const all = () => {
    if (made === null && isRetired) throw new TypeError('rows are read before the next ones are asked for')
    return (made ??= makeRows(block))
  }
  const rows = new Proxy<Row[]>([], {
    get: (_, key) => {
      if (key === 'length') return block.count
      // Asked of whatever an async function hands on: no reason to make rows.
      return key === 'then' ? undefined : (Reflect.get(all(), key) as unknown)
    },
    has: (_, key) => Reflect.has(all(), key),
    ownKeys: () => Reflect.ownKeys(all()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(all(), key),
  })
  BLOCKS.set(rows, block)
  const retire = () => {
    isRetired = true
    BLOCKS.delete(rows)
  }
  return { rows, retire }
}

/** V8 copies slices of up to 12 characters; a longer one would hold on to the whole text for as long as it lives. */
const COPIED_CHARACTERS = 12

function makeRows({ names, count, cells, rare, bytes }: RowBlock): Row[] {
  const source = bufferOf(bytes)
  const text = source.toString('latin1')
  const rows: Row[] = []
  for (let index = 0, at = 0; index < count; index++) {
    const row: Record<string, Cell> = {}
    for (const name of names) {
      const start = cells[at++] as number
      const end = cells[at++] as number
      if (start < 0) row[name] = start === RARE ? (rare[end] ?? null) : start === NULL ? null : start === TRUE
      else row[name] = end - start <= COPIED_CHARACTERS ? text.slice(start, end) : source.toString('latin1', start, end)
    }
    rows.push(row)
  }
  return rows
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
