import { amountRead, amountText, NEGATIVE } from './amount.js'
import { money, type Money } from './money.js'

/** Exact sums side by side, by number: whole numbers of their last digit for as long as a double holds those exactly. */
export interface ExactSums {
  /** Adds the amount that readAmount has just read. @param slot what that returned */
  add(index: number, slot: number): void
  /** Hands on what is not handed on yet. */
  settle(): void
}

/** @param handOn takes a part of a sum; all parts together are the sum */
export function createExactSums(handOn: (index: number, part: Money) => void): ExactSums {
  let sums = new Float64Array(64)
  let scales = new Int8Array(64).fill(NONE)

  function hand(index: number): void {
    const [sum, scale] = [sums[index] as number, scales[index] as number]
    scales[index] = NONE
    sums[index] = 0
    handOn(index, money(amountText(Math.abs(sum), sum < 0 ? NEGATIVE + scale : scale)))
  }

  return {
    add(index, slot) {
      if (index >= sums.length) [sums, scales] = grown(sums, scales, index)
      const scale = slot % NEGATIVE
      const value = slot >= NEGATIVE ? -(amountRead[0] as number) : (amountRead[0] as number)
      const held = scales[index] === NONE ? scale : (scales[index] as number)
      const most = Math.max(held, scale)
      const sum = (sums[index] as number) * (POWERS[most - held] as number)
      const more = value * (POWERS[most - scale] as number)
      if (Math.abs(sum) <= MOST && Math.abs(more) <= MOST) {
        sums[index] = sum + more
        scales[index] = most
      } else {
        hand(index)
        sums[index] = value
        scales[index] = scale
      }
    },
    settle() {
      scales.forEach((scale, index) => {
        if (scale !== NONE) hand(index)
      })
    },
  }
}

/** Two such whole numbers make one of at most 2^53, up to which every whole number is a double. */
const MOST = 2 ** 52
const NONE = -1
const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent)

type Grown = [Float64Array<ArrayBuffer>, Int8Array<ArrayBuffer>]

function grown(sums: Float64Array, scales: Int8Array, index: number): Grown {
  const length = Math.max(2 * sums.length, index + 1)
  const larger: Grown = [new Float64Array(length), new Int8Array(length).fill(NONE)]
  larger[0].set(sums)
  larger[1].set(scales)
  return larger
}
