import type { Variance } from './variance.js'

/**
 * The lines of a reconciliation in their order, as often as they are asked for. Those whose sides are equal may come from a disk
 * each time: there can be millions, and nobody looks at them twice.
 */
export interface Lines<L extends Variance> extends Iterable<L> {
  readonly length: number
  /** Those whose sides differ, in the same order. */
  readonly unequal: readonly L[]
}

/** @param all gives null for the next of those that differ */
export function createLines<L extends Variance>(
  length: number,
  unequal: readonly L[],
  all: () => Iterable<L | null>,
): Lines<L> {
  return {
    length,
    unequal,
    *[Symbol.iterator]() {
      let next = 0
      for (const line of all()) {
        const one = line ?? unequal[next++]
        if (one !== undefined) yield one
      }
    },
  }
}

/** @param change of a line; of those that differ it is asked once, and an equal one is its own to change */
export function mapLines<A extends Variance, B extends Variance>(lines: Lines<A>, change: (line: A) => B): Lines<B> {
  const unequal = lines.unequal.map(change)
  return createLines(lines.length, unequal, function* () {
    for (const line of lines) yield line.verdict === 'equal' ? change(line) : null
  })
}

export function joinLines<L extends Variance>(all: readonly Lines<L>[]): Lines<L> {
  return {
    length: all.reduce((sum, { length }) => sum + length, 0),
    unequal: all.flatMap(({ unequal }) => unequal),
    *[Symbol.iterator]() {
      for (const lines of all) yield* lines
    },
  }
}
