import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Balance } from '../../src/model/chart.js'
import type { Level, Tolerance } from '../../src/model/variance.js'
import type { PlacedFigure } from '../../src/reconcile/compare/books.js'
import { reconcilePlainly, type PlainRequest } from './plainly.js'
import { reconcileStreamed } from './reconciled.js'

describe('figures against balances, however many', () => {
  test.each([512, 1])('come out as plain maps of texts have them, with %i entries of a part in memory', (waiting) => {
    fc.assert(
      fc.property(requests, (request) => {
        expect(reconcileStreamed(request, waiting)).toEqual(reconcilePlainly(request))
      }),
      { numRuns: 400 },
    )
  })

  test('of more lines than stay in memory come out in order', () => {
    const count = 60_000
    const figures = Array.from({ length: count }, (_, index) =>
      figure(`a${(index * 7919) % count}`, 'c', `${index}.00`),
    )
    const balances = Array.from({ length: count }, (_, index) =>
      balance(`a${(index * 7919) % count}`, 'c', `${index}.0`),
    )
    const { lines, counts } = reconcileStreamed({ ...PLAIN, figures: [figures], balances }, 256)
    expect(counts).toMatchObject({ equal: count })
    const accounts = lines.map(({ account }) => account)
    expect(accounts).toEqual(figures.map(({ account }) => account).sort())
    expect(lines[7]).toMatchObject({ looker: lines[7]?.ledger, keys: [`0 ${accounts[7] ?? ''} c USD `], figures: 1 })
  })

  test('name the first twenty references of a line, in the order of a plan', () => {
    const sites = Array.from({ length: 30 }, (_, index) => `site ${(index * 7) % 30}`)
    const figures = sites.map((further) => ({ ...figure('1', 'c', '1.00'), further }))
    const request = { ...PLAIN, figures: [figures], balances: [balance('1', 'c', '30.00')] }
    const { lines } = reconcileStreamed(request, 1)
    expect(lines.map(({ keys }) => keys.length)).toEqual([20])
    expect(lines).toEqual(reconcilePlainly(request).lines)
  })

  test.each([
    ['9999999.99', '0.01', '10000000.00'],
    ['-9999999.99', '-9999999.99', '-19999999.98'],
    ['2147483647999999999.99', '0.01', '2147483648000000000.00'],
    ['999999999999999999', '1', '1000000000000000000.00'],
    ['-2147483646.999999999', '-1.000000001', '-2147483648.00'],
    ['123456789012345678901234567890.5', '-0.5', '123456789012345678901234567890.00'],
    ['0.1', '0.2', '0.30'],
    ['999999999', '0.000000001', '999999999.000000001'],
    ['1.00', '-1000000000.00', '-999999999.00'],
    ['10000000000.00', '-0.01', '9999999999.99'],
  ])('are summed to the last digit: %s + %s = %s', (a, b, sum) => {
    const balances = [balance('1', 'c', a), balance('1', 'c', b)]
    const rounding = { scale: 9, mode: 'half-even' } as const
    const { lines } = reconcileStreamed({ ...PLAIN, rounding, figures: [[figure('1', 'c', sum)]], balances }, 1)
    expect(lines).toMatchObject([{ ledger: sum, verdict: 'equal' }])
  })
})

const TOLERANCE: Tolerance = { absolute: '0.05', percent: '1', mode: 'or' }
const PLAIN = {
  ...{ measure: 'net', level: 'both' as const, tolerance: TOLERANCE, overrides: [], balances: [], figures: [] },
  rounding: { scale: 2, mode: 'half-even' as const },
  keyOf: ({ period, account, costCentre, currency, further }) =>
    `${period} ${account} ${costCentre} ${currency} ${further ?? ''}`,
} satisfies PlainRequest

const amount = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('0', '1', '-1', '10.00', '-10', '10.04', '0.005', '0.014999999999998', '100.5'),
  },
  fc
    .tuple(fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }), fc.constantFrom('', '.5', '.01', '.995'))
    .map((parts) => parts.join('')),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map((units) => `${units / 100n}.25`),
)
const code = {
  account: fc.constantFrom('5010', '05010', 'ab', 'AB', 'Ab ', ''),
  costCentre: fc.constantFrom('', '1100', '1200', 'c', 'C'),
  currency: fc.constantFrom('USD', 'EUR', 'usd'),
}
const placed: fc.Arbitrary<PlacedFigure> = fc.record({
  ...code,
  amount,
  kind: fc.constantFrom('mapped', 'mapped', 'mapped', 'unmapped', 'ignored'),
  isNegated: fc.boolean(),
  lookerAccount: fc.constantFrom('x', 'y', null),
  lookerCostCentre: fc.constantFrom('p', ''),
  further: fc.constantFrom(null, 'site 1', 'site 2'),
})
const read: fc.Arbitrary<PlacedFigure> = fc
  .record({ ...code, amount, key: fc.constantFrom('MLC1', 'MLC2', 'MLC3') })
  .map(({ key, ...one }) => ({ ...one, kind: 'reference', lookerAccount: key, lookerCostCentre: null, further: null }))
const requests: fc.Arbitrary<PlainRequest> = fc.record({
  figures: fc.oneof(
    fc.array(fc.array(placed, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
    fc.tuple(fc.array(read)),
  ),
  balances: fc.array(fc.record({ ...code, amount, year: fc.constant(2026), period: fc.constant(7) })),
  level: fc.constantFrom<Level>('both', 'account', 'costCentre', 'total'),
  tolerance: fc.record({
    absolute: fc.constantFrom('0', '0.05', '20'),
    percent: fc.constantFrom('0', '1', '150'),
    mode: fc.constantFrom('or', 'and'),
  }),
  overrides: fc.constantFrom([], [{ account: 'ab', absolute: '1000' }], [{ account: '*5010', percent: '0' }]),
  rounding: fc.record({ scale: fc.constantFrom(0, 2, 4), mode: fc.constantFrom('half-even', 'half-up', 'down', 'up') }),
  measure: fc.constant('net'),
  keyOf: fc.constant(PLAIN.keyOf),
})

function figure(account: string, costCentre: string, text: string): PlacedFigure {
  const values = { lookerAccount: account, lookerCostCentre: costCentre, further: null }
  return { account, costCentre, currency: 'USD', amount: text, kind: 'mapped', ...values }
}

function balance(account: string, costCentre: string, text: string): Balance {
  return { account, costCentre, currency: 'USD', amount: text, year: 2026, period: 7 }
}
