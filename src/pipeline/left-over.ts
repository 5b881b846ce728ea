import type { AuditHistory } from '../audit/history.js'
import { readHoldings } from '../mapping/posted.js'
import { add, isPlainDecimal, isZero, money, toText, ZERO } from '../model/money.js'
import { formatPeriod } from '../model/period.js'
import type { Plan } from '../model/plan.js'
import { baseKeyOf, type Posted } from '../model/reference.js'

/** What a run speaks of, and what it is compared with. */
export interface LeftOverScope {
  /** True for journals: the revisions of a reference add up. */
  readonly movements: boolean
  /** `YYYY-PP` that the figures of the run are of: of other periods it says nothing. */
  readonly periods: ReadonlySet<string>
  readonly history: Pick<AuditHistory, 'owners' | 'outcome'>
}

/**
 * References that QAD holds of the plan's job and periods and the plan does not have. mlc deletes nothing in QAD, so what a figure
 * has moved away from stays there until a person has seen it. A read of references may show other periods than it was asked for,
 * and theirs are as they should be.
 */
export async function leftOverOf(
  plan: Plan,
  held: readonly Posted[],
  { movements, periods, history }: LeftOverScope,
): Promise<readonly Posted[]> {
  const owners = await history.owners()
  const produced = new Set(plan.entries.map(({ reference }) => baseKeyOf(reference.key)))
  const isLeft = (base: string) => !produced.has(base) && owners.get(base) === plan.job
  const left: Posted[] = []
  for (const [base, { newest, byRevision }] of readHoldings(held, isLeft)) {
    const period = await periodOf(base, newest, history)
    if (period === null || !periods.has(period)) continue
    left.push(movements ? { ...newest, amount: sumOf([...byRevision.values()]) } : newest)
  }
  return left.filter(({ amount }) => !isPlainDecimal(amount) || !isZero(money(amount)))
}

/** As it was posted; else as QAD shows it, whose read need not have the columns. Null where nothing tells. */
async function periodOf(
  base: string,
  { key, year, period }: Posted,
  { outcome }: Pick<AuditHistory, 'outcome'>,
): Promise<string | null> {
  const posted = (await outcome(key))?.reference ?? (await outcome(base))?.reference ?? null
  if (posted !== null) return formatPeriod(posted)
  return year === null || period === null ? null : formatPeriod({ year, period })
}

/** As it stands where it cannot be added up. */
function sumOf(rows: readonly Posted[]): string {
  const odd = rows.find(({ amount }) => !isPlainDecimal(amount))
  return odd?.amount ?? toText(rows.reduce((sum, { amount }) => add(sum, money(amount)), ZERO))
}
