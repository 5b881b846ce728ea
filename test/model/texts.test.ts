import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crockford } from '../../src/model/base32.js'
import { canonicalHash, canonicalJson } from '../../src/model/canonical.js'
import { createFold, fold } from '../../src/model/fold.js'
import { isRunId, runId } from '../../src/model/run.js'
import { createTable, groupBy } from '../../src/model/table.js'

describe('folding', () => {
  test.each([
    ['  Detroit  ', 'detroit'],
    ['Plant\u00A0\t One', 'plant one'],
    ['Z\u00FCrich', 'Zu\u0308rich'],
    ['Stra\u00DFe', 'STRASSE'],
    ['\u03A3\u0391\u03A3', '\u03C3\u03B1\u03C2'],
    ['１１００', '1100'],
  ])('makes %j and %j equal', (a, b) => {
    expect(fold(a)).toBe(fold(b))
    expect(createFold()(a)).toBe(fold(b))
  })

  test.each([
    ['0100', '100'],
    ['10-100', '10100'],
    ['5010', '5010.0'],
    ['A', '\u00C4'],
  ])('keeps %j and %j apart', (a, b) => {
    expect(fold(a)).not.toBe(fold(b))
  })

  test('twice is the same as once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })
})

describe('canonical JSON', () => {
  test('does not depend on the order of keys, and its hash can be checked by anyone', () => {
    const value = { b: [1, { d: null, c: '\u20AC "x"' }], a: true, none: undefined }
    expect(canonicalJson(value)).toBe('{"a":true,"b":[1,{"c":"\u20AC \\"x\\"","d":null}]}')
    expect(canonicalHash(value)).toBe(`sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`)
  })

  test('of what gives its elements one by one is hashed as the list of them', () => {
    const one = (elements: readonly unknown[]) => ({
      *[Symbol.iterator]() {
        yield* elements
      },
    })
    for (const elements of [[], [1], [{ b: 1, a: '2' }, null]])
      expect(canonicalHash({ z: 1, a: one(elements) })).toBe(canonicalHash({ z: 1, a: elements }))
  })

  test('hashed piece by piece is the hash of the whole, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalHash(value)).toBe(`sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`)
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('a table', () => {
  test('never takes two lists of texts for one', () => {
    const text = fc.string({ maxLength: 2 })
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text)), (lists) => {
        const table = createTable<{ count: number }>()
        for (const list of lists) table.at(list, () => ({ count: 0 })).count += 1
        const expected = groupBy(lists, (list) => JSON.stringify(list))
        expect(table.size).toBe(expected.size)
        expect([...table.values()].map(({ count }) => count)).toEqual(
          [...expected.values()].map(({ length }) => length),
        )
      }),
    )
  })
})

describe('identifiers', () => {
  test.each([
    [[0x00, 0x44, 0x32, 0x14, 0xc7], 8, '01234567'],
    [[0xff, 0xff, 0xff, 0xff, 0xff], 8, 'ZZZZZZZZ'],
    [[0x80], 1, 'G'],
  ])('base32 of %j to %i characters is %s', (bytes, length, expected) => {
    expect(crockford(Uint8Array.from(bytes), length)).toBe(expected)
  })

  test('base32 of too few bytes is refused rather than padded', () => {
    expect(() => crockford(new Uint8Array(1), 2)).toThrow(RangeError)
  })

  test('run ids sort by time and are recognised', () => {
    const ids = [1_700_000_000_000, 1_770_000_000_000, 2 ** 48 - 1].map((time) =>
      runId(time, new Uint8Array(10).fill(255)),
    )
    expect(ids).toEqual([...ids].sort())
    expect(ids.every(isRunId)).toBe(true)
    expect(runId(0, new Uint8Array(10))).toBe('0'.repeat(26))
    // The example of the ULID specification.
    expect(runId(1_469_918_176_385, new Uint8Array(10)).slice(0, 10)).toBe('01ARYZ6S41')
  })
})
