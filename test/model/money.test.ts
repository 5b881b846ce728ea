import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  absolute,
  add,
  compare,
  isPlainDecimal,
  isWithinPercent,
  isZero,
  money,
  negate,
  percentOf,
  round,
  subtract,
  toText,
  toTextAtLeast,
  ZERO,
  type RoundingMode,
} from '../../src/model/money.js'

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 8 }))
  .map(([units, scale]) => ({ units, scale, text: decimalText(units, scale) }))

describe('an amount', () => {
  test.each(['0', '-0', '0.00', '12', '-12.50', '0.1', '9007199254740993', '123456789012345678.91'])(
    '%s is read',
    (text) => {
      expect(isPlainDecimal(text)).toBe(true)
    },
  )

  test.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '01',
    '.5',
    '5.',
    '1e3',
    '1,000.00',
    '1.000,00',
    '(1)',
    '1-',
    'NaN',
    'Infinity',
    '$1',
    '１',
    '--1',
    '1\n',
  ])('%j is refused', (text) => {
    expect(isPlainDecimal(text)).toBe(false)
    expect(() => money(text)).toThrow(RangeError)
  })

  test('has up to thirty digits before its point, and a sum of such amounts is read as well', () => {
    const largest = '9'.repeat(30)
    const sum = toText(add(money(largest), money(largest)))
    expect(sum).toBe(`1${'9'.repeat(29)}8`)
    expect([isPlainDecimal(largest), isPlainDecimal(sum)]).toEqual([true, false])
    expect(toText(add(money(sum), money(`-${largest}`)))).toBe(largest)
  })

  test('never passes through a double: digits beyond 2^53 survive', () => {
    expect(toText(add(money('9007199254740993'), money('123456789012345678.91')))).toBe('132463988267086671.91')
    expect(toText(add(money('0.1'), money('0.2')))).toBe('0.3')
  })

  test('adds and subtracts as whole numbers of the smallest digit do', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const scaled = (value: typeof a) => value.units * 10n ** BigInt(8 - value.scale)
        const expected = decimalText(scaled(a) + scaled(b), 8)
        expect(toText(add(money(a.text), money(b.text)), 8)).toBe(expected)
        expect(toText(subtract(money(a.text), negate(money(b.text))), 8)).toBe(expected)
        expect(Math.sign(compare(money(a.text), money(b.text)))).toBe(Number(sign(scaled(a) - scaled(b))))
      }),
    )
  })

  test.each<[string, number, Record<RoundingMode, string>]>([
    ['0.005', 2, { 'half-even': '0.00', 'half-up': '0.01', down: '0.00', up: '0.01' }],
    ['0.015', 2, { 'half-even': '0.02', 'half-up': '0.02', down: '0.01', up: '0.02' }],
    ['2.675', 2, { 'half-even': '2.68', 'half-up': '2.68', down: '2.67', up: '2.68' }],
    ['-0.005', 2, { 'half-even': '0.00', 'half-up': '-0.01', down: '0.00', up: '-0.01' }],
    ['-2.5', 0, { 'half-even': '-2', 'half-up': '-3', down: '-2', up: '-3' }],
    ['0.00499999999999999999999999', 2, { 'half-even': '0.00', 'half-up': '0.00', down: '0.00', up: '0.01' }],
    ['1', 2, { 'half-even': '1.00', 'half-up': '1.00', down: '1.00', up: '1.00' }],
  ])('%s rounds to %i digits as %j', (text, scale, expected) => {
    for (const mode of Object.keys(expected) as RoundingMode[]) {
      expect(toText(round(money(text), scale, mode), scale)).toBe(expected[mode])
    }
  })

  test.each([
    ['1875', 2, '1875.00'],
    ['1875.5', 2, '1875.50'],
    ['1875.125', 2, '1875.125'],
    ['-0', 2, '0.00'],
    ['-0.10', 0, '-0.1'],
    ['0.0000001', 2, '0.0000001'],
    ['100000000000000000000000', 2, '100000000000000000000000.00'],
  ])('%s with at least %i digits is written %s', (text, digits, expected) => {
    expect(toTextAtLeast(money(text), digits)).toBe(expected)
  })

  test('of minus zero is written without a sign', () => {
    expect([toText(negate(ZERO)), toText(money('-0.00'), 2), toText(money('-0.001'), 2)]).toEqual(['0', '0.00', '0.00'])
    expect(isZero(money('-0.00'))).toBe(true)
    expect(toText(absolute(money('-1.5')))).toBe('1.5')
  })
})

describe('a percentage', () => {
  test.each([
    ['12000.00', '275340.00', '4.36'],
    ['-522895.10', '261447.55', '-200.00'],
    ['1', '-3', '33.33'],
    ['1', '800', '0.12'],
    ['3', '800', '0.38'],
    ['1', '0', null],
    ['0', '5', '0.00'],
  ])('%s of %s is %s', (part, whole, expected) => {
    expect(percentOf(money(part), money(whole))).toBe(expected)
  })

  test.each([
    ['0.05', '100', '0.05', true],
    ['-0.05', '-100', '0.05', true],
    ['0.0500000000000000000000000001', '100', '0.05', false],
    ['1', '0', '100', false],
    ['0', '0', '0', true],
  ])('%s of %s is within %s percent: %s', (part, whole, percent, expected) => {
    expect(isWithinPercent(money(part), money(whole), money(percent))).toBe(expected)
  })
})

function decimalText(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`
}

function sign(value: bigint): bigint {
  return value > 0n ? 1n : value < 0n ? -1n : 0n
}
