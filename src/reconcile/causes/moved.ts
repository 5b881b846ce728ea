import type { Cause } from '../../model/cause.js'
import { fold } from '../../model/fold.js'
import { groupBy } from '../../model/table.js'
import type { Variance } from '../../model/variance.js'
import { decimalsOf, size, unitsOf } from './amounts.js'

/**
 * Cost centres of one account whose variances come to zero: what one lacks stands at the others. All breaks of the account together,
 * else a pair, else three of them.
 * @param scale decimals of the job
 * @returns by line
 */
export function movedCauses(lines: readonly Variance[], scale: number): Map<Variance, Cause> {
  const found = new Map<Variance, Cause>()
  const breaks = lines.filter(({ verdict, costCentre }) => verdict !== 'equal' && costCentre !== '')
  for (const group of groupBy(breaks, accountOf).values()) {
    for (const set of cancelling(weighed(group, scale))) {
      const first = set.slice(0, MOST_LISTED + 1)
      for (const { line } of set) if (!found.has(line)) found.set(line, causeOf(line, first, set.length - 1))
    }
  }
  return found
}

function accountOf({ account, currency, measure }: Variance): string {
  return JSON.stringify([fold(account), fold(currency), measure])
}

interface Weighed {
  readonly line: Variance
  readonly variance: bigint
}

function weighed(group: readonly Variance[], scale: number): readonly Weighed[] {
  const decimals = group.reduce((most, { variance }) => Math.max(most, decimalsOf(variance)), scale)
  const least = LEAST * 10n ** BigInt(decimals - scale)
  return group
    .map((line) => ({ line, variance: unitsOf(line.variance, decimals) }))
    .filter(({ variance }) => size(variance) >= least)
}

/** In units of the job's scale: a few cents cancel by chance wherever there are several breaks. */
const LEAST = 100n

/** Three of so many: 220 sets of three at most, so that chance has little room. */
const MOST_FOR_THREE = 12

function cancelling(group: readonly Weighed[]): Weighed[][] {
  const sets = pairsOf(group)
  const paired = new Set(sets.flat())
  const rest = group.filter((one) => !paired.has(one))
  if (rest.length > 2 && sumOf(rest) === 0n) return [...sets, rest]
  return rest.length > MOST_FOR_THREE ? sets : [...sets, ...threesOf(rest)]
}

/** Each with the first that is its opposite: of equal variances nobody can tell which belongs to which. */
function pairsOf(group: readonly Weighed[]): Weighed[][] {
  const byVariance = groupBy(group, ({ variance }) => String(variance))
  const taken = new Map<bigint, number>()
  return group.flatMap((one) => {
    if (one.variance < 0n) return []
    const at = taken.get(one.variance) ?? 0
    taken.set(one.variance, at + 1)
    const opposite = byVariance.get(String(-one.variance))?.[at]
    return opposite ? [[one, opposite]] : []
  })
}

function threesOf(group: readonly Weighed[]): Weighed[][] {
  const sets: Weighed[][] = []
  for (const [i, a] of group.entries())
    for (const [j, b] of group.slice(i + 1).entries())
      for (const c of group.slice(i + j + 2)) if (sumOf([a, b, c]) === 0n) sets.push([a, b, c])
  return sets
}

function sumOf(group: readonly Weighed[]): bigint {
  return group.reduce((sum, { variance }) => sum + variance, 0n)
}

/** @param first of the set: of thousands nobody reads all, and each of them would carry the names of all others */
function causeOf(line: Variance, first: readonly Weighed[], count: number): Cause {
  const others = first
    .filter((one) => one.line !== line)
    .slice(0, MOST_LISTED)
    .map(({ line: { costCentre, variance } }) => ({ costCentre, variance }))
  const named = others.slice(0, MOST_NAMED).map(({ costCentre, variance }) => `${costCentre} (${variance})`)
  const more = count > named.length ? ` and ${count - named.length} more` : ''
  return {
    kind: 'costCentre',
    text: `other cost centre: comes to zero with ${named.join(', ')}${more} of ${line.account}`,
    account: line.account,
    others,
    count,
  }
}

const MOST_NAMED = 3
const MOST_LISTED = 20
