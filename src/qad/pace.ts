import type { Clock } from '../model/clock.js'

export type Pace = <T>(exchange: () => Promise<T>) => Promise<T>

/** At most `maxInFlight` exchanges at a time, and `minGapMs` of silence before each: QAD's limits are not published, its users wait too. */
export function createPace(minGapMs: number, maxInFlight: number, clock: Clock, signal: AbortSignal | undefined): Pace {
  const waiting: (() => void)[] = []
  let running = 0
  let freeAt = 0
  return async (exchange) => {
    while (running >= Math.max(1, maxInFlight)) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      // A clock that was set back must not stretch the gap.
      const waitMs = Math.min(minGapMs, freeAt - clock.now())
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      return await exchange()
    } finally {
      freeAt = clock.now() + minGapMs
      running--
      waiting.shift()?.()
    }
  }
}
