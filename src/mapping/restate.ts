import type { OnRestate } from '../model/job.js'
import { add, isZero, money, subtract, toTextAtLeast, ZERO } from '../model/money.js'
import type { PlanEntry, Problem } from '../model/plan.js'
import { revisionKey, type Posted, type Reference } from '../model/reference.js'
import { placeOf, problem } from './checks.js'
import { differenceFrom, sameAmount, type Holding } from './posted.js'

/** A reference at revision 1, before QAD was looked at. */
export interface Draft {
  readonly reference: Reference
  readonly rows: readonly number[]
  readonly residue: string
}

interface Decided {
  readonly entry: PlanEntry
  readonly problems: readonly Problem[]
}

/** What is to be done with a record of our own in QAD: post it, post it anew as the next revision, or nothing. */
export function revise({ reference, rows, residue }: Draft, holding: Holding | null, onRestate: OnRestate): Decided {
  if (!holding) return { entry: { action: 'create', reference, before: null, rows, residue }, problems: [] }
  const { newest, revision } = holding
  const same = sameAmount(newest.amount, reference.amount)
  const next = atRevision(reference, same ? revision : revision + 1)
  const entry: PlanEntry = { action: same ? 'same' : 'revise', reference: next, before: newest, rows, residue }
  return judged(entry, holding.fault ?? differenceText(next, newest), reference.amount, onRestate)
}

/**
 * What is to be done with a journal: post it, post the difference as the next revision, or nothing. A journal that is there cannot
 * be taken back, so what QAD holds is what all revisions add up to.
 */
export function adjust({ reference, rows, residue }: Draft, holding: Holding | null, onRestate: OnRestate): Decided {
  const total = reference.amount
  const of = { rows, residue, total }
  if (!holding) {
    const action = isZero(money(total)) ? ('skip' as const) : ('create' as const)
    return { entry: { action, reference, before: null, ...of }, problems: [] }
  }
  const { newest, revision } = holding
  const fault = holding.fault ?? gapFault(holding) ?? differenceText(reference, newest)
  // Nothing can be added up of rows that are not sound: a person decides, and what would be posted is only shown.
  const held = fault === null ? totalOf(holding) : ZERO
  const movement = subtract(money(total), held)
  const same = fault === null && isZero(movement)
  const digits = total.split('.')[1]?.length ?? 0
  const amount = toTextAtLeast(same ? money(newest.amount) : movement, digits)
  const next = { ...atRevision(reference, same ? revision : revision + 1), amount }
  const entry: PlanEntry = { action: same ? 'same' : 'revise', reference: next, before: newest, ...of }
  return judged(entry, fault, total, onRestate)
}

function judged(entry: PlanEntry, fault: string | null, figure: string, onRestate: OnRestate): Decided {
  const { action, reference, before } = entry
  if (fault !== null) return { entry, problems: [problem('MLC-Q022', fault, reference)] }
  const isRefused = action === 'revise' && onRestate === 'refuse' && before !== null
  return { entry, problems: isRefused ? [restatementRefused(reference, figure, before)] : [] }
}

/** A revision that QAD does not show may be hidden or gone: the others alone do not say what the books hold. */
function gapFault({ byRevision, revision, newest }: Holding): string | null {
  for (let one = 1; one < revision; one++) {
    if (!byRevision.has(one)) return `QAD shows ${newest.key}, but not revision ${one} before it`
  }
  return null
}

function totalOf({ byRevision }: Holding) {
  return [...byRevision.values()].reduce((sum, { amount }) => add(sum, money(amount)), ZERO)
}

function atRevision(reference: Reference, revision: number): Reference {
  return { ...reference, revision, key: revisionKey(reference.key, revision) }
}

function differenceText(reference: Reference, posted: Posted): string | null {
  const difference = differenceFrom(reference, posted)
  return difference && `QAD holds ${posted.key} with ${difference}`
}

function restatementRefused(reference: Reference, figure: string, { amount, key }: Posted): Problem {
  const message = `${placeOf(reference)} is now ${figure}, but ${key} was posted with ${amount} and onRestate is refuse`
  return problem('MLC-P019', message, reference)
}
