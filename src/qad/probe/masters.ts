import { MlcError } from '../../errors.js'
import type { MasterCode } from '../../model/chart.js'
import { counted } from '../../model/counted.js'
import { formatPeriod, periodOfDate, type CalendarPeriod } from '../../model/period.js'
import { readChart } from '../masters.js'
import type { Place } from '../rows.js'
import { factsOf, refusalOf, sampleOf, type Fact } from './fact.js'
import { columnFact, replayed, sizeOf, unfiltered, type Sample } from './rows.js'

type Company = Pick<Place, 'domain' | 'entity'>

const EMPTY = 'an empty list of codes is never believed: every run stops with MLC-Q010'

/** Accounts or cost centres: that they come, under which columns, and which of them may be posted to. */
export async function codeFacts(sample: Sample, company: Company): Promise<readonly Fact[]> {
  const { name, read, rows } = sample
  const facts = factsOf(`reads.${name}`)
  if (rows.length === 0) return [facts.contradicted('rows', 'no rows', { meaning: EMPTY, change: RIGHTS }, 'MLC-Q010')]
  const columns = columnFact(sample)
  if (columns?.verdict === 'contradicted') return [columns]
  const chart = await readChart(replayed(sample, company), { [name]: unfiltered(read) }).catch(refusalOf)
  if (chart instanceof MlcError) return [facts.failed('values', chart, 'a value that cannot be read stops every run')]
  const codes = (name === 'glAccounts' ? chart.accounts : chart.costCentres) ?? []
  return [...(columns ? [columns] : []), ...valueFacts(sample, codes)]
}

const RIGHTS = 'Check the browse or path, the workspace, and what record-level security hides from the user.'

function valueFacts(sample: Sample, codes: readonly MasterCode[]): readonly Fact[] {
  const { name, read } = sample
  const facts = factsOf(`reads.${name}`)
  const named = codes.map(({ code }) => code)
  const inactive = codes.filter(({ active }) => !active).length
  const size = `${sizeOf(sample)}, ${inactive} of them inactive, such as ${sampleOf(named)}`
  const rows =
    inactive === codes.length
      ? facts.contradicted('rows', size, {
          meaning: 'mlc posts to active codes only, and takes none of these for active',
          change: `Correct qad.reads.${name}.columns.active.`,
        })
      : facts.confirmed('rows', size)
  const twice = named.filter((code, index) => named.indexOf(code) !== index)
  if (twice.length === 0) return [rows]
  const filter = `Add a filter on the domain to qad.reads.${name}: filters: [[<column>, eq, "{domain}"]].`
  return [
    rows,
    facts.assumed('one company', `${counted(twice.length, 'code')} more than once, such as ${sampleOf(twice)}`, {
      meaning: 'codes of other companies may be among them: a figure could be mapped to one that this company lacks',
      ...(read.browse ? { change: filter } : {}),
    }),
  ]
}

/** The calendar: which words its status has and which mean open, whether it has today, how it writes dates. */
export async function calendarFacts(
  sample: Sample,
  company: Company,
  today: string,
): Promise<{ readonly facts: readonly Fact[]; readonly periods: readonly CalendarPeriod[] }> {
  const facts = factsOf('reads.periods')
  const alone = (...found: readonly Fact[]) => ({ facts: found, periods: [] })
  if (sample.rows.length === 0)
    return alone(facts.contradicted('rows', 'no rows', { meaning: EMPTY, change: RIGHTS }, 'MLC-Q010'))
  const columns = columnFact(sample)
  if (columns?.verdict === 'contradicted') return alone(columns)
  const chart = await readChart(replayed(sample, company), { periods: unfiltered(sample.read) }).catch(refusalOf)
  if (chart instanceof MlcError)
    return alone(facts.failed('values', chart, 'a calendar that cannot be read stops every run'))
  const periods = chart.periods ?? []
  const size = facts.confirmed('rows', `${sizeOf(sample)}: ${sampleOf(periods.map(formatPeriod), 2)}`)
  const seen = [columns, size, statusFact(sample, periods), todayFact(periods, today)]
  return { facts: seen.filter((fact) => fact !== null), periods }
}

function statusFact({ read }: Sample, periods: readonly CalendarPeriod[]): Fact {
  const facts = factsOf('reads.periods')
  if (!read.columns['status'] && (read.defaults?.['status'] ?? null) === null)
    return facts.assumed('open', 'no column tells which periods are open', {
      meaning: 'a figure for a closed period is only refused by QAD itself, after it was sent',
      change: 'Add qad.reads.periods.columns.status and openValues.',
    })
  const words = [...new Set(periods.map(({ status }) => status))]
  const told = words.map((word) => {
    const of = periods.filter(({ status }) => status === word)
    return `"${word}" ${of.length}${of[0]?.open ? ' (open)' : ''}`
  })
  const open = periods.filter((period) => period.open)
  if (open.length > 0)
    return facts.confirmed('open', `${told.join(', ')}; open: ${sampleOf(open.map(formatPeriod), 4)}`)
  return facts.contradicted('open', `${told.join(', ')}: none of them counts as open`, {
    meaning: 'every figure is refused with MLC-Q031',
    change: 'Name the words that mean open under qad.reads.periods.openValues.',
  })
}

function todayFact(periods: readonly CalendarPeriod[], today: string): Fact {
  const facts = factsOf('reads.periods')
  const dated = periods.filter(({ start, end }) => start !== null && end !== null)
  const [first] = dated
  if (!first)
    return facts.assumed('dates', 'no first and last days', {
      meaning: 'periods are taken for calendar months, which they are not where the year ends otherwise',
      change: 'Add qad.reads.periods.columns.start and end.',
    })
  const current = periodOfDate(today, periods)
  const form = `dates are read, such as ${formatPeriod(first)} from ${first.start ?? ''} to ${first.end ?? ''}`
  if (current !== null) return facts.confirmed('dates', `${form}; today is in ${formatPeriod(current)}`)
  return facts.assumed('dates', `${form}; none holds today, ${today}`, {
    meaning: '--period current is refused until the calendar has that period',
  })
}
