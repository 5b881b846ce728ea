import { MlcError } from '../../errors.js'
import type { MasterCode } from '../../model/chart.js'
import { likelyPeriods, type CalendarPeriod, type Period } from '../../model/period.js'
import { readChart } from '../masters.js'
import type { JournalForm, ReadsOptions } from '../options.js'
import type { Place } from '../rows.js'
import { balanceFacts, noMovement } from './books.js'
import { daybookFacts } from './daybooks.js'
import { factsOf, type Fact } from './fact.js'
import { calendarFacts, codeFacts } from './masters.js'
import { probePosted } from './posted.js'
import { periodOf, replayed, takeSample, unfiltered, type ReadName, type Sample } from './rows.js'

/** What the configured reads answered, and what that shows. */
export interface ReadsProbe {
  readonly facts: readonly Fact[]
  /** Of each read that answered, the rows. */
  readonly samples: readonly Sample[]
  readonly isProven: boolean
}

/** Periods in which movements and references are looked for. */
const MOST_PERIODS = 4

/** Asks every configured read once, as a sync would, and says of each that is not what is missing without it. */
export async function probeReads(
  place: Place,
  reads: ReadsOptions,
  form: JournalForm | null,
  today: string,
): Promise<ReadsProbe> {
  const facts: Fact[] = []
  const samples: Sample[] = []
  const take = async (name: ReadName, period: Period | null) => {
    const read = reads[name]
    if (!read) return null
    const sample = await takeSample(place, name, read, period)
    if (!(sample instanceof MlcError)) samples.push(sample)
    return sample
  }
  for (const name of ['glAccounts', 'costCentres'] as const)
    facts.push(...(await codesOf(name, await take(name, null), place)))
  const calendar = await calendarOf(await take('periods', null), place, today)
  facts.push(...calendar.facts)
  const periods = likelyPeriods(calendar.periods, today, MOST_PERIODS)
  facts.push(...(await balancesOf(place, reads, periods, samples)))
  const posted = await probePosted(place, reads.posted, form, periods)
  facts.push(...posted.facts)
  if (posted.sample !== null) samples.push(posted.sample)
  facts.push(...(await daybookFacts(await take('daybooks', null), place, form, await accountsIn(samples, place))))
  return { facts, samples, isProven: posted.isProven }
}

async function codesOf(
  name: 'glAccounts' | 'costCentres',
  sample: Sample | MlcError | null,
  place: Place,
): Promise<readonly Fact[]> {
  const facts = factsOf(`reads.${name}`)
  if (sample instanceof MlcError) return [facts.failed('rows', sample, 'without it nothing can be mapped or posted')]
  if (sample !== null) return codeFacts(sample, place)
  return [
    facts.assumed('configured', `qad.reads.${name} is not configured`, {
      meaning: 'whether a code exists and is active is left to QAD, after the record was sent',
      change: `Add qad.reads.${name} with at least the column code.`,
    }),
  ]
}

async function calendarOf(
  sample: Sample | MlcError | null,
  place: Place,
  today: string,
): Promise<{ readonly facts: readonly Fact[]; readonly periods: readonly CalendarPeriod[] }> {
  const facts = factsOf('reads.periods')
  if (sample instanceof MlcError)
    return { facts: [facts.failed('rows', sample, 'without it nothing can be posted')], periods: [] }
  if (sample !== null) return calendarFacts(sample, place, today)
  const fact = facts.assumed('configured', 'qad.reads.periods is not configured', {
    meaning: 'periods are taken for calendar months, and whether one is open is left to QAD',
    change: 'Add qad.reads.periods with year, period, start, end and status.',
  })
  return { facts: [fact], periods: [] }
}

async function balancesOf(
  place: Place,
  reads: ReadsOptions,
  periods: readonly Period[],
  samples: Sample[],
): Promise<readonly Fact[]> {
  const facts = factsOf('reads.balances')
  if (!reads.balances)
    return [
      facts.assumed('configured', 'qad.reads.balances is not configured', {
        meaning: 'nothing can be reconciled',
        change: 'Add qad.reads.balances.',
      }),
    ]
  const asked = [...periods]
  for (let at = 0; at < asked.length; at++) {
    const sample = await takeSample(place, 'balances', reads.balances, asked[at] ?? null)
    if (sample instanceof MlcError) return [facts.failed('rows', sample, 'without it nothing can be reconciled')]
    const found = await balanceFacts(sample, place)
    if (found !== null) {
      samples.push(sample)
      return found
    }
    // A read that shows all periods tells which of them have movements.
    const other = sample.rows.map((row) => periodOf(row, sample.read)).find((period) => period !== null)
    if (at === periods.length - 1 && other) asked.push(other)
  }
  return [noMovement()]
}

async function accountsIn(samples: readonly Sample[], place: Place): Promise<readonly MasterCode[] | null> {
  const sample = samples.find(({ name, rows }) => name === 'glAccounts' && rows.length > 0)
  if (sample === undefined) return null
  const chart = await readChart(replayed(sample, place), { glAccounts: unfiltered(sample.read) }).catch(() => null)
  return chart?.accounts ?? null
}
