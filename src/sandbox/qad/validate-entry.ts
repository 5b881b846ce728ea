import { compareDecimals } from './cells.js'
import type { Entry, EntryLine } from './entries.js'
import type { QadCompany } from './world.js'

/** What is wrong with an entry. The rules are documented, QAD's wording is not: codes and texts are the sandbox's own. */
export interface EntryFault {
  readonly code: string
  readonly message: string
  /** The sandbox's word for the field. */
  readonly field: string
}

/** Checked in this order; what is wrong with the header hides what is wrong with the lines. */
export function faultsOfEntry(entry: Entry, company: QadCompany): readonly EntryFault[] {
  const header = HEADER_RULES.flatMap((rule) => rule(entry, company))
  if (header.length > 0) return header
  const lines = entry.lines.flatMap((line) => LINE_RULES.flatMap((rule) => rule(line, company)))
  return lines.length > 0 ? lines : balanceFaults(entry)
}

function checkDaybook({ daybook: code }: Entry, { daybooks }: QadCompany): EntryFault[] {
  if (code === '') return [fault('SIM-090', 'daybook', 'Field is mandatory. (daybook)')]
  const daybook = daybooks.find((one) => same(one.code, code))
  if (!daybook) return [fault('SIM-010', 'daybook', `Daybook ${code} does not exist.`)]
  if (!daybook.active) return [fault('SIM-011', 'daybook', `Daybook ${code} is not active.`)]
  if (daybook.type === 'JOURNALENTRY') return []
  return [fault('SIM-012', 'daybook', `Daybook ${code} is not of type Journal Entries.`)]
}

function checkPeriod({ year, period: number, date }: Entry, { periods, entity }: QadCompany): EntryFault[] {
  const period = periods.find((one) => one.year === year && one.period === number)
  const name = `${year}/${number}`
  if (!period) return [fault('SIM-020', 'period', `Period ${name} does not exist.`)]
  if (period.status === 'reported')
    return [fault('SIM-022', 'period', `Period ${name} is reported for entity ${entity}.`)]
  if (period.status !== 'open') return [fault('SIM-021', 'period', `Period ${name} is not open for entity ${entity}.`)]
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return [fault('SIM-023', 'date', `Posting date ${date} is not a date.`)]
  if (date >= period.start && date <= period.end) return []
  return [fault('SIM-023', 'date', `Posting date ${date} is not within period ${name}.`)]
}

function checkAccount({ account: code, costCentre }: EntryLine, { accounts }: QadCompany): EntryFault[] {
  const account = accounts.find((one) => same(one.code, code))
  if (!account) return [fault('SIM-030', 'account', `GL account ${code} does not exist.`)]
  if (!account.active) return [fault('SIM-031', 'account', `GL account ${code} is not active.`)]
  if (account.posting === 'Automatic')
    return [fault('SIM-032', 'account', `GL account ${code} takes automatic postings only.`)]
  if (account.analysis === 'COSTCENTER' && costCentre === '')
    return [fault('SIM-040', 'costCentre', `GL account ${code} needs a cost center.`)]
  if (account.analysis === 'NONE' && costCentre !== '')
    return [fault('SIM-043', 'costCentre', `The COA mask refuses ${code} with cost center ${costCentre}.`)]
  return []
}

function checkCostCentre({ costCentre: code }: EntryLine, { costCentres }: QadCompany): EntryFault[] {
  if (code === '') return []
  const found = costCentres.find((one) => same(one.code, code))
  if (found?.active === true) return []
  return [fault('SIM-041', 'costCentre', `Cost center ${code} ${found ? 'is not active' : 'does not exist'}.`)]
}

function checkCurrency({ currency }: EntryLine, { currencies }: QadCompany): EntryFault[] {
  return currencies.includes(currency) ? [] : [fault('SIM-060', 'currency', `Currency ${currency} is not defined.`)]
}

function checkAmounts({ debit, credit }: EntryLine): EntryFault[] {
  const odd = [debit, credit].find((amount) => !/^\d{1,17}(\.\d{1,4})?$/.test(amount))
  return odd === undefined ? [] : [fault('SIM-052', 'amount', `${odd} is not an amount of at most 4 decimals.`)]
}

const HEADER_RULES = [checkDaybook, checkPeriod]
const LINE_RULES = [checkAmounts, checkAccount, checkCostCentre, checkCurrency]

function balanceFaults({ lines }: Entry): readonly EntryFault[] {
  if (lines.length < 2) return [fault('SIM-050', 'lines', 'An entry needs at least two lines.')]
  const currencies = [...new Set(lines.map(({ currency }) => currency))]
  return currencies.flatMap((currency) => {
    const own = lines.filter((line) => line.currency === currency)
    const [debit, credit] = [sum(own.map((line) => line.debit)), sum(own.map((line) => line.credit))]
    if (compareDecimals(debit, credit) === 0) return []
    return [fault('SIM-051', 'lines', `Debit ${debit} does not equal credit ${credit} in ${currency}.`)]
  })
}

/** Exact, in ten-thousandths. */
export function sum(amounts: readonly string[]): string {
  const total = amounts.reduce((all, amount) => all + units(amount), 0n)
  const digits = (total < 0n ? -total : total).toString().padStart(5, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`
}

function units(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.')
  const size = BigInt(whole + fraction.slice(0, 4).padEnd(4, '0'))
  return amount.startsWith('-') ? -size : size
}

function fault(code: string, field: string, message: string): EntryFault {
  return { code, field, message }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
