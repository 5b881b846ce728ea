import { MlcError } from '../../errors.js'
import type { Balance } from '../../model/chart.js'
import { counted } from '../../model/counted.js'
import { add, isZero, money, toText, ZERO } from '../../model/money.js'
import { formatPeriod, samePeriod } from '../../model/period.js'
import type { Posted } from '../../model/reference.js'
import { readBalances, readPosted } from '../books.js'
import type { JournalForm } from '../options.js'
import type { Place } from '../rows.js'
import { factsOf, refusalOf, sampleOf, type Fact } from './fact.js'
import { at } from '../exact.js'
import { columnFact, periodOf, replayed, sizeOf, unfiltered, type Sample } from './rows.js'

type Company = Pick<Place, 'domain' | 'entity'>

const UNREAD = 'an amount or code that cannot be read stops every run that meets it'

/**
 * The ledger's movements of one period: that they come, how amounts are written, and what their signs look like. Null where the
 * rows are all of other periods, and no filter asked for this one.
 */
export async function balanceFacts(sample: Sample, company: Company): Promise<readonly Fact[] | null> {
  const { read, period } = sample
  const facts = factsOf('reads.balances')
  if (sample.rows.length === 0 || period === null) return null
  const columns = columnFact(sample)
  if (columns?.verdict === 'contradicted') return [columns]
  const found: Balance[] | MlcError = await collected(
    readBalances(replayed(sample, company), { balances: unfiltered(read) }, period),
  )
  if (found instanceof MlcError) return [...(columns ? [columns] : []), facts.failed('values', found, UNREAD)]
  if (found.length === 0) return strayFacts(sample)
  const codes = found.map(({ account, costCentre }) => `${account}/${costCentre || '-'}`)
  const rows = facts.confirmed('rows', `${sizeOf(sample)}, such as ${sampleOf(codes)}`)
  return [...(columns ? [columns] : []), rows, scaleFact(found), signFact(found, sample)]
}

/** Asked for one period by its filters, QAD shows others alone. Null where the read has no such filter, or no column that tells. */
function strayFacts({ read, rows, period }: Sample): readonly Fact[] | null {
  if (period === null || !(read.filters ?? []).some(([, , value]) => value === '{period}')) return null
  const met = rows.map((row) => periodOf(row, read)).filter((one) => one !== null)
  const [other] = met
  if (!other || met.length < rows.length || met.some((one) => samePeriod(one, period))) return null
  const seen = `asked for ${formatPeriod(period)}, QAD shows ${counted(rows.length, 'row')} of other periods, such as ${formatPeriod(other)}`
  return [
    factsOf('reads.balances').contradicted('filters', seen, {
      meaning: 'rows of other periods count for nothing, so reconcile would call every figure "only Looker"',
      change: 'Correct qad.reads.balances.filters: the columns of year and period, and how QAD writes them.',
    }),
  ]
}

/** What a period without movements comes to. */
export function noMovement(): Fact {
  return factsOf('reads.balances').assumed('rows', 'no row in any of the periods that were asked for', {
    meaning: 'its columns and signs are untried: reconcile would call every figure "only Looker"',
    change: 'Check the browse, its filters and the rights of the user, if there should be movements.',
  })
}

async function collected<T>(rows: AsyncIterable<T>): Promise<T[] | MlcError> {
  const found: T[] = []
  try {
    for await (const row of rows) found.push(row)
    return found
  } catch (error) {
    return refusalOf(error)
  }
}

function scaleFact(balances: readonly Balance[]): Fact {
  const facts = factsOf('reads.balances')
  const decimals = Math.max(0, ...balances.map(({ amount }) => amount.split('.')[1]?.length ?? 0))
  const largest = balances.reduce((most, { amount }) => (amount.length > most.length ? amount : most), '')
  const currencies = [...new Set(balances.map(({ currency }) => currency))]
  const seen = `plain decimals with at most ${decimals} places, such as ${largest}, in ${sampleOf(currencies)}`
  return facts.confirmed('amounts', seen)
}

/** Debits and credits of a whole ledger cancel: what does not cancel is a part of it, or has lost its signs. */
function signFact(balances: readonly Balance[], { read }: Sample): Fact {
  const facts = factsOf('reads.balances')
  const negative = balances.filter(({ amount }) => amount.startsWith('-')).length
  const sum = balances.reduce((total, { amount }) => add(total, money(amount)), ZERO)
  const seen = `${negative} of ${counted(balances.length, 'amount')} negative, together ${toText(sum)}`
  const sides = 'debit minus credit, from a column each'
  if (read.columns['debit']) return facts.confirmed('signs', `${sides}; ${seen}`)
  const cancels = isZero(sum) && negative > 0 ? ': debits and credits cancel' : ''
  return facts.assumed('signs', `${seen}${cancels}`, {
    meaning:
      negative === 0
        ? 'amounts without a sign would make every credit a variance of twice its size'
        : 'that a positive amount is a debit cannot be seen; were it a credit, reconcile would show all figures with the wrong sign',
    change: 'Have the browse show debit and credit, and name both under qad.reads.balances.columns.',
  })
}

/** Our references as the read shows them, or a row of somebody else: either shows that the read works. */
export async function postedFacts(
  sample: Sample,
  company: Company,
  form: JournalForm | null,
): Promise<readonly Fact[]> {
  const { read, period, rows } = sample
  const facts = factsOf('reads.posted')
  if (rows.length === 0 || period === null) return []
  const columns = columnFact(sample)
  if (columns?.verdict === 'contradicted') return [columns]
  const found: Posted[] | MlcError = await collected(
    readPosted(replayed(sample, company), { posted: unfiltered(read) }, period, form),
  )
  if (found instanceof MlcError) return [...(columns ? [columns] : []), facts.failed('values', found, UNREAD)]
  const cut = cutFact(sample, form)
  if (cut !== null) return [...(columns ? [columns] : []), cut]
  const ours = found.map(({ key }) => key)
  const told = ours.length === 0 ? 'none of them ours' : `${ours.length} of them ours, such as ${sampleOf(ours, 2)}`
  return [
    ...(columns ? [columns] : []),
    facts.confirmed('rows', `${sizeOf(sample)}, ${told}`),
    twiceFact(found),
  ].filter((fact) => fact !== null)
}

/** Keys that begin as ours and end too soon, all at one length: a column that is too narrow for them. */
function cutFact({ read, rows }: Sample, form: JournalForm | null): Fact | null {
  const prefix = form?.keyPrefix.toUpperCase() ?? ''
  const texts = rows.map((row) => at(row, read.columns['key'] ?? '')).filter((text) => typeof text === 'string')
  const keys = texts.map((text) => text.trim().toUpperCase()).filter((key) => key.startsWith(prefix))
  const cut = keys.filter((key) => CUT_KEY.test(key.slice(prefix.length)))
  const lengths = new Set(cut.map((key) => key.length))
  const [length] = lengths
  if (length === undefined || lengths.size > 1 || keys.some((key) => key.length > length)) return null
  const seen = `${counted(cut.length, 'key')} such as ${sampleOf(cut, 2)}, cut to ${length} characters`
  return factsOf('reads.posted').contradicted('key', seen, {
    meaning: `mlc's keys have ${prefix.length + 29} characters and more for a later revision: it knows none of its own again, and would post all of them anew`,
    change: 'Have the column of qad.reads.posted.columns.key, and the field it shows, made as wide as the keys.',
  })
}

/** The beginning of a key, or of one with a revision. */
const CUT_KEY = /^MLC(?:[0-9A-HJKMNP-TV-Z]{1,25}|[0-9A-HJKMNP-TV-Z]{26}-R?)$/

function twiceFact(found: readonly Posted[]): Fact | null {
  const keys = found.map(
    ({ key, year, period }) => `${key}${year === null ? '' : ` in ${formatPeriod({ year, period: period ?? 0 })}`}`,
  )
  const twice = [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))]
  if (twice.length === 0) return null
  return factsOf('reads.posted').contradicted('key', `QAD holds ${sampleOf(twice)} more than once`, {
    meaning:
      'the key is not unique in QAD, or the read shows several rows of one reference: mlc takes it for posted twice',
    change: 'Make the key the primary key of the component; for journals, filter the read to the lines of the figures.',
  })
}
