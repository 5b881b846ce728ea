import { MlcError } from '../../errors.js'
import type { Balance } from '../../model/chart.js'
import { comparePeriods, formatPeriod, type CalendarPeriod, type Period } from '../../model/period.js'
import type { Balances, Books } from '../../reconcile/compare/books.js'
import type { Ports } from '../ports.js'

/** What a line speaks of: the movement of its period, or of the year up to and with it. */
export type Basis = 'period' | 'ytd'

export interface LedgerReads {
  /** @throws what the read of balances throws */
  balances(period: Period): Promise<readonly Balances[]>
  /** Rows of other periods among the answers to `balances` of this one. */
  strays(period: Period): number
  /** For causes alone: null, and said, where they cannot be read. */
  neighbouring(period: Period): Promise<readonly Balances[] | null>
}

/** Each period is read once, however many lines ask for it, and none stays in memory. */
export function ledgerReads(
  basis: Basis,
  calendar: readonly CalendarPeriod[],
  books: Books,
  ports: Ports,
): LedgerReads {
  const read = new Map<string, Promise<Balances>>()
  const strays = new Map<string, number>()
  const movements = (period: Period) => {
    const text = formatPeriod(period)
    const onStray = () => void strays.set(text, (strays.get(text) ?? 0) + 1)
    const known = read.get(text) ?? kept(ports.ledger().balances(period, onStray), books)
    read.set(text, known)
    return known
  }
  const spanOf = (period: Period) => (basis === 'period' ? [period] : upTo(period, calendar))
  const balances = async (period: Period) => {
    const all: Balances[] = []
    for (const one of spanOf(period)) all.push(await movements(one))
    return all
  }
  return {
    balances,
    strays: (period) => spanOf(period).reduce((sum, one) => sum + (strays.get(formatPeriod(one)) ?? 0), 0),
    neighbouring: async (period) => {
      try {
        return await balances(period)
      } catch (error) {
        if (!(error instanceof MlcError)) throw error
        ports.say(`not looked at for causes: the ledger of ${formatPeriod(period)} (${error.code} ${error.message})`)
        return null
      }
    },
  }
}

/** The periods of its year up to and with this one. Without a calendar they are numbered from 1. */
export function upTo(period: Period, calendar: readonly CalendarPeriod[]): readonly Period[] {
  const known = calendar.filter((one) => one.year === period.year && comparePeriods(one, period) < 0)
  const before =
    calendar.length > 0
      ? known.toSorted(comparePeriods).map(({ year, period: number }) => ({ year, period: number }))
      : Array.from({ length: period.period - 1 }, (_, index) => ({ year: period.year, period: index + 1 }))
  return [...before, period]
}

async function kept(balances: AsyncIterable<Balance>, books: Books): Promise<Balances> {
  const store = books.balances()
  for await (const balance of balances) store.add(balance)
  return store
}
