import { MlcError } from '../errors.js'
import type { PlanEntry } from '../model/plan.js'
import type { Reference } from '../model/reference.js'
import type { Answer } from '../qad/ledger.js'
import { anchored, type AnchorRoom } from './anchor.js'
import type { Ports } from './ports.js'
import { record, skipped, type RecordOutcome } from './outcome.js'
import { asFailure, lookUntilSeen } from './readback.js'

export interface Posting {
  readonly outcomes: readonly RecordOutcome[]
  readonly stopped: MlcError | null
  readonly interrupted: boolean
}

const LATER = { durable: false } as const

interface PostingTo {
  /** Whether the read of references is known to show ours. */
  readonly proven: boolean
  readonly settleMs: number
  readonly tenant: string
  readonly anchorRoom: AnchorRoom
}

/** After so many records in a row that QAD could not take or answer, the rest would fare no better. */
const GIVE_UP_AFTER = { unsent: 2, unknown: 5 }

/**
 * Posts entry by entry (or batch by batch): the intent is on disk before QAD hears of it, so whatever dies next, the next run
 * knows what to ask. Stops between batches on a signal, on refused credentials, on an audit that cannot be written.
 */
export async function postAll(
  entries: readonly PlanEntry[],
  { proven, settleMs, tenant, anchorRoom }: PostingTo,
  ports: Ports,
): Promise<Posting> {
  const outcomes: RecordOutcome[] = []
  const ledger = ports.ledger()
  const state = { proven: proven || !ledger.canReadBack || ledger.ownRecords === true, unsent: 0, unknown: 0 }
  const alone = ledger.batchSize > 1 ? await refusedBefore(ports) : NONE
  let stopped: MlcError | null = null
  for (let at = 0; at < entries.length && !stopped && !ports.signal.aborted;) {
    // Until the read of references is known to work, one record at a time: the first that comes back proves it.
    const batch = batchFrom(entries, at, state.proven ? ledger.batchSize : 1, alone)
    at += batch.length
    const last = batch.at(-1)
    if (last && at === entries.length) batch[batch.length - 1] = anchored(last, anchorRoom, ports)
    const result = await postBatch(batch, tenant, ports)
    outcomes.push(...result.outcomes)
    stopped = result.stopped ?? giveUp(result, state)
    if (!stopped && !state.proven && result.outcomes.some(({ status }) => status === 'posted')) {
      stopped = await proveRead(batch, settleMs, ports)
      state.proven = true
    }
    ports.progress(at, entries.length)
  }
  const notReached = entries.slice(outcomes.length)
  // With all that a replay needs: nothing else tells what the run had still to post.
  for (const entry of notReached) {
    const data = { ...intentOf(entry), tenant, code: 'MLC-Q024' }
    await record('record.skipped', entry.reference, data, ports, LATER)
  }
  await ports.journal.flush()
  const rest = notReached.map(({ reference }) => skipped(reference))
  return { outcomes: [...outcomes, ...rest], stopped, interrupted: ports.signal.aborted && rest.length > 0 }
}

const NONE: ReadonlySet<string> = new Set()

/** QAD may refuse a batch for the sake of one record: what it refused before is sent alone, so that it fails alone. */
async function refusedBefore(ports: Ports): Promise<ReadonlySet<string>> {
  const { unfinished } = await ports.history.rest()
  return new Set(unfinished.filter(({ code }) => code === 'MLC-Q020').map(({ key }) => key))
}

function batchFrom(entries: readonly PlanEntry[], at: number, size: number, alone: ReadonlySet<string>): PlanEntry[] {
  const batch = entries.slice(at, at + size)
  const first = batch.findIndex(({ reference }) => alone.has(reference.key))
  return first < 0 ? batch : batch.slice(0, Math.max(first, 1))
}

interface Posted {
  readonly outcomes: readonly RecordOutcome[]
  readonly stopped: MlcError | null
  /** QAD gave no answer to it: to say that a key is there already is one. */
  readonly isSilent: boolean
}

/** All that a replay needs. */
function intentOf({ reference, before, rows, total }: PlanEntry) {
  return { reference, before, rows, ...(total === undefined ? {} : { total }) }
}

async function postBatch(batch: readonly PlanEntry[], tenant: string, ports: Ports): Promise<Posted> {
  for (const [index, entry] of batch.entries()) {
    const intent = { ...intentOf(entry), tenant, amount: entry.reference.amount }
    await record('record.sent', entry.reference, intent, ports, { durable: index === batch.length - 1 })
  }
  const references = batch.map(({ reference }) => reference)
  try {
    const answers = await ports.ledger().post(references)
    const outcomes = references.map((reference, index) => toOutcome(reference, answers[index]))
    for (const outcome of outcomes) await recordOutcome(outcome, ports)
    return {
      outcomes,
      stopped: null,
      isSilent: answers.every((answer) => answer.status === 'unknown' && !answer.isAnswered),
    }
  } catch (error) {
    if (!(error instanceof MlcError) || error.category === 'audit') throw error
    // A right that is denied is denied before anything is stored; a login that is refused may follow an answer that was lost.
    const status = error.code === 'MLC-Q006' ? ('failed' as const) : ('unknown' as const)
    const outcomes = references.map((reference) => ({
      reference,
      status,
      qadRef: null,
      code: error.code,
      message: error.message,
    }))
    for (const outcome of outcomes) await recordOutcome(outcome, ports)
    return { outcomes, stopped: error, isSilent: false }
  }
}

function toOutcome(reference: Reference, answer: Answer | undefined): RecordOutcome {
  const of = { reference, qadRef: null, code: null, message: null }
  switch (answer?.status) {
    case 'posted':
      return { ...of, status: 'posted', qadRef: answer.qadRef, message: answer.remark ?? null }
    case 'exists':
      return { ...of, status: 'same', qadRef: answer.posted.qadRef }
    case 'conflict':
      return { ...of, status: 'conflict', qadRef: answer.posted.qadRef, code: 'MLC-Q022', message: answer.message }
    case 'rejected':
      return { ...of, status: 'failed', code: answer.code, message: answer.message }
    case 'unsent':
      return { ...of, status: 'failed', code: answer.code, message: answer.reason }
    case 'unknown':
      return { ...of, status: 'unknown', code: answer.code, message: answer.reason }
    case undefined:
      return { ...of, status: 'unknown', code: 'MLC-Q021', message: 'QAD gave no outcome for this line' }
  }
}

async function recordOutcome({ reference, status, qadRef, code, message }: RecordOutcome, ports: Ports): Promise<void> {
  const event = status === 'posted_unverified' ? 'record.posted' : (`record.${status}` as const)
  // Synced together with the next intent: if it is lost, the intent is still there and the next run asks QAD.
  await record(event, reference, { amount: reference.amount, qadRef, code, message }, ports, { durable: false })
}

function giveUp({ outcomes, isSilent }: Posted, state: { unsent: number; unknown: number }): MlcError | null {
  // A batch is one request, however many records it carries.
  const every = (is: (outcome: RecordOutcome) => boolean) => outcomes.length > 0 && outcomes.every(is)
  const isUnsent = every(({ status, code }) => status === 'failed' && (code === 'MLC-Q503' || code === 'MLC-Q007'))
  state.unsent = isUnsent ? state.unsent + 1 : 0
  state.unknown = isSilent ? state.unknown + 1 : 0
  const last = outcomes.at(-1)
  if (state.unsent >= GIVE_UP_AFTER.unsent || state.unknown >= GIVE_UP_AFTER.unknown) {
    return new MlcError('MLC-Q503', `QAD is not available: ${last?.message ?? 'no answer'}`)
  }
  return null
}

/** A read that does not show what QAD has just accepted cannot protect the records that follow. */
async function proveRead(batch: readonly PlanEntry[], settleMs: number, ports: Ports): Promise<MlcError | null> {
  const first = batch[0]?.reference
  if (!first) return null
  const held = await lookUntilSeen([first], settleMs, ports).catch(asFailure)
  if (held instanceof MlcError) return held
  if (held.has(first.key)) return null
  return new MlcError(
    'MLC-Q023',
    `QAD accepted ${first.key}, but qad.reads.posted does not show it; nothing more was sent`,
  )
}
