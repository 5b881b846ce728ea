import { isShortAmount } from '../model/amount.js'
import {
  blockOf,
  FALSE,
  hasOnly,
  IS_LONG,
  IS_NULL,
  IS_SHORT,
  IS_TEXT,
  rowAt,
  TRUE,
  type RowBlock,
} from '../model/block.js'
import { createCellTable, MISSING } from '../model/cell-table.js'
import type { FigureSpec } from '../model/job.js'
import { memoised } from '../model/memoised.js'
import type { Row } from '../model/row.js'
import { codeColumnsOf, figuresOfRow, wordColumnsOf, type PeriodScope } from './figures.js'

/** @param before how many rows came before the batch @throws what figuresOfRow throws for the first row that it refuses */
export type RowCheck = (batch: readonly Row[], before: number) => void

/**
 * Sees to it that figures can be read from every row. In a block a row passes by its bytes when its currency and period were
 * accepted before, its amounts are short plain decimals and its codes no yes/no values; any other is for figuresOfRow to judge.
 */
export function createRowCheck(spec: FigureSpec, scope: PeriodScope): RowCheck {
  const accepted = createCellTable(wordColumnsOf(spec))
  const measures = Object.values(spec.measures)
  const placesOf = memoised((names: readonly string[]) => ({
    amounts: measures.map((column) => names.indexOf(column)),
    codes: codeColumnsOf(spec).map((column) => names.indexOf(column)),
  }))

  /** The columns of which each cell has to be looked at: kinds tell of most that no cell is refused. */
  function doubtful(block: RowBlock): Places {
    const { amounts, codes } = placesOf(block.names)
    return {
      amounts: amounts.filter((place) => place === -1 || !hasOnly(block, place, IS_SHORT)),
      codes: codes.filter((place) => place === -1 || !hasOnly(block, place, IS_CODE)),
    }
  }

  function isPlain(block: RowBlock, row: number, { amounts, codes }: Places): boolean {
    const { names, cells, bytes } = block
    const first = row * names.length
    for (let index = 0; index < amounts.length; index++) {
      const at = 2 * (first + (amounts[index] as number))
      const start = amounts[index] === -1 ? -1 : (cells[at] as number)
      if (start < 0 || !isShortAmount(bytes, start, cells[at + 1] as number)) return false
    }
    for (let index = 0; index < codes.length; index++) {
      const start = codes[index] === -1 ? TRUE : cells[2 * (first + (codes[index] as number))]
      if (start === TRUE || start === FALSE) return false
    }
    return isAccepted(block, row)
  }

  function isAccepted(block: RowBlock, row: number): boolean {
    const known = accepted.size
    const number = accepted.at(block, row)
    return number !== MISSING && number < known
  }

  return (batch, before) => {
    const block = blockOf(batch)
    if (block === null) return batch.forEach((row, index) => void figuresOfRow(row, before + index + 1, spec, scope))
    if (accepted.size > MOST_ACCEPTED) accepted.clear()
    const places = doubtful(block)
    for (let row = 0; row < block.count; row++)
      if (!isPlain(block, row, places)) figuresOfRow(rowAt(block, row), before + row + 1, spec, scope)
  }
}

const IS_CODE = IS_TEXT | IS_SHORT | IS_LONG | IS_NULL

interface Places {
  readonly amounts: readonly number[]
  readonly codes: readonly number[]
}

/** Dates of many years; a column of moments has a new one in each row. */
const MOST_ACCEPTED = 10_000
