import type { Variance } from '../../model/variance.js'
import { AMOUNT_WIDTH, textIn } from './amount.js'
import { IDENTITY_WIDTH, keyIn, type KeyOf } from './identities.js'
import type { LineTable } from './line-table.js'
import type { Names, Order } from './names.js'
import { ORDER_WIDTH } from './runs.js'
import type { Sums } from './sums.js'

/**
 * A line as numbers: length, the ranks of its codes, whether it is equal; then, of one that is, count and amount of both sides and
 * the references that it sums up.
 */
export function createRecorder(table: LineTable) {
  const record = new Int32Array(HEAD + 32 * IDENTITY_WIDTH)
  const putSide = (sums: Sums, slot: number, from: number) => {
    const { entries } = sums
    const at = sums.at(slot)
    record[from] = sums.countOf(slot)
    for (let index = 0; index < AMOUNT_WIDTH; index++) record[from + 1 + index] = entries[at + index] as number
  }
  return (slot: number, isEqual: boolean): Int32Array => {
    const { spelled } = table
    const spelledAt = table.spelledAt(slot)
    for (let index = 0; index < ORDER_WIDTH; index++) record[1 + index] = spelled[spelledAt + index] as number
    record[EQUAL] = isEqual ? 1 : 0
    record[0] = LOOKER
    if (!isEqual) return record
    putSide(table.looker, slot, LOOKER)
    putSide(table.ledger, slot, LEDGER)
    let length = HEAD
    for (const identity of table.identities.of(slot))
      for (let index = 0; index < IDENTITY_WIDTH; index++) record[length++] = identity[index] as number
    record[0] = length
    return record
  }
}

const EQUAL = 1 + ORDER_WIDTH
const LOOKER = EQUAL + 1
const LEDGER = LOOKER + 1 + AMOUNT_WIDTH
const HEAD = LEDGER + 1 + AMOUNT_WIDTH

/** Whether the record is of a line whose sides are equal. */
export function isEqualRecord(record: Int32Array): boolean {
  return record[EQUAL] === 1
}

export interface Reading {
  readonly names: Names
  readonly order: Order
  readonly measure: string
  readonly keyOf: KeyOf
}

/** The line of a record whose sides are equal: an object of its own. Its keys are made when somebody looks at them. */
export function equalLine(record: Int32Array, { names, order, measure, keyOf }: Reading): Variance {
  const sideAt = (at: number) => ((record[at] as number) > 0 ? textIn(record, at + 1, names) : null)
  const ledger = sideAt(LEDGER)
  const identities = record.slice(HEAD, record[0])
  return {
    account: order.textAt(record[1] as number),
    costCentre: order.textAt(record[2] as number),
    currency: order.textAt(record[3] as number),
    measure,
    looker: sideAt(LOOKER),
    ledger,
    variance: '0.00',
    percent: ledger === null || /^[-0.]+$/.test(ledger) ? null : '0.00',
    verdict: 'equal',
    cause: null,
    causes: [],
    ageDays: null,
    figures: record[LOOKER] as number,
    balances: record[LEDGER] as number,
    get keys() {
      return keysIn(identities, names, keyOf)
    },
  }
}

function keysIn(identities: Int32Array, names: Names, keyOf: KeyOf): string[] {
  const keys: string[] = []
  for (let at = 0; at < identities.length; at += IDENTITY_WIDTH)
    keys.push(keyIn(identities.subarray(at, at + IDENTITY_WIDTH), names, keyOf))
  return keys
}
