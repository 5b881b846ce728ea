import type { Balance } from '../../src/model/chart.js'
import { compareTexts, fold } from '../../src/model/fold.js'
import { add, isZero, money, round, toText, toTextAtLeast, absolute, ZERO, type Money } from '../../src/model/money.js'
import type { Variance } from '../../src/model/variance.js'
import type { PlacedFigure } from '../../src/reconcile/compare/books.js'
import type { CompareRequest } from '../../src/reconcile/compare/compare.js'
import type { Identity } from '../../src/reconcile/compare/identities.js'
import { judge, type Side } from '../../src/reconcile/judge.js'
import { createLimits } from '../../src/reconcile/limits.js'
import { placeAt } from '../../src/reconcile/place.js'

/** Figures of one period each. */
export interface PlainRequest extends Pick<
  CompareRequest,
  'measure' | 'level' | 'tolerance' | 'overrides' | 'rounding' | 'keyOf'
> {
  readonly figures: readonly (readonly PlacedFigure[])[]
  readonly balances: readonly Balance[]
}

interface Reference extends Identity {
  readonly number: number
  readonly kind: PlacedFigure['kind']
  readonly key: string | null
  readonly total: Money
  readonly count: number
}

/** The comparison as one would write it without a thought for memory: plain maps of texts, decimals, sorted arrays. */
export function reconcilePlainly(request: PlainRequest) {
  const { level, measure, tolerance, overrides } = request
  const pairs = new Map<string, { looker: Side | null; ledger: Side | null }>()
  const take = (
    name: 'looker' | 'ledger',
    one: { account: string; costCentre: string; currency: string },
    side: Pick<Side, 'total' | 'count' | 'keys'>,
  ) => {
    const { account, costCentre } = placeAt(level, one)
    const text = JSON.stringify([one.currency, account, costCentre].map(fold))
    const pair = pairs.get(text) ?? { looker: null, ledger: null }
    pairs.set(text, pair)
    const before = pair[name]
    const codes = { account, costCentre, currency: one.currency }
    pair[name] =
      before === null
        ? { ...codes, ...side }
        : {
            ...least(before, codes),
            total: add(before.total, side.total),
            count: before.count + side.count,
            keys: [...before.keys, ...side.keys].slice(0, 20),
          }
  }
  for (const reference of referencesOf(request)) {
    const key = reference.kind === 'unmapped' ? [] : [reference.key ?? request.keyOf(reference)]
    take('looker', reference, { total: reference.total, count: reference.count, keys: key })
  }
  for (const balance of request.balances) take('ledger', balance, { total: money(balance.amount), count: 1, keys: [] })
  const limits = createLimits(tolerance, level === 'both' || level === 'account' ? overrides : [])
  const worth = [...pairs.values()].filter(
    ({ looker, ledger }) => looker !== null || (ledger !== null && !isZero(ledger.total)),
  )
  const lines = worth.map((pair) => judge(pair, limits, measure)).sort(byPlace)
  return { lines, ...sumsOf(lines, measure) }
}

function referencesOf({ figures, rounding, keyOf }: PlainRequest): readonly Reference[] {
  const found = figures.flatMap((ofPeriod, period) => {
    const references = new Map<string, Reference>()
    for (const [index, figure] of ofPeriod.entries()) {
      if (figure.kind === 'ignored') continue
      const { account, costCentre, currency, further, kind, lookerAccount, lookerCostCentre } = figure
      const values = kind === 'mapped' ? [] : [lookerAccount, lookerCostCentre]
      const text = JSON.stringify([account, costCentre, currency, further, kind, values])
      const before = references.get(text)
      const signed = figure.isNegated ? money(`-${figure.amount}`.replace('--', '')) : money(figure.amount)
      const number = before?.number ?? figures.slice(0, period).flat().length + index
      const key = kind === 'reference' ? lookerAccount : null
      const [total, count] = [add(before?.total ?? ZERO, signed), (before?.count ?? 0) + 1]
      references.set(text, { period, account, costCentre, currency, further, kind, number, key, total, count })
    }
    return [...references.values()].map((one) =>
      one.kind === 'reference'
        ? one
        : { ...one, total: money(toText(round(one.total, rounding.scale, rounding.mode))) },
    )
  })
  const texts = ({ account, costCentre, currency }: Reference) => [account, costCentre, currency]
  return found.sort((a, b) => {
    if (a.kind === 'reference' || b.kind === 'reference') return a.number - b.number
    const odd = texts(a).findIndex((text, at) => text !== texts(b)[at])
    if (a.period !== b.period) return a.period - b.period
    return odd >= 0 ? compareTexts(texts(a)[odd] ?? '', texts(b)[odd] ?? '') : compareTexts(keyOf(a), keyOf(b))
  })
}

function least<T extends { account: string; costCentre: string; currency: string }>(
  a: T,
  b: { account: string; costCentre: string; currency: string },
): T {
  const min = (one: string, other: string) => (other < one ? other : one)
  return {
    ...a,
    account: min(a.account, b.account),
    costCentre: min(a.costCentre, b.costCentre),
    currency: min(a.currency, b.currency),
  }
}

function sumsOf(lines: readonly Variance[], measure: string) {
  const counts = { equal: 0, within: 0, outside: 0, onlyLooker: 0, onlyLedger: 0 }
  const sums = new Map<string, { currency: string; amounts: Record<string, Money> }>()
  for (const line of lines) {
    counts[line.verdict] += 1
    const { currency, amounts } = sums.get(fold(line.currency)) ?? { currency: line.currency, amounts: {} }
    sums.set(fold(line.currency), { currency, amounts })
    const more = (name: string, amount: Money) => (amounts[name] = add(amounts[name] ?? ZERO, amount))
    more('looker', money(line.looker ?? '0'))
    more('ledger', money(line.ledger ?? '0'))
    more('net', money(line.variance))
    more('gross', absolute(money(line.variance)))
    more('onlyLooker', money((line.verdict === 'onlyLooker' && line.looker) || '0'))
    more('onlyLedger', money((line.verdict === 'onlyLedger' && line.ledger) || '0'))
  }
  const texts = (amounts: Record<string, Money>) =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, toTextAtLeast(amount, 2)]))
  return {
    counts,
    totals: [...sums.values()].map(({ currency, amounts }) => ({ measure, currency, ...texts(amounts) })),
  }
}

function byPlace(a: Variance, b: Variance): number {
  return (
    compareTexts(a.account, b.account) ||
    compareTexts(a.costCentre, b.costCentre) ||
    compareTexts(a.currency, b.currency)
  )
}
