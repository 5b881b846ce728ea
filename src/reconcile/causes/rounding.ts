import type { Cause } from '../../model/cause.js'
import { counted } from '../../model/counted.js'
import { size, textOf, type Sides } from './amounts.js'

/** Amounts that were summed, each of which somebody may have rounded. */
export interface Summed {
  readonly figures: number
  readonly balances: number
}

/**
 * Each amount may have been rounded by half a unit: of the job's scale, or of a coarser one that the zeros of one side give away,
 * such as whole thousands. Of those the smallest that is wide enough.
 */
export function roundingCause(sides: Sides, { figures, balances }: Summed, scale: number): Cause | null {
  if (sides.variance === 0n) return null
  const finest = 10n ** BigInt(sides.decimals - scale)
  const coarse = coarseUnits(sides, finest).map((unit) => ({
    unit,
    summed: zerosOf(sides.looker) > zerosOf(sides.ledger) ? figures : balances,
    isFinest: false,
  }))
  const found = [{ unit: finest, summed: figures + balances, isFinest: true }, ...coarse].find((one) =>
    explains(sides, one),
  )
  if (found === undefined) return null
  const unit = textOf(found.unit, sides.decimals)
  const bound = textOf(BigInt(found.summed) * found.unit * 5n, sides.decimals + 1)
  const { summed } = found
  return {
    kind: 'rounding',
    text: `rounding: ${counted(summed, 'amount')} to the nearest ${unit} ${summed === 1 ? 'differs' : 'differ'} by up to ${bound}`,
    summed,
    unit,
    bound,
  }
}

interface Roundings {
  readonly unit: bigint
  readonly summed: number
  readonly isFinest: boolean
}

function explains({ looker, ledger, variance }: Sides, { unit, summed, isFinest }: Roundings): boolean {
  const gap = size(variance)
  if (2n * gap > BigInt(summed) * unit) return false
  const larger = size(looker) > size(ledger) ? size(looker) : size(ledger)
  return (summed <= FEW && isFinest) || gap * NARROW <= larger
}

/**
 * The bound of many amounts, or of whole thousands, grows until it explains anything: then the gap must also be half a percent at
 * most, which is what rounding to three digits can do.
 */
const FEW = 20
const NARROW = 200n

/**
 * What the rounder side is a multiple of, where that is no accident: whole units, thousands or millions, with two zeros more than the
 * other side has and three digits left.
 */
function coarseUnits({ looker, ledger, decimals }: Sides, finest: bigint): bigint[] {
  const [ours, theirs] = [zerosOf(looker), zerosOf(ledger)]
  const round = size(ours > theirs ? looker : ledger)
  const zeros = Math.max(ours, theirs)
  if (zeros - Math.min(ours, theirs) < LEAST_ZEROS) return []
  // A number rounder still, such as 1,700.00, is round for another reason than that cents were cut.
  return SCALES.filter((power) => [0, 1].includes(zeros - decimals - power))
    .map((power) => 10n ** BigInt(decimals + power))
    .filter((unit) => unit > finest && round / unit >= 100n)
}

const SCALES = [0, 3, 6]
const LEAST_ZEROS = 2

function zerosOf(units: bigint): number {
  return units === 0n ? 0 : (/0*$/.exec(units.toString())?.[0].length ?? 0)
}
