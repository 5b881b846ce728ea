import type { Figure } from '../model/figure.js'
import { compareTexts } from '../model/fold.js'
import { add, compare, toTextAtLeast, ZERO, type Money } from '../model/money.js'
import type { ControlAmount, ControlTotals } from '../model/plan.js'
import { createTable } from '../model/table.js'

/** What became of a figure. */
export type Fate = 'mapped' | 'ignored' | 'unmapped'

/** An exact sum of Looker's amounts of one measure in one currency. */
export interface Sum {
  readonly measure: string
  readonly currency: string
  readonly total: Money
}

/** Keeps the sums that prove nothing was lost or doubled on the way from figures to references. */
export interface Control {
  /** Where the figures of a measure in a currency are summed. */
  open(figure: Pick<Figure, 'measure' | 'currency'>): Sums
  /** Counts a figure's row as pulled, and what became of it. True when it was not seen before: a row with three measures is three figures. */
  row(number: number, fate: Fate): boolean
  /** Adds the amount of a pulled figure, or of several: whoever adds figures up on the way to a reference adds these up apart. */
  pulled(sums: Sums, amount: Money): void
  /** Adds what became of the figure. A mapped one is summed by its reference, not here. */
  became(sums: Sums, fate: Fate, amount: Money): void
  /** `mapped` comes from the references themselves, so the comparison covers them. */
  totals(mapped: Iterable<Sum>): ControlTotals
}

export function createControl(): Control {
  const sums = createTable<Sums>()
  const rows = { pulled: 0, mapped: 0, ignored: 0, unmapped: 0 }
  const seen = createRowSet()
  return {
    open: ({ measure, currency }) => sums.at([measure, currency], () => newSums(measure, currency)),
    row(number, fate) {
      const isNew = seen.add(number)
      if (isNew) {
        rows.pulled += 1
        rows[fate] += 1
      }
      return isNew
    },
    pulled(at, amount) {
      at.pulled = add(at.pulled, amount)
    },
    became(at, fate, amount) {
      if (fate !== 'mapped') at[fate] = add(at[fate], amount)
    },
    totals(mapped) {
      const byPlace = createTable<{ total: Money }>()
      const mappedAt = (measure: string, currency: string) => byPlace.at([measure, currency], () => ({ total: ZERO }))
      for (const { measure, currency, total } of mapped) {
        const at = mappedAt(measure, currency)
        at.total = add(at.total, total)
      }
      const amounts = [...sums.values()].map((each) => amountOf(each, mappedAt(each.measure, each.currency).total))
      return { rows: { ...rows }, amounts: amounts.sort(byMeasure) }
    },
  }
}

export interface Sums {
  readonly measure: string
  readonly currency: string
  pulled: Money
  ignored: Money
  unmapped: Money
}

function newSums(measure: string, currency: string): Sums {
  return { measure, currency, pulled: ZERO, ignored: ZERO, unmapped: ZERO }
}

function amountOf({ measure, currency, pulled, ignored, unmapped }: Sums, mapped: Money): ControlAmount {
  const text = (amount: Money) => toTextAtLeast(amount, 2)
  return {
    measure,
    currency,
    pulled: text(pulled),
    mapped: text(mapped),
    ignored: text(ignored),
    unmapped: text(unmapped),
    ties: compare(add(add(mapped, ignored), unmapped), pulled) === 0,
  }
}

function byMeasure(a: ControlAmount, b: ControlAmount): number {
  return compareTexts(a.measure, b.measure) || compareTexts(a.currency, b.currency)
}

/** Row numbers seen, a bit each: a million rows are 125 kB, where a Set would take 40 MB. */
function createRowSet(): { add(row: number): boolean } {
  let bits = new Uint8Array(1024)
  return {
    add(row) {
      const at = row >>> 3
      if (at >= bits.length) bits = grown(bits, at)
      const bit = 1 << (row & 7)
      const held = bits[at] ?? 0
      bits[at] = held | bit
      return (held & bit) === 0
    },
  }
}

function grown(bits: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(bits.length * 2, at + 1))
  larger.set(bits)
  return larger
}
