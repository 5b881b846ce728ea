import { MlcError } from '../errors.js'
import { blockOf, lastOf, rowAt, type RowBlock } from '../model/block.js'
import { add, isPlainDecimal, isZero, money, round, subtract } from '../model/money.js'
import type { Overflow } from '../model/overflow.js'
import type { Cell, Field, Row } from '../model/row.js'
import { UNKNOWN } from './describe.js'
import { createBlockSums, type BlockSums } from './sums.js'
import { createTotals, type Totals } from './totals.js'
import { createSeenRows, type SeenRows } from './tuples.js'
import type { Repeated } from './hash-log.js'
import { quote } from './words.js'

/** Counts and sums what is handed out, and sees to it that no row comes twice. */
export interface Tally {
  /** The rows of the batch that are handed out. @throws MLC-L022 */
  take(batch: readonly Row[], limit: number): readonly Row[]
  rows(): number
  /** True when the limit kept a row back. */
  isCut(): boolean
  isFirst(row: Row): boolean
  /** The last rows taken. */
  tail(): readonly Row[]
  /** To be called after the last row. @throws MLC-L022, MLC-L023 when that one is a totals row, with which every figure would count twice */
  finish(): void
  received(): Heard
  close(): void
}

interface Heard {
  readonly totals: Totals
  readonly seen: SeenRows
  /** For other rows to be compared with those seen: over the same columns, where equal ones are no fault. */
  readonly seenAgain: () => SeenRows
}

/**
 * @param fieldsNow asked when the first row is there: by then the answer may have told what the Explore did not
 * @param openOverflow where the hashes of many rows go
 */
export function createTally(fieldsNow: () => readonly Field[], openOverflow: () => Overflow): Tally {
  let rows = 0
  let isCut = false
  let books: Books | null = null
  let tail: () => readonly Row[] = () => []
  let lookAt = LOOK_AT
  const opened = () => (books ??= openBooks(fieldsNow(), openOverflow))

  function takeRow(row: Row): void {
    rows++
    const { seen, totals, dimensions } = opened()
    if (!seen.add(row)) throw cameTwice(row, rows, dimensions)
    totals.add(row)
  }

  function settled(): Books {
    opened().sums.settle()
    return opened()
  }

  /** As row by row, without making them. */
  function takeBlock(block: RowBlock): void {
    const { seen, sums, dimensions } = opened()
    const twice = seen.addBlock(block)
    if (twice !== null) throw cameTwice(rowAt(block, twice), rows + twice + 1, dimensions)
    rows += block.count
    sums.add(block)
    // Made into rows when it is asked for, which is seldom.
    const last = lastOf(block, TAIL_OF_BLOCK)
    tail = () => rowsOfTail(last)
  }

  function refuseRepeated(): void {
    const { seen, mustDiffer } = opened()
    const found = mustDiffer ? seen.repeated() : null
    if (found !== null) throw isRow(found)
  }

  return {
    take(batch, limit) {
      const kept = rows + batch.length > limit ? batch.slice(0, limit - rows) : batch
      isCut ||= kept.length < batch.length
      const block = blockOf(kept)
      if (block === null) {
        kept.forEach(takeRow)
        const last = [...tail(), ...kept.slice(-TAIL)].slice(-TAIL)
        tail = () => last
      } else if (block.count > 0) takeBlock(block)
      if (rows >= lookAt) {
        lookAt = 2 * rows
        refuseRepeated()
      }
      return kept
    },
    rows: () => rows,
    isCut: () => isCut,
    finish() {
      refuseRepeated()
      const last = tail().at(-1)
      if (last !== undefined && !isCut && rows > 2 && isTotalsRow(last, settled())) throw totalsRow(rows)
    },
    tail: () => tail(),
    isFirst: (row) => opened().seen.isFirst(row),
    received: settled,
    close() {
      for (const one of books?.opened ?? []) one.log.close()
    },
  }
}

/** A server that sends its rows again and again is found out by then, and after that whenever there are twice as many. */
const LOOK_AT = 4_000_000

/** Rows at the end that are kept: to resume after the last of them, or after one before it whose key can be written. */
const TAIL = 64
/** Of a block, rows are made for nothing else. */
const TAIL_OF_BLOCK = 4

function rowsOfTail(block: RowBlock): readonly Row[] {
  return Array.from({ length: block.count }, (_, at) => rowAt(block, at))
}

interface Books extends Heard {
  readonly opened: readonly SeenRows[]
  /** What of blocks is not in the totals yet. */
  readonly sums: BlockSums
  readonly dimensions: readonly string[]
  readonly mustDiffer: boolean
}

function openBooks(fields: readonly Field[], openOverflow: () => Overflow): Books {
  const isKnown = fields.every(({ type }) => type !== UNKNOWN)
  const names = (kind: Field['kind']) => fields.filter((field) => field.kind === kind).map(({ name }) => name)
  const [dimensions, measures] = [names('dimension'), isKnown ? names('measure') : []]
  const compared = isKnown && dimensions.length > 0 ? dimensions : fields.map(({ name }) => name)
  const totals = createTotals(measures)
  // Looker groups by the dimensions, so rows that agree in all of them are one row that came twice.
  const mustDiffer = dimensions.length > 0 && measures.length > 0
  const opened: SeenRows[] = []
  const open = (isOwn: boolean) => {
    const seen = createSeenRows(compared, isOwn && mustDiffer, openOverflow)
    opened.push(seen)
    return seen
  }
  return {
    totals,
    sums: createBlockSums(measures, totals),
    seen: open(true),
    seenAgain: () => open(false),
    opened,
    dimensions,
    mustDiffer,
  }
}

/** No dimension, and in each measure the sum of all the other rows. */
function isTotalsRow(row: Row, { dimensions, totals }: Books): boolean {
  if (dimensions.length === 0 || dimensions.some((name) => row[name] !== null)) return false
  const sums = Object.entries(totals.sums()).filter(([, sum]) => sum !== '0')
  return sums.length > 0 && sums.every(([name, sum]) => isHalf(row[name] ?? null, sum))
}

function isHalf(cell: Cell, sum: string): boolean {
  if (typeof cell !== 'string' || !isPlainDecimal(cell)) return false
  const rest = subtract(money(sum), add(money(cell), money(cell)))
  return isZero(round(rest, 6, 'half-even'))
}

function totalsRow(number: number): MlcError {
  return new MlcError('MLC-L023', `row ${number}, the last, has no dimension and is the total of the others`)
}

/** Rows are not kept so long, so their numbers have to do. */
function isRow({ row, first }: Repeated): MlcError {
  return new MlcError('MLC-L022', `row ${row} is there a second time: its dimensions are those of row ${first}`)
}

function cameTwice(row: Row, number: number, dimensions: readonly string[]): MlcError {
  const shown = dimensions.slice(0, 6).map((name) => `${name} = ${quote(String(row[name]), 60)}`)
  return new MlcError('MLC-L022', `row ${number} is there a second time: ${shown.join(', ')}`)
}
