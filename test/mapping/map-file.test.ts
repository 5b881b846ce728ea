import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MlcError } from '../../src/errors.js'
import { addLines, readMap, writeMap, type NewMapLine } from '../../src/mapping/map-file.js'

const HEADER = 'looker,qad,ignore,reason,from,to\n'

describe('a map file', () => {
  test('is read line by line, codes staying text', () => {
    const text =
      '\uFEFFlooker,qad,ignore,reason,from,to\r\nCash,0100,,,,\r\n"Plant ""A"", west",007,no,,2026-01,2026-06\nPune,,yes,not on QAD until Jan,,\n'
    expect(readMap(text, 'maps/accounts.csv')).toEqual([
      { line: 2, looker: 'Cash', qad: '0100', ignore: false, reason: '', from: null, to: null },
      {
        line: 3,
        looker: 'Plant "A", west',
        qad: '007',
        ignore: false,
        reason: '',
        from: { year: 2026, period: 1 },
        to: { year: 2026, period: 6 },
      },
      { line: 4, looker: 'Pune', qad: '', ignore: true, reason: 'not on QAD until Jan', from: null, to: null },
    ])
  })

  test.each([
    ['two columns are enough', 'looker,qad\nCash,0100', 1],
    ['without a newline at the end', `${HEADER}Cash,0100,,,,`, 1],
    ['with blank lines', `${HEADER}\nCash,0100,,,,\n\n`, 1],
    ['with no line yet', HEADER, 0],
    ['one value in periods that follow each other', `${HEADER}Cash,1,,,,2026-03\nCash,2,,,2026-04,\n`, 2],
    ['an empty Looker value', `${HEADER},0100,,,,\n`, 1],
    ['values that differ in case only', `${HEADER}cash,1,,,,\nCash,2,,,,\n`, 2],
  ])('may be: %s', (_name, text, lines) => {
    expect(readMap(text, 'm.csv')).toHaveLength(lines)
  })

  test.each([
    ['an empty file', '', 'm.csv line 1: the header is ""'],
    ['another header', 'from_looker,to_qad\na,b\n', 'm.csv line 1: the header is "from_looker,to_qad"'],
    [
      'semicolons',
      'looker;qad\na;b\n',
      'm.csv line 1: the header is "looker;qad", not looker,qad[,ignore,reason,from,to]; save the file with commas',
    ],
    ['a column twice', 'looker,qad,qad\n', 'm.csv line 1: the header is'],
    ['the columns swapped', 'qad,looker\n', 'm.csv line 1: the header is'],
    ['a short row', `${HEADER}Cash,0100\n`, 'm.csv line 2: has 2 values where the header has 6: "Cash,0100"'],
    ['a long row', 'looker,qad\nCash,0100\nPlant, west,1100\n', 'm.csv line 3: has 3 values where the header has 2'],
    ['a line after a value of two lines', 'looker,qad\n"a\nb",1\nCash\n', 'm.csv line 4: has 1 values'],
    ['a value of two lines itself', 'looker,qad\n\n"a\nb",1,2\n', 'm.csv line 3: has 3 values'],
    ['no QAD code', `${HEADER}Cash,,,,,\n`, 'm.csv line 2: "Cash" has no QAD code and is not ignored'],
    ['a blank QAD code', `${HEADER}Cash,"  ",no,,,\n`, 'm.csv line 2: "Cash" has no QAD code'],
    ['ignored without a reason', `${HEADER}Cash,,yes,,,\n`, 'm.csv line 2: "Cash" is ignored without a reason'],
    ['ignore that is no yes or no', `${HEADER}Cash,1,true,x,,\n`, 'm.csv line 2: ignore is "true"'],
    ['a period that is none', `${HEADER}Cash,1,,,2026-3,\n`, 'm.csv line 2: "2026-3" is not a period YYYY-PP'],
    ['a period zero', `${HEADER}Cash,1,,,,2026-00\n`, 'm.csv line 2: "2026-00" is not a period'],
    [
      'an end before its start',
      `${HEADER}Cash,1,,,2026-04,2026-03\n`,
      'm.csv line 2: from 2026-04 is later than to 2026-03',
    ],
    ['a value twice', `${HEADER}Cash,1,,,,\nBank,2,,,,\nCash,1,,,,\n`, 'm.csv line 4: "Cash" is already on line 2'],
    [
      'a value twice in one period',
      `${HEADER}Cash,1,,,2026-03,\nCash,2,,,,2026-03\n`,
      'm.csv line 3: "Cash" is already on line 2',
    ],
    [
      'a value with and without dates',
      `${HEADER}Cash,1,,,2026-03,2026-04\nCash,2,,,,\n`,
      'm.csv line 3: "Cash" is already on line 2',
    ],
    ['a quote that is not closed', 'looker,qad\nCash,"0100\n', 'm.csv line'],
    ['a quote in the middle', 'looker,qad\nCa"sh,0100\n', 'm.csv line 2: quotes do not match'],
    ['another encoding', 'looker,qad\nZ\uFFFDrich,0100\n', 'm.csv line 2: holds bytes that are not UTF-8'],
    [
      'a control character in a code',
      'looker,qad\nCash,"01\u000700"\n',
      'm.csv line 2: the QAD code "01\\u000700" holds a control',
    ],
  ])('is refused with its line and value: %s', (_name, text, message) => {
    const error = thrownBy(() => readMap(text, 'm.csv'))
    expect(error).toBeInstanceOf(MlcError)
    expect(error).toMatchObject({ code: 'MLC-P020', exitCode: 2 })
    expect((error as MlcError).message).toContain(message)
  })
})

const period = fc.record({ year: fc.integer({ min: 2000, max: 2100 }), period: fc.integer({ min: 1, max: 99 }) })
const plainText = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a,b', '"', 'a\nb', ' a ', 'a\r\nb', '=1+1', '0100'))
  .filter((text) => !/[\uFFFD\0\uFEFF]/.test(text))
const code = plainText.map((text) => `0${text.replace(/\p{C}/gu, '').trim()}`)
const reason = plainText.map((text) => text.trim())
const line: fc.Arbitrary<NewMapLine> = fc.oneof(
  fc.record({
    looker: plainText,
    qad: code,
    ignore: fc.constant(false),
    reason,
    from: fc.constant(null),
    to: fc.constant(null),
  }),
  fc.record({
    looker: plainText,
    qad: fc.constant(''),
    ignore: fc.constant(true),
    reason: code,
    from: fc.constant(null),
    to: fc.option(period),
  }),
)
const lines = fc.uniqueArray(line, { selector: ({ looker }) => looker })

describe('writing', () => {
  test('gives back on reading what was written, whatever the values hold', () => {
    fc.assert(
      fc.property(lines, (written) => {
        expect(readMap(writeMap(written), 'm.csv').map(withoutLine)).toEqual(written)
      }),
    )
  })

  test('added lines leave what was there untouched', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), fc.boolean(), (added, ending, open) => {
        const text = `looker,qad,ignore,reason,from,to${ending}"Cash",0100,,,,` + (open ? '' : ending)
        const fresh = added.filter(({ looker }) => looker !== 'Cash')
        const after = addLines(text, fresh)
        expect(after.startsWith(text)).toBe(true)
        expect(readMap(after, 'm.csv').slice(1).map(withoutLine)).toEqual(fresh)
      }),
    )
  })

  test('a file that lacks a needed column is written anew with all of them', () => {
    const ignored = { looker: 'Pune', qad: '', ignore: true, reason: 'not yet', from: null, to: null }
    const text = addLines('looker,qad\nCash,0100\n', [ignored])
    expect(text).toBe(`${HEADER}Cash,0100,,,,\nPune,,yes,not yet,,\n`)
  })

  test('a file of two columns stays one when two are enough', () => {
    const plain = { looker: 'Bank', qad: '0200', ignore: false, reason: '', from: null, to: null }
    expect(addLines('looker,qad\r\nCash,0100', [plain])).toBe('looker,qad\r\nCash,0100\r\nBank,0200\r\n')
  })

  test('an empty file becomes a map file', () => {
    const plain = { looker: 'Bank', qad: '0200', ignore: false, reason: '', from: null, to: null }
    expect(addLines('', [plain])).toBe(`${HEADER}Bank,0200,,,,\n`)
  })

  test('a file that is no map file is refused rather than added to', () => {
    expect(thrownBy(() => addLines('a,b\n1,2\n', []))).toMatchObject({ code: 'MLC-P020' })
  })
})

function withoutLine({ line: _line, ...rest }: NewMapLine & { line: number }): NewMapLine {
  return rest
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}
