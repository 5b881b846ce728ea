import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { text } from './noise.js'
import { explained, kindsOf, leftOut, part } from './planted.js'

describe('a planted cause is always among those named', () => {
  const cents = fc.integer({ min: 100_00, max: 999_999_999_99 })
  const signed = fc.tuple(cents, fc.constantFrom(1, -1)).map(([amount, sign]) => amount * sign)

  test('a sign', () => {
    fc.assert(fc.property(signed, (amount) => void expect(kinds(amount, -amount)).toContain('sign')))
  })

  test('a scale, exact or cut to cents', () => {
    const powers = fc.integer({ min: 1, max: 6 })
    fc.assert(
      fc.property(signed, powers, fc.boolean(), (amount, power, isFlipped) => {
        fc.pre(/[1-9]\d*[1-9]/.test(String(amount)))
        expect(kinds(amount, amount * 10 ** power)).toContain('scale')
        const cut = Math.round(amount / 10 ** power)
        fc.pre(String(Math.abs(cut)).replace(/0+$/, '').length >= 4)
        expect(kinds(isFlipped ? -cut : cut, amount)).toContain('scale')
      }),
    )
  })

  test('two neighbouring digits', () => {
    fc.assert(
      fc.property(signed, fc.nat(20), (amount, where) => {
        const digits = [...String(Math.abs(amount))]
        const at = where % (digits.length - 1)
        const [a = '', b = ''] = digits.slice(at, at + 2)
        fc.pre(a !== b && !(at === 0 && b === '0'))
        const swapped = Number([...digits.slice(0, at), b, a, ...digits.slice(at + 2)].join('')) * Math.sign(amount)
        expect(kinds(swapped, amount)).toContain('transposed')
        expect(kinds(amount, swapped)).toContain('transposed')
      }),
    )
  })

  test('rounding, up to half a cent for each amount', () => {
    fc.assert(
      fc.property(signed, fc.integer({ min: 1, max: 19 }), fc.constantFrom(1, -1), (amount, rows, sign) => {
        const gap = Math.floor((rows + 1) / 2) * sign
        expect(kindsOf({ looker: text(amount + gap), ledger: text(amount), rows })).toContain('rounding')
      }),
    )
  })

  test('a neighbouring period, a figure mapped twice, a figure left out, another cost centre, a late posting', () => {
    fc.assert(
      fc.property(signed, signed, (amount, other) => {
        fc.pre(amount !== other)
        const line = { looker: text(amount), ledger: text(other) }
        const neighbours = [{ side: 'ledger' as const, period: '2026-06', at: () => text(amount) }]
        expect(kindsOf(line, { neighbours })).toContain('period')
        const readings = [{ at: '2026-08-01T00:00:00Z', amount: text(amount) }]
        expect(kindsOf(line, { lateAt: () => ({ asOf: '', lastPosted: null, readings }) })).toContain('latePosting')
        const twice = { looker: text(amount + other), ledger: text(other) }
        expect(kindsOf(twice, { partsAt: () => [part('A', text(amount)), part('B', text(other))] })).toContain(
          'mappedTwice',
        )
        const less = { looker: text(other), ledger: text(amount + other) }
        expect(kindsOf(less, { leftOut: [leftOut('ignored', text(amount))] })).toContain('ignored')
        const moved = explained([
          { at: '5010/1', looker: text(other + amount), ledger: text(other) },
          { at: '5010/2', looker: text(other), ledger: text(other + amount) },
        ])
        expect(moved.every(({ causes }) => causes.some(({ kind }) => kind === 'costCentre'))).toBe(true)
      }),
    )
  })

  function kinds(looker: number, ledger: number): string[] {
    return kindsOf({ looker: text(looker), ledger: text(ledger) })
  }
})
