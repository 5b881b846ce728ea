import { createLines, type Lines } from '../../src/model/lines.js'
import type { Variance } from '../../src/model/variance.js'

/** The lines of a report, as a reconciliation gives them. */
export function linesOf<L extends Variance>(lines: readonly L[]): Lines<L> {
  const unequal = lines.filter(({ verdict }) => verdict !== 'equal')
  return createLines(lines.length, unequal, () => lines.map((line) => (line.verdict === 'equal' ? line : null)))
}
