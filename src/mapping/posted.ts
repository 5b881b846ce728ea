import { fold } from '../model/fold.js'
import { compare, isPlainDecimal, money } from '../model/money.js'
import { parseKey, type Identity, type Posted } from '../model/reference.js'

/** What QAD holds of one reference. */
export interface Holding {
  /** The row of the highest revision. */
  readonly newest: Posted
  readonly revision: number
  /** All rows by revision. */
  readonly byRevision: ReadonlyMap<number, Posted>
  /** Why what QAD holds cannot be trusted, for a person to decide; null when it is sound. */
  readonly fault: string | null
}

/** The holdings by base key. Rows that are not ours, or whose base key is not wanted, are passed over. */
export function readHoldings(
  posted: Iterable<Posted>,
  wanted: (baseKey: string) => boolean,
): ReadonlyMap<string, Holding> {
  const holdings = new Map<string, Held>()
  for (const row of posted) {
    const key = parseKey(row.key)
    if (!key || !wanted(key.baseKey)) continue
    const held = holdings.get(key.baseKey)
    if (held) take(held, row, key.revision)
    else holdings.set(key.baseKey, firstHeld(row, key.revision))
  }
  return holdings
}

/** What QAD stored otherwise than the identity says, in words; null when it agrees. Columns that QAD does not show are passed over. */
export function differenceFrom(identity: Identity, posted: Posted): string | null {
  const pairs: readonly [string, string | number, string | number | null][] = [
    ['year', identity.year, posted.year],
    ['period', identity.period, posted.period],
    ['account', identity.account, posted.account],
    ['cost centre', identity.costCentre, posted.costCentre],
    ['currency', identity.currency, posted.currency],
    ['measure', identity.measure, posted.measure],
  ]
  const found = pairs
    .filter(([, ours, theirs]) => theirs !== null && fold(String(ours)) !== fold(String(theirs)))
    .map(([name, ours, theirs]) => `${name} ${JSON.stringify(theirs)} where ${JSON.stringify(ours)} belongs`)
  return found.length === 0 ? null : found.join(', ')
}

/** Compared as decimals: `12.5` is `12.50`. A text that is no decimal equals nothing. */
export function sameAmount(a: string, b: string): boolean {
  return isPlainDecimal(a) && isPlainDecimal(b) && compare(money(a), money(b)) === 0
}

interface Held {
  newest: Posted
  revision: number
  fault: string | null
  readonly byRevision: Map<number, Posted>
}

function firstHeld(row: Posted, revision: number): Held {
  return { newest: row, revision, fault: faultOf(row, revision), byRevision: new Map([[revision, row]]) }
}

function take(held: Held, row: Posted, revision: number): void {
  const twin = held.byRevision.get(revision)
  held.fault ??= faultOf(row, revision) ?? (twin ? twinFault(twin, row) : null)
  held.byRevision.set(revision, row)
  if (revision <= held.revision) return
  held.newest = row
  held.revision = revision
}

function faultOf(row: Posted, revision: number): string | null {
  if (!isPlainDecimal(row.amount)) return `QAD shows ${row.key} with the amount ${JSON.stringify(row.amount)}`
  if (row.revision === null || row.revision === revision) return null
  return `QAD shows ${row.key} with revision ${row.revision}`
}

/** One record shown twice is no fault, but only QAD's own identifier can tell that from two records. */
function twinFault(twin: Posted, row: Posted): string | null {
  if (twin.qadRef !== null && twin.qadRef === row.qadRef && sameAmount(twin.amount, row.amount)) return null
  return `QAD holds ${row.key} twice, with ${twin.amount} and with ${row.amount}`
}
