import { fold } from '../../model/fold.js'
import { createTable } from '../../model/table.js'
import type { Variance } from '../../model/variance.js'
import { sameAmount } from '../../reconcile/causes/amounts.js'
import type { Reading } from '../../reconcile/causes/late.js'

/** What the ledger had when it was read for a reconciliation, kept so that a later one can tell what has moved. */
export interface Readings {
  /** Of one scope, oldest first. Never fails: what cannot be read is not known. */
  read(scope: ReadingScope): AsyncIterable<LedgerReading>
  /** @returns why they could not be kept; null when they were */
  add(scope: ReadingScope, readings: readonly LedgerReading[]): Promise<string | null>
}

/** Amounts of different scopes do not compare. */
export interface ReadingScope {
  readonly tenant: string
  readonly domain: string
  readonly entity: string
  readonly period: string
  readonly level: string
  readonly basis: string
}

export interface LedgerReading extends Reading, Readonly<Record<'account' | 'costCentre' | 'currency', string>> {}

export interface Past {
  at(line: Line): readonly Reading[]
  /** The lines whose ledger is not what was read last. */
  changes(lines: readonly Line[], at: string): readonly LedgerReading[]
}

type Line = Pick<Variance, 'account' | 'costCentre' | 'currency' | 'ledger'>

export async function pastOf(readings: AsyncIterable<LedgerReading>): Promise<Past> {
  const table = createTable<Reading[]>()
  const textsOf = (place: Omit<Line, 'ledger'>) => [place.currency, place.account, place.costCentre].map(fold)
  for await (const { at, amount, ...place } of readings) table.at(textsOf(place), () => []).push({ at, amount })
  return {
    at: (line) => table.at(textsOf(line), () => []),
    changes: (lines, at) =>
      lines.flatMap((line) => {
        const { account, costCentre, currency, ledger } = line
        const last = table.at(textsOf(line), () => []).at(-1)
        const amount = ledger ?? '0'
        if (last === undefined ? ledger === null : sameAmount(last.amount, amount)) return []
        return [{ at, account, costCentre, currency, amount }]
      }),
  }
}
