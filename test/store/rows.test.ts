import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRowReader } from '../../src/looker/reader/reader.js'
import { blockOf } from '../../src/model/block.js'
import type { Row } from '../../src/model/row.js'
import { createRowSink, readRows } from '../../src/store/rows.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-rows-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function readAll(path: string, hash: string | null): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of readRows(path, hash)) rows.push(...batch)
  return rows
}

test('rows come back as they were written, whatever they hold', async () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u2028', '\n', '"', '𝄞', ''),
    fc.boolean(),
    fc.constant(null),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.dictionary(fc.string(), cell), { maxLength: 5 }), { maxLength: 5 }),
      async (batches) => {
        const path = join(folder, 'rows.jsonl')
        const sink = createRowSink(path)
        for (const batch of batches) sink.write(batch)
        const hash = await sink.finish()
        expect(JSON.stringify(await readAll(path, hash))).toBe(JSON.stringify(batches.flat()))
      },
    ),
    { numRuns: 60 },
  )
})

test('characters of several bytes survive block borders', async () => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  const rows = Array.from({ length: 3000 }, (_, index) => ({ text: `${'a'.repeat(index % 7)}€𝄞`.repeat(20) }))
  sink.write(rows)
  expect(await readAll(path, await sink.finish())).toEqual(rows)
})

test('what was written before a restart is forgotten', async () => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  sink.write(Array.from({ length: 5000 }, (_, index) => ({ a: `first ${index} ${'x'.repeat(50)}` })))
  sink.restart()
  sink.write([{ a: 'second' }])
  expect(await readAll(path, await sink.finish())).toEqual([{ a: 'second' }])
})

test('nothing stands under the name before it is finished, and only its owner may read it', async () => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  sink.write([{ a: '1' }])
  expect(existsSync(path)).toBe(false)
  await sink.finish()
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test.each([
  ['an amount', (text: string) => text.replace('1.00', '9.00')],
  ['a line', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ['the last byte', (text: string) => text.slice(0, -1)],
  ['its form', () => 'no json\n'],
])('a file whose %s was changed is refused', async (_what, change) => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  sink.write([{ a: '1.00' }, { a: '2.00' }])
  const hash = await sink.finish()
  writeFileSync(path, change(readFileSync(path, 'utf8')))
  await expect(readAll(path, hash)).rejects.toMatchObject({ code: 'MLC-P012' })
})

/** JSON of a row as Looker sends it. */
const sentCell = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?$/),
  fc.constantFrom(
    'null',
    'true',
    'false',
    '""',
    '"05010"',
    '"\\u0041"',
    '"a\\"b\\\\"',
    '"\\ud83d"',
    '"Z\u00fcrich"',
    '-0',
  ),
)
const NAMED = [
  ['gl.account', 'gl.net'],
  ['gl.net', '2026', 'gl.net|EUR'],
  ['10', '9'],
  ['k\u00f6ln "1"', 'b', 'c'],
  ['a'],
]
const sentRows = fc
  .constantFrom(...NAMED)
  .chain((names) =>
    fc
      .array(fc.tuple(...names.map(() => sentCell)), { minLength: 1, maxLength: 12 })
      .map((rows) =>
        rows.map((cells) => `{${names.map((name, at) => `${JSON.stringify(name)}:${cells[at] ?? ''}`).join(',')}}`),
      ),
  )

test('rows that came as bytes are kept byte for byte as rows of their own are, and come back the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(sentRows, { minLength: 1, maxLength: 4 }), async (answers) => {
      const [path, apart] = [join(folder, 'rows.jsonl'), join(folder, 'apart.jsonl')]
      const [sink, sinkApart] = [createRowSink(path), createRowSink(apart)]
      const sent: Row[] = []
      for (const rows of answers) {
        const whole = createRowReader().push(Buffer.from(`[${rows.join(',')}]`))
        sink.write(whole)
        sent.push(...whole)
      }
      sinkApart.write(sent)
      const hash = await sink.finish()
      expect(hash).toBe(await sinkApart.finish())
      expect(readFileSync(path, 'utf8')).toBe(sent.map((row) => `${JSON.stringify(row)}\n`).join(''))
      expect(JSON.stringify(await readAll(path, hash))).toBe(JSON.stringify(sent))
    }),
    { numRuns: 60 },
  )
})

test('rows that are alike are read as bytes, whatever their texts and wherever a read ends', async () => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  const rows = Array.from({ length: 4_000 }, (_, at) => ({
    ...{ 'gl.account': String(at), 'gl.name': at % 3 === 0 ? 'Z\u00fcrich "S\u00fcd"' : 'x'.repeat(at % 200) },
    ...{ 'gl.net': `${at}.50`, open: at % 2 === 0, centre: null },
  }))
  sink.write(rows)
  const batches: boolean[] = []
  const found: Row[] = []
  for await (const batch of readRows(path, await sink.finish())) {
    batches.push(blockOf(batch) !== null)
    found.push(...batch)
  }
  expect(found).toEqual(rows)
  // Of the first row JSON.parse tells the names.
  expect(batches.length).toBeGreaterThan(2)
  expect(batches.indexOf(true)).toBe(1)
  expect(batches.lastIndexOf(false)).toBe(0)
})

test('a line longer than what is read at once is read whole', async () => {
  const path = join(folder, 'rows.jsonl')
  const sink = createRowSink(path)
  const rows = [{ a: '1' }, { a: 'y'.repeat(2_000_000) }, { a: '2' }]
  sink.write(rows)
  expect(await readAll(path, await sink.finish())).toEqual(rows)
})

test.each([
  ['a name of another row', '{"a":"1"}\n{"b":"2"}\n'],
  ['blanks', '{"a":"1"}\n{ "a": "2" }\n'],
  ['a number', '{"a":"1"}\n{"a":2}\n'],
  ['a name twice', '{"a":"1"}\n{"a":"1","a":"2"}\n'],
  ['more than a row', '{"a":"1"}\n{"a":"2"}{"a":"3"}\n'],
  ['a text that is cut', '{"a":"1"}\n{"a":"2\n'],
  ['a backslash before its end', '{"a":"1"}\n{"a":"2\\\n'],
  ['a word that is none', '{"a":"1"}\n{"a":nulL}\n'],
  ['bytes that are not UTF-8', '{"a":"1"}\n{"a":"\u00ff"}\n'],
])('a line that somebody changed to hold %s is what JSON.parse says it is, or refused', async (_what, text) => {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, text, 'latin1')
  let expected: unknown = 'MLC-P012'
  try {
    expected = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(text.includes('\u00ff') ? '' : line) as unknown)
  } catch {
    // Refused.
  }
  const found = await readAll(path, null).catch((error: unknown) => (error as { code: string }).code)
  expect(found).toEqual(expected)
})
