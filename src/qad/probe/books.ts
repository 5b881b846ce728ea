import { MlcError } from '../../errors.js'
import type { Balance } from '../../model/chart.js'
import { counted } from '../../model/counted.js'
import { add, isZero, money, toText, ZERO } from '../../model/money.js'
import { formatPeriod } from '../../model/period.js'
import type { Posted } from '../../model/reference.js'
import { readBalances, readPosted } from '../books.js'
import type { JournalForm } from '../options.js'
import type { Place } from '../rows.js'
import { factsOf, refusalOf, sampleOf, type Fact } from './fact.js'
import { columnFact, replayed, sizeOf, unfiltered, type Sample } from './rows.js'

type Company = Pick<Place, 'domain' | 'entity'>

const UNREAD = 'an amount or code that cannot be read stops every run that meets it'

/**
 * The ledger's movements of one period: that they come, how amounts are written, and what their signs look like. Null where the
 * rows are all of other periods.
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
  if (found.length === 0) return null
  const codes = found.map(({ account, costCentre }) => `${account}/${costCentre || '-'}`)
  const rows = facts.confirmed('rows', `${sizeOf(sample)}, such as ${sampleOf(codes)}`)
  return [...(columns ? [columns] : []), rows, scaleFact(found), signFact(found, sample)]
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
  const ours = found.map(({ key }) => key)
  const told = ours.length === 0 ? 'none of them ours' : `${ours.length} of them ours, such as ${sampleOf(ours, 2)}`
  return [
    ...(columns ? [columns] : []),
    facts.confirmed('rows', `${sizeOf(sample)}, ${told}`),
    twiceFact(found),
  ].filter((fact) => fact !== null)
}

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
