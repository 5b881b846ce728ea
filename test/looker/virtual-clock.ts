import type { Clock } from '../../src/model/clock.js'

/** Virtual time that several sleepers share: the one who wakes first moves the clock, up to `endMs` at most. */
export function virtualClock(endMs = Infinity): Clock & { run(): Promise<void> } {
  let now = 0
  const sleepers: { at: number; wake: () => void }[] = []
  return {
    now: () => now,
    sleep: (ms) => new Promise((wake) => void sleepers.push({ at: now + ms, wake })),
    async run() {
      for (;;) {
        // All that can go on without time passing does so first.
        for (let turn = 0; turn < 20; turn++) await Promise.resolve()
        sleepers.sort((a, b) => a.at - b.at)
        const next = sleepers.shift()
        if (!next || next.at > endMs) return
        now = next.at
        next.wake()
      }
    },
  }
}
