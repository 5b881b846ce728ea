import { money, round, toText } from '../../model/money.js'
import {
  AMOUNT,
  ACCOUNT,
  COST_CENTRE,
  CURRENCY,
  FIGURE_WIDTH,
  KIND,
  KINDS,
  LOOKER_ACCOUNT,
  LOOKER_COST_CENTRE,
  NUMBER,
  type FigureKind,
  type Figures,
} from './books.js'
import { textIn } from './amount.js'
import type { Names } from './names.js'
import type { Rounding } from './references.js'
import { createSlots } from './slots.js'
import { createSums } from './sums.js'
import type { Wanted } from './wanted.js'

/** The figures of one pair of Looker values, summed exactly and rounded once. */
export interface LookerValues {
  readonly kind: FigureKind
  readonly account: string | null
  readonly costCentre: string | null
  /** Where they stand: QAD's codes, or Looker's where they are not mapped. */
  readonly standsAt: { readonly account: string; readonly costCentre: string }
  readonly currency: string
  readonly amount: string
  readonly rows: number
  /** Of the first of them: all figures are numbered in the order in which they came. */
  readonly number: number
}

/** Those that stand at wanted places, and all that are not mapped, wherever they stand. In no particular order. */
export function* lookerValuesOf(wanted: Wanted, { entries }: Figures, rounding: Rounding): Generator<LookerValues> {
  const { names, parts } = wanted.books
  const [slots, sums] = [createSlots(KEY_WIDTH), createSums(names)]
  const key = new Int32Array(KEY_WIDTH)
  for (let part = 0; part < parts; part++) {
    const all = entries.part(part)
    const numbers: number[] = []
    slots.clear()
    sums.clear()
    for (let at = 0; at < all.length; at += FIGURE_WIDTH) {
      const kind = KINDS[all[at + KIND] as number]
      if (kind === 'reference' || (kind === 'mapped' && wanted.slotAt(all, at) < 0)) continue
      KEY.forEach((from, index) => (key[index] = all[at + from] as number))
      const slot = slots.slotOf(key, 0)
      numbers[slot] ??= all[at + NUMBER] as number
      sums.add(slot, all, at + AMOUNT, 1)
    }
    sums.settle()
    for (const [slot, number] of numbers.entries()) {
      const amount = toText(round(money(textIn(sums.entries, sums.at(slot), names)), rounding.scale, rounding.mode))
      yield { ...valuesIn(slots.keys.subarray(slot * KEY_WIDTH), names), amount, rows: sums.countOf(slot), number }
    }
  }
}

const KEY = [KIND, LOOKER_ACCOUNT, LOOKER_COST_CENTRE, ACCOUNT, COST_CENTRE, CURRENCY]
const KEY_WIDTH = KEY.length

function valuesIn(key: Int32Array, names: Names) {
  const [kind = 0, account = 0, costCentre = 0, qadAccount = 0, qadCostCentre = 0, currency = 0] = key
  return {
    kind: KINDS[kind] ?? 'mapped',
    account: names.textOf(account),
    costCentre: names.textOf(costCentre),
    standsAt: { account: names.textOf(qadAccount) ?? '', costCentre: names.textOf(qadCostCentre) ?? '' },
    currency: names.textOf(currency) ?? '',
  }
}
