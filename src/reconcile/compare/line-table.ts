import type { Level } from '../../model/variance.js'
import { ACCOUNT, AMOUNT, BALANCE_WIDTH, COST_CENTRE, CURRENCY, PLACE_WIDTH } from './books.js'
import { createIdentities, type Identities, type KeyOf } from './identities.js'
import type { Names, Order } from './names.js'
import { createSlots } from './slots.js'
import { createSums, type Sums } from './sums.js'

/** The lines that a part of the entries makes, a slot each: both sides summed exactly. */
export interface LineTable {
  readonly size: number
  readonly looker: Sums
  readonly ledger: Sums
  readonly identities: Identities
  /** Adds the amount and codes of an entry. @returns the slot of its line */
  add(side: 'looker' | 'ledger', entries: Int32Array, at: number, count: number): number
  /** The folded numbers of a line's place stand in `places` from here on. */
  placeAt(slot: number): number
  readonly places: Int32Array
  /** Ranks of account, cost centre and currency as the ledger spells them, or Looker alone, stand in `spelled` from here on. */
  spelledAt(slot: number): number
  readonly spelled: Int32Array
  clear(): void
}

const SPELLED_WIDTH = 3

export function createLineTable(names: Names, order: Order, level: Level, keyOf: KeyOf): LineTable {
  const slots = createSlots(PLACE_WIDTH)
  const [looker, ledger] = [createSums(names), createSums(names)]
  const identities = createIdentities(names, order, keyOf)
  // Of each slot what Looker's amounts are spelled like, then the ledger's.
  let spelled = new Int32Array(1024 * 2 * SPELLED_WIDTH)
  const place = new Int32Array(PLACE_WIDTH)
  const codes = new Int32Array(SPELLED_WIDTH)
  const none = names.numberOf('')
  const [hasAccount, hasCostCentre] = [
    level === 'both' || level === 'account',
    level === 'both' || level === 'costCentre',
  ]

  function spell(slot: number, shift: number, isFirst: boolean): void {
    const from = slot * 2 * SPELLED_WIDTH + shift
    for (let index = 0; index < SPELLED_WIDTH; index++) {
      const rank = order.rankOf[codes[index] as number] as number
      // Under one of its spellings: the same one whatever order the amounts come in.
      if (isFirst || rank < (spelled[from + index] as number)) spelled[from + index] = rank
    }
  }

  return {
    get size() {
      return slots.size
    },
    ...{ looker, ledger, identities },
    add(side, entries, at, count) {
      codes[0] = hasAccount ? (entries[at + ACCOUNT] as number) : none
      codes[1] = hasCostCentre ? (entries[at + COST_CENTRE] as number) : none
      codes[2] = entries[at + CURRENCY] as number
      place[0] = names.foldedOf(codes[2])
      place[1] = names.foldedOf(codes[0])
      place[2] = names.foldedOf(codes[1])
      const slot = slots.slotOf(place, 0)
      if ((slot + 1) * 2 * SPELLED_WIDTH > spelled.length) {
        const larger = new Int32Array(spelled.length * 2)
        larger.set(spelled)
        spelled = larger
      }
      const sums = side === 'looker' ? looker : ledger
      spell(slot, side === 'looker' ? 0 : SPELLED_WIDTH, sums.countOf(slot) === 0)
      sums.add(slot, entries, at + AMOUNT, count)
      return slot
    },
    placeAt: (slot) => slot * PLACE_WIDTH,
    get places() {
      return slots.keys
    },
    spelledAt: (slot) => slot * 2 * SPELLED_WIDTH + (ledger.countOf(slot) > 0 ? SPELLED_WIDTH : 0),
    get spelled() {
      return spelled
    },
    clear() {
      slots.clear()
      looker.clear()
      ledger.clear()
      identities.clear()
    },
  }
}

/** Adds balances, one after the other, to the lines they belong to. */
export function addBalances(entries: Int32Array, table: LineTable): void {
  for (let at = 0; at < entries.length; at += BALANCE_WIDTH) table.add('ledger', entries, at, 1)
}
