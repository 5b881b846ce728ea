import fc from 'fast-check'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { groupDigits } from '../../src/terminal/amount.js'
import { createRate } from '../../src/terminal/rate.js'
import { csvLine, jsonText, ndjsonLine, spreadsheetText } from '../../src/terminal/formats.js'
import { visible, visibleLine } from '../../src/terminal/sanitise.js'
import { table } from '../../src/terminal/table.js'
import { widthOf, wrap } from '../../src/terminal/wrap.js'

describe('amounts are grouped as text', () => {
  const cases: readonly [amount: string, shown: string][] = [
    ['412880.15', '412,880.15'],
    ['-305118.92', '-305,118.92'],
    ['0', '0.00'],
    ['5', '5.00'],
    ['1.5', '1.50'],
    ['999', '999.00'],
    ['1000', '1,000.00'],
    ['-1000000', '-1,000,000.00'],
    ['0.125', '0.125'],
    ['1234567.123456', '1,234,567.123456'],
    ['90071992547409931234567.89', '90,071,992,547,409,931,234,567.89'],
    ['-', '-'],
    ['', ''],
    ['n/a', 'n/a'],
    ['1e5', '1e5'],
    ['1,000.00', '1,000.00'],
  ]
  test.each(cases)('%s → %s', (amount, shown) => expect(groupDigits(amount)).toBe(shown))
  test('without the commas and added zeros it is the same text', () => {
    const amount = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,12})?$/)
    fc.assert(
      fc.property(amount, (text) => {
        const shown = groupDigits(text)
        expect(shown.replaceAll(',', '').startsWith(text)).toBe(true)
        expect(shown).toMatch(/^-?\d{1,3}(,\d{3})*\.\d{2,}$/)
      }),
    )
  })
})

describe('what is shown cannot act on the terminal', () => {
  const cases: readonly [text: string, shown: string][] = [
    ['plain text, é 漢 😀 \n two lines', 'plain text, é 漢 😀 \n two lines'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['\u001b]8;;http://evil\u0007link', '\\u{1b}]8;;http://evil\\u{7}link'],
    ['a\rb\tc\0d\u007f', 'a\\u{d}b\\u{9}c\\u{0}d\\u{7f}'],
    ['\u009b31m\u0085', '\\u{9b}31m\\u{85}'],
    ['\u202eabc\u2066\u200f\u061c', '\\u{202e}abc\\u{2066}\\u{200f}\\u{61c}'],
    ['a\u200bb\u200db\ufeff\u00ad\u2060', 'a\\u{200b}b\\u{200d}b\\u{feff}\\u{ad}\\u{2060}'],
    ['\u{e0041}\u2028\u2029', '\\u{e0041}\\u{2028}\\u{2029}'],
    ['\ud800x\udfff', '\\u{d800}x\\u{dfff}'],
    ['\u3164\u115f', '\\u{3164}\\u{115f}'],
  ]
  test.each(cases)('%j', (text, shown) => expect(visible(text)).toBe(shown))
  test('whatever the text, nothing that acts is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(visibleLine(text)).not.toMatch(/\p{Cc}/u)
        expect(visible(visible(text))).toBe(visible(text))
      }),
    )
  })
})

describe('a line that is too long for the terminal', () => {
  const cases: readonly [line: string, indent: number, lines: readonly string[]][] = [
    ['  ok    node: fine', 8, ['  ok    node: fine']],
    ['  FAIL  a: one two three four', 8, ['  FAIL  a: one two', '        three four']],
    ['  fix: set MLC_LOOKER_CLIENT_SECRET_FILE', 7, ['  fix: set', '       MLC_LOOKER_CLIENT_SECRET_FILE']],
    ['  漢字漢字 漢字漢字 x', 2, ['  漢字漢字 漢字漢字', '  x']],
    ['a  MLC-C001', 0, ['a  MLC-C001']],
    ['', 4, ['']],
  ]
  test.each(cases)('%s', (line, indent, lines) => expect(wrap(line, 20, indent)).toEqual(lines))
  test('loses no word, and is wider than the terminal only where one word is', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z漢]{1,30}$/), { maxLength: 12 }), fc.nat(4), (words, indent) => {
        const lines = wrap(words.join(' '), 20, indent)
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(words)
        for (const line of lines) expect(widthOf(line) <= 20 || line.trim().split(' ').length === 1).toBe(true)
      }),
    )
  })
})

describe('tables', () => {
  test('that are too wide break names and paths where one of their parts begins', async () => {
    const drawn = await table(
      [{ title: 'Setting', align: 'left' }],
      [['qad.reads.glAccounts.columns.active'], ['x'.repeat(40)]],
      32,
    )
    expect(drawn).toBe(`SETTING\nqad.reads.glAccounts.columns.\nactive\n${'x'.repeat(32)}\n${'x'.repeat(8)}\n`)
  })
  test('that are too wide break texts inside their cells, never amounts', async () => {
    const rows = [
      ['Werk Leipzig mit einem sehr langen Namen', 'https://acme.example/a/very/long/address/that/goes/on', '-305,118.92'],
      ['Detroit', '5010', '412,880.15'],
    ] // prettier-ignore
    const drawn = await table(columns, rows, 40)
    for (const line of drawn.split('\n')) expect(line.length).toBeLessThanOrEqual(40)
    expect(drawn).toMatch(/-305,118\.92$/m)
    expect(drawn).toMatch(/^Detroit +5010 +412,880\.15$/m)
    expect(drawn.replace(/\s+/g, '')).toContain('WerkLeipzig')
    expect(await table(columns, rows.slice(1), 40)).toBe(await table(columns, rows.slice(1)))
  })
  const columns = [
    { title: 'Plant', align: 'left' },
    { title: 'Account', align: 'left' },
    { title: 'Amount USD', align: 'right' },
  ] as const
  test('have no borders, titles in capitals, amounts to the right', async () => {
    const rows = [['Detroit', '5010', '412,880.15'], ['Monterrey', '2010', '-305,118.92']] // prettier-ignore
    expect(await table(columns, rows)).toBe(
      [
        'PLANT      ACCOUNT   AMOUNT USD',
        'Detroit    5010      412,880.15',
        'Monterrey  2010     -305,118.92',
        '',
      ].join('\n'),
    )
  })
  test('wide characters count as two, so that columns stay straight', async () => {
    const lines = (await table(columns, [['上海工厂', '5010', '1.00'], ['Shanghai', '5010', '1.00']])).split('\n') // prettier-ignore
    expect(lines[1]).toBe('上海工厂  5010           1.00')
    expect(lines[2]).toBe('Shanghai  5010           1.00')
  })
  test('a cell with line feeds, colours or too few cells stays one line', async () => {
    const text = await table(columns, [['a\nb\u001b[31m', '5010'], []])
    expect(text).toBe(['PLANT              ACCOUNT  AMOUNT USD', 'a\\u{a}b\\u{1b}[31m  5010', '', ''].join('\n'))
  })
  test('without rows there are the titles', async () => {
    expect(await table(columns, [])).toBe('PLANT  ACCOUNT  AMOUNT USD\n')
  })
})

describe('CSV', () => {
  const cases: readonly [cell: string | boolean | null, numeric: boolean, written: string][] = [
    ['abc', false, 'abc'],
    ['a,b', false, '"a,b"'],
    ['say "x"', false, '"say ""x"""'],
    ['two\nlines', false, '"two\nlines"'],
    [' padded ', false, '" padded "'],
    [null, false, ''],
    [true, false, 'true'],
    ['0100', false, '0100'],
    ['=1+1', false, "'=1+1"],
    ['+1', false, "'+1"],
    ['-5.00', false, "'-5.00"],
    ['@SUM(A1)', false, "'@SUM(A1)"],
    ['\t=1', false, "'\t=1"],
    ['\r=1', false, `"'\r=1"`],
    ['＝1+1', false, "'＝1+1"],
    ['＋1', false, "'＋1"],
    ['－1', false, "'－1"],
    ['＠x', false, "'＠x"],
    ['=HYPERLINK("http://evil","x")', false, `"'=HYPERLINK(""http://evil"",""x"")"`],
    ['-5.00', true, '-5.00'],
    ['412880.15', true, '412880.15'],
    ['-1e5', true, "'-1e5"],
    ['=1', true, "'=1"],
    ['-5+1', true, "'-5+1"],
    ['-5.00\n', true, `"'-5.00\n"`],
    ['+5.00', true, "'+5.00"],
  ]
  test.each(cases)('%j (numeric: %s)', (cell, numeric, written) => {
    expect(csvLine([cell, 'z'], { numeric: [numeric, false] })).toBe(`${written},z\r\n`)
  })
  test('a reader of RFC 4180 gets every text back', () => {
    const cells = fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(cells, (texts) => {
        const read: string[][] = parse(csvLine(texts), { relax_column_count: true, record_delimiter: '\r\n' })
        expect(read).toEqual([texts.map((text) => spreadsheetText(text, false))])
      }),
    )
  })
})

describe('JSON', () => {
  test('control and format characters are escaped, and the value is the same', () => {
    const value = { a: '\u001b[31m\u007f\u009b\u202e\u2028\ufeff\u{e0041}\ud800', b: ['é 漢 😀', null, true] }
    const text = jsonText(value)
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028]/u)
    expect(JSON.parse(text)).toEqual(value)
    expect(text).toContain('é 漢 😀')
    expect(jsonText(value, 2)).toContain('\n  "a"')
  })
  test('one row is one line', () => {
    expect(ndjsonLine({ 'gl.net_amount': '412880.15', x: null, t: 'a\nb' })).toBe(
      '{"gl.net_amount":"412880.15","x":null,"t":"a\\nb"}\n',
    )
  })
})

test('progress tells the rows, after a second how fast they come, and begins anew when the pull does', () => {
  let nowMs = 5_000
  const rate = createRate(() => nowMs)
  expect(rate(1000)).toBe('1,000 rows')
  nowMs += 500
  expect(rate(120_000)).toBe('120,000 rows')
  nowMs += 1_500
  expect(rate(621_000)).toBe('621,000 rows, 310,000 rows/s')
  expect(rate(400)).toBe('400 rows')
  nowMs += 2_000
  expect(rate(20_400)).toBe('20,400 rows, 10,000 rows/s')
})
