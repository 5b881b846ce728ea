import { MlcError } from '../errors.js'
import type { MasterCode, Chart } from '../model/chart.js'
import type { Figure } from '../model/figure.js'
import type { Job } from '../model/job.js'
import type { Row } from '../model/row.js'
import { isoTime } from '../model/clock.js'
import type { Posted } from '../model/reference.js'
import { formatPeriod, parsePeriod, type Period } from '../model/period.js'
import type { Plan, PlanEntry } from '../model/plan.js'
import { createPlanner, planHash, type Planner, type Unmapped } from '../mapping/planner.js'
import { createResolver, type Resolver } from '../mapping/resolve.js'
import { suggest, type Suggestion } from '../mapping/suggest.js'
import type { AnchorRoom } from './anchor.js'
import { figuresOfRow, type PeriodScope } from './figures.js'
import { createFigureFold } from './fold.js'
import { withoutDoubts, withReadiness } from './doubts.js'
import { refuseChangedRun } from './kept-run.js'
import { leftOverOf } from './left-over.js'
import { requireChart } from './masters.js'
import { readHeld } from './posted.js'
import { because } from './pull.js'
import type { MapFile, Ports, RunHead } from './ports.js'

/** What QAD company the references belong to, and what it allows. */
export interface Target {
  /** The whole address of the tenant: a plan made for one is not posted into another. */
  readonly tenant: string
  readonly domain: string
  readonly entity: string
  readonly limits: {
    readonly account: number
    readonly costCentre: number
    readonly text: number
    readonly key?: number
  }
  /** True for journals: amounts are movements, the revisions of a reference add up, and zero posts nothing. */
  readonly movements?: boolean
  /** Of a journal: the account that takes the other side of every entry. */
  readonly offsetAccount?: string | null
  /** True where the site may have no read of accounts, cost centres and periods. */
  readonly mastersOptional?: boolean
  readonly settleMs: number
  /** Which texts of the last reference of a run may carry the audit's head; absent: none. */
  readonly anchorRoom?: AnchorRoom
}

export interface MapReport {
  readonly plan: Plan
  readonly hash: string
  readonly file: string
  readonly unmapped: readonly (Unmapped & { readonly suggestions: readonly Suggestion[] })[]
  /** References of this job and its periods that QAD holds and the figures no longer produce: after a change of the map, say. */
  readonly leftOver: readonly Posted[]
}

/**
 * Resolves the figures of a run to QAD's codes and writes the plan. Problems are part of the plan, not errors: a person reads them.
 * @param liveJobs names in mlc.yaml now: a key that another of them posted is refused, one of a job since renamed is not
 */
export async function map(
  job: Job,
  head: RunHead,
  target: Target,
  liveJobs: readonly string[],
  ports: Ports,
): Promise<MapReport> {
  await refuseChangedRun(head, ports)
  const chart = await ports.ledger().chart()
  requireChart(chart, { job, head, target }, ports)
  const { planner, periods } = await planFigures(job, { head, rows: ports.store.rows(head.run), target, chart }, ports)
  const { held } = await readHeld(periods, target.settleMs, ports)
  const made = planner.plan([...held.values()].flat(), await otherOwners(job, liveJobs, ports))
  const plan = await withReadiness(await withoutDoubts({ ...made, tenant: target.tenant }, ports), ports)
  const hash = planHash(plan)
  const file = await ports.store.savePlan(plan, hash)
  await recordPlan(job, plan, hash, ports)
  const firstMeasure = Object.keys(head.figure.measures)[0]
  const unmapped = planner.unmapped().map((one, index) => {
    const suggestions = index < MOST_SUGGESTED ? suggest(one.value, codesFor(one, chart)) : []
    // Of several measures, the first is the one that a person knows the job by.
    const amount = one.amounts.find(({ measure }) => measure === firstMeasure)?.amount ?? one.amount
    return { ...one, amount, suggestions }
  })
  const asked = [...periods.map(formatPeriod), ...(head.period === null ? [] : [head.period])]
  const spoken = { movements: target.movements ?? false, periods: new Set(asked), history: ports.history }
  const leftOver = await leftOverOf(plan, [...held.values()].flat(), spoken)
  return { plan, hash, file, unmapped, leftOver }
}

export interface Maps {
  readonly accounts: Resolver
  readonly costCentres: Resolver
  readonly hash: string
}

/** What a run pulled, and where it is to go. */
export interface FigurePlanning extends FigureReading {
  readonly target: Target
}

export interface FigureReading {
  readonly head: RunHead
  readonly rows: AsyncIterable<readonly Row[]>
  readonly chart: Chart
}

/** A person maps so many values at a time; comparing each of a million names with the whole chart would take hours. */
const MOST_SUGGESTED = 200

/** Adds every figure of the run to a planner. Returns the periods met, in order. */
export async function planFigures(
  job: Job,
  planning: FigurePlanning,
  ports: Ports,
): Promise<{ planner: Planner; periods: Period[] }> {
  const { head, target, chart } = planning
  const maps = await readMaps(job, chart, ports)
  const planner = createPlanner({
    run: head.run,
    job: job.name,
    madeAt: isoTime(ports.clock),
    domain: target.domain,
    entity: target.entity,
    figuresHash: head.rowsHash,
    mapHash: maps.hash,
    source: head.source.look === null ? `${head.source.model}/${head.source.explore}` : `look ${head.source.look}`,
    sign: head.figure.sign,
    rounding: job.rounding,
    onRestate: job.onRestate,
    movements: target.movements ?? false,
    offsetAccount: target.offsetAccount ?? null,
    limits: target.limits,
    chart,
    accounts: maps.accounts,
    costCentres: head.figure.costCentre === null ? null : maps.costCentres,
  })
  const fold = createFigureFold(planner, head.figure, scopeOf(planning))
  await eachBatch(planning, (batch, before) => fold.take(batch, before))
  return { planner, periods: inOrder(fold.finish()) }
}

/** Gives each figure of the run in turn. Returns the periods met, in order. */
export async function eachFigure(reading: FigureReading, take: (figure: Figure) => void): Promise<Period[]> {
  const [{ figure: spec }, scope] = [reading.head, scopeOf(reading)]
  const seen = new Set<string>()
  await eachBatch(reading, (batch, before) => {
    batch.forEach((row, index) => {
      for (const figure of figuresOfRow(row, before + index + 1, spec, scope)) {
        take(figure)
        seen.add(figure.period)
      }
    })
  })
  return inOrder(seen)
}

/** @throws MLC-P018 when the rows are not as many as were pulled */
async function eachBatch(
  { head, rows }: FigureReading,
  take: (batch: readonly Row[], before: number) => void,
): Promise<void> {
  let number = 0
  for await (const batch of rows) {
    take(batch, number)
    number += batch.length
  }
  if (number !== head.pull.rows)
    throw new MlcError('MLC-P018', `run ${head.run} holds ${number} rows, but the pull counted ${head.pull.rows}`)
}

function scopeOf({ head, chart }: FigureReading): PeriodScope {
  const asked = head.period === null ? null : parsePeriod(head.period)
  return { asked, within: head.scope, calendar: chart.periods ?? [] }
}

function inOrder(periods: Iterable<string>): Period[] {
  return [...periods]
    .sort()
    .map((text) => parsePeriod(text))
    .filter((period) => period !== null)
}

/** What the job's maps make of Looker's values. */
export async function readMaps(job: Job, chart: Chart, ports: Ports): Promise<Maps> {
  const { accounts, costCentres } = await mapFiles(job, ports)
  return {
    accounts: createResolver(accounts?.lines ?? null, chart.accounts, job.map.accounts),
    costCentres: createResolver(costCentres?.lines ?? null, chart.costCentres, job.map.costCentres),
    hash: hashOf(accounts, costCentres),
  }
}

/** What a plan is bound to: the text of the job's map files. */
export async function mapsHash(job: Job, ports: Ports): Promise<string> {
  const { accounts, costCentres } = await mapFiles(job, ports)
  return hashOf(accounts, costCentres)
}

async function mapFiles(job: Job, ports: Ports): Promise<{ accounts: MapFile | null; costCentres: MapFile | null }> {
  const { accounts, costCentres } = job.map
  return {
    accounts: accounts === null ? null : await ports.maps.read(accounts),
    costCentres: costCentres === null ? null : await ports.maps.read(costCentres),
  }
}

function hashOf(accounts: MapFile | null, costCentres: MapFile | null): string {
  return `${accounts?.hash ?? 'none'}+${costCentres?.hash ?? 'none'}`
}

async function otherOwners(job: Job, liveJobs: readonly string[], ports: Ports): Promise<ReadonlyMap<string, string>> {
  const others = new Set(liveJobs.filter((name) => name !== job.name))
  return new Map([...(await ports.history.owners())].filter(([, owner]) => others.has(owner)))
}

async function recordPlan(job: Job, plan: Plan, hash: string, ports: Ports): Promise<void> {
  const { totals, mapHash, tenant = null, domain, entity } = plan
  const of = { run: plan.run, job: job.name, key: null }
  const { rounding, map: maps } = job
  await ports.journal.append({ ...of, event: 'map.done', data: { totals, mapHash, maps, rounding } })
  const counts = { ...countActions(plan), problems: plan.problems.length }
  // Of these periods it says all that is wanted, and of no other.
  const periods = [...new Set(plan.entries.map(({ reference }) => formatPeriod(reference)))].sort()
  const data = { hash, ...counts, periods, tenant, domain, entity, ...because(ports) }
  await ports.journal.append({ ...of, event: 'plan.made', data })
}

export function countActions(plan: Plan): Record<PlanEntry['action'], number> {
  const counts = { create: 0, revise: 0, same: 0, blocked: 0, skip: 0 }
  for (const { action } of plan.entries) counts[action]++
  return counts
}

function codesFor(unmapped: Unmapped, chart: Chart): readonly MasterCode[] {
  return (unmapped.dimension === 'account' ? chart.accounts : chart.costCentres) ?? []
}
