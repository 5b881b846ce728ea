import { expect, test } from 'vitest'
import { endpoint } from '../../support/endpoint.js'
import { mutate, mutated } from './mutated.js'

/** A share of the million of `npm run bench`. */
test('bodies changed at random are taken or refused: nothing breaks, hangs, or reaches a prototype', async () => {
  const { taken, faults } = await mutate(4_000)
  expect(faults).toEqual([])
  // Most are broken; that some are not shows that the rows are read too.
  expect(taken).toBeGreaterThan(50)
})

test('the endpoint answers them with 200 or 400, and goes on', async () => {
  const e = await endpoint({ limits: { perSource: { burst: 10_000, perSecond: 1 } } })
  const statuses = new Set<number>()
  for (let seed = 1; seed <= 200; seed++) statuses.add((await e.post(mutated(seed))).status)
  expect([...statuses].sort()).toEqual([200, 400])
  expect((await fetch(`${e.url}/healthz`)).status).toBe(200)
})
