import { MlcError } from '../../errors.js'
import type { Chart, MasterCode } from '../../model/chart.js'
import { compareTexts, fold } from '../../model/fold.js'
import type { Job } from '../../model/job.js'
import { formatPeriod, nextPeriod, previousPeriod, type Period } from '../../model/period.js'
import { baseKeyOf } from '../../model/reference.js'
import type { Variance } from '../../model/variance.js'
import type { Known } from '../../reconcile/causes/explain.js'
import type { Codes } from '../../reconcile/causes/missing.js'
import type { Neighbour, Place } from '../../reconcile/causes/neighbours.js'
import type { Balances, Books, Figures } from '../../reconcile/compare/books.js'
import { sumsAt } from '../../reconcile/compare/sums-at.js'
import { balancesAt, createWanted, type Wanted } from '../../reconcile/compare/wanted.js'
import type { LookerAmount } from '../../reconcile/place.js'
import type { MapFile, Ports } from '../ports.js'
import type { Compared } from './compared.js'
import type { How } from './how.js'
import type { LedgerReads } from './ledger.js'

/** Of one period that is compared. */
export interface Around {
  readonly job: Job
  readonly period: Period
  readonly how: How
  readonly books: Books
  readonly compared: Compared
  /** `YYYY-PP`: those that the lines sum up. */
  readonly periods: readonly string[]
  readonly balances: readonly Balances[]
  readonly chart: Chart
  /** What the ledger had when it was read before. */
  readonly past: Balances
}

/** What speaks for a cause of these lines, beyond the two amounts of each. @param lines whose sides differ */
export async function knownOf(
  measure: string,
  lines: readonly Variance[],
  around: Around,
  reads: LedgerReads,
  ports: Ports,
): Promise<Known> {
  const { job, how, books, compared, past, periods } = around
  const { level } = how
  const wanted = createWanted(books, level, lines)
  const values = compared.values({ measure, periods }, wanted, lines)
  const posted = balancesAt(wanted, around.balances)
  const earlier = balancesAt(wanted, [past])
  const readings = (line: Omit<Place, 'measure'>) =>
    earlier(line).map(({ amount, lastPosted }) => ({ amount, at: lastPosted ?? '' }))
  return {
    ...{ level, scale: job.rounding.scale, leftOut: values.leftOut },
    partsAt: (line) => values.partsAt(line),
    neighbours: await neighboursOf(measure, wanted, around, reads, ports),
    codes: codesOf(around.chart, await mapsOf(job, ports)),
    lateAt: (line) => ({ asOf: compared.asOf, readings: readings(line), lastPosted: newest(posted(line)) }),
  }
}

function newest(balances: ReturnType<ReturnType<typeof balancesAt>>): string | null {
  const times = balances.flatMap(({ lastPosted }) => (lastPosted ? [lastPosted] : []))
  return times.toSorted(compareTexts).at(-1) ?? null
}

async function neighboursOf(
  measure: string,
  wanted: Wanted,
  { job, period, how, chart, compared, books }: Around,
  reads: LedgerReads,
  ports: Ports,
): Promise<readonly Neighbour[]> {
  const calendar = chart.periods ?? []
  const { rounding } = job
  const found: Neighbour[] = []
  for (const near of [previousPeriod(period, calendar), nextPeriod(period, calendar)]) {
    if (near === null) continue
    const text = formatPeriod(near)
    const balances = (await reads.neighbouring(near)) ?? []
    found.push({ period: text, side: 'ledger', at: sumsAt(wanted, { figures: [], balances, rounding }) })
    // What year-to-date figures were in another period is not known.
    if (how.basis === 'ytd') continue
    const here = compared.shelf.at(text, measure)
    const figures = here !== null && here.count > 0 ? here : books.figures()
    if (figures !== here) await putPostedBefore(figures, job, measure, text, ports)
    found.push({ period: text, side: 'looker', at: sumsAt(wanted, { figures: [figures], balances: [], rounding }) })
  }
  return found
}

/** The references of the job in another period, as the audit last saw them: each at its newest revision. */
async function putPostedBefore(
  figures: Figures,
  job: Job,
  measure: string,
  period: string,
  { history, say }: Ports,
): Promise<void> {
  const byKey = new Map<string, LookerAmount & { readonly revision: number }>()
  try {
    const owners = await history.owners()
    for (const { key, revision, ...reference } of await history.known(period)) {
      const base = baseKeyOf(key)
      if (reference.measure !== measure || owners.get(base) !== job.name) continue
      if ((byKey.get(base)?.revision ?? 0) < revision) byKey.set(base, { ...reference, revision })
    }
  } catch (error) {
    // Figures and ledger are compared whatever has become of the audit; mlc audit verify is there to tell.
    if (!(error instanceof MlcError)) throw error
    say(`not looked at for causes: the references of ${period} in the audit (${error.code} ${error.message})`)
  }
  const none = { lookerCostCentre: null, further: null }
  for (const [lookerAccount, amount] of byKey) figures.add({ ...amount, ...none, lookerAccount, kind: 'reference' })
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
