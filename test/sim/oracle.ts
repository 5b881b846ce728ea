import { readAudit } from '../../src/audit/read.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { formatPeriod } from '../../src/model/period.js'
import { parseKey, type Reference } from '../../src/model/reference.js'
import type { RecordOutcome } from '../../src/pipeline/outcome.js'
import { centsOf, decimalOf, placeOf, type SimLooker } from './figures.js'
import type { Ending, Host } from './host.js'
import type { SimQad, StoredRow } from './qad.js'
import type { Manners } from './tenant.js'
import type { Timeline } from './timeline.js'

/** What must never be. */
export interface Fault {
  readonly kind: 'lost' | 'doubled' | 'wrong amount' | 'stuck' | 'unannounced' | 'audit' | 'unsettled' | 'broken'
  readonly message: string
}

/** A world that has come to rest, and how the last plain rerun of each host ended, a period each. */
export interface Rest {
  readonly qad: SimQad
  readonly looker: SimLooker
  readonly manners: Manners
  readonly hosts: readonly Host[]
  readonly finals: readonly Final[]
  readonly timeline: Pick<Timeline, 'note'>
}

export interface Final {
  readonly host: string
  readonly period: string
  readonly ending: Ending
}

/** Everything that is wrong. */
export async function judge(rest: Rest): Promise<Fault[]> {
  const doubts = rest.finals.flatMap(doubtsOf)
  return [
    ...rest.finals.flatMap(endedBadly),
    ...doubled(rest, doubts),
    ...lostOrWrong(rest, doubts),
    ...neverTrue(rest),
    ...doubts.flatMap((doubt) => illegitimate(doubt, rest)),
    ...(await auditFaults(rest)),
  ]
}

/** A record that a final rerun lists as not settled. */
interface Doubt extends RecordOutcome {
  readonly host: string
}

function doubtsOf({ host, ending }: Final): Doubt[] {
  if (ending.kind !== 'report') return []
  const settled = new Set(['posted', 'same', 'posted_unverified'])
  return (ending.report.push?.records ?? [])
    .filter(({ status }) => !settled.has(status))
    .map((one) => ({ ...one, host }))
}

/** After the last fault nothing may keep a run from its end; records that only a person can settle make it exit 5, no more. */
function endedBadly({ host, period, ending }: Final): Fault[] {
  const where = `${host}, ${period}`
  if (ending.kind === 'broken') return [{ kind: 'broken', message: `${where}: ${String(ending.error)}` }]
  if (ending.kind !== 'report')
    return [{ kind: 'stuck', message: `${where}: ${ending.kind === 'refused' ? ending.error.message : ending.kind}` }]
  const { exitCode, error, push } = ending.report
  if (push === null)
    return [{ kind: 'stuck', message: `${where}: exit ${exitCode} ${error?.code ?? ''} ${error?.message ?? ''}` }]
  if (exitCode === 0 || exitCode === 5) return []
  return [{ kind: 'stuck', message: `${where}: exit ${exitCode} ${error?.code ?? ''} ${error?.message ?? ''}` }]
}

/** One row a key, and one key a place. A row that the network doubled must be listed as a conflict: it is the most that B can promise. */
function doubled({ qad, finals }: Rest, doubts: readonly Doubt[]): Fault[] {
  const conflicts = doubts.filter(({ status }) => status === 'conflict').map(({ reference }) => reference.key)
  const leftOver = finals.flatMap(({ ending }) => (ending.kind === 'report' ? (ending.report.map?.leftOver ?? []) : []))
  const named = new Set([...conflicts, ...leftOver.map(({ key }) => key)].map(baseOf))
  const listed = (key: string) => named.has(baseOf(key))
  const keys = groupBy(qad.rows, ({ key }) => key)
  const ours = (rows: readonly StoredRow[]) => rows.filter(({ again }) => !again).length
  // A zero that nothing produces any more is not listed as left over: once or twice, it counts for nothing.
  const isZero = (rows: readonly StoredRow[]) => rows.every(({ amount }) => centsOf(amount) === 0n)
  const twice = [...keys].filter(([key, rows]) => ours(rows) > 1 || (rows.length > 1 && !listed(key) && !isZero(rows)))
  const places = groupBy(qad.rows, placeOf)
  const many = [...places].filter(([, rows]) => new Set(rows.map(({ key }) => baseOf(key))).size > 1)
  return [
    ...twice.map(([key, rows]): Fault => ({ kind: 'doubled', message: `QAD holds ${key} ${rows.length} times` })),
    ...many.map(([place, rows]): Fault => ({
      kind: 'doubled',
      message: `${place} stands under ${rows.map(({ key }) => key).join(', ')}`,
    })),
  ]
}

/** The newest revision of each place carries what Looker says now. */
function lostOrWrong({ qad, looker }: Rest, doubts: readonly Doubt[]): Fault[] {
  const places = groupBy(qad.rows, placeOf)
  const listed = new Set(doubts.map(({ reference }) => placeOf(reference)))
  return [...looker.expected()].flatMap(([place, cents]): Fault[] => {
    if (listed.has(place)) return []
    const newest = newestOf(places.get(place) ?? [])
    if (!newest) return [{ kind: 'lost', message: `${place} ${decimalOf(cents)} is not in QAD` }]
    if (centsOf(newest.amount) === cents) return []
    return [{ kind: 'wrong amount', message: `${place} is ${newest.amount} in QAD, ${decimalOf(cents)} in Looker` }]
  })
}

function neverTrue({ qad, looker }: Rest): Fault[] {
  return qad.rows.flatMap((row): Fault[] => {
    const cents = centsOf(row.amount)
    if (cents !== null && looker.wasTrue(placeOf(row), cents)) return []
    return [{ kind: 'wrong amount', message: `${placeOf(row)} ${row.amount} was never right` }]
  })
}

/** What a plain rerun may leave for a person, by what the world makes impossible to find out. */
function illegitimate({ host, reference, status, code, message }: Doubt, { qad, manners }: Rest): Fault[] {
  const held = qad.rows.filter(({ key }) => baseOf(key) === baseOf(reference.key))
  const isTwice = new Set(held.map(({ key }) => key)).size < held.length
  // A tenant that cannot be asked leaves every lost answer to a person.
  if (manners.level === 'C' && status === 'unknown' && code === 'MLC-Q021') return []
  if (manners.level === 'B' && status === 'conflict' && isTwice) return []
  const what = `${host}: ${reference.key} ${formatPeriod(reference)} ${status} ${code ?? ''} ${message ?? ''}`
  return [{ kind: 'unsettled', message: what }]
}

/** The chain holds on every host, and nothing is in QAD that no audit has announced. */
async function auditFaults({ qad, hosts, timeline }: Rest): Promise<Fault[]> {
  const faults: Fault[] = []
  const announced = new Set<string>()
  for (const host of hosts) {
    const folder = host.auditFolder()
    const check = await verifyAudit(folder)
    // So that two worlds are told apart by any byte of any line.
    timeline.note(`${host.name} audit ends at ${check.head}`)
    if (!check.ok || check.torn) faults.push({ kind: 'audit', message: `${host.name}: ${JSON.stringify(check)}` })
    for await (const { event, data } of readAudit(folder)) {
      const reference = data['reference'] as Reference | undefined
      if (event === 'record.sent' && reference) announced.add(`${reference.key} ${reference.amount}`)
    }
  }
  for (const { key, amount } of qad.rows) {
    if (!announced.has(`${key} ${amount}`))
      faults.push({ kind: 'unannounced', message: `no audit announces ${key} ${amount}` })
  }
  return faults
}

function newestOf(rows: readonly StoredRow[]): StoredRow | undefined {
  return rows.reduce<StoredRow | undefined>(
    (newest, row) => (newest && revisionOf(newest) >= revisionOf(row) ? newest : row),
    undefined,
  )
}

function revisionOf({ key }: StoredRow): number {
  return parseKey(key)?.revision ?? 0
}

function baseOf(key: string): string {
  return parseKey(key)?.baseKey ?? key
}

function groupBy<T>(all: readonly T[], nameOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(nameOf(one), [...(groups.get(nameOf(one)) ?? []), one])
  return groups
}
