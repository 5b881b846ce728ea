import { expect, test } from 'vitest'
import { TransportError } from '../../src/http/http.js'
import { createRetryBudget, retryDelayMs, withRetries, type RetryPolicy } from '../../src/http/retry.js'
import type { Clock } from '../../src/model/clock.js'

const CLOCK: Clock = { now: () => 0, sleep: () => Promise.resolve() }

function policy(budget = true): RetryPolicy {
  const base = { attempts: 4, baseMs: 500, capMs: 20_000, random: () => 0.5 }
  return budget ? { ...base, budget: createRetryBudget() } : base
}

/** How many requests 600 calls make of a server that is down. */
async function requestsOfOutage(of: RetryPolicy, failing: () => Promise<never>): Promise<number> {
  let requests = 0
  for (let call = 0; call < 600; call++) {
    await withRetries(of, CLOCK, undefined, () => {
      requests++
      return failing()
    }).catch(() => undefined)
  }
  return requests
}

test('a total outage of 600 calls is met with 660 requests at most, and without a budget with 2,400', async () => {
  const refused = () => Promise.reject(new TransportError('refused', false, 'connection refused'))
  expect(await requestsOfOutage(policy(), refused)).toBeLessThanOrEqual(660)
  expect(await requestsOfOutage(policy(false), refused)).toBe(2_400)
})

test('calls that come through earn tries back', async () => {
  const of = policy()
  let down = true
  const once = () =>
    down ? Promise.resolve({ status: 503, headers: {} }) : Promise.resolve({ status: 200, headers: {} })
  for (let call = 0; call < 100; call++) await withRetries(of, CLOCK, undefined, once)
  expect(retryDelayMs(1, undefined, of, 0)).toBeNull()
  down = false
  for (let call = 0; call < 5; call++) await withRetries(of, CLOCK, undefined, once)
  expect(retryDelayMs(1, undefined, of, 0)).toBe(250)
  expect(retryDelayMs(1, undefined, of, 0)).toBeNull()
})

test('a server that says when to come back costs nothing', () => {
  const of = policy()
  for (let call = 0; call < 1_000; call++) expect(retryDelayMs(1, '2', of, 0)).toBe(2_000)
  expect(retryDelayMs(1, undefined, of, 0)).toBe(250)
})

test.each<[string, number | null]>([
  ['0', 0],
  ['7', 7_000],
  ['600', 600_000],
  ['601', null],
  ['Thu, 01 Jan 1970 00:00:30 GMT', 30_000],
  ['Thu, 01 Jan 1970 01:00:00 GMT', null],
  ['soon', 250],
])('Retry-After %j waits %s ms', (header, delay) => {
  expect(retryDelayMs(1, header, policy(), 0)).toBe(delay)
})
