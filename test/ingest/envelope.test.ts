import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createEnvelopeJudge } from '../../src/ingest/envelope.js'
import { delivery } from '../support/endpoint.js'

/** Judges a body that arrives in pieces of a size. */
function judge(body: string | Uint8Array, size = Infinity): string | null {
  const bytes = Buffer.from(body)
  const judged = createEnvelopeJudge()
  for (let at = 0; at < bytes.length; at += size) {
    const fault = judged.push(bytes.subarray(at, at + size))
    if (fault !== null) return fault
  }
  return judged.end()
}

describe('a body is a delivery', () => {
  test.each([
    ['as Looker sends it', delivery()],
    [
      'of the test button',
      '{"type":"query","scheduled_plan":{"query":null},"attachment":null,"data":null,"form_params":{}}',
    ],
    ['behind a byte-order mark', `\uFEFF${delivery()}`],
    ['with blanks', ' \t\r\n{ "data" : [ ] , "x" : -0.5e+3 } \n'],
    ['with every escape', '{"data":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDD11"}'],
    ['with literals', '{"data":[true,false,null,0,-1,1.5E3]}'],
  ])('%s', (_name, body) => {
    for (const size of [Infinity, 1, 2, 3, 7]) expect([size, judge(body, size)]).toEqual([size, null])
  })
})

describe('a body is none', () => {
  const deep = (levels: number) => `{"data":${'['.repeat(levels)}${']'.repeat(levels)}}`
  const keys = (count: number) => `{"data":{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join(',')}}}`
  test.each([
    ['empty', '', 'it is not one JSON object'],
    ['a byte-order mark alone', '\uFEFF', 'it is not one JSON object'],
    ['an array', '[]', 'it is not one JSON object'],
    ['a text', '"data"', 'it is not one JSON object'],
    ['a number', '12 ', 'it is not one JSON object'],
    ['of other keys', '{"figures":1}', 'it is not a delivery of Looker'],
    ['with its key deeper', '{"a":{"data":1}}', 'it is not a delivery of Looker'],
    ['cut', delivery().slice(0, -1), 'it is not JSON'],
    ['two of them', `${delivery()}${delivery()}`, 'it is not JSON'],
    ['with a key twice', '{"data":1,"data":2}', 'a key stands in it twice'],
    ['with a comma too many', '{"data":[1,]}', 'it is not JSON'],
    ['with a comma at the end', '{"data":1,}', 'it is not JSON'],
    ['without a colon', '{"data" 1}', 'it is not JSON'],
    ['with single quotes', "{'data':1}", 'it is not JSON'],
    ['with a comment', '{"data":1/**/}', 'it is not JSON'],
    ['closed by the other', '{"data":[1}', 'it is not JSON'],
    ['with NaN', '{"data":NaN}', 'it is not JSON'],
    ['with a leading zero', '{"data":01}', 'it is not JSON'],
    ['with a plus', '{"data":+1}', 'it is not JSON'],
    ['with two values', '{"data":1 2}', 'it is not JSON'],
    ['with a line feed in a text', '{"data":"a\nb"}', 'it is not JSON'],
    ['with NUL in a text', '{"data":"a\u0000b"}', 'it is not JSON'],
    ['with an escape of no kind', '{"data":"\\x41"}', 'it is not JSON'],
    ['with a short escape', '{"data":"\\u00g1"}', 'it is not JSON'],
    ['nested 5,000,000 deep', deep(5_000_000), 'it is nested too deeply'],
    ['with a number of a million digits', `{"data":${'9'.repeat(1_000_000)}}`, 'a number in it is too long'],
    ['with a million keys', keys(1_000_000), 'an object in it has too many keys'],
    ['of bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22]), 'it is not UTF-8'],
    ['that ends within a letter', Buffer.from([...Buffer.from('{"data":"'), 0xc3]), 'it is not UTF-8'],
    ['of UTF-16', Buffer.from(`\uFEFF${delivery()}`, 'utf16le'), 'it is not UTF-8'],
  ])('%s', (_name, body, fault) => {
    expect(judge(body)).toBe(fault)
    expect(judge(body, 65_536)).toBe(fault)
  })
})

test('what JSON is, JSON.parse and the judge agree on, however a body is cut and however it arrives', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const body = fc.json({ maxDepth: 4 }).map((json) => `{"data":${json}}`)
  const spoiled = fc.tuple(body, fc.nat(), fc.string({ maxLength: 2 }), fc.nat(3)).map(([text, at, put, drop]) => {
    const place = at % (text.length + 1)
    return text.slice(0, place) + put + text.slice(place + drop)
  })
  const sized = fc.tuple(fc.oneof(body, spoiled), fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(sized, ([text, size]) => {
      const found = judge(text, size)
      // A lone surrogate is no UTF-8, a key twice and another envelope are JSON: the judge knows more than the grammar.
      const isFit = isJson(Buffer.from(text).toString()) && isEnvelope(Buffer.from(text).toString())
      if (isFit && found !== null) expect([text, found]).toEqual([text, 'a key stands in it twice'])
      if (!isFit) expect([text, found]).not.toEqual([text, null])
    }),
    { numRuns: 3_000 },
  )
})

function isEnvelope(json: string): boolean {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return ['scheduled_plan', 'attachment', 'data'].some((key) => Object.hasOwn(value, key))
}
