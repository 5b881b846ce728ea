import { compareTexts } from '../../model/fold.js'
import { money } from '../../model/money.js'
import type { Overflow } from '../../model/overflow.js'
import type { Level, Tolerance, Variance } from '../../model/variance.js'
import { judge, type Pair, type Side } from '../judge.js'
import { createLimits, type Override } from '../limits.js'
import { noCounts, type Counts, type Totals } from '../totals.js'
import { AMOUNT_WIDTH, textIn, unitsIn } from './amount.js'
import type { Balances, Books, Figures } from './books.js'
import { keyIn, type KeyOf } from './identities.js'
import { createRecorder, equalLine, isEqualRecord } from './line-records.js'
import { addBalances, createLineTable, type LineTable } from './line-table.js'
import type { Names, Order } from './names.js'
import { createReferences, type Rounding } from './references.js'
import { createRuns, ORDER_WIDTH } from './runs.js'
import type { Sums } from './sums.js'
import { createTally } from './tally.js'
import type { LedgerWatch } from './watch.js'

export interface CompareRequest {
  readonly books: Books
  /** By period, in order: those of one period are rounded by themselves. */
  readonly figures: readonly Figures[]
  readonly balances: readonly Balances[]
  readonly measure: string
  /** `account`, `costCentre` and `total` sum both sides up; lines then carry no cost centre, no account, or neither. */
  readonly level: Level
  readonly tolerance: Tolerance
  /** Limits of some accounts, in place of the tolerance's. They say nothing of lines that sum accounts up. */
  readonly overrides: readonly Override[]
  readonly rounding: Rounding
  readonly keyOf: KeyOf
  /** Called when the lines do not fit into memory; whoever made it closes it. */
  readonly openOverflow: () => Overflow
  /** Is shown each line. */
  readonly watch?: Pick<LedgerWatch, 'look'> | undefined
}

export interface Comparison {
  readonly counts: Counts
  readonly totals: readonly Totals[]
  readonly length: number
  /** Of what the lines are spelled with. */
  readonly order: Order
  /** The lines whose sides differ, by account, cost centre, currency. They alone stay in memory. */
  readonly unequal: readonly Variance[]
  /** All lines in the same order; null for the next of those whose sides differ. As often as it is asked for. */
  lines(): Generator<Variance | null>
}

/**
 * Looker against QAD's ledger, per account, cost centre and currency, both sides summed exactly. Codes match but for case and
 * spaces and are spelled as the ledger has them. A balance of zero that Looker does not have is left out.
 */
export function compareBooks(request: CompareRequest): Comparison {
  const { books, level, figures, balances, measure, keyOf } = request
  const { names } = books
  // The code that stands for all is a name as well.
  names.numberOf('')
  const order = names.inOrder()
  const table = createLineTable(names, order, level, keyOf)
  const references = createReferences(names, request.rounding)
  const writer = createWriter(table, order, request)
  for (let part = 0; part < books.parts; part++) {
    figures.forEach(({ entries }, period) => references.add(entries.part(part), period, table))
    for (const { entries } of balances) addBalances(entries.part(part), table)
    // Of what sums places up, no line is whole before all parts were read.
    if (level === 'both' || part === books.parts - 1) writer.write()
  }
  const reading = { names, order, measure, keyOf }
  return {
    order,
    length: Object.values(writer.counts).reduce((sum, count) => sum + count, 0),
    ...{ counts: writer.counts, totals: writer.tally.totals(measure), unequal: writer.unequal.sort(byPlace) },
    *lines() {
      for (const record of writer.runs.merged()) yield isEqualRecord(record) ? equalLine(record, reading) : null
    },
  }
}

/** Judges the lines of the table, and writes them down in order. */
function createWriter(table: LineTable, order: Order, request: CompareRequest) {
  const { books, level, measure, tolerance, watch } = request
  const hasAccounts = level === 'both' || level === 'account'
  const limits = createLimits(tolerance, hasAccounts ? request.overrides : [])
  const runs = createRuns(request.openOverflow)
  const tally = createTally(books.names, order)
  const record = createRecorder(table)
  const [counts, unequal] = [noCounts(), [] as Variance[]]

  function writeLine(slot: number): void {
    watch?.look(table, slot)
    const line = isSame(table, slot) ? null : judge(pairOf(table, slot, order, request), limits, measure)
    const isEqual = line === null || line.verdict === 'equal'
    counts[line?.verdict ?? 'equal'] += 1
    runs.add(record(slot, isEqual))
    if (isEqual) tally.addEqual(table, slot)
    else {
      tally.addUnequal(table, slot, line)
      unequal.push(line)
    }
  }

  return {
    ...{ counts, unequal, runs, tally },
    write() {
      table.looker.settle()
      table.ledger.settle()
      for (const slot of slotsInOrder(table, order, books.names)) writeLine(slot)
      runs.endRun()
      table.clear()
    },
  }
}

/** The slots that are worth a line, by account, cost centre and currency. */
function slotsInOrder(table: LineTable, order: Order, names: Names): Int32Array {
  const slots = new Int32Array(table.size)
  let count = 0
  for (let slot = 0; slot < table.size; slot++) if (isWorthALine(table, slot, names)) slots[count++] = slot
  const found = slots.subarray(0, count)
  const ranks = order.rankOf.length
  const isBefore = inOrder(table)
  // The ranks of two codes and the slot fit into one number, which sorts many times faster than by asking. With millions of codes not.
  if (ranks * ranks * table.size > Number.MAX_SAFE_INTEGER) return found.sort(isBefore)
  const { spelled, size } = table
  const numbers = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const slot = found[index] as number
    const at = table.spelledAt(slot)
    numbers[index] = ((spelled[at] as number) * ranks + (spelled[at + 1] as number)) * size + slot
  }
  numbers.sort().forEach((number, index) => (found[index] = number % size))
  insertInto(found, isBefore)
  return found
}

/** Puts those that are not yet in order where they belong: lines that differ by their currency alone. */
function insertInto(slots: Int32Array, compare: (a: number, b: number) => number): void {
  for (let index = 1; index < slots.length; index++) {
    const slot = slots[index] as number
    let at = index
    for (; at > 0 && compare(slots[at - 1] as number, slot) > 0; at--) slots[at] = slots[at - 1] as number
    slots[at] = slot
  }
}

function inOrder(table: LineTable): (a: number, b: number) => number {
  const { spelled } = table
  return (a, b) => {
    const [one, other] = [table.spelledAt(a), table.spelledAt(b)]
    for (let index = 0; index < ORDER_WIDTH; index++) {
      const odd = (spelled[one + index] as number) - (spelled[other + index] as number)
      if (odd !== 0) return odd
    }
    return 0
  }
}

function isWorthALine({ looker, ledger }: LineTable, slot: number, names: Names): boolean {
  return looker.countOf(slot) > 0 || unitsIn(ledger.entries, ledger.at(slot), names).units !== 0n
}

/** Whether both sides have one amount, as far as their numbers tell. */
function isSame({ looker, ledger }: LineTable, slot: number): boolean {
  if (looker.countOf(slot) === 0 || ledger.countOf(slot) === 0) return false
  const [ours, theirs] = [looker.entries, ledger.entries]
  const one = looker.at(slot)
  const other = ledger.at(slot)
  for (let index = 0; index < AMOUNT_WIDTH; index++) if (ours[one + index] !== theirs[other + index]) return false
  return true
}

function pairOf(table: LineTable, slot: number, order: Order, { books, keyOf }: CompareRequest): Pair {
  const { names } = books
  const spelled = table.spelledAt(slot)
  const [account, costCentre, currency] = [0, 1, 2].map((at) =>
    order.textAt(table.spelled[spelled + at] as number),
  ) as [string, string, string]
  const sideOf = (sums: Sums, keys: readonly string[]): Side | null => {
    const count = sums.countOf(slot)
    if (count === 0) return null
    return { account, costCentre, currency, total: money(textIn(sums.entries, sums.at(slot), names)), count, keys }
  }
  const keys = () => table.identities.of(slot).map((identity) => keyIn(identity, names, keyOf))
  return { looker: sideOf(table.looker, keys()), ledger: sideOf(table.ledger, []) }
}

function byPlace(a: Variance, b: Variance): number {
  return (
    compareTexts(a.account, b.account) ||
    compareTexts(a.costCentre, b.costCentre) ||
    compareTexts(a.currency, b.currency)
  )
}
