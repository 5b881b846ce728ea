import { MlcError } from '../../errors.js'
import { formatPeriod, samePeriod, type Period } from '../../model/period.js'
import type { ExactObject } from '../exact.js'
import type { JournalForm, ReadOptions } from '../options.js'
import { rawRows, type Place } from '../rows.js'
import { postedFacts } from './books.js'
import { factsOf, refusalOf, type Fact } from './fact.js'
import { periodOf, sizeOf, takeSample, unfiltered, type Sample } from './rows.js'

/** What the read of references came to, and whether it is known to work from now on. */
export interface PostedProbe {
  readonly facts: readonly Fact[]
  /** The rows by which it is known; null: none was seen. */
  readonly sample: Sample | null
  readonly isProven: boolean
}

const facts = factsOf('reads.posted')

/** What rests on the read of references: an empty answer may mean that nothing is there, or that nothing is shown. */
const ONCE =
  'until a row is seen an empty answer proves nothing: records go out one by one until one comes back, and what is in doubt is not settled by silence'

/**
 * Looks for a row of the read in the periods where one is to be expected, else without its filters and then in that row's own
 * period. A row that comes back under the very conditions of a sync shows that the read works.
 */
export async function probePosted(
  place: Place,
  read: ReadOptions | null | undefined,
  form: JournalForm | null,
  periods: readonly Period[],
): Promise<PostedProbe> {
  if (!read)
    return unproven(
      facts.assumed(KNOWN, 'qad.reads.posted is not configured', {
        meaning: 'nothing is read back: records end as posted_unverified, and what is in doubt waits for mlc resolve',
        change: 'Add qad.reads.posted: a browse over the references, with at least key and amount.',
      }),
    )
  for (const period of periods) {
    const sample = await takeSample(place, 'posted', read, period)
    if (sample instanceof MlcError) return unproven(facts.failed('rows', sample, READS))
    if (sample.rows.length > 0) return proven(sample, place, form)
  }
  return withoutFilters(place, read, form, periods)
}

const READS = 'without the read of references mlc neither finds what is there already nor checks what it posted'

/**
 * The same without the proof where the read was seen to lose or repeat rows, or to answer for another company: what such a read does
 * not show may be there.
 */
export function checkedProof(
  all: readonly Fact[],
  isProven: boolean,
): { readonly facts: readonly Fact[]; readonly isProven: boolean } {
  const against = all.find(isAgainstProof)
  if (!isProven || against === undefined) return { facts: all, isProven }
  const seen = `it shows rows, but ${against.subject}, ${against.rule}: ${against.evidence}`
  const fact = facts.assumed(KNOWN, seen, { meaning: ONCE, change: 'Mend that, and run mlc qad probe again.' })
  return {
    facts: all.map((one) => (one.subject === 'reads.posted' && one.rule === KNOWN ? fact : one)),
    isProven: false,
  }
}

/** Whether a fact speaks against the read of references, whenever it was proven. */
export function isAgainstProof({ subject, verdict }: Fact): boolean {
  return verdict === 'contradicted' && (subject === 'reads.posted' || subject === 'workspace')
}

const KNOWN = 'known to work'

function unproven(...found: readonly Fact[]): PostedProbe {
  return { facts: found, sample: null, isProven: false }
}

async function proven(sample: Sample, place: Place, form: JournalForm | null): Promise<PostedProbe> {
  const found = await postedFacts(sample, place, form)
  if (found.some(({ verdict }) => verdict === 'contradicted')) return { facts: found, sample, isProven: false }
  const seen = `it shows ${sizeOf(sample)}: an empty answer of this very read now counts as "not there"`
  return { facts: [...found, facts.confirmed(KNOWN, seen)], sample, isProven: true }
}

/** Rows that are enough to take a period from. */
const SOME = 50

async function withoutFilters(
  place: Place,
  read: ReadOptions,
  form: JournalForm | null,
  tried: readonly Period[],
): Promise<PostedProbe> {
  const where = tried.map(formatPeriod).join(', ')
  const nothing = facts.assumed(KNOWN, `no row in ${where || 'any period'}`, { meaning: ONCE, change: LATER })
  const rows = (read.filters ?? []).length === 0 ? [] : await firstRows(place, read).catch(refusalOf)
  if (rows instanceof MlcError || rows.length === 0) return unproven(nothing)
  const periods = rows.flatMap((row) => periodOf(row, read) ?? [])
  const [period] = periods
  if (period === undefined) {
    const seen = `rows without its filters, such as ${JSON.stringify(rows[0])}, none with them in ${where}`
    return unproven(facts.assumed(KNOWN, seen, { meaning: ONCE, change: FILTERS }))
  }
  const hidden = periods.find((one) => tried.some((it) => samePeriod(it, one)))
  if (hidden !== undefined) return unproven(hiding(hidden))
  const sample = await takeSample(place, 'posted', read, period)
  if (sample instanceof MlcError) return unproven(facts.failed('rows', sample, READS))
  return sample.rows.length > 0 ? proven(sample, place, form) : unproven(hiding(period))
}

function hiding(period: Period): Fact {
  return facts.contradicted(
    'filters',
    `a row of ${formatPeriod(period)} is there without its filters, none with them`,
    {
      meaning: 'a read that hides what is there makes mlc post it again',
      change: FILTERS,
    },
  )
}

const LATER = 'Run mlc qad probe again when QAD holds a first reference.'
const FILTERS = 'Correct qad.reads.posted.filters: the columns of year and period, and how QAD writes them.'

async function firstRows(place: Place, read: ReadOptions): Promise<readonly ExactObject[]> {
  const rows: ExactObject[] = []
  for await (const row of rawRows(place, 'posted', { ...unfiltered(read), pageSize: SOME }, null)) {
    rows.push(row)
    if (rows.length === SOME) break
  }
  return rows
}
