import { isoTime, type Clock } from '../model/clock.js'
import { explainFault } from '../model/fault.js'
import type { Delivery } from './read.js'
import type { Spool } from './spool.js'

/** What a sync made of a delivery. */
export interface Verdict {
  /**
   * `taken`: its figures are where they belong, or the audit knows what is left. `refused`: unfit for posting.
   * `again`: the other side is down, or another run holds the lock. `stuck`: a person has to act first.
   */
  readonly kind: 'taken' | 'refused' | 'again' | 'stuck'
  readonly run: string | null
  readonly code: string | null
  readonly message: string | null
}

export interface WorkerPorts {
  readonly clock: Clock
  readonly spool: Pick<Spool, 'heads' | 'settle' | 'onArrival' | 'wait'>
  /** Finishes what earlier runs left in doubt, before anything new is taken. Never throws. */
  readonly begin: () => Promise<Pick<Verdict, 'kind' | 'code' | 'message'>>
  /** Turns a delivery into a sync. Never throws. */
  readonly take: (delivery: Delivery) => Promise<Verdict>
  /** For people. */
  readonly say: (line: string) => void
}

export interface Worker {
  /** Works until stopped; resolves when the delivery in hand is done. Never rejects. */
  run(stop: AbortSignal): Promise<void>
}

/** First pause after a delivery that has to be tried again; each further one is twice as long. */
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 15 * 60_000

type Why = Pick<Verdict, 'code' | 'message'>

interface Pause {
  readonly until: number
  readonly tries: number
}

/** Takes the spool's deliveries one at a time, those of one job in the order in which they came. */
export function createWorker({ clock, spool, begin, take, say }: WorkerPorts): Worker {
  const pauses = new Map<string, Pause>()
  let wake = new AbortController()
  spool.onArrival(() => wake.abort())

  function next(): Delivery | undefined {
    const now = clock.now()
    return spool.heads().find(({ job }) => (pauses.get(job)?.until ?? 0) <= now)
  }

  async function work(delivery: Delivery): Promise<void> {
    const { job } = delivery
    const { kind, ...found } = await take(delivery)
    if (kind === 'again' || kind === 'stuck') return pause(job, kind, found)
    pauses.delete(job)
    spool.wait(job, null)
    try {
      await spool.settle(delivery, { state: kind, at: isoTime(clock), ...found })
    } catch (error) {
      // Done, and it cannot be written down: done once more it comes to the same.
      const why = explainFault(error)
      pause(job, 'again', { code: null, message: `what became of it cannot be written (${why})` })
    }
  }

  function pause(job: string, kind: 'again' | 'stuck', { code, message }: Why): void {
    const tries = (pauses.get(job)?.tries ?? 0) + 1
    const ms = kind === 'stuck' ? Infinity : pauseAfter(tries)
    const until = clock.now() + ms
    pauses.set(job, { until, tries })
    spool.wait(job, { code, message, tries, next: kind === 'stuck' ? null : new Date(until).toISOString() })
    const then = kind === 'stuck' ? 'until mlc listen is started again' : `and is tried again in ${ms / 1000} s`
    say(`${job}: the delivery waits ${then}: ${`${code ?? ''} ${message ?? ''}`.trim()}`)
  }

  async function rest(stop: AbortSignal): Promise<void> {
    const now = clock.now()
    const due = spool.heads().map(({ job }) => pauses.get(job)?.until ?? now)
    const ms = Math.max(0, Math.min(...due, now + LONGEST_PAUSE_MS) - now)
    // Woken by an arrival, a stop, or the time.
    await clock.sleep(ms, AbortSignal.any([stop, wake.signal])).catch(() => undefined)
    if (wake.signal.aborted) wake = new AbortController()
  }

  async function finishEarlier(stop: AbortSignal): Promise<void> {
    for (let tries = 1; !stop.aborted; tries++) {
      const { kind, code, message } = await begin()
      const ms = pauseAfter(tries)
      const next = new Date(clock.now() + ms).toISOString()
      for (const { job } of spool.heads()) spool.wait(job, kind === 'again' ? { code, message, tries, next } : null)
      if (kind !== 'again') return
      say(`what earlier runs left is tried again in ${ms / 1000} s: ${code ?? ''} ${message ?? ''}`)
      await clock.sleep(ms, stop).catch(() => undefined)
    }
  }

  return {
    async run(stop) {
      await finishEarlier(stop)
      while (!stop.aborted) {
        const delivery = next()
        if (delivery) await work(delivery)
        else await rest(stop)
      }
    },
  }
}

function pauseAfter(tries: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS)
}
