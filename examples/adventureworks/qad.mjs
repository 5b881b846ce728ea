import { demoQad } from '../../dist/sandbox/company/company.js'

/**
 * A QAD tenant whose ledger is the actuals: summed exactly per month, account, department and currency, then rounded half-even to
 * the cent. Organisations are plants: the ledger does not know them, references carry them as site.
 */
export function qadOf(facts) {
  const demo = demoQad()
  const actuals = facts.filter(({ scenario }) => scenario === 'Actual')
  const workspace = `${DOMAIN}_${ENTITY}`
  const company = {
    workspace,
    domain: DOMAIN,
    entity: ENTITY,
    currencies: distinct(actuals, ({ currency }) => currency),
    accounts: accountsOf(actuals),
    costCentres: costCentresOf(facts),
    periods: distinct(actuals, ({ month }) => month).map(periodOf),
    balances: balancesOf(actuals.filter(isMoney)),
    daybooks: [],
  }
  return { ...demo, users: demo.users.map((user) => ({ ...user, workspaces: [workspace] })), companies: [company] }
}

const DOMAIN = 'AW'
const ENTITY = 'AWCO'

/** Head counts, units and square feet are statistics: no ledger adds them to money, and the account map ignores them. */
function isMoney({ unit }) {
  return unit === 'Currency'
}

function accountsOf(actuals) {
  const names = new Map(actuals.map((fact) => [fact.account, fact]))
  return [...names.values()].sort(byAccount).map((fact) => {
    const kind = isMoney(fact)
      ? { type: 'STANDARD', analysis: 'COSTCENTER' }
      : { type: 'STATISTICAL', analysis: 'NONE' }
    return { code: fact.account, description: fact.accountName, active: true, posting: 'Manual', ...kind }
  })
}

function byAccount(a, b) {
  return Number(a.account) - Number(b.account)
}

function costCentresOf(facts) {
  const names = new Map(facts.map(({ departmentKey, department }) => [departmentKey, department]))
  const codes = [...names].map(([key, description]) => ({ code: costCentre(key), description, active: true }))
  return codes.sort((a, b) => (a.code < b.code ? -1 : 1))
}

function costCentre(departmentKey) {
  return `D${departmentKey}`
}

function periodOf(month) {
  const [year, period] = month.split('-').map(Number)
  const days = new Date(Date.UTC(year, period, 0)).getUTCDate()
  return { year, period, start: `${month}-01`, end: `${month}-${days}`, status: 'open' }
}

function balancesOf(actuals) {
  const sums = new Map()
  for (const { month, account, departmentKey, currency, amount } of actuals) {
    const place = JSON.stringify([month, account, departmentKey, currency])
    sums.set(place, (sums.get(place) ?? 0n) + scaled(amount))
  }
  return [...sums].map(([place, sum]) => {
    const [month, account, departmentKey, currency] = JSON.parse(place)
    const [year, period] = month.split('-').map(Number)
    return { year, period, account, costCentre: costCentre(departmentKey), currency, amount: toCents(sum) }
  })
}

/** More places than any published literal has: sums are exact integers. */
const PLACES = 20
const CENT = 10n ** BigInt(PLACES - 2)

function scaled(amount) {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,20}))?$/.exec(amount) ?? refuse(amount)
  const size = BigInt(whole + fraction.padEnd(PLACES, '0'))
  return sign === '-' ? -size : size
}

function refuse(amount) {
  throw new Error(`the amount ${amount} is no plain decimal of at most ${PLACES} places`)
}

/** Half-even, as the jobs round. */
function toCents(sum) {
  const size = sum < 0n ? -sum : sum
  const [cents, rest] = [size / CENT, size % CENT]
  const up = rest * 2n > CENT || (rest * 2n === CENT && cents % 2n === 1n)
  const digits = (up ? cents + 1n : cents).toString().padStart(3, '0')
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function distinct(facts, word) {
  return [...new Set(facts.map(word))].sort()
}
