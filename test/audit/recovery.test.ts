import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openJournal } from '../../src/audit/journal.js'
import { readAudit } from '../../src/audit/read.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { ACTOR, clockAt, entry, linesIn, put, recordsIn, sealed, tempFolder, writtenAudit } from './support.js'

const FILE = '2026-03.jsonl'

test(
  'a last line torn at any of its bytes is set aside whole and noted, and no complete line is lost',
  { timeout: 300_000 },
  async () => {
    const lines = sealed([{}, { event: 'record.sent' }, { event: 'record.posted', data: { note: 'Zürich' } }])
    const whole = Buffer.from(lines.join(''))
    const kept = Buffer.byteLength(lines.slice(0, 2).join(''))
    for (let cut = kept; cut < whole.length; cut++) {
      const folder = put(tempFolder(), FILE, whole.subarray(0, cut))
      const bytes = cut - kept
      const torn = bytes === 0 ? null : { file: FILE, line: 3, bytes }
      expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 2, problems: [], torn })
      await reopened(folder)
      expect(linesIn(folder).slice(0, 2).join('\n')).toBe(lines.slice(0, 2).join('').trim())
      expect(
        recordsIn(folder)
          .slice(2)
          .map(({ event, data }) => ({ event, data })),
      ).toEqual(bytes === 0 ? [] : [{ event: 'audit.recovered', data: note(FILE, whole.subarray(kept, cut)) }])
      expect(tornBytes(folder)).toEqual(whole.subarray(kept, cut))
      expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: bytes === 0 ? 2 : 3, torn: null })
    }
  },
)

test('a file that holds nothing but a torn first line starts anew', async () => {
  const folder = put(tempFolder(), FILE, '{"v":1,"seq":1,"at":"20')
  await reopened(folder)
  expect(recordsIn(folder)).toMatchObject([{ seq: 1, prev: '0'.repeat(64), event: 'audit.recovered' }])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 1 })
})

test('the first line of a new month, torn, is noted behind the last line of the month before', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-02', '2026-03'], 1)
  truncateSync(join(folder, FILE), 20)
  await reopened(folder)
  expect(recordsIn(folder).map(({ seq, event }) => [seq, event])).toEqual([
    [1, 'record.posted'],
    [2, 'audit.recovered'],
  ])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, files: 2, records: 2 })
})

test('torn bytes that are no text and longer than a block are kept to the last byte', async () => {
  const [first = ''] = sealed([{}])
  const tail = Buffer.alloc(200_000, Buffer.from([0, 255, 13, 1]))
  const folder = put(tempFolder(), FILE, Buffer.concat([Buffer.from(first), tail]))
  await reopened(folder)
  expect(tornBytes(folder).equals(tail)).toBe(true)
  expect(recordsIn(folder)[1]?.data).toEqual(note(FILE, tail))
})

test('a second torn line is kept behind the first, and each is noted once', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-03'], 1)
  for (const tail of ['{"first', '{"second one', '{"third']) {
    writeFileSync(join(folder, FILE), tail, { flag: 'a' })
    await reopened(folder)
    await reopened(folder)
  }
  expect(
    recordsIn(folder)
      .slice(1)
      .map(({ data }) => data),
  ).toEqual(['{"first', '{"second one', '{"third'].map((tail) => note(FILE, Buffer.from(tail))))
  expect(tornBytes(folder).toString()).toBe('{"first{"second one{"third')
})

test.each([
  ['before the file was cut', '{"torn', '{"torn', '{"torn{"torn'],
  ['before it was noted', '', '{"torn', '{"torn'],
])('a start that died %s is made good by the next one', async (_, tail, alreadyAside, noted) => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-03'], 2)
  writeFileSync(join(folder, FILE), tail, { flag: 'a' })
  writeFileSync(join(folder, `${FILE}.torn`), alreadyAside)
  await reopened(folder)
  await reopened(folder)
  expect(
    recordsIn(folder)
      .slice(2)
      .map(({ data }) => data),
  ).toEqual([note(FILE, Buffer.from(noted))])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 3 })
})

test('a torn line whose predecessor somebody cleared away is noted too', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-03'], 1)
  writeFileSync(join(folder, FILE), '{"a long torn line', { flag: 'a' })
  await reopened(folder)
  writeFileSync(join(folder, `${FILE}.torn`), '')
  writeFileSync(join(folder, FILE), '{"short', { flag: 'a' })
  await reopened(folder)
  expect(recordsIn(folder).at(-1)?.data).toEqual(note(FILE, Buffer.from('{"short')))
})

test('readers leave a torn line out', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-03'], 2)
  const complete = linesIn(folder)[0] ?? ''
  writeFileSync(join(folder, FILE), complete, { flag: 'a' })
  const seen: number[] = []
  for await (const { seq } of readAudit(folder)) seen.push(seq)
  expect(seen).toEqual([1, 2])
})

test(
  'a writer that is killed again and again loses no line that it said was durable',
  { timeout: 120_000 },
  async () => {
    const folder = tempFolder()
    let promised = 0
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        new URL('child.ts', import.meta.url).pathname,
        'write',
        folder,
      ])
      onTestFinished(() => void child.kill('SIGKILL'))
      child.stdout.on('data', (numbers: Buffer) => {
        // A number that is cut in two between chunks only promises less.
        promised = Math.max(promised, Number(numbers.toString().trim().split('\n').at(-1)))
        if (promised > 40 * (round + 1)) child.kill('SIGKILL')
      })
      expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
      const check = await verifyAudit(folder)
      expect(check.ok).toBe(true)
      expect(check.records).toBeGreaterThanOrEqual(promised)
    }
    expect(promised).toBeGreaterThan(160)
  },
)

async function reopened(folder: string): Promise<void> {
  const journal = await openJournal(folder, { clock: clockAt('2026-03-10T06:15:07.412Z'), actor: ACTOR })
  await journal.close()
}

function note(file: string, bytes: Buffer) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { file, torn: `${file}.torn`, bytes: bytes.length, digest }
}

function tornBytes(folder: string): Buffer {
  const path = join(folder, `${FILE}.torn`)
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}

test('what was appended after a recovery follows it', async () => {
  const folder = put(tempFolder(), FILE, `${sealed([{}]).join('')}{"torn`)
  const journal = await openJournal(folder, { clock: clockAt('2026-04-01T00:00:00Z'), actor: ACTOR })
  await journal.append(entry())
  await journal.close()
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, files: 2, records: 3, torn: null })
})
