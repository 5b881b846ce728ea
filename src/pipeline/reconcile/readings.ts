import type { Reading } from '../../reconcile/causes/late.js'
import type { Balances, Books } from '../../reconcile/compare/books.js'

/** What the ledger had when it was read for a reconciliation, kept so that a later one can tell what has moved. */
export interface Readings {
  /** Of one scope, oldest first. Never fails: what cannot be read is not known. */
  read(scope: ReadingScope): AsyncIterable<LedgerReading>
  /** @returns why they could not be kept; null when they were */
  add(scope: ReadingScope, readings: Iterable<LedgerReading>): Promise<string | null>
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

/** What was read before, by place: each with the time at which it was read. */
export async function pastOf(readings: AsyncIterable<LedgerReading>, books: Books): Promise<Balances> {
  const past = books.balances()
  for await (const { at, ...reading } of readings) past.add({ ...reading, lastPosted: at })
  return past
}
