import { seeded } from '../support/seeded.js'

/** A stream of chance that its seed decides. */
export interface Chance {
  /** In [0, 1). */
  next(): number
  /** True in that share of the calls; never asks the stream for a share of 0, so that a fault switched off changes nothing. */
  hit(share: number): boolean
  /** A whole number, both ends inside. */
  whole(from: number, to: number): number
  pick<T>(choices: readonly [T, ...(readonly T[])]): T
  /** A stream of its own: what is drawn from it leaves this one as it is. */
  fork(): Chance
}

export function chanceOf(seed: number): Chance {
  const next = seeded(seed)
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    whole,
    hit: (share) => share > 0 && next() < share,
    pick: (choices) => choices[whole(0, choices.length - 1)] ?? choices[0],
    fork: () => chanceOf(Math.floor(next() * 2 ** 32)),
  }
}
