import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, compare, money, ZERO } from '../../src/model/money.js'
import { revisionKey, type Posted } from '../../src/model/reference.js'
import { asPosted, onlyEntry, planOf } from './world.js'

const JOURNAL = { movements: true, onRestate: 'adjust', offsetAccount: '4000' } as const
const { reference } = onlyEntry(planOf([{}]))
const { key } = reference
const at = (revision: number, amount: string): Posted =>
  asPosted(reference, { key: revisionKey(key, revision), revision, amount })

describe('a journal against what QAD holds', () => {
  test.each([
    [
      'nothing: the figure is posted',
      '412880.15',
      [],
      { action: 'create', key, amount: '412880.15', total: '412880.15' },
    ],
    ['nothing, and the figure is zero: nothing is posted', '0.00', [], { action: 'skip', key, amount: '0.00' }],
    ['the figure', '412880.15', [at(1, '412880.15')], { action: 'same', key, amount: '412880.15' }],
    [
      'less: the difference is posted',
      '12.50',
      [at(1, '10')],
      { action: 'revise', key: `${key}-R2`, amount: '2.50', total: '12.50' },
    ],
    [
      'more: the difference is negative',
      '10.00',
      [at(1, '12.50')],
      { action: 'revise', key: `${key}-R2`, amount: '-2.50' },
    ],
    [
      'revisions that add up to it',
      '12.50',
      [at(2, '2.5'), at(1, '10')],
      { action: 'same', key: `${key}-R2`, amount: '2.50', total: '12.50' },
    ],
    [
      'revisions that do not',
      '0.00',
      [at(1, '10'), at(2, '2.5')],
      { action: 'revise', key: `${key}-R3`, amount: '-12.50' },
    ],
    [
      'revisions that cancel each other, and zero',
      '0.00',
      [at(1, '10'), at(2, '-10')],
      { action: 'same', key: `${key}-R2`, amount: '-10.00' },
    ],
    ['the amount in another sign', '-10.00', [at(1, '10')], { action: 'revise', key: `${key}-R2`, amount: '-20.00' }],
    [
      'one entry shown twice',
      '10.00',
      [
        { ...at(1, '10'), qadRef: 'Q' },
        { ...at(1, '10'), qadRef: 'Q' },
      ],
      { action: 'same' },
    ],
    ['15 digits', '123456789012345.67', [at(1, '0.01')], { action: 'revise', amount: '123456789012345.66' }],
  ])('%s', (_name, amount, posted, expected) => {
    const plan = planOf([{ amount }], posted, JOURNAL)
    const entry = onlyEntry(plan)
    expect({ ...entry.reference, ...entry }).toMatchObject(expected)
    expect(plan.problems).toEqual([])
  })

  test.each([
    ['a revision that is not shown', [at(1, '1'), at(3, '1')], 'but not revision 2 before it'],
    ['two entries under one key', [at(1, '1'), at(1, '1')], 'twice'],
    ['an amount that is none', [at(1, '1,00')], 'with the amount "1,00"'],
    ['another account', [{ ...at(1, '1'), account: '5999' }], 'account "5999" where "5010" belongs'],
  ])('%s is a conflict, and nothing is added up of it', (_name, posted, says) => {
    const plan = planOf([{}], posted, JOURNAL)
    expect(onlyEntry(plan).action).toBe('blocked')
    expect(plan.problems).toMatchObject([{ code: 'MLC-Q022', message: expect.stringContaining(says) as string }])
  })

  test('onRestate: refuse stops what would be adjusted, and nothing else', () => {
    const refuse = { ...JOURNAL, onRestate: 'refuse' } as const
    expect(planOf([{ amount: '2.00' }], [at(1, '1')], refuse).problems).toMatchObject([
      { code: 'MLC-P019', message: expect.stringContaining('is now 2.00, but') as string },
    ])
    expect(planOf([{ amount: '2.00' }], [at(1, '1'), at(2, '1')], refuse).problems).toEqual([])
  })

  test('an account that is the offset account is refused', () => {
    const plan = planOf([{}], [], { ...JOURNAL, offsetAccount: '5010' })
    expect(plan.problems).toMatchObject([{ code: 'MLC-P022' }])
  })

  test('a prefix takes room that the key needs', () => {
    const limits = { account: 8, costCentre: 8, text: 40, key: 32 }
    expect(planOf([{}], [], { ...JOURNAL, limits }).problems).toMatchObject([{ code: 'MLC-P016' }])
  })

  test('whatever a figure becomes, time after time, the revisions add up to it', () => {
    const amounts = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(amounts, (cents) => {
        const books: Posted[] = []
        for (const cent of cents) {
          const amount = `${cent < 0 ? '-' : ''}${Math.floor(Math.abs(cent) / 100)}.${String(Math.abs(cent) % 100).padStart(2, '0')}`
          const { action, reference: sent } = onlyEntry(planOf([{ amount }], books, JOURNAL))
          if (action === 'create' || action === 'revise') books.push(asPosted(sent))
          const held = books.reduce((sum, one) => add(sum, money(one.amount)), ZERO)
          expect(compare(held, money(amount))).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })
})
