import type { KnownDelivery } from '../audit/deliveries.js'
import type { Standing } from '../audit/unfinished.js'
import { MlcError } from '../errors.js'
import { placeOf } from '../mapping/checks.js'
import { counted } from '../model/counted.js'
import { compareNumbered } from '../model/fold.js'
import { add, isPlainDecimal, isZero, money, ZERO } from '../model/money.js'
import { formatPeriod } from '../model/period.js'
import type { Plan } from '../model/plan.js'
import { baseKeyOf } from '../model/reference.js'
import type { Ports, RunHead } from './ports.js'

/** A delivery whose rows are the figures, among those of its job. */
export interface Follower {
  readonly name: string | null
  readonly from: 'hand' | 'folder' | 'webhook'
  readonly plan: Plan
  readonly head: Pick<RunHead, 'period'>
}

/**
 * In a folder a file that was completed late, or appeared late, stands before those that were taken meanwhile: its figures are the
 * older ones. What a person gives by itself is meant so.
 * @throws MLC-I018
 */
export async function refuseOlder({ name, from, plan, head }: Follower, ports: Ports): Promise<void> {
  if (from !== 'folder' || name === null) return
  const periods = periodsOf(plan, head)
  const isNewer = (one: KnownDelivery) => comesAfter(one, name) && one.periods.some((period) => periods.has(period))
  const newer = (await ports.history.deliveries(plan.job)).findLast(isNewer)
  if (newer === undefined) return
  const of = newer.periods.filter((period) => periods.has(period)).join(', ')
  throw new MlcError(
    'MLC-I018',
    `${name} comes before ${newer.name ?? ''}, which run ${newer.run} took for ${of}: older figures must not follow newer ones`,
  )
}

/** Names of one making tell which is older: inline.csv and detail.csv do not. */
function comesAfter({ name: taken }: KnownDelivery, name: string): boolean {
  return taken !== null && compareNumbered(taken, name) > 0 && makingOf(taken) === makingOf(name)
}

/** Looker ends a name with the time and six characters of a hash; whoever else writes files numbers or dates them. */
function makingOf(name: string): string {
  return name.replace(/_\d{4}-\d\d-\d\dT\d{4}_[0-9a-z]{6}(?=\.|$)/i, '_0').replace(/\d+/g, '0')
}

/** Figures that runs of the job want in QAD for the periods of a delivery, and that are not in it. */
export interface Missing {
  readonly standing: readonly Standing[]
  /** Of so many that are wanted. */
  readonly of: number
}

/**
 * A later delivery takes the place of an earlier one for all of its periods: of what is not in it, QAD would keep what it holds, and
 * never get what it does not hold yet. A figure of zero is missed by nobody.
 * @param movements true for journals, whose revisions add up
 */
export async function findMissing(
  { plan, head }: Pick<Follower, 'plan' | 'head'>,
  movements: boolean,
  ports: Ports,
): Promise<Missing> {
  const produced = new Set(plan.entries.map(({ reference }) => baseKeyOf(reference.key)))
  const all: Standing[] = []
  for (const period of periodsOf(plan, head)) all.push(...(await ports.history.standing(plan.job, period)))
  const wanted = all.filter((one) => !isNothing(one, movements))
  return { standing: wanted.filter(({ reference }) => !produced.has(baseKeyOf(reference.key))), of: wanted.length }
}

/**
 * What QAD holds of them stays, and is told as left over. What it may not hold yet would be given up.
 * @throws MLC-I017 when any of them is open
 */
export function refuseFewer({ standing, of }: Missing): void {
  const open = standing.filter(({ isOpen }) => isOpen)
  const [first] = open
  if (first === undefined) return
  const named = open.slice(0, MOST_NAMED).map(({ reference }) => `${placeOf(reference)} ${reference.amount}`)
  const more = open.length > named.length ? ` and ${open.length - named.length} more` : ''
  throw new MlcError(
    'MLC-I017',
    `the delivery lacks ${open.length} of the ${counted(of, 'figure')} that run ${first.run} was to post, which QAD may not have: ${named.join(', ')}${more}`,
  )
}

const MOST_NAMED = 5

function isNothing({ reference, amounts }: Standing, movements: boolean): boolean {
  const parts = movements ? amounts : [reference.amount]
  return parts.every(isPlainDecimal) && isZero(parts.map(money).reduce(add, ZERO))
}

function periodsOf(plan: Plan, head: Pick<RunHead, 'period'>): ReadonlySet<string> {
  const asked = head.period === null ? [] : [head.period]
  return new Set([...asked, ...plan.entries.map(({ reference }) => formatPeriod(reference))])
}
