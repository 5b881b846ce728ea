import { blockOf, hasOnly, IS_NULL, NULL, rowAt, type RowBlock } from '../../model/block.js'
import { compare, isPlainDecimal, money } from '../../model/money.js'
import type { Cell, Row } from '../../model/row.js'
import type { Key, KeyColumn } from './key.js'

/** Whether rows really come in the order of a key: a pull that resumes after the last of them would else pass others over. */
export interface Sequence {
  /** The next rows; none at all: forget those so far. */
  take(batch: readonly Row[]): void
  /** How a row came out of order, in words; null while none did. */
  fault(): string | null
  /** Columns whose nulls were seen to come where Looker says that its database sorts them. */
  confirmed(): ReadonlySet<string>
}

/** Of rows in blocks, which may be millions, nulls alone are looked at; of pages, every cell of the key. */
export function createSequence({ columns }: Key): Sequence {
  let confirmed = new Set<string>()
  let fault: string | null = null
  let last: Row | null = null
  let looks = 0

  function follow(before: Row, row: Row): void {
    const column = columns.find(({ name }) => (before[name] ?? null) !== (row[name] ?? null))
    if (column === undefined) return
    const [a, b] = [before[column.name] ?? null, row[column.name] ?? null]
    const isRight = isInOrder(column, a, b)
    if (isRight && (a === null || b === null)) confirmed.add(column.name)
    if (!isRight) fault ??= `${column.name} = ${JSON.stringify(a)} comes before ${JSON.stringify(b)}`
  }

  function followBlock(block: RowBlock): void {
    const { names, cells, count } = block
    if (last !== null) follow(last, rowAt(block, 0))
    const open = columns.filter(({ name }) => !confirmed.has(name)).map(({ name }) => names.indexOf(name))
    const places = open.filter((place) => !hasOnly(block, place, ~IS_NULL))
    const isNull = (row: number, place: number) => cells[2 * (row * names.length + place)] === NULL
    for (let row = 1; places.length > 0 && row < count && fault === null && looks < MOST_LOOKS; row++) {
      if (places.every((place) => isNull(row, place) === isNull(row - 1, place))) continue
      looks++
      follow(rowAt(block, row - 1), rowAt(block, row))
    }
    last = rowAt(block, count - 1)
  }

  return {
    take(batch) {
      const block = blockOf(batch)
      if (batch.length === 0) [confirmed, fault, last, looks] = [new Set(), null, null, 0]
      else if (block !== null) followBlock(block)
      else
        for (const row of batch) {
          if (last !== null) follow(last, row)
          last = row
        }
    },
    fault: () => fault,
    confirmed: () => confirmed,
  }
}

/** Rows of one answer that are made to look at their nulls. */
const MOST_LOOKS = 100_000

/** How a database sorts texts is its own affair; only what each must do alike is held against it. */
function isInOrder({ kind, nulls, isDescending }: KeyColumn, a: Cell, b: Cell): boolean {
  if (a === null || b === null) return (a === null) === (nulls === 'before')
  const order = kind === 'yesno' ? Number(isYes(a)) - Number(isYes(b)) : orderOf(kind, String(a), String(b))
  return isDescending ? order >= 0 : order <= 0
}

const isYes = (cell: Cell) => cell === 'Yes' || cell === true

function orderOf(kind: KeyColumn['kind'], a: string, b: string): number {
  if (kind === 'number') return isPlainDecimal(a) && isPlainDecimal(b) ? compare(money(a), money(b)) : 0
  if (kind === 'text' && !(DIGITS.test(a) && DIGITS.test(b))) return 0
  return a.length !== b.length || a === b ? 0 : a < b ? -1 : 1
}

/** Codes of as many digits have one order everywhere. */
const DIGITS = /^[0-9]+$/
