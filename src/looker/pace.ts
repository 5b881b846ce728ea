import type { Clock } from '../model/clock.js'

/** Lets requests leave no faster than agreed. */
export interface Pace {
  /** Resolves when the next request may leave. Rejects with the signal's reason. */
  turn(signal?: AbortSignal): Promise<void>
  /** True when a request may leave now; then it counts as left. */
  takeIfFree(): Promise<boolean>
  /** Looker answered 429 all the same: it lets fewer come at once than in a minute. From now on requests leave evenly. */
  refused(): void
}

/** When the requests of the last minute left, oldest first, in milliseconds since 1970: of this process, or of all that share it. */
export interface Departures {
  /** Shows the times to `change` and keeps what it returns; nobody else sees or changes them meanwhile. */
  update(change: (times: readonly number[]) => readonly number[]): Promise<void>
}

const WINDOW_MS = 60_000
/** The server's minute and ours do not begin together: requests are counted where they arrive. */
const MARGIN_MS = 300

/** A sliding window: request i leaves only when request i−n left at least a minute and a little ago; evenly after a refusal. */
export function createPace(requestsPerMinute: number, clock: Clock, departures: Departures = ownDepartures()): Pace {
  let queue: Promise<void> = Promise.resolve()
  // A little slower than the limit, or what was refused once would be refused now and then.
  const evenMs = Math.ceil(WINDOW_MS / Math.max(1, requestsPerMinute - 1))
  let isEven = false

  /** Milliseconds until the next one may leave; 0: it has left. */
  async function tryToLeave(): Promise<number> {
    let waitMs = 0
    await departures.update((times) => {
      const now = clock.now()
      // A clock that was set back must not keep everybody waiting for the time that it has lost.
      const recent = times.filter((time) => time > now - WINDOW_MS - MARGIN_MS && time <= now + WINDOW_MS)
      const earlier = recent.length < requestsPerMinute ? undefined : recent[recent.length - requestsPerMinute]
      const last = isEven ? recent.at(-1) : undefined
      const evenly = last === undefined ? 0 : last + evenMs - now
      waitMs = Math.max(0, evenly, earlier === undefined ? 0 : earlier + WINDOW_MS + MARGIN_MS - now)
      return waitMs > 0 ? recent : [...recent, now]
    })
    return waitMs
  }

  async function whenFree(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    for (let ms = await tryToLeave(); ms > 0; ms = await tryToLeave()) await clock.sleep(ms, signal)
  }

  return {
    turn(signal) {
      const turn = queue.then(() => whenFree(signal))
      // The next in line waits for this one's end, not for its success.
      queue = turn.catch(() => undefined)
      return turn
    },
    takeIfFree: async () => (await tryToLeave()) === 0,
    refused: () => void (isEven = true),
  }
}

function ownDepartures(): Departures {
  let times: readonly number[] = []
  return {
    update(change) {
      times = change(times)
      return Promise.resolve()
    },
  }
}

/** At most `size` holders at a time; the others wait in order. */
export interface Gate {
  /** @returns the function that lets the next one in */
  enter(): Promise<() => void>
}

export function createGate(size: number): Gate {
  const waiting: (() => void)[] = []
  let inside = 0
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else inside--
  }
  return {
    async enter() {
      if (inside < size) inside++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return leave
    },
  }
}
