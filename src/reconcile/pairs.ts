import { MlcError } from '../errors.js'
import { createFold } from '../model/fold.js'
import { add, isPlainDecimal, money, type Money } from '../model/money.js'
import { createTable } from '../model/table.js'

/** An amount at its place in QAD, in QAD's sign: of Looker's figures, or of the ledger. */
export interface LookerAmount {
  readonly account: string
  /** Empty for none. */
  readonly costCentre: string
  readonly currency: string
  /** Plain decimal text. */
  readonly amount: string
}

export type SideName = 'looker' | 'ledger'

/** Both sides of one account, cost centre and currency; null where a side has nothing there. */
export interface Pair {
  readonly looker: Side | null
  readonly ledger: Side | null
}

/** The exact sum of a side, under one of its spellings: the same one whatever order the amounts come in. */
export interface Side {
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  readonly total: Money
}

export interface Pairs {
  /** @throws MLC-P001, MLC-Q013 on an amount of Looker or the ledger that is no plain decimal */
  take(name: SideName, amount: LookerAmount): void
  values(): Iterable<Pair>
}

/** Codes meet but for case and spaces. At level `account` cost centres are summed and left empty. */
export function createPairs(level: 'account' | 'both'): Pairs {
  const pairs = createTable<OpenPair>()
  const fold = createFold()
  return {
    take(name, each) {
      const { account, currency } = each
      const costCentre = level === 'account' ? '' : each.costCentre
      const amount = amountOf(name, each)
      const pair = pairs.at([fold(currency), fold(account), fold(costCentre)], () => ({ looker: null, ledger: null }))
      const side = pair[name]
      if (side) addTo(side, account, costCentre, currency, amount)
      else pair[name] = { account, costCentre, currency, total: amount }
    },
    values: () => pairs.values(),
  }
}

interface OpenPair {
  looker: OpenSide | null
  ledger: OpenSide | null
}

interface OpenSide {
  account: string
  costCentre: string
  currency: string
  total: Money
}

function addTo(side: OpenSide, account: string, costCentre: string, currency: string, amount: Money): void {
  side.total = add(side.total, amount)
  if (account < side.account) side.account = account
  if (costCentre < side.costCentre) side.costCentre = costCentre
  if (currency < side.currency) side.currency = currency
}

function amountOf(name: SideName, { account, costCentre, amount }: LookerAmount): Money {
  if (isPlainDecimal(amount)) return money(amount)
  const place = costCentre === '' ? account : `${account}/${costCentre}`
  const message = `the ${name} amount of ${place} is ${JSON.stringify(amount)}, which is no plain decimal`
  throw new MlcError(name === 'looker' ? 'MLC-P001' : 'MLC-Q013', message)
}
