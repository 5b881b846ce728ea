import { expect, test } from 'vitest'
import type { Field, Row } from '../../src/model/row.js'
import { openRows } from '../../src/terminal/export/rows.js'

const FIELDS: readonly Field[] = [
  { name: 'plant', label: 'Plant', type: 'string', kind: 'dimension' },
  { name: 'year', label: 'Year', type: 'number', kind: 'dimension' },
  { name: 'net', label: 'Net amount', type: 'sum', kind: 'measure' },
  { name: 'lines', label: 'Lines', type: 'count', kind: 'measure' },
]

const of = (plant: string, net: string | null, lines = '1'): Row => ({ plant, year: '2026', net, lines })

/** @param columns of a terminal; null: a pipe */
async function shown(
  rows: readonly Row[],
  columns: number | null,
  totals: Readonly<Record<string, string>> = {},
  fields = FIELDS,
) {
  const given: string[] = []
  const data = async (some: string | Uint8Array) => void given.push(Buffer.from(some as Uint8Array).toString())
  const stdout = { data, isClosed: false, isPerson: columns !== null, columns }
  const output = openRows({ format: 'table', path: undefined, fields, head: {} }, stdout)
  for (let at = 0; at < rows.length; at += 500) output.write(rows.slice(at, at + 500))
  const remarks = await output.finish({ members: {}, totals })
  output.discard()
  return { lines: given.join('').trimEnd().split('\n'), remarks }
}

test('amounts are grouped, exact and stand point below point; counts have no decimals, years no comma', async () => {
  const rows = [
    of('Detroit', '412880.15', '1204'),
    of('Köln', '-104.16499999999998'),
    of('東京', '98765432109876543210.5'),
    of('Pune', null),
  ]
  const { lines } = await shown(rows, 100, { net: '98765432109877056090.98500000000002', lines: '1207' })
  expect(lines).toEqual(
    [
      'PLANT    YEAR                                 NET AMOUNT  LINES',
      'Detroit  2026                     412,880.15              1,204',
      'Köln     2026                        -104.16499999999998      1',
      '東京     2026  98,765,432,109,876,543,210.50                  1',
      'Pune     2026                                                 1',
      '               -----------------------------------------  -----',
      'Total          98,765,432,109,877,056,090.98500000000002  1,207',
    ].map((line) => line.trimEnd()),
  )
})

test('no rows are the titles alone', async () => {
  expect((await shown([], 80)).lines).toEqual(['PLANT  YEAR  NET AMOUNT  LINES'])
})

test('a terminal gets a thousand rows and is told of the others, above the total of all', async () => {
  const rows = Array.from({ length: 12_345 }, (_, at) => of(`P${at}`, '1.00'))
  const { lines, remarks } = await shown(rows, 80, { net: '12345.00' })
  expect(lines).toHaveLength(1 + 1000 + 1 + 2)
  expect(lines[1001]).toBe('… 11,345 more rows')
  expect(lines.at(-1)).toMatch(/^Total +12,345.00$/)
  expect(remarks).toEqual(['1,000 rows are shown; all of them: --format csv -o FILE'])
})

test('a pipe gets every row, as wide as the widest, wherever that one is', async () => {
  const rows = Array.from({ length: 12_345 }, (_, at) =>
    of(at === 12_000 ? 'a plant with a very long name' : `P${at}`, '1.00'),
  )
  const { lines, remarks } = await shown(rows, null)
  expect([lines.length, remarks]).toEqual([12_346, []])
  expect(new Set(lines.slice(1).map((line) => line.indexOf('  2026  ')))).toEqual(
    new Set(['a plant with a very long name'.length]),
  )
})

test('on a narrow terminal texts are broken and numbers are not', async () => {
  const { lines } = await shown([of('a plant with a very long name', '412880.15')], 40)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
  expect(lines.join('\n')).toContain('412,880.15')
  expect(lines.map((line) => line.slice(0, 12).trim()).join(' ')).toContain('a plant')
})

test('a table that cannot fit is shown row by row', async () => {
  const fields = Array.from({ length: 9 }, (_, at): Field => ({
    name: `m${at}`,
    label: `Measure ${at}`,
    type: 'sum',
    kind: 'measure',
  }))
  const row = Object.fromEntries(fields.map(({ name }) => [name, '123456789.10']))
  const { lines } = await shown([row, row], 80, {}, fields)
  expect(lines).toHaveLength(20)
  expect(lines.slice(0, 3)).toEqual(['-- row 1', 'MEASURE 0  123,456,789.10', 'MEASURE 1  123,456,789.10'])
})
