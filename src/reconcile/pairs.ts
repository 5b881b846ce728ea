import { MlcError } from '../errors.js'
import { createFold } from '../model/fold.js'
import { add, isPlainDecimal, money, type Money } from '../model/money.js'
import { createTable } from '../model/table.js'
import type { Level } from '../model/variance.js'

/** An amount at its place in QAD, in QAD's sign: of Looker's figures, or of the ledger. */
export interface LookerAmount {
  readonly account: string
  /** Empty for none. */
  readonly costCentre: string
  readonly currency: string
  /** Plain decimal text. */
  readonly amount: string
  /** Figures that are summed in it already; absent: it is one. */
  readonly rows?: number
  /** Of the reference that carries it. */
  readonly key?: string
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
  /** Amounts summed. */
  readonly count: number
  /** Of the references summed, the first of them. */
  readonly keys: readonly string[]
}

/** More do not help whoever follows them up. */
const MOST_KEYS = 20

export interface Pairs {
  /** @throws MLC-P001, MLC-Q013 on an amount of Looker or the ledger that is no plain decimal */
  take(name: SideName, amount: LookerAmount): void
  values(): Iterable<Pair>
}

/** Codes meet but for case and spaces. What a level sums up is left empty; currencies are never summed. */
export function createPairs(level: Level): Pairs {
  const pairs = createTable<OpenPair>()
  const fold = createFold()
  return {
    take(name, each) {
      const { currency } = each
      const { account, costCentre } = placeAt(level, each)
      const amount = amountOf(name, each)
      const count = each.rows ?? 1
      const keys = each.key === undefined ? [] : [each.key]
      const pair = pairs.at([fold(currency), fold(account), fold(costCentre)], () => ({ looker: null, ledger: null }))
      const side = pair[name]
      if (side) addTo(side, { account, costCentre, currency, total: amount, count, keys })
      else pair[name] = { account, costCentre, currency, total: amount, count, keys }
    },
    values: () => pairs.values(),
  }
}

/** The codes that a line of the level carries. */
export function placeAt(
  level: Level,
  { account, costCentre }: { readonly account: string; readonly costCentre: string },
): { readonly account: string; readonly costCentre: string } {
  return {
    account: level === 'both' || level === 'account' ? account : '',
    costCentre: level === 'both' || level === 'costCentre' ? costCentre : '',
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
  count: number
  keys: string[]
}

function addTo(side: OpenSide, { account, costCentre, currency, total, count, keys }: Side): void {
  side.total = add(side.total, total)
  side.count += count
  if (side.keys.length < MOST_KEYS) side.keys.push(...keys)
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
