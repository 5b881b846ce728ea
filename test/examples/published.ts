import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Big from 'big.js'
import { referenceKey } from '../../src/model/reference.js'

/** One published actual, read for the test alone: nothing here goes through the example or the sandbox. */
export interface Fact {
  readonly month: string
  readonly year: string
  readonly account: string
  readonly department: string
  readonly organization: string
  readonly currency: string
  /** The literal as published. */
  readonly amount: string
  /** False: a head count, a number of units or square feet. */
  readonly isMoney: boolean
}

export function actualsOf(folder: string): Fact[] {
  const table = (name: string) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n')
    return lines.map((line) => line.trim().split('|')).filter(({ length }) => length > 1)
  }
  const column = (name: string, key: number, value: number) =>
    new Map(table(name).map((record) => [record[key] ?? '', record[value] ?? '']))
  const codes = column('DimAccount.csv', 0, 2)
  const units = column('DimAccount.csv', 0, 8)
  const currencyKeys = column('DimOrganization.csv', 0, 4)
  const currencies = column('DimCurrency.csv', 0, 1)
  const actual = '1'
  const facts = table('FactFinance.csv').filter(([, , , , scenario]) => scenario === actual)
  return facts.map(([, dateKey = '', organization = '', department = '', , account = '', amount = '']) => ({
    month: `${dateKey.slice(0, 4)}-${dateKey.slice(4, 6)}`,
    year: dateKey.slice(0, 4),
    account: codes.get(account) ?? '',
    department,
    organization,
    currency: currencies.get(currencyKeys.get(organization) ?? '') ?? '',
    amount,
    isMoney: units.get(account) === 'Currency',
  }))
}

/** What QAD must hold in the end: key → amount, half-even to the cent. */
export function referencesOf(facts: readonly Fact[], measure: string): Map<string, string> {
  const sums = new Map<string, Big>()
  for (const fact of facts.filter(({ isMoney }) => isMoney)) {
    const key = keyOf(fact, measure)
    sums.set(key, (sums.get(key) ?? new Big(0)).plus(fact.amount))
  }
  return new Map([...sums].map(([key, sum]) => [key, sum.round(2, Big.roundHalfEven).toFixed(2)]))
}

export function signedSum(amounts: readonly string[]): Big {
  return amounts.reduce((sum, amount) => sum.plus(amount), new Big(0))
}

function keyOf({ month, account, department, organization, currency }: Fact, measure: string): string {
  const [year, period] = month.split('-').map(Number) as [number, number]
  const place = { account, subAccount: '', costCentre: `D${department}`, project: '', site: organization }
  return referenceKey({ domain: 'AW', entity: 'AWCO', year, period, ...place, currency, measure })
}
