import { money, round, toText, type RoundingMode } from '../../model/money.js'
import { textIn, putAmount, AS_TEXT } from './amount.js'
import {
  ACCOUNT,
  AMOUNT,
  FIGURE_WIDTH,
  FURTHER,
  KIND,
  KINDS,
  LOOKER_ACCOUNT,
  LOOKER_COST_CENTRE,
  NUMBER,
} from './books.js'
import { IDENTITY_WIDTH } from './identities.js'
import type { LineTable } from './line-table.js'
import type { Names } from './names.js'
import { createSlots } from './slots.js'
import { createSums } from './sums.js'

export interface Rounding {
  readonly scale: number
  readonly mode: RoundingMode
}

/**
 * Sums figures as references carry them: exactly, by all that makes a reference one, and rounded once. What is not mapped stands
 * under Looker's own names, and what the map ignores stands nowhere.
 */
export function createReferences(names: Names, { scale, mode }: Rounding) {
  const slots = createSlots(KEY_WIDTH)
  const sums = createSums(names)
  const key = new Int32Array(KEY_WIDTH)
  const entry = new Int32Array(FIGURE_WIDTH)
  const identity = new Int32Array(IDENTITY_WIDTH)
  let numbers = new Int32Array(1024)

  function take(entries: Int32Array, at: number): void {
    for (let index = 0; index < KEY_WIDTH; index++) key[index] = entries[at + ACCOUNT + index] as number
    // Several values of Looker make one reference.
    if (key[KIND - ACCOUNT] === MAPPED) key[LOOKER_ACCOUNT - ACCOUNT] = key[LOOKER_COST_CENTRE - ACCOUNT] = 0
    const slot = slots.slotOf(key, 0)
    if (slot >= numbers.length) {
      const larger = new Int32Array(numbers.length * 2)
      larger.set(numbers)
      numbers = larger
    }
    if (sums.countOf(slot) === 0) numbers[slot] = entries[at + NUMBER] as number
    sums.add(slot, entries, at + AMOUNT, 1)
  }

  function put(slot: number, period: number, lines: LineTable): void {
    const from = sums.at(slot)
    for (let index = 0; index < KEY_WIDTH; index++)
      entry[ACCOUNT + index] = slots.keys[slot * KEY_WIDTH + index] as number
    entry.set(sums.entries.subarray(from, from + ACCOUNT), AMOUNT)
    const kind = entry[KIND] as number
    const isLong = (entry[AMOUNT + 2] as number) > scale || entry[AMOUNT + 2] === AS_TEXT
    if (isLong && kind !== REFERENCE)
      putAmount(entry, AMOUNT, toText(round(money(textIn(entry, AMOUNT, names)), scale, mode)), names)
    const line = lines.add('looker', entry, 0, sums.countOf(slot))
    if (kind === UNMAPPED) return
    identity[0] = period
    for (let index = 1; index < 4; index++) identity[index] = entry[ACCOUNT + index - 1] as number
    identity[4] = entry[FURTHER] as number
    identity[5] = kind === REFERENCE ? (entry[LOOKER_ACCOUNT] as number) : 0
    identity[6] = numbers[slot] as number
    lines.identities.add(line, identity)
  }

  return {
    /** Figures of one period, all of those that a reference has among them. @param period which of those compared, from 0 on */
    add(entries: Int32Array, period: number, lines: LineTable): void {
      slots.clear()
      sums.clear()
      for (let at = 0; at < entries.length; at += FIGURE_WIDTH) if (entries[at + KIND] !== IGNORED) take(entries, at)
      sums.settle()
      for (let slot = 0; slot < slots.size; slot++) put(slot, period, lines)
    },
  }
}

/** Account, cost centre, currency, kind, further, and Looker's values. */
const KEY_WIDTH = 7
const [MAPPED, UNMAPPED, IGNORED, REFERENCE] = (['mapped', 'unmapped', 'ignored', 'reference'] as const).map((kind) =>
  KINDS.indexOf(kind),
)
