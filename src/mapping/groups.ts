import type { Figure } from '../model/figure.js'
import { ZERO, type Money } from '../model/money.js'
import type { Period } from '../model/period.js'
import type { Identity } from '../model/reference.js'
import { createTable } from '../model/table.js'

/** Figures that belong to one reference, summed exactly: Looker's sign, unrounded. */
export interface Group extends Place {
  readonly total: Money
  /** The first rows of the Looker answer that were summed, ascending, at most MAX_ROWS. */
  readonly rows: readonly number[]
}

/** An identity but for the workspace, which is the same for all. */
export type Place = Omit<Identity, 'domain' | 'entity'>

export interface Groups {
  /** The group that the figure belongs to. */
  at(figure: Figure, period: Period, account: string, costCentre: string): OpenGroup
  values(): Iterable<Group>
}

/** A group that figures are added to. */
export interface OpenGroup extends Place {
  total: Money
  readonly rows: number[]
}

export function createGroups(): Groups {
  const groups = createTable<OpenGroup>()
  return {
    at(figure, period, account, costCentre) {
      const { measure, currency, site, project, subAccount } = figure
      // Few distinct values first. NFC, because keys are: two spellings of one character must not become two references.
      const texts = [measure, currency, site ?? '', project ?? '', subAccount ?? ''].map((text) =>
        text.normalize('NFC'),
      )
      texts.push(figure.period, costCentre, account)
      return groups.at(texts, () => openGroup(texts, period))
    },
    values: () => groups.values(),
  }
}

/** Rows listed in a plan: enough to look into a figure, and a plan of a million rows stays readable. */
const MAX_ROWS = 50

function openGroup(texts: readonly string[], { year, period }: Period): OpenGroup {
  const [measure = '', currency = '', site = '', project = '', subAccount = '', , costCentre = '', account = ''] = texts
  return { measure, currency, site, project, subAccount, costCentre, account, year, period, total: ZERO, rows: [] }
}

/** Keeps the lowest rows, whatever order they come in. */
export function keepRow({ rows }: OpenGroup, row: number): void {
  let at = rows.length
  while (at > 0 && (rows[at - 1] ?? 0) > row) at -= 1
  if (at >= MAX_ROWS || rows[at - 1] === row) return
  if (at === rows.length) return void rows.push(row)
  rows.splice(at, 0, row)
  if (rows.length > MAX_ROWS) rows.pop()
}
