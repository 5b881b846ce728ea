import { MlcError } from '../errors.js'
import type { Figure } from '../model/figure.js'
import { add, isPlainDecimal, money, type Money } from '../model/money.js'
import { parsePeriod, type Period } from '../model/period.js'
import type { ControlTotals, Plan } from '../model/plan.js'
import type { Posted } from '../model/reference.js'
import { createControl, type Fate, type Sums } from './control.js'
import { createGroups, keepRow, type OpenGroup } from './groups.js'
import { makePlan, type PlanSettings } from './plan.js'
import type { Resolution } from './resolve.js'
import { createUnmappedList, type OpenUnmapped, type Unmapped, type Unsettled } from './unmapped.js'

export { type PlanSettings } from './plan.js'
export { planHash, staleEntries } from './stale.js'
export { type Unmapped } from './unmapped.js'

/** Takes figures one by one and keeps only their sums: memory grows with references and unmapped values, not with figures. */
export interface Planner {
  /** @throws MLC-P001 on an amount that is no plain decimal, MLC-P004 on a period that is not YYYY-PP */
  add(figure: Figure): void
  /** Where this figure goes, and all others that differ from it in row and amount alone. @throws MLC-P004 */
  open(figure: Figure): Destination
  /** Counts a row whose figure goes there. */
  countRow(to: Destination, row: number): void
  /** Adds the amount of a figure that goes there, or the sum of several. */
  addAmount(to: Destination, amount: Money): void
  /** Adds the same to what was pulled: summed up on another way, so that the two prove each other. */
  addPulled(to: Destination, amount: Money): void
  readonly totals: ControlTotals
  unmapped(): readonly Unmapped[]
  /**
   * @param posted what QAD holds of our references, all revisions, in any order; others' are passed over
   * @param owners base key → name of another live job that posts it
   */
  plan(posted: Iterable<Posted>, owners: ReadonlyMap<string, string>): Plan
}

/** What becomes of figures, and the sums that they are part of. */
export interface Destination {
  readonly fate: Fate
  readonly sums: Sums
  /** Null unless they are mapped. */
  readonly group: OpenGroup | null
  readonly unmapped: readonly OpenUnmapped[]
}

export function createPlanner(settings: PlanSettings): Planner {
  const groups = createGroups()
  const control = createControl()
  const unmapped = createUnmappedList()
  const periodOf = createPeriodReader()
  const totals = () => control.totals(groups.values())

  function open(figure: Figure): Destination {
    const period = periodOf(figure)
    const account = settings.accounts(figure.account, period)
    const costCentre = settings.costCentres?.(figure.costCentre, period) ?? NO_COST_CENTRE
    const [fate, sums] = [fateOf(account, costCentre), control.open(figure)]
    if (fate === 'ignored') return { fate, sums, group: null, unmapped: NONE }
    if (account.kind === 'mapped' && costCentre.kind === 'mapped')
      return { fate, sums, group: groups.at(figure, period, account.code, costCentre.code), unmapped: NONE }
    return {
      ...{ fate, sums, group: null },
      unmapped: [
        ...(isUnsettled(account) ? [unmapped.open('account', figure.account, account, figure)] : []),
        ...(isUnsettled(costCentre) ? [unmapped.open('costCentre', figure.costCentre, costCentre, figure)] : []),
      ],
    }
  }

  function countRow(to: Destination, row: number): void {
    const isNew = control.row(row, to.fate)
    if (isNew) for (const { entry } of to.unmapped) entry.rows += 1
    if (to.group) keepRow(to.group, row)
  }

  function addAmount({ fate, sums, group, unmapped: open }: Destination, amount: Money): void {
    control.became(sums, fate, amount)
    for (const { sum } of open) sum.total = add(sum.total, amount)
    if (group) group.total = add(group.total, amount)
  }

  return {
    add(figure) {
      const amount = amountOf(figure)
      const to = open(figure)
      countRow(to, figure.row)
      control.pulled(to.sums, amount)
      addAmount(to, amount)
    },
    addPulled: ({ sums }, amount) => control.pulled(sums, amount),
    ...{ open, countRow, addAmount },
    get totals() {
      return totals()
    },
    unmapped: () => unmapped.list(),
    plan: (posted, owners) =>
      makePlan({ settings, groups: [...groups.values()], totals: totals(), unmapped: unmapped.list() }, posted, owners),
  }
}

const NONE: readonly OpenUnmapped[] = []
const NO_COST_CENTRE: Resolution = { kind: 'mapped', code: '', how: 'exact' }

/** Ignored dominates: a figure that is left out needs no other code. */
function fateOf(account: Resolution, costCentre: Resolution): Fate {
  if (account.kind === 'ignored' || costCentre.kind === 'ignored') return 'ignored'
  return account.kind === 'mapped' && costCentre.kind === 'mapped' ? 'mapped' : 'unmapped'
}

function isUnsettled(resolution: Resolution): resolution is Unsettled {
  return resolution.kind === 'unmapped' || resolution.kind === 'ambiguous'
}

function amountOf({ amount, measure, row }: Figure): Money {
  if (isPlainDecimal(amount)) return money(amount)
  throw new MlcError('MLC-P001', `row ${row}: ${measure} is ${JSON.stringify(amount)}, which is no plain decimal`)
}

/** Reads each distinct period once: figures of one pull share one or a few. */
function createPeriodReader(): (figure: Figure) => Period {
  const known = new Map<string, Period>()
  return ({ period: text, row }) => {
    const seen = known.get(text)
    if (seen) return seen
    const period = parsePeriod(text)
    if (!period) throw new MlcError('MLC-P004', `row ${row}: the period is ${JSON.stringify(text)}, not YYYY-PP`)
    known.set(text, period)
    return period
  }
}
