import { describe, expect, test } from 'vitest'
import type { Known } from '../../src/reconcile/causes/explain.js'
import { causesOf, explained, kindsOf, leftOut, part } from './planted.js'

describe('another cost centre of the account', () => {
  const at = (place: string, looker: string | null, ledger: string | null) => ({ at: place, looker, ledger })
  const found = (...planted: readonly ReturnType<typeof at>[]) =>
    explained(planted).map(({ costCentre, causes }) => [
      costCentre,
      causes.flatMap((cause) => (cause.kind === 'costCentre' ? cause.others.map((one) => one.costCentre) : [])),
    ])

  test('of which one has what the other lacks, on both sides or on one alone', () => {
    expect(found(at('5010/1100', '512.34', '412.11'), at('5010/1200', '300.11', '400.34'))).toEqual([
      ['1100', ['1200']],
      ['1200', ['1100']],
    ])
    expect(found(at('5010/1100', '512.34', null), at('5010/1200', null, '512.34'))).toEqual([
      ['1100', ['1200']],
      ['1200', ['1100']],
    ])
  })

  test('of thousands each line names the first and counts the others', () => {
    const planted = Array.from({ length: 3_000 }, (_, index) => at(`5010/c${index}`, `${1000 + index}.00`, '0.00'))
    const lines = explained([...planted, at('5010/sum', null, '7498500.00')])
    const causes = lines.flatMap((line) => line.causes.filter(({ kind }) => kind === 'costCentre'))
    expect(causes).toHaveLength(3_001)
    for (const cause of causes) expect(cause).toMatchObject({ count: 3_000, others: { length: 20 } })
    expect(JSON.stringify(lines).length).toBeLessThan(3_001 * 3_000)
  })

  test('of which many have one amount are paired one by one', () => {
    const lines = explained(
      Array.from({ length: 2_000 }, (_, index) =>
        at(`5010/c${index}`, index % 2 === 0 ? '100.00' : null, index % 2 === 0 ? null : '100.00'),
      ),
    )
    const others = lines.flatMap(({ causes }) =>
      causes.flatMap((cause) => (cause.kind === 'costCentre' ? cause.others.map((one) => one.costCentre) : [])),
    )
    expect(new Set(others).size).toBe(2_000)
  })

  test('or several, and each line names the others', () => {
    const three = [
      at('5010/1100', '700.00', '400.01'),
      at('5010/1200', '10.00', '110.00'),
      at('5010/1300', '5.00', '204.99'),
    ]
    expect(found(...three, at('5010/1400', '17.77', '888.12'))).toEqual([
      ['1100', ['1200', '1300']],
      ['1200', ['1100', '1300']],
      ['1300', ['1100', '1200']],
      ['1400', []],
    ])
    const five = ['1100', '1200', '1300', '1400'].map((centre) => at(`5010/${centre}`, '100.00', '90.00'))
    expect(found(...five, at('5010/1500', '100.00', '140.00')).map(([, others]) => others?.length)).toEqual([
      4, 4, 4, 4, 4,
    ])
  })

  test.each([
    ['another account', [at('5010/1100', '512.34', '412.11'), at('5020/1200', '300.11', '400.34')]],
    ['amounts below 1.00', [at('5010/1100', '100.99', '100.00'), at('5010/1200', '100.00', '100.99')]],
    ['a cent left', [at('5010/1100', '512.34', '412.11'), at('5010/1200', '300.11', '400.35')]],
  ])('not with %s', (_what, planted) => {
    expect(found(...planted).flatMap(([, others]) => others)).toEqual([])
  })

  test('of several pairs, each with a partner of its own', () => {
    const pairs = [
      at('5010/1', '9.00', '4.00'),
      at('5010/2', '4.00', '9.00'),
      at('5010/3', '9.00', '4.00'),
      at('5010/4', '4.00', '9.00'),
    ]
    expect(found(...pairs)).toEqual([
      ['1', ['2']],
      ['2', ['1']],
      ['3', ['4']],
      ['4', ['3']],
    ])
  })
})

describe('what the map does', () => {
  test.each<[string, ReturnType<typeof part>[], string[]]>([
    [
      'one of two Looker values is the variance',
      [part('Detroit', '400.00'), part('Detroit 2', '112.34')],
      ['mappedTwice'],
    ],
    ['one of two of another size', [part('Detroit', '400.01'), part('Detroit 2', '112.33')], []],
    ['one value of one row', [part('Detroit', '512.34')], []],
    ['the same value in two rows', [part('Detroit', '400.00'), part('Detroit', '112.34')], []],
  ])('mapped twice: %s', (_what, parts, kinds) => {
    expect(kindsOf({ looker: '512.34', ledger: '400.00' }, { partsAt: () => parts })).toEqual(kinds)
  })

  test('mapped twice names the values, the code and the figure', () => {
    const parts = [part('Detroit', '400.00'), part('Detroit 2', '112.34', 3)]
    expect(causesOf({ looker: '512.34', ledger: '400.00' }, { partsAt: () => parts })).toEqual([
      {
        kind: 'mappedTwice',
        text: 'mapped twice: "Detroit", "Detroit 2" all go to 1100, and "Detroit 2" alone is 112.34',
        dimension: 'costCentre',
        code: '1100',
        values: ['Detroit', 'Detroit 2'],
        part: { account: '5010', costCentre: 'Detroit 2', amount: '112.34', rows: 3 },
      },
    ])
  })

  test('the sign of one figure among several', () => {
    const parts = [part('Detroit', '400.00'), part('Detroit 2', '-112.34')]
    const causes = causesOf({ looker: '287.66', ledger: '512.34' }, { partsAt: () => parts })
    expect(causes).toMatchObject([{ kind: 'sign', part: { costCentre: 'Detroit 2', amount: '-112.34' } }])
  })

  const shownAt = { account: '5010', costCentre: 'Pune' }
  test.each<[string, string | null, string | null, Partial<Known>, string[]]>([
    ['ignored, and the ledger has it', null, '1875.00', { leftOut: [leftOut('ignored', '1875.00')] }, ['ignored']],
    ['ignored, a part of the balance', '100.00', '1975.00', { leftOut: [leftOut('ignored', '1875.00')] }, ['ignored']],
    ['ignored, of another sign', '100.00', '1975.00', { leftOut: [leftOut('ignored', '-1875.00')] }, []],
    [
      'ignored, of another account',
      null,
      '1875.00',
      { leftOut: [leftOut('ignored', '1875.00', { qadAccount: '5020' })] },
      [],
    ],
    [
      'ignored, of another currency',
      null,
      '1875.00',
      { leftOut: [leftOut('ignored', '1875.00', { currency: 'EUR' })] },
      [],
    ],
    [
      'unmapped, and the ledger has it',
      null,
      '1875.00',
      { leftOut: [leftOut('unmapped', '1875.00', { shownAt })] },
      ['unmapped'],
    ],
    ['of another amount', null, '1875.01', { leftOut: [leftOut('ignored', '1875.00')] }, []],
  ])('what is left out: %s', (_what, looker, ledger, known, kinds) => {
    expect(kindsOf({ looker, ledger }, known)).toEqual(kinds)
  })

  test('a figure that stands under Looker’s name does so because that is not mapped, whatever its amount', () => {
    const known = { leftOut: [leftOut('unmapped', '0.10', { shownAt })] }
    expect(causesOf({ at: '5010/Pune', looker: '0.10', ledger: null }, known)).toMatchObject([
      {
        kind: 'unmapped',
        text: 'cost centre "Pune" is not mapped: 0.10',
        dimension: 'costCentre',
        value: 'Pune',
        rows: 1,
      },
    ])
  })
})

describe('codes of one side alone', () => {
  const codes = (active: boolean | null, mapped: boolean, reason: string | null = null): Partial<Known> => ({
    codes: {
      isActive: (_, code) =>
        code === '5010' && active === null ? { known: false, active: false } : { known: true, active: active ?? true },
      isMapped: (dimension) => (dimension === 'account' ? { mapped, reason } : null),
    },
  })

  test.each<[string, string | null, string | null, Partial<Known>, string[]]>([
    ['inactive in QAD, only in Looker', '10.00', null, codes(false, true), ['inactive', 'inactive']],
    ['inactive in QAD, only there', null, '10.00', codes(false, true), ['inactive', 'inactive']],
    ['not in QAD', '10.00', null, codes(null, true), ['inactive']],
    ['no value is mapped to it', null, '10.00', codes(true, false), ['unmapped']],
    ['left out by the map', null, '10.00', codes(true, false, 'statistics'), ['ignored']],
    ['mapped, and Looker has no row', null, '10.00', codes(true, true), []],
    ['on both sides', '11.00', '10.37', codes(false, false), []],
  ])('%s', (_what, looker, ledger, known, kinds) => {
    expect(kindsOf({ looker, ledger }, known)).toEqual(kinds)
  })
})
