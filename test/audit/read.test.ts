import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAudit, type AuditFilter } from '../../src/audit/read.js'
import { linesIn, put, sealed, tempFolder } from './support.js'

const KEY = `MLC${'0'.repeat(26)}`

/** Six lines over two months, numbered from 1. */
function sample(): string {
  const folder = tempFolder()
  const lines = sealed([
    { run: 'R1', job: 'plant-gl', event: 'run.started', at: '2026-03-31T23:59:59.000Z' },
    { run: 'R1', job: 'plant-gl', event: 'record.sent', key: KEY, at: '2026-03-31T23:59:59.500Z' },
    { run: 'R2', job: 'Zürich "gl"', event: 'record.sent', key: `${KEY}-R2`, at: '2026-04-01T00:00:00.000Z' },
    { run: 'R2', job: 'plant', event: 'note.added', data: { run: 'R1', key: KEY }, at: '2026-03-31T12:00:00.000Z' },
    { run: null, job: null, event: 'note.added', at: '2026-04-15T00:00:00.000Z' },
    { run: 'R1', job: 'plant-gl', event: 'run.done', key: `${KEY}0`, at: '2026-04-30T00:00:00.000Z' },
  ])
  put(folder, '2026-03.jsonl', lines.slice(0, 2).join(''))
  return put(folder, '2026-04.jsonl', lines.slice(2).join(''))
}

test.each<[AuditFilter, ...number[]]>([
  [{}, 1, 2, 3, 4, 5, 6],
  [{ run: 'R1' }, 1, 2, 6],
  [{ job: 'plant' }, 4],
  [{ job: 'Zürich "gl"' }, 3],
  [{ key: KEY }, 2, 3],
  [{ key: `${KEY}-R2` }, 3],
  [{ key: 'nothing' }],
  [{ events: ['record.sent', 'run.done'] }, 2, 3, 6],
  [{ run: 'R1', events: ['record.sent'] }, 2],
  [{ since: '2026-04-01' }, 3, 5, 6],
  [{ since: '2026-03-31T23:59:59.500Z' }, 2, 3, 5, 6],
  [{ since: '2026-03-31T20:00:00-04:00' }, 3, 5, 6],
  [{ since: '2027-01-01' }],
])('the filter %o finds the lines it names', async (filter, ...seqs) => {
  expect((await all(sample(), filter)).map(({ seq }) => seq)).toEqual(seqs)
})

test('a record says where it stands, and carries its line untouched', async () => {
  const folder = sample()
  const records = await all(folder)
  expect(records.map(({ file, line }) => `${file}:${line}`)).toEqual([
    ...[1, 2].map((line) => `2026-03.jsonl:${line}`),
    ...[1, 2, 3, 4].map((line) => `2026-04.jsonl:${line}`),
  ])
  expect(records.map(({ text }) => text)).toEqual(linesIn(folder))
})

test('a folder that is not there holds no records', async () => {
  expect(await all(join(tempFolder(), 'audit'))).toEqual([])
})

test.each([
  ['was changed', 'MLC-A002', (line: string) => line.replace('R2', 'R3')],
  ['is no JSON', 'MLC-A004', () => 'oops'],
  ['is blank', 'MLC-A004', () => ''],
])('a line that %s is not handed out: reading ends with %s there', async (_, code, change) => {
  const folder = sample()
  const lines = linesIn(folder)
    .slice(2)
    .map((line, index) => (index === 1 ? change(line) : line))
  writeFileSync(join(folder, '2026-04.jsonl'), `${lines.join('\n')}\n`)
  const seen: number[] = []
  const reading = async () => {
    for await (const { seq } of readAudit(folder)) seen.push(seq)
  }
  await expect(reading()).rejects.toMatchObject({
    code,
    message: expect.stringContaining('2026-04.jsonl line 2 ') as string,
  })
  expect(seen).toEqual([1, 2, 3])
})

test('a time that is none is refused with the value found', async () => {
  await expect(all(sample(), { since: 'yesterday' })).rejects.toThrow('"yesterday"')
})

async function all(folder: string, filter: AuditFilter = {}) {
  const found = []
  for await (const record of readAudit(folder, filter)) found.push(record)
  return found
}
