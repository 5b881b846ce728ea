import { describe, expect, test } from 'vitest'
import { BROKEN, RESTLESS, unbroken, type Breakage } from './broken.js'
import { NET_FAULTS } from './net.js'
import { createTally } from './tally.js'
import { simulate } from './world.js'

/** `npm run test:sim -- --seeds 20000` runs the many; here are as many as CI has time for. */
const SEEDS = 600
const tally = createTally()

// In six parts, so that none of them comes near the time that a test has.
test.each([1, 2, 3, 4, 5, 6])(
  'in simulated worlds of all kinds nothing is lost, doubled, stuck or of a wrong amount (%i)',
  async (part) => {
    for (let seed = ((part - 1) * SEEDS) / 6 + 1; seed <= (part * SEEDS) / 6; seed++) {
      const { faults, steps } = await simulate(seed, tally)
      if (faults.length > 0)
        throw new Error(
          `seed=${seed} step=${steps} ${faults[0]?.kind}: ${faults[0]?.message}; npm run test:sim -- --seed ${seed} --trace`,
        )
    }
  },
)

test('each kind of fault has struck in them: one that never does proves nothing', () => {
  for (const fault of NET_FAULTS) expect([fault, tally.counts.get(`net: ${fault}`) ?? 0]).not.toEqual([fault, 0])
  for (const kind of [
    'host: crashed',
    'host: interrupted',
    'clock: back',
    'disk: ENOSPC',
    'disk: write torn',
    'command: replay',
  ])
    expect([kind, tally.counts.get(kind) ?? 0]).not.toEqual([kind, 0])
})

test('a seed does the same twice', async () => {
  for (const seed of [7, 77, 777]) {
    const [one, two] = [await simulate(seed, createTally()), await simulate(seed, createTally())]
    expect(two.hash).toBe(one.hash)
  }
})

test('a build that does not is noticed', async () => {
  for (const seed of [7, 77, 777]) {
    const [one, two] = [await simulate(seed, createTally(), RESTLESS), await simulate(seed, createTally(), RESTLESS)]
    expect(two.hash).not.toBe(one.hash)
  }
})

describe('a build that is broken is caught within 1,000 seeds', () => {
  test.each(Object.keys(BROKEN))('%s', async (name) => {
    expect(await firstCaught(BROKEN[name] ?? unbroken)).toBeLessThanOrEqual(1_000)
  })
})

async function firstCaught(build: Breakage): Promise<number> {
  for (let seed = 1; seed <= 1_000; seed++) {
    const { faults } = await simulate(seed, createTally(), build)
    if (faults.length > 0) return seed
  }
  return Infinity
}
