import type { Clock } from '../model/clock.js'

/** Lets requests leave no faster than agreed. */
export interface Pace {
  /** Resolves when the next request may leave. Rejects with the signal's reason. */
  turn(signal?: AbortSignal): Promise<void>
  /** True when a request may leave now; then it counts as left. */
  takeIfFree(): boolean
}

const WINDOW_MS = 60_000
/** The server's minute and ours do not begin together: requests are counted where they arrive. */
const MARGIN_MS = 300

/** A sliding window: request i leaves only when request i−n left at least a minute and a little ago. */
export function createPace(requestsPerMinute: number, clock: Clock): Pace {
  const left: number[] = []
  let queue: Promise<void> = Promise.resolve()

  function waitMs(): number {
    const earlier = left.length < requestsPerMinute ? undefined : left[left.length - requestsPerMinute]
    return earlier === undefined ? 0 : Math.max(0, earlier + WINDOW_MS + MARGIN_MS - clock.now())
  }

  function leave(): void {
    left.push(clock.now())
    if (left.length > requestsPerMinute) left.shift()
  }

  async function whenFree(signal: AbortSignal | undefined): Promise<void> {
    for (let ms = waitMs(); ms > 0; ms = waitMs()) await clock.sleep(ms, signal)
    signal?.throwIfAborted()
    leave()
  }

  return {
    turn(signal) {
      const turn = queue.then(() => whenFree(signal))
      // The next in line waits for this one's end, not for its success.
      queue = turn.catch(() => undefined)
      return turn
    },
    takeIfFree() {
      if (waitMs() > 0) return false
      leave()
      return true
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
