import { describe, expect, test } from 'vitest'
import { staleEntries } from '../../src/mapping/planner.js'
import { asPosted, onlyEntry, planOf } from './world.js'

const { reference } = onlyEntry(planOf([{}]))
const posted = asPosted(reference)
const restated = asPosted(reference, { amount: '275340.00' })
const ours = asPosted(reference, { key: `${reference.key}-R2`, revision: 2 })

describe('a plan that creates', () => {
  const plan = planOf([{}])

  test.each([
    ['nothing', []],
    ['what it would post', [posted]],
    ['what it would post, in other digits', [{ ...posted, amount: '412880.150' }]],
    ['records of others', [{ ...posted, key: 'JE-1' }]],
  ])('is not stale while QAD holds %s', (_name, now) => {
    expect(staleEntries(plan, now)).toEqual([])
  })

  test.each([
    ['another amount', [restated]],
    ['another revision', [ours]],
    ['its key twice', [posted, posted]],
    ['its key at another account', [{ ...posted, account: '5020' }]],
  ])('is stale once QAD holds %s', (_name, now) => {
    expect(staleEntries(plan, now)).toMatchObject([
      { entry: { reference: { key: reference.key } }, now: { key: now[0]?.key } },
    ])
  })
})

describe('a plan that revises', () => {
  const plan = planOf([{}], [restated])

  test.each([
    ['what it saw', [restated]],
    ['what it would post as well', [restated, ours]],
    ['what it would post alone', [ours]],
  ])('is not stale while QAD holds %s', (_name, now) => {
    expect(staleEntries(plan, now)).toEqual([])
  })

  test.each([
    ['nothing any more', [], null],
    ['another amount', [{ ...restated, amount: '281000.00' }], '281000.00'],
    ['what it wants, under the old key', [posted], '412880.15'],
    ['a later revision', [restated, { ...ours, amount: '1.00' }], '1.00'],
    [
      'a revision after the one it would post',
      [restated, ours, asPosted(reference, { key: `${reference.key}-R3`, revision: 3 })],
      '412880.15',
    ],
    ['what it saw, at another cost centre', [{ ...restated, costCentre: '1200' }], '275340.00'],
  ])('is stale once QAD holds %s', (_name, now, amount) => {
    const [stale, another] = staleEntries(plan, now)
    expect(another).toBeUndefined()
    expect(stale?.entry.reference.key).toBe(`${reference.key}-R2`)
    expect(stale?.now?.amount ?? null).toBe(amount)
  })
})

describe('a plan that found the same amount', () => {
  const plan = planOf([{}], [posted])

  test('is stale once QAD holds something else', () => {
    expect(staleEntries(plan, [posted])).toEqual([])
    expect(staleEntries(plan, [])).toHaveLength(1)
    expect(staleEntries(plan, [posted, { ...ours, amount: '1.00' }])).toHaveLength(1)
  })
})

test('only the entries that changed are named', () => {
  const plan = planOf([{}, { account: '5020' }, { account: '0100' }])
  const changed = plan.entries.map(({ reference: each }) =>
    asPosted(each, each.account === '5020' ? { amount: '1.00' } : {}),
  )
  expect(staleEntries(plan, changed).map(({ entry }) => entry.reference.account)).toEqual(['5020'])
})
