import type { Overflow } from '../../model/overflow.js'
import type { Level } from '../../model/variance.js'
import { AMOUNT_WIDTH, textIn, unitsIn } from './amount.js'
import { AMOUNT, BALANCE_WIDTH, partOf, PLACE_WIDTH, type Balances, type Books } from './books.js'
import { createIntLog } from './int-log.js'
import type { LineTable } from './line-table.js'
import type { Order } from './names.js'
import { createPlaces } from './places.js'
import { ORDER_WIDTH } from './runs.js'
import { createSlots } from './slots.js'

/** What the ledger has at a line now. */
export interface LedgerNow {
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  readonly amount: string
}

/** Tells which lines have another ledger than when it was read last. */
export interface LedgerWatch {
  look(table: LineTable, slot: number): void
  changes(order: Order): Generator<LedgerNow>
}

/** @param past what was read before, in the order in which it was read @param openOverflow whoever made it closes it */
export function createLedgerWatch(
  books: Books,
  past: Balances,
  level: Level,
  openOverflow: () => Overflow,
): LedgerWatch {
  const { names } = books
  const changed = createIntLog(openOverflow)
  const slots = createSlots(PLACE_WIDTH)
  const placeOf = createPlaces(names, level)
  const record = new Int32Array(RECORD_WIDTH)
  // By slot, the amount that was read last.
  let last = new Int32Array(0)
  let opened = -1

  /** Of a level that sums up there are few places, and they come in no order of parts. */
  function open(part: number): void {
    if (part === opened || (level !== 'both' && opened >= 0)) return
    opened = part
    slots.clear()
    for (const one of level === 'both' ? [part] : Array.from({ length: books.parts }, (_, index) => index)) {
      const entries = past.entries.part(one)
      for (let at = 0; at < entries.length; at += BALANCE_WIDTH)
        note(slots.slotOf(placeOf(entries, at), 0), entries, at)
    }
  }

  function note(slot: number, entries: Int32Array, at: number): void {
    const from = slot * AMOUNT_WIDTH
    if (from === last.length) {
      const larger = new Int32Array(Math.max(1024 * AMOUNT_WIDTH, 2 * last.length))
      larger.set(last)
      last = larger
    }
    for (let index = 0; index < AMOUNT_WIDTH; index++) last[from + index] = entries[at + AMOUNT + index] as number
  }

  /** A line that was never read has changed when the ledger has something there now. */
  function isNews(slot: number, hasLedger: boolean): boolean {
    if (slot < 0) return hasLedger
    const [before, now] = [unitsIn(last, slot * AMOUNT_WIDTH, names), unitsIn(record, ORDER_WIDTH, names)]
    const scale = Math.max(before.decimals, now.decimals)
    const scaled = ({ units, decimals }: typeof now) => units * 10n ** BigInt(scale - decimals)
    return scaled(before) !== scaled(now)
  }

  return {
    look(table, slot) {
      const place = table.placeAt(slot)
      open(partOf(table.places, place))
      const [spelled, at] = [table.spelledAt(slot), table.ledger.at(slot)]
      const hasLedger = table.ledger.countOf(slot) > 0
      for (let index = 0; index < ORDER_WIDTH; index++) record[index] = table.spelled[spelled + index] as number
      for (let index = 0; index < AMOUNT_WIDTH; index++)
        record[ORDER_WIDTH + index] = hasLedger ? (table.ledger.entries[at + index] as number) : 0
      if (isNews(slots.find(table.places, place), hasLedger)) changed.append(record, RECORD_WIDTH)
    },
    *changes(order) {
      const reader = changed.readerAt(0)
      for (let left = changed.length; left > 0; left -= RECORD_WIDTH) {
        for (let index = 0; index < RECORD_WIDTH; index++) record[index] = reader.next()
        const [account, costCentre, currency] = [0, 1, 2].map((at) => order.textAt(record[at] as number)) as Codes
        yield { account, costCentre, currency, amount: textIn(record, ORDER_WIDTH, names) }
      }
    },
  }
}

type Codes = [string, string, string]

const RECORD_WIDTH = ORDER_WIDTH + AMOUNT_WIDTH
