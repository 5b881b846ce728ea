import type { Chart } from '../model/chart.js'
import { compareTexts } from '../model/fold.js'
import type { OnRestate } from '../model/job.js'
import { negate, round, subtract, toText, type RoundingMode } from '../model/money.js'
import { comparePeriods, formatPeriod } from '../model/period.js'
import type { ControlTotals, Plan, PlanEntry, Problem } from '../model/plan.js'
import { referenceKey, type Identity, type Posted, type Reference } from '../model/reference.js'
import { checkReferences, checkTotals, type Limits } from './checks.js'
import type { Group } from './groups.js'
import { readHoldings } from './posted.js'
import { adjust, revise, type Draft } from './restate.js'
import type { Resolver } from './resolve.js'
import { problemOf, type Unmapped } from './unmapped.js'

/** What a plan is made with, besides figures. */
export interface PlanSettings {
  readonly run: string
  readonly job: string
  /** ISO time. */
  readonly madeAt: string
  readonly domain: string
  readonly entity: string
  readonly figuresHash: string
  readonly mapHash: string
  /** `look 42` or `finance/gl`. */
  readonly source: string
  /** -1 where Looker shows credits as positive. */
  readonly sign: 1 | -1
  readonly rounding: { readonly scale: number; readonly mode: RoundingMode }
  readonly onRestate: OnRestate
  /** True for journals: amounts are movements, the revisions of a reference add up, and zero posts nothing. */
  readonly movements?: boolean
  /** Of a journal: the account that takes the other side of every entry. */
  readonly offsetAccount?: string | null
  readonly limits: Limits
  readonly chart: Chart
  readonly accounts: Resolver
  /** Null: the job has no cost centres, and its references carry none. */
  readonly costCentres: Resolver | null
  /** Default: `<measure> <YYYY-PP> <account>/<costCentre>`. Cut, visibly, to limits.text. */
  readonly description?: (identity: Identity) => string
}

/** What came of the figures. */
export interface Mapped {
  readonly settings: PlanSettings
  readonly groups: readonly Group[]
  readonly totals: ControlTotals
  readonly unmapped: readonly Unmapped[]
}

/** The plan: one entry a reference, by period, account, cost centre and measure, and all that speaks against posting it. */
export function makePlan(
  { settings, groups, totals, unmapped }: Mapped,
  posted: Iterable<Posted>,
  owners: ReadonlyMap<string, string>,
): Plan {
  const drafts = groups.map((group) => draftOf(group, settings)).sort(byPlace)
  const keys = new Set(drafts.map(({ reference }) => reference.key))
  const holdings = readHoldings(posted, (baseKey) => keys.has(baseKey))
  const decide = settings.movements ? adjust : revise
  const decided = drafts.map((draft) => decide(draft, holdings.get(draft.reference.key) ?? null, settings.onRestate))
  const problems = [
    ...checkTotals(totals),
    ...unmapped.map(problemOf),
    ...checkEntries(
      decided.map(({ entry }) => entry),
      settings,
      owners,
    ),
    ...decided.flatMap((each) => each.problems),
  ]
  const blocked = new Set(problems.map(({ key }) => key))
  const entries = decided.map(({ entry }) =>
    blocked.has(entry.reference.key) ? { ...entry, action: 'blocked' as const } : entry,
  )
  const { run, job, madeAt, domain, entity, figuresHash, mapHash } = settings
  return { schema: 'mlc/plan/1', run, job, madeAt, domain, entity, figuresHash, mapHash, entries, totals, problems }
}

/** What is in QAD already is not sent, so a period closed or an account made inactive since does not matter to it. */
function checkEntries(
  entries: readonly PlanEntry[],
  { chart, limits, offsetAccount = null }: PlanSettings,
  owners: ReadonlyMap<string, string>,
): readonly Problem[] {
  const isSent = ({ action }: PlanEntry) => action !== 'same' && action !== 'skip'
  const toSend = entries.filter(isSent).map(({ reference }) => reference)
  const there = entries.filter((entry) => !isSent(entry)).map(({ reference }) => reference)
  const noChart: Chart = { accounts: null, costCentres: null, periods: null }
  return [
    ...checkReferences(toSend, { chart, limits, owners, offsetAccount }),
    ...checkReferences(there, { chart: noChart, limits, owners }),
  ]
}

function draftOf(group: Group, settings: PlanSettings): Draft {
  const { total, rows, measure, currency, site, project, subAccount, costCentre, account, year, period } = group
  const { domain, entity, rounding, limits, source, run } = settings
  // Each name spelled out: objects that are spread cost ten times the memory, and there are as many as references.
  const identity = { domain, entity, measure, currency, site, project, subAccount, costCentre, account, year, period }
  const exact = settings.sign === -1 ? negate(total) : total
  const rounded = round(exact, rounding.scale, rounding.mode)
  const reference: Reference = {
    domain,
    entity,
    measure,
    currency,
    site,
    project,
    subAccount,
    costCentre,
    account,
    year,
    period,
    key: referenceKey(identity),
    revision: 1,
    amount: toText(rounded, rounding.scale),
    description: cut((settings.description ?? describe)(identity), limits.text),
    source: cut(source, limits.text),
    run,
  }
  return { reference, rows, residue: toText(subtract(exact, rounded)) }
}

function describe({ measure, account, costCentre, year, period }: Identity): string {
  return `${measure} ${formatPeriod({ year, period })} ${account}${costCentre === '' ? '' : `/${costCentre}`}`
}

/** Three full stops say that text is missing; the one character for them is not in every code page that QAD runs on. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const characters = [...text]
  return characters.length <= limit
    ? text
    : `${characters.slice(0, Math.max(limit - 3, 0)).join('')}${'...'.slice(0, limit)}`
}

function byPlace({ reference: a }: Draft, { reference: b }: Draft): number {
  return (
    comparePeriods(a, b) ||
    compareTexts(a.account, b.account) ||
    compareTexts(a.costCentre, b.costCentre) ||
    compareTexts(a.measure, b.measure) ||
    compareTexts(a.currency, b.currency) ||
    compareTexts(a.key, b.key)
  )
}
