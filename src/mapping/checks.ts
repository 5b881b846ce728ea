import type { ErrorCode } from '../errors.js'
import type { Chart, MasterCode } from '../model/chart.js'
import { formatPeriod, type CalendarPeriod } from '../model/period.js'
import type { ControlTotals, Problem } from '../model/plan.js'
import { baseKeyOf, type Reference } from '../model/reference.js'

export interface Limits {
  /** Characters that QAD's fields hold. */
  readonly account: number
  readonly costCentre: number
  readonly text: number
  /** Characters left for a key where a prefix takes some of them; the limit of texts unless told. */
  readonly key?: number
}

/** What the references are checked against. A master that is null is not configured: its checks pass. */
export interface CheckSettings {
  readonly chart: Chart
  readonly limits: Limits
  /** Base key → the other live job that posts it. */
  readonly owners: ReadonlyMap<string, string>
  /** Of journals: the account that takes the other side. */
  readonly offsetAccount?: string | null
}

/** All that stops a reference from being posted, in the order of the references. */
export function checkReferences(references: readonly Reference[], settings: CheckSettings): readonly Problem[] {
  const grounds = groundsOf(settings)
  const problems: Problem[] = []
  for (const reference of references) {
    for (const check of CHECKS) {
      const found = check(reference, grounds)
      if (found) problems.push(found)
    }
  }
  return problems
}

/** Control totals that do not tie: a figure was lost or doubled between pull and plan. One problem each, key null. */
export function checkTotals({ rows, amounts }: ControlTotals): readonly Problem[] {
  const { pulled, mapped, ignored, unmapped } = rows
  const lost = pulled - mapped - ignored - unmapped
  const rowProblem =
    lost === 0 ? [] : [`${pulled} rows pulled, but mapped ${mapped} + ignored ${ignored} + unmapped ${unmapped}`]
  const amountProblems = amounts
    .filter(({ ties }) => !ties)
    .map(
      (each) =>
        `${each.measure} ${each.currency}: pulled ${each.pulled}, but mapped ${each.mapped} + ignored ${each.ignored} + unmapped ${each.unmapped}`,
    )
  return [...rowProblem, ...amountProblems].map((message) => ({ code: 'MLC-P018', message, key: null }))
}

/** The problem of one reference under a code of the catalogue. */
export function problem(code: ErrorCode, message: string, { key }: Pick<Reference, 'key'>): Problem {
  return { code, message, key }
}

/** `5010/1100 2026-03 net_amount`: a reference as people say it. */
export function placeOf({ account, costCentre, year, period, measure }: Reference): string {
  return `${account}${costCentre === '' ? '' : `/${costCentre}`} ${formatPeriod({ year, period })} ${measure}`
}

interface Grounds {
  readonly accounts: ReadonlyMap<string, MasterCode> | null
  readonly costCentres: ReadonlyMap<string, MasterCode> | null
  readonly periods: ReadonlyMap<string, CalendarPeriod> | null
  readonly limits: Limits
  readonly owners: ReadonlyMap<string, string>
  readonly offsetAccount: string | null
}

type Check = (reference: Reference, grounds: Grounds) => Problem | null

const CHECKS: readonly Check[] = [
  accountExists,
  accountIsActive,
  costCentreExists,
  costCentreIsActive,
  periodExists,
  periodIsOpen,
  currencyIsCode,
  codesFit,
  keyFits,
  isNotOffset,
  hasOneJob,
]

function accountExists(reference: Reference, { accounts }: Grounds): Problem | null {
  if (!accounts || accounts.has(reference.account)) return null
  return problem('MLC-P011', `account ${shown(reference.account)} does not exist in ${chartName(reference)}`, reference)
}

function accountIsActive(reference: Reference, { accounts }: Grounds): Problem | null {
  if (accounts?.get(reference.account)?.active !== false) return null
  return problem('MLC-P013', `account ${shown(reference.account)} is inactive in ${chartName(reference)}`, reference)
}

function costCentreExists(reference: Reference, { costCentres }: Grounds): Problem | null {
  if (!costCentres || reference.costCentre === '' || costCentres.has(reference.costCentre)) return null
  return problem(
    'MLC-P014',
    `cost centre ${shown(reference.costCentre)} does not exist in ${chartName(reference)}`,
    reference,
  )
}

function costCentreIsActive(reference: Reference, { costCentres }: Grounds): Problem | null {
  if (costCentres?.get(reference.costCentre)?.active !== false) return null
  return problem(
    'MLC-P015',
    `cost centre ${shown(reference.costCentre)} is inactive in ${chartName(reference)}`,
    reference,
  )
}

function periodExists(reference: Reference, { periods }: Grounds): Problem | null {
  if (!periods || periods.has(formatPeriod(reference))) return null
  return problem(
    'MLC-Q032',
    `period ${formatPeriod(reference)} is not in the calendar of ${chartName(reference)}`,
    reference,
  )
}

function periodIsOpen(reference: Reference, { periods }: Grounds): Problem | null {
  const period = periods?.get(formatPeriod(reference))
  if (period === undefined || period.open) return null
  const status = JSON.stringify(period.status)
  return problem(
    'MLC-Q031',
    `period ${formatPeriod(reference)} is not open in ${chartName(reference)}: QAD says ${status}`,
    reference,
  )
}

function currencyIsCode(reference: Reference): Problem | null {
  if (/^[A-Z]{3}$/.test(reference.currency)) return null
  return problem(
    'MLC-P002',
    `currency ${shown(reference.currency)} of ${placeOf(reference)} is no three-letter code`,
    reference,
  )
}

function codesFit(reference: Reference, { limits }: Grounds): Problem | null {
  const fields: readonly [string, string, number][] = [
    ['account', reference.account, limits.account],
    ['cost centre', reference.costCentre, limits.costCentre],
    ['measure', reference.measure, limits.text],
  ]
  const long = fields.find(([, code, limit]) => code.length > limit && lengthOf(code) > limit)
  if (!long) return null
  const [name, code, limit] = long
  return problem(
    'MLC-P016',
    `${name} ${shown(code)} has ${lengthOf(code)} characters, the limit is ${limit}`,
    reference,
  )
}

/** Room for a two-digit revision is asked for from the start: a restatement must not be the first to find there is none. */
function keyFits(reference: Reference, { limits }: Grounds): Problem | null {
  const limit = limits.key ?? limits.text
  if (reference.key.length + LONGEST_REVISION <= limit) return null
  const longest = Math.max(reference.key.length, baseKeyOf(reference.key).length + LONGEST_REVISION)
  if (longest <= limit) return null
  return problem('MLC-P016', `key ${reference.key} needs ${longest} characters, the limit is ${limit}`, reference)
}

const LONGEST_REVISION = '-R99'.length

/** An entry of an account against itself says nothing, and could not be told from the other side of the next one. */
function isNotOffset(reference: Reference, { offsetAccount }: Grounds): Problem | null {
  if (offsetAccount === null || reference.account.toUpperCase() !== offsetAccount.toUpperCase()) return null
  return problem('MLC-P022', `${placeOf(reference)} is the offset account of the journal itself`, reference)
}

function hasOneJob(reference: Reference, { owners }: Grounds): Problem | null {
  const other = owners.size === 0 ? undefined : owners.get(baseKeyOf(reference.key))
  if (other === undefined) return null
  return problem('MLC-P017', `${placeOf(reference)} is also posted by job ${shown(other)}`, reference)
}

function groundsOf({ chart, limits, owners, offsetAccount = null }: CheckSettings): Grounds {
  const periods = chart.periods && new Map(chart.periods.map((period) => [formatPeriod(period), period]))
  return {
    accounts: byCode(chart.accounts),
    costCentres: byCode(chart.costCentres),
    periods,
    limits,
    owners,
    offsetAccount,
  }
}

/** A code that a read lists twice is active when one of its rows is. */
function byCode(codes: readonly MasterCode[] | null): ReadonlyMap<string, MasterCode> | null {
  if (!codes) return null
  const index = new Map<string, MasterCode>()
  for (const each of codes) if (!index.get(each.code)?.active) index.set(each.code, each)
  return index
}

/** In characters, as QAD counts them; JavaScript counts some as two. */
function lengthOf(text: string): number {
  return [...text].length
}

function chartName({ domain, entity }: Reference): string {
  return `domain ${domain}, entity ${entity}`
}

function shown(code: string): string {
  return /^[\w.-]+$/.test(code) ? code : JSON.stringify(code)
}
