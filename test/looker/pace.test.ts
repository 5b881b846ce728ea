import { expect, test } from 'vitest'
import { createPace, type Departures } from '../../src/looker/pace.js'
import type { Clock } from '../../src/model/clock.js'
import { virtualClock } from './virtual-clock.js'

const HOUR_MS = 3_600_000
const LIMIT = 60

function sharedTimes(): Departures {
  let times: readonly number[] = []
  return { update: (change) => Promise.resolve(void (times = change(times))) }
}

/** Requests of an hour in which so many processes ask as fast as they may. */
async function hourOf(processes: number, isShared: boolean): Promise<number[]> {
  const clock = virtualClock(HOUR_MS)
  const departures = sharedTimes()
  const left: number[] = []
  for (let one = 0; one < processes; one++) {
    const pace = createPace(LIMIT, clock, isShared ? departures : sharedTimes())
    const ask = async (): Promise<void> => {
      await pace.turn()
      left.push(clock.now())
      await clock.sleep(7 * (one + 1))
      if (clock.now() < HOUR_MS) await ask()
    }
    void ask()
  }
  await clock.run()
  return left.filter((at) => at < HOUR_MS)
}

/** Requests beyond the limit, by a server that counts any sixty seconds. */
function tooMany(left: readonly number[]): number {
  return left.filter((at, index) => (left[index - LIMIT] ?? -Infinity) > at - 60_000).length
}

test.each([1, 3, 8])('in an hour %i processes cause no 429, and use 97 %% of what is allowed', async (processes) => {
  const left = await hourOf(processes, true)
  expect(tooMany(left)).toBe(0)
  expect(left.length).toBeGreaterThanOrEqual(0.97 * LIMIT * 60)
})

test('three that do not share their pace are refused: the test can tell', async () => {
  expect(tooMany(await hourOf(3, false))).toBeGreaterThan(1_000)
})

test('after a 429 that the limit does not explain requests leave evenly, and no faster than the limit', async () => {
  const clock = virtualClock(HOUR_MS)
  const pace = createPace(LIMIT, clock)
  const left: number[] = []
  const ask = async (): Promise<void> => {
    await pace.turn()
    left.push(clock.now())
    if (left.length === 5) pace.refused()
    await clock.sleep(0)
    if (left.length < 70) await ask()
  }
  void ask()
  await clock.run()
  expect(left.slice(0, 5)).toEqual([0, 0, 0, 0, 0])
  const gaps = left.slice(5).map((at, index) => at - (left[index + 4] ?? 0))
  expect(gaps).toHaveLength(65)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000 / (LIMIT - 1))
  expect(left.at(-1)).toBeLessThan(72_000)
})

test('a clock that was set back keeps nobody waiting for longer than two minutes', async () => {
  let now = 10 * HOUR_MS
  const slept: number[] = []
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => {
      slept.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
  const pace = createPace(2, clock)
  await pace.turn()
  await pace.turn()
  now -= 5 * HOUR_MS
  await pace.turn()
  expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(120_300)
})
