import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The finance facts of AdventureWorks DW, each with the names of its dimensions. Amounts stay the literals that were
 * published, float noise included (`78096.899999999994`): a number type would print another figure.
 */
export function readFacts(folder) {
  const accounts = byKey(readTable(folder, 'DimAccount.csv'))
  const organizations = byKey(readTable(folder, 'DimOrganization.csv'))
  const departments = byKey(readTable(folder, 'DimDepartmentGroup.csv'))
  const scenarios = byKey(readTable(folder, 'DimScenario.csv'))
  const currencies = byKey(readTable(folder, 'DimCurrency.csv'))
  return readTable(folder, 'FactFinance.csv').map((fact) => {
    const [key, , organizationKey, departmentKey, scenarioKey, accountKey, amount, date] = fact
    const [, , account, , accountName, accountType, , , unit] = found(accounts, accountKey)
    const [, , , organization, currencyKey] = found(organizations, organizationKey)
    const [, , department] = found(departments, departmentKey)
    const [, scenario] = found(scenarios, scenarioKey)
    const [, currency] = found(currencies, currencyKey)
    const place = { account, accountName, accountType, unit, organization, organizationKey, department, departmentKey }
    return { key, ...place, scenario, currency, amount, month: date.slice(0, 7), year: date.slice(0, 4) }
  })
}

/** Pipe-delimited, no header, no quotes. */
function readTable(folder, name) {
  const path = join(folder, name)
  if (!existsSync(path)) throw new Error(`${path} is missing: give the folder that holds AdventureWorks' CSV files`)
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  return lines.filter((line) => line !== '').map((line) => line.split('|'))
}

function byKey(table) {
  return new Map(table.map((record) => [record[0], record]))
}

function found(table, key) {
  const record = table.get(key)
  if (!record) throw new Error(`a fact names the key ${key}, which its dimension does not have`)
  return record
}
