import { isoTime, type Clock } from '../model/clock.js'
import { formatPeriod } from '../model/period.js'
import type { Reference } from '../model/reference.js'
import { foldDelivery, type Deliveries, type KnownDelivery } from './deliveries.js'
import type { AuditEntry, AuditRecord, Journal } from './event.js'
import type { Names } from './names.js'
import { foldRecord, isInDoubt, type Outcome } from './outcomes.js'
import { foldRun, type Pulled, type RunTrace } from './runs.js'
import { findStanding, findUnfinished, isOvertaken, periodsOf, type Rest, type Standing } from './unfinished.js'

/** A key that may or may not be in QAD. */
export interface OpenKey {
  readonly run: string
  /** `YYYY-PP`; null when no line says it. */
  readonly period: string | null
  /** Whether this process has waited for it since it was last sent. */
  readonly isWaited: boolean
}

/** What the audit remembers of every key, kept up to date while this process adds to it. */
export interface AuditHistory {
  /** Base key → job that last sent it or found it in QAD. */
  owners(): Promise<ReadonlyMap<string, string>>
  /** Keys whose last word is `sent` or `unknown`. */
  open(): Promise<ReadonlyMap<string, OpenKey>>
  /** Whoever asks has waited until QAD can no longer be committing what was sent under these keys before. */
  waited(keys: Iterable<string>): void
  /** Our references that QAD was seen to hold, or said it took, in the period: for a tenant that cannot be asked. */
  known(period: string): Promise<readonly Reference[]>
  /** Keys that QAD showed or said it took: what is not there any more was moved or hidden, not lost on the way. */
  taken(): Promise<ReadonlySet<string>>
  /** References of the period that QAD does not show and a person said it holds. */
  accepted(period: string): Promise<readonly Reference[]>
  /** References of the period that QAD holds otherwise than was sent, or no longer shows. */
  disputed(period: string): Promise<readonly Disputed[]>
  /** Keys in conflict → the amount that was sent, as plain decimal text. */
  conflicts(): Promise<ReadonlyMap<string, string>>
  /** Keys of the period `YYYY-PP` that QAD held when mlc last looked: not those that it held by a person's word alone. */
  held(period: string): Promise<ReadonlySet<string>>
  /** What is known of one key, whatever its state; null when no line speaks of it. */
  outcome(key: string): Promise<Outcome | null>
  /** What earlier runs left undone. */
  rest(): Promise<Rest>
  /** What the runs of the job want in QAD for the period `YYYY-PP`, and no later run has left out. */
  standing(job: string, period: string): Promise<readonly Standing[]>
  /** Deliveries of the job whose figures were posted, oldest first. */
  deliveries(job: string): Promise<readonly KnownDelivery[]>
  /** `sha256:…` of the newest plan that the run made; null when no line tells. */
  plan(run: string): Promise<string | null>
  /** What the pull of the run came to, and the period it was asked for; null when no line tells. */
  pulled(run: string): Promise<(Pulled & Pick<RunTrace, 'period'>) | null>
  /** All that the audit speaks of by name. */
  names(): Promise<Names>
}

export interface Disputed {
  readonly reference: Reference
  /** QAD took it and did not show it when it was last asked: there may be a row that nobody sees. */
  readonly isHidden: boolean
}

/** Reads the audit once, on first need, and follows what is appended through the journal returned. */
export function withHistory<J extends Journal>(
  journal: J,
  read: () => AsyncIterable<AuditRecord>,
  clock: Clock,
): { readonly journal: Journal; readonly history: AuditHistory } {
  const outcomes = new Map<string, Outcome>()
  const runs = new Map<string, RunTrace>()
  const deliveries: Deliveries = { open: new Map(), taken: [] }
  const waited = new Set<string>()
  let loading: Promise<void> | null = null
  const loaded = () => (loading ??= readAll(read(), outcomes, runs, deliveries))
  const append = async (entry: AuditEntry, options?: { readonly durable: boolean }) => {
    // Before the first append, so that no line is folded twice or left out.
    await loaded()
    await journal.append(entry, options)
    if (entry.key !== null && SENDS.has(entry.event)) waited.delete(entry.key)
    const line = { ...entry, at: isoTime(clock) }
    foldRecord(outcomes, line)
    foldRun(runs, line)
    foldDelivery(deliveries, line)
  }
  const all = async () => {
    await loaded()
    return [...outcomes.values()]
  }
  return {
    journal: {
      append,
      flush: () => journal.flush(),
      get head() {
        return journal.head
      },
    },
    history: {
      owners: async () => new Map((await all()).filter(holds).map(({ baseKey, job }) => [baseKey, job ?? ''])),
      open: async () =>
        new Map(
          (await all()).filter(isInDoubt).map(({ key, reference, run }) => {
            const period = reference && formatPeriod(reference)
            return [key, { run: run ?? '', period, isWaited: waited.has(key) }]
          }),
        ),
      waited: (keys) => {
        for (const key of keys) waited.add(key)
      },
      known: async (period) =>
        (await all()).flatMap((one) => (one.reference !== null && wasSeen(one, period) ? [one.reference] : [])),
      taken: async () => new Set((await all()).filter((one) => one.wasTaken).map(({ key }) => key)),
      accepted: async (period) =>
        (await all()).flatMap(({ reference, isAccepted }) =>
          isAccepted && reference !== null && formatPeriod(reference) === period ? [reference] : [],
        ),
      disputed: async (period) =>
        (await all()).flatMap(({ state, reference, wasTaken: isHidden }) =>
          state === 'conflict' && reference !== null && formatPeriod(reference) === period
            ? [{ reference, isHidden }]
            : [],
        ),
      conflicts: async () =>
        new Map(
          (await all())
            .filter(({ state }) => state === 'conflict')
            .map(({ key, reference, amount }) => [key, reference?.amount ?? amount ?? '']),
        ),
      outcome: async (key) => (await loaded().then(() => outcomes.get(key))) ?? null,
      deliveries: async (job) => {
        await loaded()
        const own = deliveries.taken.filter((one) => one.job === job)
        const periods = (name: string) => [...new Set([runs.get(name) ?? []].flat().flatMap(periodsOf))]
        return own.map((one) => ({ ...one, periods: periods(one.run), isOvertaken: isOvertaken(one.run, runs) }))
      },
      standing: async (job, period) => findStanding({ job, period }, await all(), runs),
      rest: async () => findUnfinished(await all(), runs),
      plan: async (run) => loaded().then(() => runs.get(run)?.plan ?? null),
      pulled: async (run) => {
        await loaded()
        const { pulled = null, period = null } = runs.get(run) ?? {}
        return pulled && { ...pulled, period }
      },
      names: async () => {
        const keys = (await all()).map(({ key }) => key)
        return { keys, runs: [...runs.keys()], jobs: [...new Set([...runs.values()].map(({ job }) => job))] }
      },
      held: async (period) =>
        new Set((await all()).filter((one) => wasSeen(one, period) && !one.isAccepted).map(({ key }) => key)),
    },
  }
}

/** After these, QAD may still be at work on the key. */
const SENDS: ReadonlySet<string> = new Set(['record.sent', 'record.unknown'])

async function readAll(
  records: AsyncIterable<AuditRecord>,
  outcomes: Map<string, Outcome>,
  runs: Map<string, RunTrace>,
  deliveries: Deliveries,
): Promise<void> {
  for await (const record of records) {
    foldRecord(outcomes, record)
    foldRun(runs, record)
    foldDelivery(deliveries, record)
  }
}

function holds({ state, resolution }: Outcome): boolean {
  return state !== 'failed' && state !== 'skipped' && resolution !== 'not-posted'
}

function wasSeen(outcome: Outcome, period: string): boolean {
  return isThere(outcome) && outcome.reference !== null && formatPeriod(outcome.reference) === period
}

/** Seen by a read, said by QAD, or said by a person. */
function isThere({ state, resolution }: Outcome): boolean {
  return state === 'posted' || state === 'same' || resolution === 'posted'
}
