import type { Cause } from '../../model/cause.js'
import type { Level, Variance } from '../../model/variance.js'
import { sidesOf } from './amounts.js'
import { digitCauses } from './digits.js'
import { lateCauses, type Late } from './late.js'
import { createMissingCauses, type MissingCauses, type Codes, type LeftOut } from './missing.js'
import { movedCauses } from './moved.js'
import { neighbourCauses, type Neighbour } from './neighbours.js'
import { partCauses, type MappedPart } from './parts.js'
import { roundingCause } from './rounding.js'

/** What is known of one period beyond its lines. Whatever is empty or null claims nothing. */
export interface Known {
  readonly level: Level
  /** Decimals of the job. */
  readonly scale: number
  readonly neighbours: readonly Neighbour[]
  partsAt(line: Variance): readonly MappedPart[]
  readonly leftOut: readonly LeftOut[]
  readonly codes: Codes
  lateAt(line: Variance): Late | null
}

/**
 * The lines with the causes that explain their variances, each with its evidence: all that fit, none where none does. An equal line
 * needs none.
 * @param lines of one period, measure and level
 */
export function explain<L extends Variance>(lines: readonly L[], known: Known): L[] {
  const moved = movedCauses(lines, known.scale)
  const missing = createMissingCauses(known)
  return lines.map((line) => {
    if (line.verdict === 'equal') return line
    const cause = moved.get(line)
    const causes = [...causesOf(line, known, missing), ...(cause ? [cause] : [])]
    return { ...line, causes, cause: causes.length === 0 ? null : causes.map(({ text }) => text).join('; ') }
  })
}

function causesOf(line: Variance, known: Known, missing: MissingCauses): Cause[] {
  const sides = sidesOf(line, known.scale)
  const rounding = roundingCause(sides, line, known.scale)
  const late = known.lateAt(line)
  return [
    ...digitCauses(sides),
    ...(rounding ? [rounding] : []),
    ...neighbourCauses(line, known.neighbours),
    ...partCauses(line, sides, known.partsAt(line), known.scale),
    ...missing(line, sides),
    ...(late ? lateCauses(line, sides, late) : []),
  ]
}
