import type { SubmitError } from './answers.js'
import { text } from './books.js'
import type { Words } from './cells.js'
import type { QadCompany, QadComponent, QadField, QadPeriod } from './world.js'

/**
 * What QAD finds wrong with a record, in the order it looks. The rules are documented, QAD's wording is not: these texts
 * and codes are the sandbox's own, and a client must not match on them.
 */
export function faultsOf(record: Words, company: QadCompany, component: QadComponent): readonly SubmitError[] {
  const check = { record, company, report: reporter(record, component) }
  const badFields = component.fields.flatMap((field) => checkField(record, field, check.report))
  return badFields.length > 0 ? badFields : CHECKS.flatMap((rule) => rule(check))
}

/** The primary key is taken. Real answers carry no code; programs recognise the words "already exists". */
export function alreadyExists(record: Words, component: QadComponent): SubmitError {
  return reporter(record, component)('SIM-070', 'key', `${component.plural} ${text(record['key'])} already exists.`)
}

interface Check {
  readonly record: Words
  readonly company: QadCompany
  readonly report: Report
}

type Report = (code: string, word: string, message: string) => SubmitError

const CHECKS = [checkWorkspace, checkPeriod, checkAccount, checkCostCentre, checkCurrency]

function reporter(record: Words, component: QadComponent): Report {
  return (code, word, message) => {
    const fieldName = component.fields.find((field) => field.word === word)?.name ?? word
    return { code, message, fieldName, fieldValue: text(record[word]) }
  }
}

function checkField(record: Words, field: QadField, report: Report): SubmitError[] {
  const { word, name, type, mandatory, maxLength } = field
  const value = text(record[word])
  // A name that the component does not know leaves its field blank, so a misspelling is reported as a missing field.
  if (value === '') return mandatory ? [report('SIM-090', word, `Field is mandatory. (${name})`)] : []
  if (typeof record[word] === 'boolean') return [report('SIM-091', word, `Invalid value for ${name}.`)]
  if (type === 'integer' && !/^\d{1,9}$/.test(value)) return [report('SIM-091', word, `Invalid integer for ${name}.`)]
  if (type === 'decimal' && !/^-?\d{1,17}(\.\d+)?$/.test(value))
    return [report('SIM-052', word, `${name} is not a number.`)]
  if (type === 'decimal' && !/^-?\d+(\.\d{1,4}0*)?$/.test(value)) {
    return [report('SIM-052', word, `${name} has more than 4 decimals.`)]
  }
  const length = [...value].length
  if (type === 'text' && maxLength !== undefined && length > maxLength) {
    return [report('SIM-080', word, `${name} is longer than ${maxLength} characters.`)]
  }
  return []
}

function checkWorkspace({ record, company, report }: Check): SubmitError[] {
  if (text(record['domain']) !== company.domain) {
    return [
      report(
        'SIM-001',
        'domain',
        `Domain ${text(record['domain'])} is not the domain of workspace ${company.workspace}.`,
      ),
    ]
  }
  if (text(record['entity']) !== company.entity) {
    return [
      report(
        'SIM-001',
        'entity',
        `Entity ${text(record['entity'])} is not the entity of workspace ${company.workspace}.`,
      ),
    ]
  }
  return []
}

const CLOSED: Record<Exclude<QadPeriod['status'], 'open'>, readonly [code: string, said: string]> = {
  locked: ['SIM-021', 'is locked'],
  reported: ['SIM-022', 'is reported'],
  future: ['SIM-021', 'is not yet open'],
}

function checkPeriod({ record, company, report }: Check): SubmitError[] {
  const [year, number] = [text(record['year']), text(record['period'])]
  const named = (period: QadPeriod) => String(period.year) === year && String(period.period) === String(Number(number))
  const period = company.periods.find(named)
  if (!period) return [report('SIM-020', 'period', `Period ${year}/${number} does not exist.`)]
  if (period.status === 'open') return []
  const [code, said] = CLOSED[period.status]
  return [report(code, 'period', `Period ${year}/${number} ${said} for entity ${company.entity}.`)]
}

function checkAccount({ record, company, report }: Check): SubmitError[] {
  const code = text(record['account'])
  const account = company.accounts.find((candidate) => same(candidate.code, code))
  if (!account) return [report('SIM-030', 'account', `GL account ${code} does not exist.`)]
  if (!account.active) return [report('SIM-031', 'account', `GL account ${code} is not active.`)]
  if (account.analysis === 'COSTCENTER' && text(record['costCentre']) === '') {
    return [report('SIM-040', 'costCentre', `GL account ${code} needs a cost center.`)]
  }
  return []
}

function checkCostCentre({ record, company, report }: Check): SubmitError[] {
  const code = text(record['costCentre'])
  if (code === '') return []
  const costCentre = company.costCentres.find((candidate) => same(candidate.code, code))
  if (costCentre?.active === true) return []
  return [report('SIM-041', 'costCentre', `Cost center ${code} ${costCentre ? 'is not active' : 'does not exist'}.`)]
}

function checkCurrency({ record, company, report }: Check): SubmitError[] {
  const currency = text(record['currency'])
  if (currency === '' || company.currencies.includes(currency)) return []
  return [report('SIM-060', 'currency', `Currency ${currency} is not defined.`)]
}

/** The database compares codes without regard to letter case. */
function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
