import type { Words } from './cells.js'
import type { Entries, Entry, EntryLine } from './entries.js'
import { faultOf, type Fault } from './faults.js'
import type { QadCompany } from './world.js'
import { sum } from './validate-entry.js'

/** Stores an entry as the faults of the call have it. */
export function keepEntry(entry: Entry, entries: Entries, faults: readonly Fault[]): Entry {
  const timing = { lateMs: faultOf(faults, 'late')?.ms ?? 0, hiddenReads: faultOf(faults, 'lag')?.reads ?? 0 }
  const altered = { ...entry, ...faultOf(faults, 'alterEntry')?.change }
  // A middle layer may send again by itself after a failure between it and QAD.
  if (faultOf(faults, 'twice')) entries.store(altered, timing)
  return entries.store(altered, timing)
}

/** The lines of the entries as words, one row a line. */
export function postingRows(entries: readonly Entry[], company: QadCompany): readonly Words[] {
  return entries.flatMap((entry) => entry.lines.map((line, index) => rowOf(entry, line, index, company)))
}

function rowOf(entry: Entry, line: EntryLine, index: number, { domain, entity, daybooks }: QadCompany): Words {
  const { daybook, year, period, date, voucher, text, secondText } = entry
  const { account, subAccount, costCentre, project, currency, debit, credit } = line
  const book = daybooks.find(({ code }) => code.toLowerCase() === daybook.toLowerCase())
  const amounts = { debit: { n: debit }, credit: { n: credit }, amount: { n: sum([debit, `-${credit}`]) } }
  return {
    ...{ domain, entity, daybook, text, key: secondText, date: `${date}T00:00:00.000Z` },
    ...{
      year: { n: `${year}` },
      period: { n: `${period}` },
      voucher: { n: `${voucher}` },
      line: { n: `${index + 1}` },
    },
    ...{ account, subAccount, costCentre, project, currency, ...amounts },
    ...{ layer: book?.layer ?? '', layerType: book?.layerType ?? '', uri: numberOf(entry) },
  }
}

/**
 * What entries add to the balances of the layer that their daybook posts to: a movement for each line, on the official layer for a
 * daybook that is on it, and on one that counts in no book for the others.
 */
export function postedBalances(entries: readonly Entry[], company: QadCompany): readonly Words[] {
  return postingRows(entries, company).map((row) => {
    const { domain = '', entity = '', year = '', period = '', account = '', costCentre = '', currency = '' } = row
    const { amount = '', debit = '', credit = '', layerType = '' } = row
    return { domain, entity, year, period, account, costCentre, currency, amount, debit, credit, layer: layerType }
  })
}

/** As QAD displays it. */
export function numberOf({ year, daybook, voucher }: Entry): string {
  return `${year}/${daybook}/${String(voucher).padStart(9, '0')}`
}
