import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareDecimals, printJson, readJson, shortest } from '../../../src/sandbox/qad/cells.js'

const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 17n - 1n }), fc.stringMatching(/^(\.\d{1,4})?$/))
  .map(([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction}`)

describe('numbers', () => {
  test('pass through JSON digit for digit', () => {
    fc.assert(fc.property(decimal, (text) => printJson(readJson(`[${text}]`) ?? null) === `[${text}]`))
  })

  test('lose their trailing zeros and nothing else', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        expect(compareDecimals(shortest(text), text)).toBe(0)
        expect(shortest(text)).not.toMatch(/\.\d*0$|\.$/)
      }),
    )
  })

  test.each([
    ['0.1', '0.10', 0],
    ['-0.00', '0', 0],
    ['9', '10', -1],
    ['-9', '-10', 1],
    ['12345678901234567.0001', '12345678901234567', 1],
  ])('%s against %s is %i', (a, b, order) => expect(compareDecimals(a, b)).toBe(order))

  test.each([
    ['12000.00', '12000'],
    ['0.10', '0.1'],
    ['100', '100'],
    ['-0.00', '0'],
    ['0.0001', '0.0001'],
  ])('%s is shown as %s', (text, shown) => expect(shortest(text)).toBe(shown))
})

test.each(['{"a":1,}', '[1', '', 'NaN', '<html>'])('%s is not JSON', (text) => expect(readJson(text)).toBeUndefined())
