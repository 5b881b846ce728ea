import fc from 'fast-check'
import { expect, test } from 'vitest'
import { referenceKey, revisionKey, type Identity, type Posted, type Reference } from '../../src/model/reference.js'
import { findingOf } from '../../src/pipeline/sweep.js'

const IDENTITY: Identity = {
  ...{ domain: '10USA', entity: '10USACO', year: 2026, period: 7, account: '5010', subAccount: '' },
  ...{ costCentre: '1100', project: '', site: '', currency: 'USD', measure: 'net_amount' },
}

function referenceOf(account: number, revision: number, cents: number): Reference {
  const identity = { ...IDENTITY, account: String(account) }
  const amount = (cents / 100).toFixed(2)
  const key = revisionKey(referenceKey(identity), revision)
  return { ...identity, key, revision, amount, description: '', source: 'look 42', run: 'R1' }
}

function storedAs(reference: Reference): Posted {
  const { key, year, period, account, costCentre, currency, measure, amount, revision } = reference
  return { key, year, period, account, costCentre, currency, measure, amount, revision, qadRef: 'Q1' }
}

/** Ways in which QAD's books can differ from what was posted. */
const PLANTED: Readonly<Record<string, (stored: Posted) => readonly Posted[]>> = {
  missing: () => [],
  doubled: (stored) => [stored, { ...stored, qadRef: 'Q2' }],
  'altered amount': (stored) => [{ ...stored, amount: `${stored.amount}1` }],
  'altered account': (stored) => [{ ...stored, account: '9999' }],
  'altered cost centre': (stored) => [{ ...stored, costCentre: null === stored.costCentre ? '' : '9999' }],
  'altered currency': (stored) => [{ ...stored, currency: 'EUR' }],
  'altered period': (stored) => [{ ...stored, period: 8 }],
  'altered revision': (stored) => [{ ...stored, revision: 99 }],
}

const references = fc
  .tuple(fc.integer({ min: 1000, max: 9998 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: -1e9, max: 1e9 }))
  .map(([account, revision, cents]) => referenceOf(account, revision, cents))

test('1,000 planted states are found, each by its kind, and none where nothing is wrong', () => {
  const kinds = Object.keys(PLANTED)
  fc.assert(
    fc.property(references, fc.constantFrom(...kinds), (reference, kind) => {
      const stored = storedAs(reference)
      expect(findingOf(reference, [stored])).toBeNull()
      expect(findingOf(reference, PLANTED[kind]?.(stored) ?? [])?.kind).toBe(kind.split(' ')[0])
    }),
    { numRuns: 1_000 },
  )
})

test.each<[string, Partial<Posted>]>([
  ['columns that the tenant does not show', { costCentre: null, measure: null, revision: null, year: null }],
  ['trailing blanks and other letters in codes', { account: '5010 ', currency: 'usd' }],
  ['another spelling of the amount', { amount: '12.5' }],
])('%s are no difference', (_what, shown) => {
  const reference = referenceOf(5010, 1, 1250)
  expect(findingOf(reference, [{ ...storedAs(reference), ...shown }])).toBeNull()
})
