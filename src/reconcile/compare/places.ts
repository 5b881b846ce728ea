import type { Level } from '../../model/variance.js'
import { ACCOUNT, COST_CENTRE, CURRENCY, PLACE_WIDTH } from './books.js'
import type { Names } from './names.js'

/** Gives the folded numbers of currency, account and cost centre that an entry has at a level. Good until the next. */
export function createPlaces(names: Names, level: Level): (entries: Int32Array, at: number) => Int32Array {
  const place = new Int32Array(PLACE_WIDTH)
  const none = names.foldedOf(names.numberOf(''))
  const hasAccount = level === 'both' || level === 'account'
  const hasCostCentre = level === 'both' || level === 'costCentre'
  return (entries, at) => {
    place[0] = names.foldedOf(entries[at + CURRENCY] as number)
    place[1] = hasAccount ? names.foldedOf(entries[at + ACCOUNT] as number) : none
    place[2] = hasCostCentre ? names.foldedOf(entries[at + COST_CENTRE] as number) : none
    return place
  }
}
