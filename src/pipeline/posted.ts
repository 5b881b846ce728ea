import { MlcError } from '../errors.js'
import { formatPeriod, type Period } from '../model/period.js'
import { parseKey, type Posted, type Reference } from '../model/reference.js'
import type { Ports } from './ports.js'
import { counted } from '../model/counted.js'

interface PostedRead {
  readonly rows: readonly Posted[]
  /** True when a reference of ours was seen, or a probe has shown that the read works: then what it does not show is not there. */
  readonly proven: boolean
}

/**
 * What QAD holds of ours in the period, in one bulk read, once QAD can no longer be committing what an earlier run sent.
 * @throws MLC-Q033 when QAD shows none of the references that it held before: such a read proves nothing
 */
async function readPosted(period: Period, settleMs: number, ports: Ports): Promise<PostedRead> {
  const ledger = ports.ledger()
  if (!ledger.canReadBack) {
    // A tenant that cannot be asked: what the audit says of it is all there is.
    const known = await ports.history.known(formatPeriod(period))
    return { rows: known.map(asPosted), proven: false }
  }
  const rows = await readSettled(period, settleMs, ports)
  if (rows.length === 0) await distrustEmpty(period, ports)
  const proven = rows.length > 0 || ledger.ownRecords === true || (await ledger.isReadProven?.()) === true
  return { rows, proven }
}

/**
 * What QAD holds of ours in all these periods, one bulk read each, by upper-case key. A tenant's read may show more than the
 * period asked for, so a key counts as held twice only when one read shows it twice.
 */
export async function readHeld(periods: readonly Period[], settleMs: number, ports: Ports): Promise<Held> {
  const held = new Map<string, readonly Posted[]>()
  let proven = false
  for (const period of periods) {
    const read = await readPosted(period, settleMs, ports)
    proven ||= read.proven
    for (const [key, rows] of byKey(read.rows)) held.set(key, rows)
  }
  return { held, proven, accepted: await addAccepted(held, periods, ports) }
}

interface Held {
  readonly held: ReadonlyMap<string, readonly Posted[]>
  readonly proven: boolean
  /** Keys among them that QAD does not show: they are held by a person's word. */
  readonly accepted: ReadonlySet<string>
}

/**
 * Adds to what QAD shows what a person has said that it holds; what QAD itself shows of such a key goes before.
 * @returns the keys added
 */
export async function addAccepted(
  held: Map<string, readonly Posted[]>,
  periods: readonly Period[],
  ports: Ports,
): Promise<ReadonlySet<string>> {
  const added = new Set<string>()
  for (const period of periods) {
    for (const reference of await ports.history.accepted(formatPeriod(period))) {
      if (held.has(reference.key)) continue
      held.set(reference.key, [asPosted(reference)])
      added.add(reference.key)
    }
  }
  return added
}

function asPosted(reference: Reference): Posted {
  return { ...reference, qadRef: null }
}

/** One bulk read without waiting. */
export async function readOnce(period: Period, ports: Ports): Promise<Posted[]> {
  const rows: Posted[] = []
  for await (const row of ports.ledger().posted(period)) rows.push(row)
  return rows
}

/** Posted references by upper-case key; a key held twice keeps both. */
export function byKey(rows: readonly Posted[]): Map<string, Posted[]> {
  const index = new Map<string, Posted[]>()
  for (const row of rows) {
    const key = row.key.toUpperCase()
    index.set(key, [...(index.get(key) ?? []), row])
  }
  return index
}

/**
 * Once more after the settle window, when the first read does not show all that is in doubt: a request whose answer was lost may
 * still be committed for a while. The window begins now, since nothing tells when the connection of a process that died was cut,
 * nor whether the clock has been set since; a process waits once for a key.
 */
async function readSettled(period: Period, settleMs: number, ports: Ports): Promise<Posted[]> {
  const rows = await readOnce(period, ports)
  const shown = byKey(rows)
  const open = [...(await ports.history.open())].filter(
    ([, { period: of }]) => of === null || of === formatPeriod(period),
  )
  const missing = open.filter(([key, { isWaited }]) => !isWaited && !shown.has(key)).map(([key]) => key)
  if (missing.length === 0) return rows
  const seconds = Math.ceil(settleMs / 1000)
  ports.say(
    `no certain outcome yet: ${counted(missing.length, 'record')} of earlier runs; waiting ${seconds} s before asking QAD again`,
  )
  await ports.clock.sleep(settleMs, ports.signal)
  ports.history.waited(missing)
  return readOnce(period, ports)
}

async function distrustEmpty(period: Period, ports: Ports): Promise<void> {
  const held = await ports.history.held(formatPeriod(period))
  const ours = [...held].filter((key) => parseKey(key) !== null)
  if (ours.length === 0) return
  throw new MlcError(
    'MLC-Q033',
    `QAD shows none of the ${ours.length} references that mlc saw there in ${formatPeriod(period)} before (such as ${ours[0] ?? ''})`,
    {
      fix: 'Check qad.reads.posted, the workspace and the rights of the user. If they were deleted on purpose, use a new state folder.',
    },
  )
}
