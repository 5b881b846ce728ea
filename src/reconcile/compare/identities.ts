import { compareTexts } from '../../model/fold.js'
import type { Names, Order } from './names.js'

/** What makes a reference one and no other, but for what all references of a comparison have in common. */
export interface Identity {
  /** Which of the periods compared, from 0 on. */
  readonly period: number
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  /** JSON of sub-account, project and site; null: none of them. */
  readonly further: string | null
}

/** The key of the reference that an identity has. */
export type KeyOf = (identity: Identity) => string

/** The references that lines sum up, as numbers: period, account, cost centre, currency, further, key of one read from QAD, number. */
export const IDENTITY_WIDTH = 7

/** More do not help whoever follows them up. */
const MOST_KEYS = 20

export interface Identities {
  /** Of the line in this slot, one more. */
  add(slot: number, identity: Int32Array): void
  /** The first of them, each of `IDENTITY_WIDTH` numbers, in order. */
  of(slot: number): readonly Int32Array[]
  clear(): void
}

/** In the order of a plan, and of references read from QAD in the order in which they came. */
export function createIdentities(names: Names, { rankOf }: Order, keyOf: KeyOf): Identities {
  // Nearly every line has one alone: an array for each would be what takes the most memory.
  let first = new Int32Array(1024 * IDENTITY_WIDTH)
  let counts = new Uint8Array(1024)
  const several = new Map<number, Int32Array[]>()
  const alone = (slot: number) => first.subarray(slot * IDENTITY_WIDTH, (slot + 1) * IDENTITY_WIDTH)

  function roomFor(slot: number): void {
    if (slot < counts.length) return
    const length = Math.max(counts.length * 2, slot + 1)
    const [largerFirst, largerCounts] = [new Int32Array(length * IDENTITY_WIDTH), new Uint8Array(length)]
    largerFirst.set(first)
    largerCounts.set(counts)
    first = largerFirst
    counts = largerCounts
  }

  function inOrder(a: Int32Array, b: Int32Array): number {
    const [isRead, isOtherRead] = [a[5] !== 0, b[5] !== 0]
    if (isRead || isOtherRead) return (a[6] as number) - (b[6] as number)
    for (const at of [0, 1, 2, 3]) {
      const [one, other] = [a[at] as number, b[at] as number]
      if (one !== other) return at === 0 ? one - other : (rankOf[one] as number) - (rankOf[other] as number)
    }
    return compareTexts(keyOf(identityOf(a, names)), keyOf(identityOf(b, names)))
  }

  return {
    add(slot, identity) {
      roomFor(slot)
      if (counts[slot] === 0) {
        first.set(identity, slot * IDENTITY_WIDTH)
        counts[slot] = 1
        return
      }
      const list = several.get(slot) ?? [alone(slot).slice()]
      several.set(slot, list)
      const behind = list.findIndex((one) => inOrder(identity, one) < 0)
      if (behind >= 0) list.splice(behind, 0, identity.slice())
      else if (list.length < MOST_KEYS) list.push(identity.slice())
      if (list.length > MOST_KEYS) list.pop()
    },
    of: (slot) => several.get(slot) ?? ((counts[slot] ?? 0) === 0 ? [] : [alone(slot)]),
    clear() {
      counts.fill(0)
      several.clear()
    },
  }
}

/** The key that an identity stands for. */
export function keyIn(identity: Int32Array, names: Names, keyOf: KeyOf): string {
  return names.textOf(identity[5] as number) ?? keyOf(identityOf(identity, names))
}

function identityOf(identity: Int32Array, names: Names): Identity {
  const [period = 0, account = 0, costCentre = 0, currency = 0, further = 0] = identity
  return {
    period,
    account: names.textOf(account) ?? '',
    costCentre: names.textOf(costCentre) ?? '',
    currency: names.textOf(currency) ?? '',
    further: names.textOf(further),
  }
}
