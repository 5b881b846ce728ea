import type { Resolution } from '../../mapping/resolve.js'
import type { Job } from '../../model/job.js'
import { parsePeriod, type Period } from '../../model/period.js'
import { createTable } from '../../model/table.js'
import type { Variance } from '../../model/variance.js'
import { createInterest, type LeftOut } from '../../reconcile/causes/missing.js'
import type { MappedPart } from '../../reconcile/causes/parts.js'
import { lookerValuesOf, type LookerValues } from '../../reconcile/compare/looker-values.js'
import type { Wanted } from '../../reconcile/compare/wanted.js'
import type { Maps } from '../map.js'
import type { FigureShelf, Values, ValueScope } from './compared.js'

/** What Looker's values say of lines whose sides differ. Millions of others are read past. */
export function valuesAt(
  shelf: FigureShelf,
  { job, maps }: { readonly job: Job; readonly maps: Maps | null },
  { measure, periods }: ValueScope,
  wanted: Wanted,
  lines: readonly Variance[],
): Values {
  const parts = createTable<{ readonly at: number; readonly part: MappedPart }[]>()
  const leftOut: { readonly at: number; readonly one: LeftOut }[] = []
  const mayExplain = createInterest(lines, wanted.level)
  for (const text of maps === null ? [] : periods) {
    const figures = shelf.at(text, measure)
    const period = parsePeriod(text)
    if (figures === null || period === null || maps === null) continue
    for (const values of lookerValuesOf(wanted, figures, job.rounding)) {
      if (values.kind === 'mapped') {
        const slot = String(wanted.slotOf({ ...values.standsAt, currency: values.currency }))
        parts.at([slot], () => []).push({ at: values.number, part: partOf(values) })
      } else {
        const one = leftOutOf(values, measure, resolve(values, period, maps, job))
        if (mayExplain(one)) leftOut.push({ at: values.number, one })
      }
    }
  }
  return {
    partsAt: (line) =>
      parts
        .at([String(wanted.slotOf(line))], () => [])
        .toSorted((a, b) => a.at - b.at)
        .map(({ part }) => part),
    leftOut: leftOut.sort((a, b) => a.at - b.at).map(({ one }) => one),
  }
}

function partOf({ account, costCentre, standsAt, amount, rows }: LookerValues): MappedPart {
  return { account, costCentre, amount, rows, qadAccount: standsAt.account, qadCostCentre: standsAt.costCentre }
}

interface Resolved {
  readonly account: Resolution
  /** Null without a dimension of cost centres: then there is none to be mapped. */
  readonly costCentre: Resolution | null
}

function resolve({ account, costCentre }: LookerValues, period: Period, maps: Maps, { figure }: Job): Resolved {
  return {
    account: maps.accounts(account, period),
    costCentre: figure.costCentre === null ? null : maps.costCentres(costCentre, period),
  }
}

function leftOutOf(values: LookerValues, measure: string, { account, costCentre }: Resolved): LeftOut {
  const { currency, amount, rows, standsAt } = values
  const ignored = [account, costCentre].find((one) => one?.kind === 'ignored')
  const qadAccount = account.kind === 'mapped' ? account.code : null
  const qadCostCentre = costCentre === null ? '' : costCentre.kind === 'mapped' ? costCentre.code : null
  const culprit = ignored ?? (qadAccount === null ? account : costCentre)
  const dimension = culprit === account ? ('account' as const) : ('costCentre' as const)
  return {
    ...{ measure, currency, amount, rows, dimension, qadAccount, qadCostCentre, value: values[dimension] },
    kind: ignored ? 'ignored' : 'unmapped',
    reason: ignored?.kind === 'ignored' ? ignored.reason : null,
    shownAt: ignored ? null : standsAt,
  }
}
