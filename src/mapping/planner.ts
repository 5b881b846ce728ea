import { MlcError } from '../errors.js'
import type { Figure } from '../model/figure.js'
import { isPlainDecimal, money, type Money } from '../model/money.js'
import { parsePeriod, type Period } from '../model/period.js'
import type { ControlTotals, Plan } from '../model/plan.js'
import type { Posted } from '../model/reference.js'
import { createControl, type Fate } from './control.js'
import { createGroups } from './groups.js'
import { makePlan, type PlanSettings } from './plan.js'
import type { Resolution } from './resolve.js'
import { createUnmappedList, type Unmapped, type Unsettled } from './unmapped.js'

export { type PlanSettings } from './plan.js'
export { planHash, staleEntries } from './stale.js'
export { type Unmapped } from './unmapped.js'

/** Takes figures one by one and keeps only their sums: memory grows with references and unmapped values, not with figures. */
export interface Planner {
  /** @throws MLC-P001 on an amount that is no plain decimal, MLC-P004 on a period that is not YYYY-PP */
  add(figure: Figure): void
  readonly totals: ControlTotals
  unmapped(): readonly Unmapped[]
  /**
   * @param posted what QAD holds of our references, all revisions, in any order; others' are passed over
   * @param owners base key → name of another live job that posts it
   */
  plan(posted: Iterable<Posted>, owners: ReadonlyMap<string, string>): Plan
}

export function createPlanner(settings: PlanSettings): Planner {
  const groups = createGroups()
  const control = createControl()
  const unmapped = createUnmappedList()
  const periodOf = createPeriodReader()
  const totals = () => control.totals(groups.values())
  return {
    add(figure) {
      const amount = amountOf(figure)
      const period = periodOf(figure)
      const account = settings.accounts(figure.account, period)
      const costCentre = settings.costCentres?.(figure.costCentre, period) ?? NO_COST_CENTRE
      const newRow = control.pulled(figure, amount)
      const fate = fateOf(account, costCentre)
      control.became(fate, figure, amount, newRow)
      if (fate === 'ignored') return
      if (isUnsettled(account)) unmapped.add('account', figure.account, account, figure, amount, newRow)
      if (isUnsettled(costCentre)) unmapped.add('costCentre', figure.costCentre, costCentre, figure, amount, newRow)
      if (account.kind === 'mapped' && costCentre.kind === 'mapped') {
        groups.add(figure, period, account.code, costCentre.code, amount)
      }
    },
    get totals() {
      return totals()
    },
    unmapped: () => unmapped.list(),
    plan: (posted, owners) =>
      makePlan({ settings, groups: [...groups.values()], totals: totals(), unmapped: unmapped.list() }, posted, owners),
  }
}

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
