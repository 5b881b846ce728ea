import type { Figure } from '../model/figure.js'
import { add, ZERO, type Money } from '../model/money.js'
import { formatPeriod, type Period } from '../model/period.js'
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
  add(figure: Figure, period: Period, account: string, costCentre: string, amount: Money): void
  values(): Iterable<Group>
}

export function createGroups(): Groups {
  const groups = createTable<OpenGroup>()
  return {
    add(figure, period, account, costCentre, amount) {
      const place = placeOf(figure, period, account, costCentre)
      const { measure, currency, subAccount, project, site } = place
      const texts = [measure, currency, formatPeriod(period), site, project, subAccount, costCentre, account]
      const group = groups.at(texts, () => ({ ...place, total: ZERO, rows: [] }))
      group.total = add(group.total, amount)
      keepRow(group.rows, figure.row)
    },
    values: () => groups.values(),
  }
}

/** Rows listed in a plan: enough to look into a figure, and a plan of a million rows stays readable. */
const MAX_ROWS = 50

interface OpenGroup extends Place {
  total: Money
  readonly rows: number[]
}

/** NFC, because keys are: two spellings of one character must not become two references. */
function placeOf(figure: Figure, { year, period }: Period, account: string, costCentre: string): Place {
  return {
    year,
    period,
    account,
    costCentre,
    subAccount: plain(figure.subAccount),
    project: plain(figure.project),
    site: plain(figure.site),
    currency: plain(figure.currency),
    measure: plain(figure.measure),
  }
}

function plain(text: string | null): string {
  return text === null ? '' : text.normalize('NFC')
}

/** The lowest rows, whatever order they come in. */
function keepRow(rows: number[], row: number): void {
  let at = rows.length
  while (at > 0 && (rows[at - 1] ?? 0) > row) at -= 1
  if (at >= MAX_ROWS || rows[at - 1] === row) return
  rows.splice(at, 0, row)
  if (rows.length > MAX_ROWS) rows.pop()
}
