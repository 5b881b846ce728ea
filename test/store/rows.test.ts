import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
