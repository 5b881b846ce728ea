import fc from 'fast-check'
import { isLosslessNumber, parse as losslessParse } from 'lossless-json'
import { expect, test } from 'vitest'
import { BrokenOff } from '../../src/looker/reader/broken-off.js'
import { plainNumber } from '../../src/looker/reader/number.js'
import { createRowReader } from '../../src/looker/reader/reader.js'
import {
  blockOf,
  hasOnly,
  IS_LONG,
  IS_NULL,
  IS_OTHER,
  IS_SHORT,
  IS_TEXT,
  NULL,
  type RowBlock,
} from '../../src/model/block.js'
import { isPlainDecimal } from '../../src/model/money.js'
import type { Row } from '../../src/model/row.js'

const encode = (text: string) => new TextEncoder().encode(text)

function read(document: string | Uint8Array, sizes: readonly number[] = [Infinity]) {
  const bytes = typeof document === 'string' ? encode(document) : document
  const reader = createRowReader()
  const rows: Row[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    rows.push(...reader.push(bytes.slice(at, at + size)))
    at += size
  }
  reader.end()
  return { rows, members: reader.members, hasRows: reader.hasRows }
}

/** `rows`, `L015`, or `broken` for an answer that is to be asked for again. */
function outcome(document: string | Uint8Array): string {
  try {
    const { rows, hasRows } = read(document)
    return hasRows ? `rows ${JSON.stringify(rows)}` : 'no rows'
  } catch (error) {
    if (error instanceof BrokenOff) return 'broken'
    return (error as { code?: string }).code ?? String(error)
  }
}

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['-0.00', '0.00'],
  ['104.16499999999998', '104.16499999999998'],
  ['12345678901234567.89', '12345678901234567.89'],
  ['9007199254740993', '9007199254740993'],
  ['1250000.00', '1250000.00'],
  ['-1234.50', '-1234.50'],
  ['1.5E-7', '0.00000015'],
  ['1e3', '1000'],
  ['1.50E+3', '1500'],
  ['-1.5e1', '-15'],
  ['0e5', '0'],
  ['-0e-2', '0'],
  ['1e400', `1${'0'.repeat(400)}`],
  ['1e401', null],
  ['1e-401', null],
  ['1e99999999999', null],
  ['01', null],
  ['-01', null],
  ['1.', null],
  ['.5', null],
  ['+1', null],
  ['--1', null],
  ['1e', null],
  ['1.2.3', null],
  ['0x1F', null],
  ['NaN', null],
  ['-Infinity', null],
  ['1_000', null],
])('the number literal %s is read as %s', (literal, text) => {
  expect(plainNumber(literal)).toBe(text)
  expect(outcome(`[{"a":${literal}}]`)).toBe(text === null ? 'MLC-L015' : `rows ${JSON.stringify([{ a: text }])}`)
})

test.each([
  ['[]', 'rows []'],
  [' [ ] \n', 'rows []'],
  ['[{}]', 'rows [{}]'],
  ['[{"a":1},\n{"a":2}]', 'rows [{"a":"1"},{"a":"2"}]'],
  ['[{"a":"1","b":null,"c":true,"d":false}]', 'rows [{"a":"1","b":null,"c":true,"d":false}]'],
  ['[{"a":"x\\"}],{\\\\"}]', 'rows [{"a":"x\\"}],{\\\\"}]'],
  ['[{"\\u0061":"\\ud83d\\ude00é"}]', 'rows [{"a":"😀é"}]'],
  ['{"metadata":{"n":[1,{"a":"]}"}]},"rows":[{"a":1}]}', 'rows [{"a":"1"}]'],
  ['{"rows":[{"a":1}],"metadata":null}', 'rows [{"a":"1"}]'],
  ['{"rows" : [ ] , "errors" : [ ] }', 'rows []'],
  // Ends early, or goes on as something else: asked for again.
  ['', 'broken'],
  ['[', 'broken'],
  ['[{"a":1}', 'broken'],
  ['[{"a":1},', 'broken'],
  ['[{"a":1},]', 'broken'],
  ['[{"a":1', 'broken'],
  ['[{"a":"x', 'broken'],
  ['{"rows":[{"a":1}]', 'broken'],
  ['{"metadata":{"a":', 'broken'],
  ['[{"a":1}] x', 'broken'],
  ['[{"a":1}][]', 'broken'],
  ['[{"a":1}\n<html>502</html>', 'broken'],
  ['[{"a":<html>502</html>', 'broken'],
  ['[{"a":1} {"a":2}]', 'broken'],
  // Whole, but not what was promised: refused.
  ['"text"', 'MLC-L015'],
  ['null', 'MLC-L015'],
  ['<html></html>', 'MLC-L015'],
  ['[1,2]', 'MLC-L015'],
  ['[null]', 'MLC-L015'],
  ['[["a"]]', 'MLC-L015'],
  ['[{"a":{"b":1}}]', 'MLC-L015'],
  ['[{"a":[1]}]', 'MLC-L015'],
  ['[{"a":1,"a":1}]', 'MLC-L015'],
  ['[{"a":1,"\\u0061":2}]', 'MLC-L015'],
  ['[{"__proto__":1}]', 'MLC-L015'],
  ['[{"a":1 "b":2}]', 'MLC-L015'],
  ['[{"a":1 2}]', 'MLC-L015'],
  ['[{"a":1,}]', 'MLC-L015'],
  ['[{"a"}]', 'MLC-L015'],
  ['[{1:"x"}]', 'MLC-L015'],
  ['[{"a":}]', 'MLC-L015'],
  ['[{"a":1,"b":2},{"b":1,"b":2}]', 'MLC-L015'],
  ['[{"a":1,"b":2},{"b":1,"a":2}]', 'rows [{"a":"1","b":"2"},{"b":"1","a":"2"}]'],
  ['[{"a":"\\x"}]', 'MLC-L015'],
  ['[{"a":"\u0001"}]', 'MLC-L015'],
  ['[{"a":nul}]', 'MLC-L015'],
  ['[{"a":True}]', 'MLC-L015'],
  ['{"rows":{}}', 'MLC-L015'],
  ['{"rows":[],"rows":[]}', 'MLC-L015'],
  ['{"metadata":1,"metadata":2,"rows":[]}', 'MLC-L015'],
  ['{"metadata":{,"rows":[]}', 'MLC-L015'],
  ['{"metadata":{"rows":[]', 'broken'],
])('the document %j comes to %s', (document, expected) => {
  expect(outcome(document)).toBe(expected)
})

test('bytes that are not UTF-8 are refused, not replaced', () => {
  expect(outcome(Buffer.from('[{"a":"\xff\xfe"}]', 'latin1'))).toBe('MLC-L015')
  expect(outcome(Buffer.from('[{"a":"\xc3"}]', 'latin1'))).toBe('MLC-L015')
})

test('an object without rows is told from one with no rows', () => {
  expect(read('{"metadata":{}}').hasRows).toBe(false)
  expect(read('{"rows":[]}').hasRows).toBe(true)
})

test('a row or a text that never ends does not fill the memory', () => {
  const reader = createRowReader()
  const piece = encode('x'.repeat(256 * 1024))
  reader.push(encode('[{"a":"'))
  expect(() => {
    for (let turn = 0; turn < 40; turn++) reader.push(piece)
  }).toThrow(/megabytes/)
})

const SAMPLE =
  '{"metadata":{"sql":"SELECT \\"ü\\" }]"},"rows":[{"gl.account":"Bürö 😀 \\u00e9","gl.amount":-1234.50,"gl.open":true},\r\n' +
  '{"gl.account":null,"gl.amount":1.5E-7,"gl.open":"No"},{"gl.account":"\\\\","gl.amount":0,"gl.open":null}],"errors":[]}'

test('a document split in two at any byte, or into bytes, reads the same', () => {
  const bytes = encode(SAMPLE)
  const whole = read(bytes)
  expect(whole.rows[1]).toEqual({ 'gl.account': null, 'gl.amount': '0.00000015', 'gl.open': 'No' })
  for (let at = 1; at < bytes.length; at++) expect(read(bytes, [at, Infinity])).toEqual(whole)
  expect(read(bytes, [1])).toEqual(whole)
})

test('a document cut at any byte is never taken for a whole one', () => {
  const bytes = encode(SAMPLE)
  for (let length = 0; length < bytes.length; length++) expect(outcome(bytes.slice(0, length))).toBe('broken')
})

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 28n }), fc.stringMatching(/^\d{1,9}$/))
    .map(([sign, whole, fraction]) => `${sign}${whole}.${fraction}`),
)
const cell = fc.oneof(
  number,
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('null', 'true', 'false'),
)
/** As the digits of amounts come, and those that a plain decimal does not have. */
const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,35})(\.\d{1,40})?$/)
const blank = fc.constantFrom('', ' ', '\n', '\r\n\t')
const name = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => text !== '__proto__')
const row = fc
  .tuple(fc.uniqueArray(name, { maxLength: 6 }), fc.array(cell, { minLength: 6, maxLength: 6 }), blank)
  .map(([names, cells, gap]) => {
    const pairs = names.map((key, index) => `${JSON.stringify(key)}${gap}:${gap}${cells[index] ?? ''}`)
    return `{${gap}${pairs.join(`,${gap}`)}${gap}}`
  })
const document = fc
  .tuple(fc.array(row, { maxLength: 8 }), blank, fc.constantFrom('array', 'first', 'last'))
  .map(([rows, gap, shape]) => {
    const list = `[${gap}${rows.join(`${gap},${gap}`)}${gap}]`
    if (shape === 'array') return gap + list + gap
    return shape === 'first'
      ? `{"rows":${list},"metadata":{"a":[1e5]}}`
      : `{"metadata"${gap}:{"a":[1e5]},"rows":${gap}${list}}`
  })

/** The rows as an independent parser reads them, numbers by their own digits. */
function expectedRows(text: string): unknown[] {
  const parsed = losslessParse(text)
  const rows = (Array.isArray(parsed) ? parsed : (parsed as { rows: unknown[] }).rows) as Record<string, unknown>[]
  return rows.map((each) =>
    Object.fromEntries(
      Object.entries(each).map(([key, value]) => [key, isLosslessNumber(value) ? plainNumber(value.value) : value]),
    ),
  )
}

test('any document in any chunks reads as an independent parser reads it', () => {
  fc.assert(
    fc.property(document, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), (text, sizes) => {
      expect(read(text, sizes).rows).toEqual(expectedRows(text))
    }),
    { numRuns: 400 },
  )
})

/** Rows that have the same names, as one server writes them: what stands between their values is the same throughout, or nearly. */
const alike = fc
  .tuple(
    fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    fc.array(fc.array(fc.oneof(cell, digits), { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 12 }),
    fc.constantFrom(['', '', ''], ['', ' ', ''], ['\n  ', ' ', '\n'], [' ', '', ' ']),
    fc.option(fc.nat(11)),
  )
  .map(([names, rows, [before, after, last], other]) => {
    const texts = rows.map((cells, at) => {
      const [ahead, behind] = at === other ? [' \t', '\r'] : [before, after]
      return `{${names.map((key, index) => `${ahead}${JSON.stringify(key)}:${behind}${cells[index]}`).join(',')}${last}}`
    })
    return `[${texts.join(',\n')}]`
  })

test('rows of the same names in any chunks read as an independent parser reads them', () => {
  fc.assert(
    fc.property(alike, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }), (text, sizes) => {
      expect(read(text, sizes).rows).toEqual(expectedRows(text))
    }),
    { numRuns: 600 },
  )
})

test('any byte at any place of a text or a number is read as JSON reads it, or refused', () => {
  for (const value of ['"abcdefgh"', '-12345.67', '9000001'])
    for (let at = 0; at < value.length; at++)
      for (let byte = 0; byte < 256; byte++) {
        const bytes = Buffer.from(`[{"a":1,"b":2},{"a":${value},"b":3}]`)
        bytes[20 + at] = byte
        const came = outcome(bytes)
        if (came.startsWith('rows ')) expect(JSON.parse(came.slice(5))).toEqual(expectedRows(bytes.toString()))
        else if (!['broken', 'MLC-L015'].includes(came)) expect.fail(came)
        else if (byte < 0x7f && byte >= 0x20) expect(() => expectedRows(bytes.toString()), bytes.toString()).toThrow()
      }
})

test('a block says of what kinds the cells of each column are', () => {
  fc.assert(
    fc.property(alike, (text) => {
      const block = blockOf(createRowReader().push(encode(text)))
      if (block === null) return expect.fail('rows of the same names are one block')
      const { names, cells, kinds } = block
      for (let at = 0; at < 2 * names.length * block.count; at += 2)
        expect(hasOnly(block, (at / 2) % names.length, 0x1f & ~kindOf(block, at))).toBe(false)
      expect(cells.length).toBeGreaterThanOrEqual(2 * names.length * block.count)
      expect(kinds.length).toBeGreaterThanOrEqual(names.length)
    }),
    { numRuns: 200 },
  )
})

/** The slow way, from the bytes. */
function kindOf({ bytes, cells }: RowBlock, at: number): number {
  const [start, end] = [cells[at] as number, cells[at + 1] as number]
  if (start < 0) return start === NULL ? IS_NULL : IS_OTHER
  if (bytes[start - 1] === 0x22 && bytes[end] === 0x22) return IS_TEXT
  return isPlainDecimal(Buffer.from(bytes.slice(start, end)).toString()) && end - start <= 30 ? IS_SHORT : IS_LONG
}

test('a document with one byte changed is read as JSON reads it, or not at all', () => {
  const change = fc.tuple(document, fc.nat(), fc.constantFrom(...'{}[]":,0-.e \\nt<')).map(([text, at, byte]) => {
    const bytes = Buffer.from(text)
    bytes.write(byte, at % bytes.length)
    return bytes
  })
  fc.assert(
    fc.property(change, (bytes) => {
      const came = outcome(bytes)
      if (!came.startsWith('rows ')) return
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      expect(JSON.parse(came.slice(5))).toEqual(expectedRows(text))
    }),
    { numRuns: 2000 },
  )
})
