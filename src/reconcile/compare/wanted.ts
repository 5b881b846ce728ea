import { textIn } from './amount.js'
import type { Level, Variance } from '../../model/variance.js'
import { createPlaces } from './places.js'
import {
  ACCOUNT,
  BALANCE_WIDTH,
  COST_CENTRE,
  CURRENCY,
  LAST_POSTED,
  PLACE_WIDTH,
  type Balances,
  type Books,
} from './books.js'
import { createSlots } from './slots.js'

type Place = Pick<Variance, 'account' | 'costCentre' | 'currency'>

/** The places of some lines, to find again among millions of entries what belongs to them. */
export interface Wanted {
  readonly books: Books
  readonly level: Level
  /** Which of the places an entry belongs to; −1 for none. */
  slotAt(entries: Int32Array, at: number): number
  /** Of the folded numbers of a place. */
  slotOfPlace(place: Int32Array, at: number): number
  slotOf(line: Place): number
}

export function createWanted(books: Books, level: Level, lines: Iterable<Place>): Wanted {
  const { names } = books
  const slots = createSlots(PLACE_WIDTH)
  const placeOf = createPlaces(names, level)
  const entry = new Int32Array(BALANCE_WIDTH)
  const placeOfLine = (line: Place) => {
    entry[ACCOUNT] = names.numberOf(line.account)
    entry[COST_CENTRE] = names.numberOf(line.costCentre)
    entry[CURRENCY] = names.numberOf(line.currency)
    return placeOf(entry, 0)
  }
  for (const line of lines) slots.slotOf(placeOfLine(line), 0)
  return {
    ...{ books, level },
    slotAt: (entries, at) => slots.find(placeOf(entries, at), 0),
    slotOfPlace: (places, at) => slots.find(places, at),
    slotOf: (line) => slots.find(placeOfLine(line), 0),
  }
}

/** The balances, or readings, at wanted places in the order in which they came. */
export function balancesAt(
  wanted: Wanted,
  balances: readonly Balances[],
): (line: Place) => readonly { readonly amount: string; readonly lastPosted: string | null }[] {
  const { names, parts } = wanted.books
  const found = new Map<number, { amount: string; lastPosted: string | null }[]>()
  for (const { entries } of balances)
    for (let part = 0; part < parts; part++) {
      const all = entries.part(part)
      for (let at = 0; at < all.length; at += BALANCE_WIDTH) {
        const slot = wanted.slotAt(all, at)
        if (slot < 0) continue
        const list = found.get(slot) ?? []
        list.push({ amount: textIn(all, at, names), lastPosted: names.textOf(all[at + LAST_POSTED] as number) })
        found.set(slot, list)
      }
    }
  return (line) => found.get(wanted.slotOf(line)) ?? []
}
