import { readHoldings } from '../mapping/posted.js'
import { add, isPlainDecimal, isZero, money, toText, ZERO } from '../model/money.js'
import type { Plan } from '../model/plan.js'
import { baseKeyOf, type Posted } from '../model/reference.js'

/**
 * References that QAD holds of the plan's job and the plan does not have. mlc deletes nothing in QAD, so what a figure has moved
 * away from stays there until a person has seen it.
 * @param owners base key → job
 */
export function leftOverOf(
  plan: Plan,
  held: readonly Posted[],
  owners: ReadonlyMap<string, string>,
  movements: boolean,
): readonly Posted[] {
  const produced = new Set(plan.entries.map(({ reference }) => baseKeyOf(reference.key)))
  const isLeft = (base: string) => !produced.has(base) && owners.get(base) === plan.job
  const left = [...readHoldings(held, isLeft).values()].map(({ newest, byRevision }) =>
    movements ? { ...newest, amount: sumOf([...byRevision.values()]) } : newest,
  )
  return left.filter(({ amount }) => !isPlainDecimal(amount) || !isZero(money(amount)))
}

/** As it stands where it cannot be added up. */
function sumOf(rows: readonly Posted[]): string {
  const odd = rows.find(({ amount }) => !isPlainDecimal(amount))
  return odd?.amount ?? toText(rows.reduce((sum, { amount }) => add(sum, money(amount)), ZERO))
}
