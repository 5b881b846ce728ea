import type { Known } from '../../src/reconcile/causes/explain.js'
import type { MappedPart } from '../../src/reconcile/causes/parts.js'
import type { LeftOut } from '../../src/reconcile/causes/missing.js'
import { reconcile } from './reconciled.js'
import type { Variance } from '../../src/model/variance.js'

/** Cents as plain decimal text. */
export function text(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** A month of a company's ledger in which every line has a variance that nothing explains, and all that causes are drawn from. */
export interface NoisyMonth {
  readonly lines: readonly Variance[]
  readonly known: Known
}

/**
 * Accounts differ in size from 316.00 to 10,000,000.00, a line within its account by a factor of ten; one line in ten is a round amount, and one
 * in ten is the same every month. Each line is made up of up to five Looker values, some of them leading to one code.
 * @param centres cost centres with a break in each account
 */
export function noisyMonth(random: () => number, accounts: number, centres: number): NoisyMonth {
  const places = Array.from({ length: accounts * centres }, (_, index) => ({
    account: `0${5000 + Math.floor(index / centres)}`,
    costCentre: String(1000 + (index % centres)),
    currency: 'USD',
  }))
  const sizes = Array.from({ length: accounts }, () => 10 ** (4.5 + 4.5 * random()) * (random() < 0.3 ? -1 : 1))
  const noise = places.map((place, index) => noisyLine(place, sizes[Math.floor(index / centres)] ?? 1, random))
  const settings = {
    level: 'both',
    measure: 'net',
    overrides: [],
    tolerance: { absolute: '0', percent: '0', mode: 'or' },
  } as const
  const amounts = noise.map(({ place, looker, parts }) => ({ ...place, amount: text(looker), rows: parts.length * 3 }))
  const balances = noise.map(({ place, ledger }) => ({ ...place, year: 2026, period: 7, amount: text(ledger) }))
  const at = new Map(noise.map((one) => [`${one.place.account}/${one.place.costCentre}`, one]))
  const nameOf = ({ account, costCentre }: { account: string; costCentre: string }) => `${account}/${costCentre}`
  const near = (period: string, side: 'looker' | 'ledger', pick: (one: Noisy) => number) => ({
    ...{ period, side },
    at: (line: { account: string; costCentre: string }) => text(pick(at.get(nameOf(line)) as Noisy)),
  })
  return {
    lines: reconcile(amounts, balances, settings).lines,
    known: {
      ...{ level: 'both', scale: 2, leftOut: noise.flatMap(({ leftOut }) => leftOut) },
      neighbours: [
        near('2026-06', 'ledger', ({ before }) => before),
        near('2026-08', 'ledger', ({ after }) => after),
        near('2026-06', 'looker', ({ lookerBefore }) => lookerBefore),
      ],
      partsAt: (line) => at.get(nameOf(line))?.parts ?? [],
      codes: { isActive: () => ({ known: true, active: true }), isMapped: () => ({ mapped: true, reason: null }) },
      lateAt: (line) => ({
        ...{ asOf: '2026-08-02T06:00:00Z', lastPosted: null },
        readings: [{ at: '2026-08-01T06:00:00Z', amount: text(at.get(nameOf(line))?.read ?? 0) }],
      }),
    },
  }
}

interface Noisy {
  readonly place: { readonly account: string; readonly costCentre: string; readonly currency: string }
  readonly looker: number
  readonly ledger: number
  readonly before: number
  readonly after: number
  readonly lookerBefore: number
  readonly read: number
  readonly parts: readonly MappedPart[]
  readonly leftOut: readonly LeftOut[]
}

function noisyLine(place: Noisy['place'], size: number, random: () => number): Noisy {
  const ledger = rounded(size * 10 ** (random() - 0.5), random)
  const variance = noiseOf(ledger, random)
  const isSteady = random() < 0.1
  const moved = (amount: number) => (isSteady ? amount : Math.round(amount * (0.5 + random())))
  const looker = ledger + variance
  const parts = partsOf(place, looker, random)
  const left = random() < 0.1 ? [leftOutOf(place, Math.round(ledger * random()))] : []
  const [before, after] = [moved(ledger), moved(ledger)]
  return {
    place,
    looker,
    ledger,
    before,
    after,
    lookerBefore: moved(looker),
    read: moved(ledger),
    parts,
    leftOut: left,
  }
}

/** One in ten is a round amount, as accruals and rents are. */
function rounded(amount: number, random: () => number): number {
  const cents = Math.round(amount)
  return random() < 0.1 ? Math.max(1, Math.round(cents / 10_000)) * 10_000 : cents === 0 ? 1 : cents
}

/** Never zero: a share of the balance, some amount of its own, a round one, or a figure that has nothing to do with the balance. */
function noiseOf(ledger: number, random: () => number): number {
  const sign = random() < 0.5 ? -1 : 1
  const kind = random()
  const share = Math.abs(ledger) * 10 ** (-4 * random())
  const noise =
    kind < 0.4
      ? share
      : kind < 0.8
        ? 100_000 * random()
        : kind < 0.9
          ? 10_000 * Math.ceil(99 * random())
          : 10 ** (3.5 + 5 * random())
  return sign * Math.max(1, Math.round(noise))
}

function partsOf(place: Noisy['place'], looker: number, random: () => number): MappedPart[] {
  const count = 1 + Math.floor(5 * random())
  let rest = looker
  return Array.from({ length: count }, (_, index) => {
    const amount = index === count - 1 ? rest : Math.round(rest * random())
    rest -= amount
    const costCentre = random() < 0.5 ? 'Detroit' : `Detroit ${index}`
    const { account, costCentre: code } = place
    return { account, costCentre, qadAccount: account, qadCostCentre: code, amount: text(amount), rows: 3 }
  })
}

function leftOutOf({ account, costCentre, currency }: Noisy['place'], amount: number): LeftOut {
  return {
    ...{ kind: 'ignored', dimension: 'costCentre', value: `Pune ${costCentre}`, reason: 'another system' },
    ...{
      qadAccount: account,
      qadCostCentre: null,
      shownAt: null,
      currency,
      measure: 'net',
      amount: text(amount),
      rows: 1,
    },
  }
}
