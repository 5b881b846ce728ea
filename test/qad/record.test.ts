import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderRecords } from '../../src/qad/record.js'
import type { BdocOptions } from '../../src/qad/options.js'
import { reference, writing } from './site.js'

const { write } = writing({}) as { write: BdocOptions }
const render = (changes: Parameters<typeof reference>[0], more: Partial<typeof write> = {}, text: number | null = 40) =>
  renderRecords([reference(changes)], { ...write, ...more }, { text })

describe('the body of a write', () => {
  test.each([
    ['123456789012345678.10', '"lookerAmount":123456789012345678.10,'],
    ['0.00', '"lookerAmount":0.00,'],
    ['-0.10', '"lookerAmount":-0.10,'],
    ['9007199254740993', '"lookerAmount":9007199254740993,'],
    [`0.${'0'.repeat(30)}1`, `"lookerAmount":0.${'0'.repeat(30)}1,`],
  ])('an amount is written digit for digit: %s', (amount, text) => {
    expect(render({ amount })).toContain(text)
    expect(render({ amount }, { amountAs: 'string' })).toContain(text.replace(`:${amount}`, `:"${amount}"`))
  })

  test('any plain decimal survives the way into the body', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(8), (units, scale) => {
        const digits = (units < 0n ? -units : units)
          .toString()
          .padStart(scale + 1, '0')
          .slice(-25)
        const amount = `${units < 0n ? '-' : ''}${scale === 0 ? BigInt(digits) : `${BigInt(digits.slice(0, -scale) || '0')}.${digits.slice(-scale)}`}`
        expect(render({ amount })).toContain(`"lookerAmount":${amount},`)
      }),
      { numRuns: 200 },
    )
  })

  test.each(['1e5', '1,000.00', '', '+1', 'NaN', '1.'])(
    'an amount that is no plain decimal is refused: %j',
    (amount) => {
      expect(() => render({ amount })).toThrow(expect.objectContaining({ code: 'MLC-P001' }) as Error)
    },
  )

  test('only the fields named are sent, and the constants', () => {
    const body = render(
      {},
      { fields: { key: 'id', amount: 'amt' }, constants: { sourceSystem: 'LOOKER', live: true, none: null } },
    )
    expect(JSON.parse(body)).toEqual([
      { sourceSystem: 'LOOKER', live: true, none: null, id: reference().key, amt: 412880.15 },
    ])
  })

  test('codes stay text with their leading zeros, year and period are numbers', () => {
    const [record] = JSON.parse(render({ account: '04010', costCentre: '0120' })) as Record<string, unknown>[]
    expect(record).toMatchObject({
      glAccount: '04010',
      costCenter: '0120',
      glCalendarYear: 2026,
      glPeriod: 3,
      revision: 1,
    })
  })

  test('an empty code is sent as empty text', () => {
    expect(render({ costCentre: '' })).toContain('"costCenter":""')
  })

  test('a text that is too long ends in an ellipsis, a key is never cut', () => {
    const long = 'Net revenue of the plant in Austin, Texas, in March'
    const [record] = JSON.parse(
      render({ description: long, source: long, key: `${reference().key}-R2` }, {}, 20),
    ) as Record<string, string>[]
    expect(record).toMatchObject({
      description: 'Net revenue of the …',
      sourceQuery: 'Net revenue of the …',
      referenceId: `${reference().key}-R2`,
    })
    expect(record?.['description']).toHaveLength(20)
  })

  test('a text is never cut inside a character, and not at all without a limit', () => {
    expect(render({ description: '1234😀6789' }, {}, 6)).toContain('"description":"1234…"')
    expect(render({ description: 'x'.repeat(500) }, {}, null)).toContain(`"${'x'.repeat(500)}"`)
  })

  test('quotes, angle brackets and line ends in a text stay text', () => {
    const description = 'R&D "old" <b>\n\u2028'
    const [record] = JSON.parse(render({ description })) as Record<string, string>[]
    expect(record?.['description']).toBe(description)
  })
})
