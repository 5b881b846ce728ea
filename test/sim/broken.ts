import type { Journal } from '../../src/audit/event.js'
import type { Clock } from '../../src/model/clock.js'
import type { Job } from '../../src/model/job.js'
import type { History } from '../../src/pipeline/ports.js'
import type { Ledger } from '../../src/qad/ledger.js'
import type { Chance } from './random.js'
import type { Level } from './tenant.js'

/** How a build is spoilt: what it is given in place of the real ports. Nothing in src knows of it. */
export interface Breakage {
  readonly history: (history: History) => History
  readonly clock: (clock: Clock) => Clock
  readonly journal: <J extends Journal>(journal: J) => J
  readonly ledger: (ledger: Ledger) => Ledger
  readonly job: (job: Job) => Job
  /** Makes up the run ids. */
  readonly byte: (chance: Chance) => number
  /** False: fsync and fdatasync do nothing. */
  readonly syncs: boolean
  /** The level it is shown at; null: any. */
  readonly level: Level | null
  /** Lets two hosts work at once where one writer is the rule. */
  readonly twoWriters: boolean
}

const same = <T>(one: T): T => one

export const unbroken: Breakage = {
  ...{ history: same, clock: same, journal: same, ledger: same, job: same },
  ...{ byte: (chance) => chance.whole(0, 255), syncs: true, level: null, twoWriters: false },
}

const nothing = async function* (): AsyncGenerator<never> {
  // Shows nothing.
}

/** Builds that must be caught, each within 1,000 seeds. */
export const BROKEN: Readonly<Record<string, Breakage>> = {
  /** Posts without asking QAD what it holds. */
  'no-read-back': {
    ...unbroken,
    ledger: (ledger) => ({ ...ledger, posted: nothing }),
    history: (history) => ({ ...history, held: async () => new Set(), taken: async () => new Set() }),
  },
  /** Asks QAD at once, while what was lost on the way may still be committed. */
  'no-settle': { ...unbroken, level: 'B', clock: (clock) => ({ ...clock, sleep: async () => undefined }) },
  /** Forgets, with the process, what was sent and not answered. */
  'no-memory': { ...unbroken, level: 'B', history: (history) => ({ ...history, open: async () => new Map() }) },
  /** A changed amount becomes another reference. */
  'amount-in-key': {
    ...unbroken,
    job: (job) => ({ ...job, figure: { ...job.figure, project: 'gl.amount' } }),
  },
  /** Announces nothing before it sends. */
  'no-intent': {
    ...unbroken,
    journal: (journal) => ({
      ...journal,
      append: async (entry, options) => (entry.event === 'record.sent' ? undefined : journal.append(entry, options)),
    }),
  },
  /** Announces into a cache that a crash empties. */
  'no-fsync': { ...unbroken, syncs: false },
  /** Goes on though the audit cannot be written. */
  'deaf-to-audit': {
    ...unbroken,
    journal: (journal) => ({
      ...journal,
      append: (entry, options) => journal.append(entry, options).catch(() => undefined),
    }),
  },
  /** Takes an unknown ending for a failure and sends again. */
  'blind-retry': {
    ...unbroken,
    level: 'B',
    ledger: (ledger) => ({
      ...ledger,
      async post(references) {
        const answers = await ledger.post(references)
        return answers.some(({ status }) => status === 'unknown') ? ledger.post(references) : answers
      },
    }),
  },
  /** Two hosts that only a lease keeps apart, at a QAD that takes a key twice. */
  'two-writers': { ...unbroken, level: 'B', twoWriters: true },
}

/** The build that does not do the same twice: what the check of determinism must find. */
export const RESTLESS: Breakage = { ...unbroken, byte: () => Math.floor(performance.now() * 1000) % 256 }
