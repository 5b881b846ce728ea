import type { PlanEntry } from '../model/plan.js'
import { baseKeyOf, type Posted, type Reference } from '../model/reference.js'
import type { AuditEvent, AuditRecord } from './event.js'

/**
 * What is known of a posted key. `open`: sent, and no answer was recorded, so it is in doubt like `unknown`.
 * `resolved`: a person settled it, see `resolution`.
 */
export type OutcomeState = 'open' | 'posted' | 'same' | 'failed' | 'unknown' | 'conflict' | 'skipped' | 'resolved'

export interface Outcome {
  readonly key: string
  /** The key of revision 1. */
  readonly baseKey: string
  readonly state: OutcomeState
  /** The reference as it was last sent, or planned where nothing was sent; null when no line carries it. */
  readonly reference: Reference | null
  /** What QAD held of this identity when the reference was planned; null for the first of its kind. */
  readonly before: Posted | null
  /** 1-based rows of the run's Looker answer. */
  readonly rows: readonly number[]
  /** Of a journal: what its revisions amount to with this one; null of what stands in place of the one before. */
  readonly total: string | null
  /** Of a key in doubt: what a run has planned under it since, and did not come to; null: nothing. */
  readonly wanted: (Pick<PlanEntry, 'reference' | 'before' | 'rows'> & Pick<Outcome, 'total'>) | null
  /** Address of the QAD tenant it is meant for; null where no line says. */
  readonly tenant: string | null
  /** Plain decimal text, QAD's sign. */
  readonly amount: string | null
  /** Run and job that last spoke of the key. */
  readonly run: string | null
  readonly job: string | null
  /** When the last request was announced; null when none was. ISO 8601, UTC. */
  readonly sentAt: string | null
  /** When the state was recorded. ISO 8601, UTC; a clock may have been set back, so it orders nothing. */
  readonly at: string
  /** Grows with each line that is folded: of two outcomes the greater was spoken of later. */
  readonly turn: number
  /** Error code of a failed, unknown, conflicting or skipped record. */
  readonly code: string | null
  readonly qadRef: string | null
  /** QAD said that it took it, or showed it: what it does not show now was hidden or moved, and is not to be sent again. */
  readonly wasTaken: boolean
  /** What the person found. */
  readonly resolution: 'posted' | 'not-posted' | null
  /** A person said that QAD does not hold it: the next sync or replay sends it. */
  readonly isReleased: boolean
  /** QAD does not show it, and a person said that it holds it: that counts until QAD or another line says otherwise. */
  readonly isAccepted: boolean
}

/** Applied to the outcomes, not to the lines: what another run did later to the same key counts. */
export interface OutcomeFilter {
  readonly run?: string
  readonly job?: string
  readonly states?: readonly OutcomeState[]
}

/** The newest state of each posted key (revisions have their own), in the order in which the keys first appear. */
export async function foldOutcomes(
  records: AsyncIterable<AuditRecord>,
  { run, job, states }: OutcomeFilter = {},
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  for await (const record of records) foldRecord(outcomes, record)
  for (const [key, outcome] of outcomes) {
    const wanted =
      (run === undefined || outcome.run === run) &&
      (job === undefined || outcome.job === job) &&
      (states === undefined || states.includes(outcome.state))
    if (!wanted) outcomes.delete(key)
  }
  return outcomes
}

/** True when QAD must be asked before anything is sent under this key. */
export function isInDoubt(outcome: Outcome): boolean {
  return outcome.state === 'open' || outcome.state === 'unknown'
}

const STATES: Partial<Record<AuditEvent, OutcomeState>> = {
  'record.sent': 'open',
  'record.posted': 'posted',
  'record.same': 'same',
  'record.failed': 'failed',
  'record.unknown': 'unknown',
  'record.conflict': 'conflict',
  'record.skipped': 'skipped',
  'record.resolved': 'resolved',
  'readback.mismatch': 'conflict',
}

let turns = 0

/** The place of one more line in the order in which lines are folded: greater than any before. */
export function nextTurn(): number {
  return ++turns
}

/** Takes one more record into account. */
export function foldRecord(
  outcomes: Map<string, Outcome>,
  record: Omit<AuditRecord, 'v' | 'seq' | 'actor' | 'prev' | 'hash'>,
): void {
  const { key, event, data, run, job, at } = record
  const state = STATES[event]
  if (state === undefined || key === null) return
  // A journal of zero: nothing was to be posted, so nothing is left undone.
  if (state === 'skipped' && data['zero'] === true) return
  const before = outcomes.get(key)
  const named = referenceOf(data)
  // To skip a key changes nothing in QAD: it hides neither a doubt nor a fact. But what is in doubt is wanted by that run too.
  if (state === 'skipped' && before && !isSettledAsAbsent(before)) {
    if (!isInDoubt(before) || named === null) return
    const [seen, rows, total] = [postedOf(data['before']), numbersOf(data['rows']), textOf(data['total'])]
    const wanted = { reference: named, before: seen, rows, total }
    outcomes.set(key, { ...before, wanted, run: run ?? before.run, job: job ?? before.job, turn: nextTurn() })
    return
  }
  const reference = named ?? before?.reference ?? null
  outcomes.set(key, {
    key,
    baseKey: baseKeyOf(key),
    state,
    reference,
    // They belong to the reference that names them, not to one planned before it.
    before: named ? postedOf(data['before']) : (before?.before ?? null),
    rows: named ? numbersOf(data['rows']) : (before?.rows ?? []),
    total: named ? textOf(data['total']) : (before?.total ?? null),
    wanted: null,
    tenant: textOf(data['tenant']) ?? before?.tenant ?? null,
    amount: textOf(data['amount']) ?? reference?.amount ?? null,
    run: run ?? before?.run ?? null,
    job: job ?? before?.job ?? null,
    sentAt: state === 'open' ? at : (before?.sentAt ?? null),
    at,
    // What a person says of an older revision makes it no newer than the one after it.
    turn: state === 'resolved' && isByPerson(data) && before ? before.turn : nextTurn(),
    code: textOf(data['code']),
    qadRef: textOf(data['qadRef']) ?? before?.qadRef ?? null,
    wasTaken: takenBy(state, data, before),
    resolution: state === 'resolved' ? resolutionOf(data) : null,
    isReleased: state === 'resolved' && resolutionOf(data) === 'not-posted' && isByPerson(data),
    isAccepted: isAcceptedBy(state, data, before),
  })
}

function takenBy(state: OutcomeState, data: AuditRecord['data'], before: Outcome | undefined): boolean {
  const wasBefore = before?.wasTaken ?? false
  if (state === 'posted' || state === 'same') return true
  if (state === 'failed') return false
  if (state === 'resolved') return resolutionOf(data) === 'posted'
  // A conflict with a row that a person can see is over when that row is gone; one with a hidden row is not.
  if (state === 'conflict') return wasBefore && (data['stored'] ?? null) === null && 'stored' in data
  return wasBefore || (state === 'unknown' && data['code'] === 'MLC-Q023')
}

function isAcceptedBy(state: OutcomeState, data: AuditRecord['data'], before: Outcome | undefined): boolean {
  if (state === 'resolved') return resolutionOf(data) === 'posted' && (data['held'] ?? null) === null
  // A run that went by the person's word says so; one that saw the row itself does not.
  return state === 'same' && data['accepted'] === true && (before?.isAccepted ?? false)
}

/** A run that settles a record itself says where it found out. */
function isByPerson(data: AuditRecord['data']): boolean {
  return !('found' in data)
}

function isSettledAsAbsent({ state, resolution }: Outcome): boolean {
  return state === 'failed' || state === 'skipped' || (state === 'resolved' && resolution === 'not-posted')
}

function resolutionOf(data: AuditRecord['data']): 'posted' | 'not-posted' {
  // Anything but a clear "posted" is read as "not": QAD is asked again, and nothing is sent blindly.
  return data['resolution'] === 'posted' || data['posted'] === true ? 'posted' : 'not-posted'
}

function referenceOf(data: AuditRecord['data']): Reference | null {
  const { reference } = data
  return typeof reference === 'object' && reference !== null && 'key' in reference ? (reference as Reference) : null
}

function postedOf(value: unknown): Posted | null {
  return typeof value === 'object' && value !== null && 'key' in value ? (value as Posted) : null
}

function numbersOf(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
