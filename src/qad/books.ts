import { MlcError } from '../errors.js'
import type { Balance } from '../model/chart.js'
import type { Period } from '../model/period.js'
import { parseKey, type Posted } from '../model/reference.js'
import type { Cells } from './cells.js'
import type { JournalForm, ReadsOptions } from './options.js'
import { readRows, type Place } from './rows.js'

/**
 * The ledger's movements of the period. Several rows may share account, cost centre and currency.
 * @param onStray is called for each row of another period: those are left out
 * @throws MLC-Q016
 */
export async function* readBalances(
  place: Place,
  reads: ReadsOptions,
  period: Period,
  onStray: () => void = () => undefined,
): AsyncGenerator<Balance> {
  const { balances } = reads
  if (!balances) throw new MlcError('MLC-Q016', 'qad.reads.balances is not configured')
  for await (const cells of readRows(place, 'balances', balances, period)) {
    const year = partOf(cells, 'year') ?? period.year
    const number = partOf(cells, 'period') ?? period.period
    if (year !== period.year || number !== period.period) {
      onStray()
      continue
    }
    yield {
      year,
      period: number,
      account: cells.code('account'),
      costCentre: cells.optionalCode('costCentre') ?? '',
      currency: currencyOf(cells),
      amount: cells.amount(),
      lastPosted: cells.optionalCode('lastPosted'),
    }
  }
}

/** Null where QAD shows no such column, and was asked for one period. A row without it, such as a total, is no movement of the period. */
function partOf(cells: Cells, name: 'year' | 'period'): number | null {
  const found = cells.optionalWhole(name)
  if (found !== null || !cells.has(name)) return found
  throw new MlcError('MLC-Q013', `${cells.where}: ${name} is empty`, {
    fix: 'Leave such rows out with a filter in qad.reads.balances.filters, or read another browse.',
  })
}

/** A balance without a currency would be compared with nothing of Looker, under no name. */
function currencyOf(cells: Cells): string {
  const currency = cells.code('currency')
  if (currency.trim() !== '') return currency
  throw new MlcError('MLC-Q013', `${cells.where}: currency is empty`, {
    fix: 'Where the browse shows none for the base currency, name it: qad.reads.balances.defaults: { currency: USD }.',
  })
}

/**
 * Our references in QAD. Rows under keys that are not ours belong to somebody else.
 * @param form of journals: the prefix of their keys, and the account of their other side
 * @throws MLC-Q016
 */
export async function* readPosted(
  place: Place,
  reads: ReadsOptions,
  period: Period,
  form: JournalForm | null = null,
): AsyncGenerator<Posted> {
  const { posted } = reads
  if (!posted) throw new MlcError('MLC-Q016', 'qad.reads.posted is not configured')
  for await (const cells of readRows(place, 'posted', posted, period)) {
    // QAD compares without case and some answers come in lower case; our keys are upper case.
    const key = withoutPrefix(cells.code('key').trim().toUpperCase(), form)
    if (parseKey(key) !== null && !isOffset(cells, form)) yield postedOf(key, cells)
  }
}

function withoutPrefix(text: string, form: JournalForm | null): string {
  const prefix = form?.keyPrefix.toUpperCase() ?? ''
  return text.startsWith(prefix) ? text.slice(prefix.length) : ''
}

/** A read that shows the lines of an entry shows both sides: the other side is no figure. */
function isOffset(cells: Cells, form: JournalForm | null): boolean {
  return form !== null && cells.optionalCode('account')?.toUpperCase() === form.offsetAccount.toUpperCase()
}

function postedOf(key: string, cells: Cells): Posted {
  const description = cells.optionalCode('description')
  const source = cells.optionalCode('source')
  return {
    ...(description === null ? {} : { description }),
    ...(source === null ? {} : { source }),
    key,
    year: cells.optionalWhole('year'),
    period: cells.optionalWhole('period'),
    account: cells.optionalCode('account'),
    costCentre: cells.optionalCode('costCentre'),
    currency: cells.optionalCode('currency'),
    measure: cells.optionalCode('measure'),
    amount: cells.amount(),
    revision: cells.optionalWhole('revision'),
    qadRef: cells.optionalCode('qadRef'),
  }
}
