import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planHash } from '../../src/mapping/planner.js'
import type { Plan } from '../../src/model/plan.js'
import { asPosted, onlyEntry, planOf } from './world.js'

const { reference } = onlyEntry(planOf([{}]))
const plan = planOf(
  [{}, { account: '5020', amount: '-12.345' }, { costCentre: 'Pune' }, { account: '9999' }],
  [asPosted(reference, { amount: '275340.00' })],
)
const hash = planHash(plan)
const bytes = Buffer.from(JSON.stringify(plan), 'utf8')

/** What a reader makes of the plan's file; null when it is no JSON any more. */
function read(changed: Buffer): Plan | null {
  try {
    return JSON.parse(changed.toString('utf8')) as Plan
  } catch {
    return null
  }
}

/** `madeAt` is not part of what was approved. */
function saysTheSame(other: Plan): boolean {
  return isDeepStrictEqual({ ...other, madeAt: '' }, { ...plan, madeAt: '' })
}

test('one bit of a plan changed, and its hash is another, wherever the change says anything', () => {
  let changed = 0
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const other = read(flipped)
    if (other === null || saysTheSame(other)) continue
    changed++
    if (planHash(other) === hash) throw new Error(`bit ${bit} changed the plan, not its hash`)
  }
  expect(changed).toBeGreaterThan(10_000)
})

test('the hash is of what the plan says, not of how its file is written', () => {
  const reversed = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, member]) => [name, reversed(member)]),
          )
        : value
  expect(planHash(reversed(plan) as Plan)).toBe(hash)
  fc.assert(fc.property(fc.string(), (madeAt) => planHash({ ...plan, madeAt }) === hash))
})
