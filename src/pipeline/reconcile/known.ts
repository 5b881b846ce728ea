import { MlcError } from '../../errors.js'
import type { Balance, Chart, MasterCode } from '../../model/chart.js'
import { compareTexts, fold } from '../../model/fold.js'
import type { Job } from '../../model/job.js'
import { add, money, toTextAtLeast, ZERO, type Money } from '../../model/money.js'
import { formatPeriod, nextPeriod, previousPeriod, type Period } from '../../model/period.js'
import { baseKeyOf } from '../../model/reference.js'
import { createTable, type Table } from '../../model/table.js'
import type { Level } from '../../model/variance.js'
import type { Known } from '../../reconcile/causes/explain.js'
import type { Codes } from '../../reconcile/causes/missing.js'
import type { Neighbour, Place } from '../../reconcile/causes/neighbours.js'
import { placeAt, type LookerAmount } from '../../reconcile/pairs.js'
import type { MapFile, Ports } from '../ports.js'
import type { Compared, Dated } from './compared.js'
import type { How } from './how.js'
import type { LedgerReads } from './ledger.js'
import type { Past } from './readings.js'

/** Of one period that is compared. */
export interface Around {
  readonly job: Job
  readonly period: Period
  readonly how: How
  /** Of the periods that the lines sum up. */
  readonly compared: Compared
  readonly balances: readonly Balance[]
  readonly chart: Chart
  readonly past: Past
}

/** What speaks for a cause, beyond the two amounts of a line. @param around.compared of all periods */
export async function knownOf(
  measure: string,
  around: Around,
  all: Compared,
  reads: LedgerReads,
  ports: Ports,
): Promise<Known> {
  const { job, how, compared, past } = around
  const { level } = how
  const ofMeasure = <T extends { readonly measure: string }>(one: T) => one.measure === measure
  const parts = createIndex(level, compared.parts.filter(ofMeasure), ({ qadAccount, qadCostCentre, currency }) => ({
    ...{ account: qadAccount, costCentre: qadCostCentre, currency },
  }))
  const posted = createIndex(level, around.balances, (balance) => balance)
  return {
    ...{ level, scale: job.rounding.scale },
    neighbours: await neighboursOf(measure, around, all, reads, ports),
    partsAt: (line) => parts(line),
    leftOut: compared.leftOut.filter(ofMeasure),
    codes: codesOf(around.chart, await mapsOf(job, ports)),
    lateAt: (line) => ({ asOf: compared.asOf, readings: past.at(line), lastPosted: newest(posted(line)) }),
  }
}

type Codeful = Pick<Place, 'account' | 'costCentre' | 'currency'>

/** The entries that a line of the level sums up. */
function createIndex<T>(
  level: Level,
  entries: Iterable<T>,
  placeOf: (entry: T) => Codeful,
): (line: Codeful) => readonly T[] {
  const table: Table<T[]> = createTable()
  for (const entry of entries) table.at(textsOf(level, placeOf(entry)), () => []).push(entry)
  return (line) => table.at(textsOf(level, line), () => [])
}

function textsOf(level: Level, place: Codeful): string[] {
  const { account, costCentre } = placeAt(level, place)
  return [place.currency, account, costCentre].map(fold)
}

function newest(balances: readonly Balance[]): string | null {
  const times = balances.flatMap(({ lastPosted }) => (lastPosted ? [lastPosted] : []))
  return times.toSorted(compareTexts).at(-1) ?? null
}

async function neighboursOf(
  measure: string,
  { job, period, how, chart }: Around,
  all: Compared,
  reads: LedgerReads,
  ports: Ports,
): Promise<readonly Neighbour[]> {
  const calendar = chart.periods ?? []
  const found: Neighbour[] = []
  for (const near of [previousPeriod(period, calendar), nextPeriod(period, calendar)]) {
    if (near === null) continue
    const text = formatPeriod(near)
    const ledger = (await reads.neighbouring(near)) ?? []
    found.push({ period: text, side: 'ledger', at: summedAt(how.level, ledger) })
    // What year-to-date figures were in another period is not known.
    if (how.basis === 'ytd') continue
    const here = all.amounts.filter((one) => one.period === text && one.measure === measure)
    const looker = here.length > 0 ? here : await postedBefore(job, measure, text, ports)
    found.push({ period: text, side: 'looker', at: summedAt(how.level, looker) })
  }
  return found
}

/** The references of the job in another period, as the audit last saw them: each at its newest revision. */
async function postedBefore(
  job: Job,
  measure: string,
  period: string,
  { history, say }: Ports,
): Promise<readonly LookerAmount[]> {
  const byKey = new Map<string, Dated<LookerAmount> & { readonly revision: number }>()
  try {
    const owners = await history.owners()
    for (const { key, revision, ...reference } of await history.known(period)) {
      const base = baseKeyOf(key)
      if (reference.measure !== measure || owners.get(base) !== job.name) continue
      if ((byKey.get(base)?.revision ?? 0) < revision) byKey.set(base, { ...reference, revision, period })
    }
  } catch (error) {
    // Figures and ledger are compared whatever has become of the audit; mlc audit verify is there to tell.
    if (!(error instanceof MlcError)) throw error
    say(`not looked at for causes: the references of ${period} in the audit (${error.code} ${error.message})`)
  }
  return [...byKey.values()]
}

function summedAt(level: Level, amounts: Iterable<LookerAmount>): Neighbour['at'] {
  const table = createTable<{ sum: Money | null }>()
  const sumAt = (place: Codeful) => table.at(textsOf(level, place), () => ({ sum: null }))
  for (const each of amounts) {
    const entry = sumAt(each)
    entry.sum = add(entry.sum ?? ZERO, money(each.amount))
  }
  return (line) => {
    const { sum } = sumAt(line)
    return sum && toTextAtLeast(sum, 2)
  }
}

interface MapsOf {
  readonly account: MapFile | null
  readonly costCentre: MapFile | null
}

async function mapsOf({ map, figure }: Job, ports: Ports): Promise<MapsOf> {
  const read = async (path: string | null) => (path === null ? null : ports.maps.read(path))
  return {
    account: await read(map.accounts),
    costCentre: figure.costCentre === null ? null : await read(map.costCentres),
  }
}

function codesOf({ accounts, costCentres }: Chart, maps: MapsOf): Codes {
  const masters = { account: byCode(accounts), costCentre: byCode(costCentres) }
  const mapped = { account: byTarget(maps.account), costCentre: byTarget(maps.costCentre) }
  return {
    isActive: (dimension, code) => {
      const list = masters[dimension]
      if (list === null) return null
      const active = list.get(fold(code))
      return { known: active !== undefined, active: active ?? false }
    },
    isMapped: (dimension, code) => {
      const targets = mapped[dimension]
      return targets && { mapped: targets.mapped.has(fold(code)), reason: targets.ignored.get(fold(code)) ?? null }
    },
  }
}

/** Of a code that is listed twice, one active line is enough. */
function byCode(list: readonly MasterCode[] | null): ReadonlyMap<string, boolean> | null {
  if (list === null) return null
  const codes = new Map<string, boolean>()
  for (const { code, active } of list) codes.set(fold(code), active || (codes.get(fold(code)) ?? false))
  return codes
}

/** A line that leaves a value out may name its code in either column. */
function byTarget(file: MapFile | null) {
  if (file === null) return null
  const mapped = new Set(file.lines.filter(({ ignore }) => !ignore).map(({ qad }) => fold(qad)))
  const left = file.lines.filter(({ ignore }) => ignore)
  const named = left.flatMap(({ qad, looker, reason }) => [qad, looker].map((code) => [fold(code), reason] as const))
  return { mapped, ignored: new Map(named) }
}
