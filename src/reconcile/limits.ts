import { fold } from '../model/fold.js'
import { money, type Money } from '../model/money.js'
import type { Tolerance } from '../model/variance.js'

/** Limits of one account, of a range of codes of one length (`5000..5999`), or of all that begin or end alike (`50*`). */
export interface Override {
  readonly account: string
  readonly absolute?: string | undefined
  readonly percent?: string | undefined
}

export interface Limits {
  readonly absolute: Money
  readonly percent: Money
  readonly mode: Tolerance['mode']
}

export type LimitsOf = (account: string) => Limits

/** Of the overrides that name an account, a later one goes before, and one that names it alone before any range or pattern. */
export function createLimits(tolerance: Tolerance, overrides: readonly Override[]): LimitsOf {
  const usual: Limits = { ...tolerance, absolute: money(tolerance.absolute), percent: money(tolerance.percent) }
  const [single, many] = [overrides.filter(isSingle), overrides.filter((one) => !isSingle(one))]
  const inOrder = [...many, ...single].map((override) => ({ override, names: createTest(override.account) }))
  const known = new Map<string, Limits>()
  return (account) => {
    const code = fold(account)
    const seen = known.get(code) ?? inOrder.filter(({ names }) => names(code)).reduce(laidOver, usual)
    known.set(code, seen)
    return seen
  }
}

function laidOver(before: Limits, { override: { absolute, percent } }: { readonly override: Override }): Limits {
  return {
    mode: before.mode,
    absolute: absolute === undefined ? before.absolute : money(absolute),
    percent: percent === undefined ? before.percent : money(percent),
  }
}

function isSingle({ account }: Override): boolean {
  return !account.includes('*') && !account.includes('..')
}

/** Codes are text: a range holds those of the same length as its ends, so that 05010 is not taken for a number between 5000 and 5999. */
function createTest(account: string): (code: string) => boolean {
  const [from = '', to] = account.split('..').map(fold)
  if (to !== undefined) return (code) => code.length === from.length && from <= code && code <= to
  const [start = '', end] = account.split('*').map(fold)
  if (end === undefined) return (code) => code === start
  return (code) => code.length >= start.length + end.length && code.startsWith(start) && code.endsWith(end)
}
