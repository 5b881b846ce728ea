import type { Cause, Part } from '../../model/cause.js'
import type { Variance } from '../../model/variance.js'
import { sameAmount, size, unitsOf, decimalsOf, type Sides } from './amounts.js'

/** Figures of one pair of Looker values, and the code that each value was mapped to. */
export interface MappedPart extends Part {
  readonly qadAccount: string
  readonly qadCostCentre: string
}

/** A line whose figures several values of Looker make up: one of them is the variance, or is it when turned round. */
export function partCauses(line: Variance, sides: Sides, parts: readonly MappedPart[], scale: number): Cause[] {
  if (parts.length < 2 || line.looker === null || size(sides.variance) < LEAST * 10n ** BigInt(sides.decimals - scale))
    return []
  return [mappedTwice(line, parts), partFlipped(line, sides, parts)].filter((cause) => cause !== null)
}

/** In units of the job's scale: a line of many parts has one of a few cents soon enough. */
const LEAST = 100n

function mappedTwice(line: Variance, parts: readonly MappedPart[]): Cause | null {
  for (const part of parts) {
    if (!sameAmount(part.amount, line.variance)) continue
    const twins = parts.filter((one) => one.qadAccount === part.qadAccount && one.qadCostCentre === part.qadCostCentre)
    const accounts = distinct(twins.map(({ account }) => account))
    const costCentres = distinct(twins.map(({ costCentre }) => costCentre))
    const dimension = accounts.length > 1 ? 'account' : 'costCentre'
    const values = accounts.length > 1 ? accounts : costCentres
    if (values.length < 2) continue
    const code = dimension === 'account' ? part.qadAccount : part.qadCostCentre
    const value = dimension === 'account' ? part.account : part.costCentre
    return {
      kind: 'mappedTwice',
      text: `mapped twice: ${shown(values)} all go to ${code}, and ${quoted(value)} alone is ${part.amount}`,
      dimension,
      code,
      values,
      part: plain(part),
    }
  }
  return null
}

function partFlipped(line: Variance, { variance, decimals }: Sides, parts: readonly MappedPart[]): Cause | null {
  const part = parts.find(({ amount }) => {
    const fine = Math.max(decimals, decimalsOf(amount))
    return 2n * unitsOf(amount, fine) === variance * 10n ** BigInt(fine - decimals)
  })
  if (!part || line.looker === null || line.ledger === null) return null
  const value = [part.account, part.costCentre].filter((one) => one !== null).map(quoted)
  return {
    kind: 'sign',
    text: `sign flipped of ${value.join(', ')}: ${part.amount} taken the other way closes it`,
    looker: line.looker,
    ledger: line.ledger,
    part: plain(part),
  }
}

function plain({ account, costCentre, amount, rows }: MappedPart): Part {
  return { account, costCentre, amount, rows }
}

function shown(values: readonly (string | null)[]): string {
  const named = values.slice(0, MOST_NAMED).map(quoted)
  return values.length > named.length
    ? `${named.join(', ')} and ${values.length - named.length} more`
    : named.join(', ')
}

const MOST_NAMED = 3

function quoted(value: string | null): string {
  return value === null ? 'blank' : JSON.stringify(value)
}

function distinct(values: readonly (string | null)[]): (string | null)[] {
  return [...new Set(values)]
}
