import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { blockOf } from '../../src/model/block.js'
import type { Field, Row } from '../../src/model/row.js'
import { openRows, type Ending, type RowFormat } from '../../src/terminal/export/rows.js'
import { csvLine, jsonText } from '../../src/terminal/formats.js'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'mlc-export-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const FIELDS: readonly Field[] = [
  { name: 'gl.account', label: 'Account', type: 'string', kind: 'dimension' },
  { name: 'plant.name', label: 'Plant', type: 'string', kind: 'dimension' },
  { name: 'gl.net', label: 'Net amount', type: 'sum', kind: 'measure' },
  { name: 'gl.lines', label: 'Lines', type: 'count', kind: 'measure' },
]
const NAMES = FIELDS.map(({ name }) => name)
const NUMERIC = FIELDS.map(({ kind }) => kind === 'measure')
const ENDING: Ending = { members: { complete: true }, totals: {} }

/** A stdout that remembers what it was given. @param columns of a terminal; null: a pipe */
function screen(columns: number | null = null) {
  const given: string[] = []
  const data = async (some: string | Uint8Array) => void given.push(Buffer.from(some as Uint8Array).toString())
  return { data, isClosed: false, isPerson: columns !== null, columns, text: () => given.join('') }
}

/** Rows as the reader of Looker's answers hands them on: as a block. */
function asBlock(rows: readonly Readonly<Record<string, unknown>>[], indent = 0): readonly Row[] {
  return createRowReader().push(Buffer.from(JSON.stringify(rows, null, indent)))
}

async function written(format: RowFormat, batches: readonly (readonly Row[])[], columns: number | null = null) {
  const stdout = screen(columns)
  const output = openRows({ format, path: undefined, fields: FIELDS, head: { schema: 's' } }, stdout)
  for (const batch of batches) output.write(batch)
  const remarks = await output.finish(ENDING)
  return { text: stdout.text(), remarks }
}

const cell = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    '-5.00',
    '=1+1',
    '+1',
    '@x',
    'a,b',
    ' a',
    'a ',
    'ä"\n',
    '\u202e',
    '12',
    '-',
    '-.5',
    '1.2.3',
    '5.',
  ),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const row = fc
  .tuple(cell, cell, cell, cell)
  .map((cells) => Object.fromEntries(NAMES.map((name, at) => [name, cells[at]])))

test.each(['ndjson', 'csv', 'json'] as const)('a block is written as %s like its rows one by one', async (format) => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(1), async (rows, indent) => {
      const whole = asBlock(rows, indent)
      expect(blockOf(whole)).not.toBeNull()
      const apart = [...asBlock(rows, indent)]
      expect(blockOf(apart)).toBeNull()
      expect((await written(format, [whole])).text).toBe((await written(format, [apart])).text)
    }),
    { numRuns: 150 },
  )
})

test('a comma at any place of a text of any length is quoted in csv', async () => {
  const texts = Array.from({ length: 9 }, (_, length) => 'abcdefghi'.slice(0, length + 1)).flatMap((text) =>
    Array.from(text, (_, at) => `${text.slice(0, at)},${text.slice(at + 1)}`).concat(text),
  )
  const rows = texts.map((text) => ({ 'gl.account': text, 'plant.name': text, 'gl.net': 1.5, 'gl.lines': 2 }))
  const lines = texts.map((text) => csvLine([text, text, '1.5', '2'], { numeric: NUMERIC }))
  expect((await written('csv', [asBlock(rows)])).text).toBe(csvLine(NAMES) + lines.join(''))
})

test('each format says what the functions for one row say', async () => {
  const rows: readonly Row[] = [
    ...asBlock([{ 'gl.account': '05010', 'plant.name': 'Köln, "Süd"', 'gl.net': -5.5, 'gl.lines': 2 }]),
  ]
  expect((await written('ndjson', [rows])).text).toBe(`${jsonText(rows[0])}\n`)
  const cells = NAMES.map((name) => String(rows[0]?.[name]))
  expect((await written('csv', [rows])).text).toBe(csvLine(NAMES) + csvLine(cells, { numeric: NUMERIC }))
  expect(JSON.parse((await written('json', [rows, rows])).text)).toEqual({
    schema: 's',
    data: [rows[0], rows[0]],
    complete: true,
  })
})

test('blocks beyond the size of a buffer come out whole and in order', async () => {
  const rows = Array.from({ length: 9_000 }, (_, at) => ({
    'gl.account': `A${at}`,
    'plant.name': 'x'.repeat(at % 300),
    'gl.net': at,
    'gl.lines': 1,
  }))
  const { text } = await written('ndjson', [asBlock(rows.slice(0, 5_000)), asBlock(rows.slice(5_000))])
  const read = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
  expect(read).toEqual(rows.map((one) => ({ ...one, 'gl.net': String(one['gl.net']), 'gl.lines': '1' })))
})

test('rows of a block that are asked for too late are an error, never others', () => {
  const reader = createRowReader()
  const rows = reader.push(Buffer.from('[{"a":"1"},{"a":"2"},'))
  const made = reader.push(Buffer.from('{"a":"3"},'))
  expect(() => rows[0]).toThrow(TypeError)
  expect([...made]).toEqual([{ a: '3' }])
  reader.push(Buffer.from('{"a":"4"}]'))
  expect([...made]).toEqual([{ a: '3' }])
})

test('what is asked for again replaces what came before', async () => {
  const stdout = screen()
  const rows = asBlock([{ 'gl.account': '1', 'plant.name': 'a', 'gl.net': 1, 'gl.lines': 1 }])
  for (const format of ['ndjson', 'csv', 'json', 'table'] as const) {
    const output = openRows({ format, path: undefined, fields: FIELDS, head: {} }, stdout)
    output.write([{ 'gl.account': 'gone', 'plant.name': 'gone', 'gl.net': '1', 'gl.lines': '1' }])
    output.restart()
    output.write(rows)
    await output.finish(ENDING)
  }
  expect(stdout.text()).not.toContain('gone')
  expect(stdout.text().match(/gl\.account,/g)).toHaveLength(1)
})

test('a file keeps what it had until the new rows are all there, and nothing else is left beside it', async () => {
  const path = join(folder, 'july.csv')
  writeFileSync(path, 'good')
  chmodSync(path, 0o640)
  const failed = openRows({ format: 'csv', path, fields: FIELDS, head: {} }, screen())
  failed.write(asBlock([{ 'gl.account': '1', 'plant.name': 'a', 'gl.net': 1, 'gl.lines': 1 }]))
  expect(readFileSync(path, 'utf8')).toBe('good')
  failed.discard()
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['good', ['july.csv']])
  const output = openRows({ format: 'csv', path, fields: FIELDS, head: {} }, screen())
  await output.finish(ENDING)
  output.discard()
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual([csvLine(NAMES), ['july.csv']])
  expect(statSync(path).mode & 0o777).toBe(0o640)
})

test('a temporary folder that takes nothing is named as that, and not as --output', () => {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = join(folder, 'none')
  try {
    expect(() => openRows({ format: 'csv', path: '-', fields: FIELDS, head: {} }, screen())).toThrow(
      /^the temporary file \S+, in which the data is gathered \(TMPDIR names its folder\), cannot be written: the folder does not exist$/,
    )
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
})

test('a link stays a link, a device stays a device, and a folder that is not there is named', async () => {
  const target = join(folder, 'target.csv')
  writeFileSync(target, 'old')
  symlinkSync(target, join(folder, 'link.csv'))
  await openRows({ format: 'csv', path: join(folder, 'link.csv'), fields: FIELDS, head: {} }, screen()).finish(ENDING)
  expect(readFileSync(target, 'utf8')).toBe(csvLine(NAMES))
  expect(readdirSync(folder)).toEqual(['link.csv', 'target.csv'])
  await openRows({ format: 'csv', path: '/dev/null', fields: FIELDS, head: {} }, screen()).finish(ENDING)
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  const path = join(folder, 'none', 'x.csv')
  expect(() => openRows({ format: 'csv', path, fields: FIELDS, head: {} }, screen())).toThrow(
    `--output ${path} cannot be written: the folder does not exist`,
  )
})
