import { MlcError } from '../../errors.js'
import type { Balance } from '../../model/chart.js'
import type { Overflow } from '../../model/overflow.js'
import { createParted, type Parted } from '../../model/parted.js'
import type { LookerAmount } from '../place.js'
import { AMOUNT_WIDTH, negateAmount, putAmount } from './amount.js'
import { createNames, type Names } from './names.js'
import { hashOf } from './slots.js'

/**
 * Both sides of a comparison as entries of numbers: few of them stay in memory, many are put aside by account, cost centre and
 * currency, so that what is compared with each other is read together.
 */
export interface Books {
  readonly names: Names
  readonly parts: number
  /** Those of one period and measure. */
  figures(): Figures
  /** Those of one period. */
  balances(): Balances
}

export interface Figures {
  /** @throws MLC-P001 on an amount that is no plain decimal */
  add(figure: PlacedFigure): void
  readonly entries: Parted
  /** Figures of it that stand somewhere. */
  readonly count: number
}

export interface Balances {
  /** @throws MLC-Q013 on an amount that is no plain decimal */
  add(balance: Omit<Balance, 'year' | 'period'>): void
  readonly entries: Parted
}

/** A figure, and where it stands in QAD; or a reference, by its key. */
export interface PlacedFigure extends Pick<LookerAmount, 'account' | 'costCentre' | 'currency' | 'amount'> {
  readonly kind: FigureKind
  /** Turned round: Looker shows credits as positive. */
  readonly isNegated?: boolean
  /** Of a reference its key. */
  readonly lookerAccount: string | null
  readonly lookerCostCentre: string | null
  /** What else makes a reference one and no other: JSON of sub-account, project and site; null: none of them. */
  readonly further: string | null
}

/** `unmapped` stands under Looker's names; `ignored` stands nowhere. */
export type FigureKind = 'mapped' | 'unmapped' | 'ignored' | 'reference'
export const KINDS: readonly FigureKind[] = ['mapped', 'unmapped', 'ignored', 'reference']

/** Where the numbers of an entry stand. Of a figure, those that make a reference one stand together. */
export const AMOUNT = 0
export const ACCOUNT = AMOUNT_WIDTH
export const COST_CENTRE = AMOUNT_WIDTH + 1
export const CURRENCY = AMOUNT_WIDTH + 2
export const LAST_POSTED = AMOUNT_WIDTH + 3
export const BALANCE_WIDTH = AMOUNT_WIDTH + 4
export const KIND = AMOUNT_WIDTH + 3
export const FURTHER = AMOUNT_WIDTH + 4
export const LOOKER_ACCOUNT = AMOUNT_WIDTH + 5
export const LOOKER_COST_CENTRE = AMOUNT_WIDTH + 6
/** All figures in the order in which they came. */
export const NUMBER = AMOUNT_WIDTH + 7
export const FIGURE_WIDTH = AMOUNT_WIDTH + 8

/** Of a place: the folded numbers of currency, account and cost centre. */
export const PLACE_WIDTH = 3

export interface BooksOptions {
  /** Called when entries do not fit into memory; whoever made it closes it. */
  readonly openOverflow: () => Overflow
  /** Entries of a part that wait in memory; a test makes it small. */
  readonly waiting?: number
}

const PART_BITS = 8
const PARTS = 2 ** PART_BITS
const WAITING = 256

export function createBooks({ openOverflow, waiting = WAITING }: BooksOptions): Books {
  const names = createNames()
  const place = new Int32Array(PLACE_WIDTH)
  const open = (width: number) => createParted({ width, parts: PARTS, waiting, openOverflow })
  /** Makes room for an entry at its place. */
  const next = (entries: Parted, account: number, costCentre: number, currency: number) => {
    place[0] = names.foldedOf(currency)
    place[1] = names.foldedOf(account)
    place[2] = names.foldedOf(costCentre)
    const at = entries.next(partOf(place, 0))
    entries.room[at + ACCOUNT] = account
    entries.room[at + COST_CENTRE] = costCentre
    entries.room[at + CURRENCY] = currency
    return at
  }
  let number = 0
  return {
    names,
    parts: PARTS,
    figures: () => figuresIn(open(FIGURE_WIDTH), names, next, () => number++),
    balances: () => balancesIn(open(BALANCE_WIDTH), names, next),
  }
}

/** The part in which the entries of a place are, by the folded numbers of its codes. */
export function partOf(place: Int32Array, at: number): number {
  return hashOf(place, at, PLACE_WIDTH) >>> (32 - PART_BITS)
}

type Next = (entries: Parted, account: number, costCentre: number, currency: number) => number

function figuresIn(entries: Parted, names: Names, next: Next, nextNumber: () => number): Figures {
  let count = 0
  return {
    entries,
    get count() {
      return count
    },
    add(figure) {
      if (figure.kind !== 'ignored') count++
      const { account, costCentre, currency, amount } = figure
      const at = next(entries, names.numberOf(account), names.numberOf(costCentre), names.numberOf(currency))
      const { room } = entries
      if (!putAmount(room, at, amount, names)) throw notPlain('MLC-P001', 'looker', figure)
      room[at + KIND] = KINDS.indexOf(figure.kind)
      room[at + FURTHER] = names.numberOf(figure.further)
      room[at + LOOKER_ACCOUNT] = names.numberOf(figure.lookerAccount)
      room[at + LOOKER_COST_CENTRE] = names.numberOf(figure.lookerCostCentre)
      room[at + NUMBER] = nextNumber()
      if (figure.isNegated) negateAmount(room, at, names)
    },
  }
}

function balancesIn(entries: Parted, names: Names, next: Next): Balances {
  return {
    entries,
    add(balance) {
      const { account, costCentre, currency, amount, lastPosted } = balance
      const at = next(entries, names.numberOf(account), names.numberOf(costCentre), names.numberOf(currency))
      const { room } = entries
      if (!putAmount(room, at, amount, names)) throw notPlain('MLC-Q013', 'ledger', balance)
      room[at + LAST_POSTED] = names.numberOf(lastPosted ?? null)
    },
  }
}

function notPlain(
  code: 'MLC-P001' | 'MLC-Q013',
  side: 'looker' | 'ledger',
  { account, costCentre, amount }: Pick<LookerAmount, 'account' | 'costCentre' | 'amount'>,
): MlcError {
  const place = costCentre === '' ? account : `${account}/${costCentre}`
  return new MlcError(code, `the ${side} amount of ${place} is ${JSON.stringify(amount)}, which is no plain decimal`)
}
