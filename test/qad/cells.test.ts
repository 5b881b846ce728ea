import { describe, expect, test } from 'vitest'
import { cellsOf, type Cells } from '../../src/qad/cells.js'
import { at, readExact, type ExactObject } from '../../src/qad/exact.js'
import type { ReadOptions } from '../../src/qad/options.js'
import { meansActive, meansOpen } from '../../src/qad/status-words.js'

const row = (json: string) => readExact(json)?.value as ExactObject
const cells = (json: string, read: Partial<ReadOptions> = {}): Cells =>
  cellsOf(row(json), 7, { columns: { amount: 'a', code: 'c', year: 'y', start: 'd' }, ...read }, 'reads.x')
const refused = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error

describe('numbers of QAD', () => {
  test.each([
    ['412880.150', '412880.150'],
    ['123456789012345678901.123456789', '123456789012345678901.123456789'],
    ['-0', '-0'],
    ['1e3', '1000'],
    ['1.25E-7', '0.000000125'],
    ['-1.5e+2', '-150'],
    ['"12.50"', '12.50'],
  ])('%s is read as %s', (json, amount) => {
    expect(cells(`{"a":${json}}`).amount()).toBe(amount)
  })

  test.each([
    '1e301',
    '1e-99999',
    '1e400',
    '"1e5"',
    '"1,000.00"',
    '""',
    'null',
    'true',
    '" 1"',
    '"+1"',
    '"12-"',
    '[1]',
    '{"n":1}',
  ])('%s is no amount', (json) => {
    expect(() => cells(`{"a":${json}}`).amount()).toThrow(refused('MLC-Q013', 'reads.x, row 7: amount (a) is'))
  })

  test('an absurd number in a column that nobody reads harms nothing', () => {
    expect(cells('{"a":1,"zz":1e99999999}').amount()).toBe('1')
  })

  test.each([
    ['{"dr":10.10,"cr":0}', '10.1'],
    ['{"dr":0,"cr":10.10}', '-10.1'],
    ['{"dr":null,"cr":10}', '-10'],
    ['{"dr":0.30,"cr":0.10}', '0.2'],
    ['{"dr":9007199254740993,"cr":0.01}', '9007199254740992.99'],
  ])('debit minus credit of %s is %s', (json, amount) => {
    expect(cells(json, { columns: { debit: 'dr', credit: 'cr' } }).amount()).toBe(amount)
  })

  test('a row with neither debit nor credit is refused', () => {
    expect(() => cells('{"dr":null,"cr":null}', { columns: { debit: 'dr', credit: 'cr' } }).amount()).toThrow(
      refused('MLC-Q013', 'debit (dr) is null'),
    )
  })

  test.each(['"x"', '-1', '1.5', '"2026-03"', '1234567', 'null'])('%s is no year', (json) => {
    expect(() => cells(`{"y":${json}}`).whole('year')).toThrow(refused('MLC-Q013', 'not a whole number'))
  })

  test('a year may be text or number, with leading zeros', () => {
    expect([cells('{"y":2026}').whole('year'), cells('{"y":"03"}').whole('year')]).toEqual([2026, 3])
  })
})

describe('columns', () => {
  test.each([
    ['{"t.c":"0100"}', '0100'],
    ['{"t":{"c":"0100"}}', '0100'],
    ['{"t.c":"flat","t":{"c":"nested"}}', 'flat'],
    ['{"t.c":5010}', '5010'],
    ['{"t.c":null}', ''],
    ['{"t.c":" 0100 "}', ' 0100 '],
  ])('a dotted column of %s is %j', (json, code) => {
    expect(cells(json, { columns: { code: 't.c' } }).code('code')).toBe(code)
  })

  test('a column is never found on a prototype', () => {
    expect(at(row('{"a":{}}'), 'constructor')).toBeUndefined()
    expect(at(row('{"a":{}}'), 'a.toString')).toBeUndefined()
    expect(at(row('{"__proto__":{"x":"1"}}'), 'x')).toBeUndefined()
  })

  test('an absent column is named with what the row has', () => {
    expect(() => cells('{"b":1,"t.x":2}').code('code')).toThrow(
      refused('MLC-Q011', 'reads.x, row 7: no column c (for code); it has b, t.x'),
    )
  })

  test('a code that is a list or a boolean is refused', () => {
    expect(() => cells('{"c":["x"]}').code('code')).toThrow(refused('MLC-Q013', 'not a text'))
    expect(() => cells('{"c":true}').code('code')).toThrow(refused('MLC-Q013', 'not a text'))
  })

  test('a default fills what is absent, null or empty, and nothing else', () => {
    const read = { columns: { code: 'c' }, defaults: { code: 'USD', year: 2026 } }
    expect(['{}', '{"c":null}', '{"c":""}', '{"c":"EUR"}'].map((json) => cells(json, read).code('code'))).toEqual([
      'USD',
      'USD',
      'USD',
      'EUR',
    ])
    expect(cells('{}', read).whole('year')).toBe(2026)
  })

  test('what is neither configured nor defaulted is null where it may be', () => {
    const none = cells('{}', { columns: {} })
    expect([none.optionalCode('code'), none.optionalWhole('year'), none.day('start'), none.has('code')]).toEqual([
      null,
      null,
      null,
      false,
    ])
  })
})

describe('dates', () => {
  test.each([
    ['"2026-03-31"', '2026-03-31'],
    ['"2026-03-31T00:00:00.000Z"', '2026-03-31'],
    ['"2026-03-31T00:00:00.000+02:00"', '2026-03-31'],
    ['"2026-03-31 00:00:00"', '2026-03-31'],
    ['null', null],
    ['""', null],
  ])('%s is the day %s', (json, day) => {
    expect(cells(`{"d":${json}}`).day('start')).toBe(day)
  })

  test.each(['"31.03.2026"', '"03/31/26"', '"2026-02-30"', '20260331', '"2026-03-31x"'])('%s is refused', (json) => {
    expect(() => cells(`{"d":${json}}`).day('start')).toThrow(refused('MLC-Q013', 'not an ISO date'))
  })
})

describe('words for active and open', () => {
  test.each([true, 'true', 'TRUE', 'Yes', 'y', '1', 'Active', ' active '])('%j is active', (word) => {
    expect(meansActive(word)).toBe(true)
  })
  test.each([false, 'false', 'no', '0', 'inactive', 'blocked', '', null])('%j is not active', (word) => {
    expect(meansActive(word)).toBe(false)
  })
  test.each([
    ['open', undefined, true],
    ['OPEN', null, true],
    ['locked', undefined, false],
    [true, undefined, true],
    [false, undefined, false],
    [false, ['false'], true],
    [true, [false], false],
    ['1', [1], true],
    [null, undefined, false],
    ['offen', ['Offen', 'open'], true],
    ['open', ['offen'], false],
  ] as const)('%j with the words %j is open: %s', (word, openValues, open) => {
    expect(meansOpen(word, openValues)).toBe(open)
  })
})
