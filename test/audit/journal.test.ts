import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openJournal } from '../../src/audit/journal.js'
import { ZEROS } from '../../src/audit/record.js'
import { verifyAudit } from '../../src/audit/verify.js'
import { ACTOR, clockAt, entry, linesIn, monthsIn, recordsIn, sealed, tempFolder, writtenAudit } from './support.js'

test('a line has the keys of the contract in their order, and its hash covers all of the text before it', async () => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-08-03T06:15:07.412Z'), actor: ACTOR })
  await journal.append(
    entry({ event: 'record.posted', run: '01J9Z8', job: 'plant-gl', key: 'MLC1', data: { a: '1.10' } }),
  )
  const text =
    '{"v":1,"seq":1,"at":"2026-08-03T06:15:07.412Z","run":"01J9Z8","job":"plant-gl","event":"record.posted",' +
    `"key":"MLC1","data":{"a":"1.10"},"actor":{"user":"jdoe","host":"fin-01","mlc":"0.1.0"},"prev":"${ZEROS}"`
  const hash = createHash('sha256').update(text).digest('hex')
  expect(readFileSync(join(folder, '2026-08.jsonl'), 'utf8')).toBe(`${text},"hash":"${hash}"}\n`)
  expect(journal.head).toBe(hash)
  expect(journal.records).toBe(1)
  await journal.close()
})

test('what a line is not about stays in it as null', async () => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-08-03T06:15:07Z'), actor: ACTOR })
  await journal.append(entry())
  await journal.close()
  expect(linesIn(folder)[0]).toContain('"run":null,"job":null,"event":"note.added","key":null,"data":{}')
})

test('the words that end the hashed text occur once a line, whatever the data holds', async () => {
  const folder = tempFolder()
  const data = { a: 1, hash: 'x', list: ['a', 'hash'], text: 'a,"hash":"b"', '"hash': { b: 1, hash: 2 } }
  const journal = await openJournal(folder, { clock: clockAt('2026-08-03T06:15:07Z'), actor: ACTOR })
  await journal.append(entry({ data }))
  await journal.close()
  expect(linesIn(folder)[0]?.split(',"hash"')).toHaveLength(2)
  expect(recordsIn(folder)[0]?.data).toEqual(data)
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 1 })
})

test('the chain goes on over months and over restarts, and the numbers have no gap', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-01', '2026-02', '2026-12'], 3)
  await writtenAudit(folder, ['2027-01'], 2)
  expect(monthsIn(folder)).toEqual(['2026-01.jsonl', '2026-02.jsonl', '2026-12.jsonl', '2027-01.jsonl'])
  const records = recordsIn(folder)
  expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  expect(records.map(({ prev }) => prev)).toEqual([ZEROS, ...records.slice(0, -1).map(({ hash }) => hash)])
})

test('a clock that was set back to an earlier month keeps writing to the newest file', async () => {
  const folder = tempFolder()
  const clock = clockAt('2026-03-31T23:59:59.999Z')
  const journal = await openJournal(folder, { clock, actor: ACTOR })
  for (const at of [
    '2026-03-31T23:59:59.999Z',
    '2026-04-01T00:00:00Z',
    '2026-03-31T23:00:00Z',
    '2026-04-02T00:00:00Z',
  ]) {
    clock.set(at)
    await journal.append(entry())
  }
  await journal.close()
  const again = await openJournal(folder, { clock: clockAt('2026-01-01T00:00:00Z'), actor: ACTOR })
  await again.append(entry())
  await again.close()
  expect(recordsIn(folder).map(({ at }) => at.slice(0, 7))).toEqual([
    '2026-03',
    '2026-04',
    '2026-03',
    '2026-04',
    '2026-01',
  ])
  expect(monthsIn(folder)).toEqual(['2026-03.jsonl', '2026-04.jsonl'])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, files: 2, records: 5 })
})

test('text of any kind comes back as it was', async () => {
  const folder = tempFolder()
  const texts = ['Zürich', '東京', '\u2028', 'a\nb\r\tc', '\u0000', '"\\', '\ud800', '😀', '{"v":1}', '__proto__', ' ']
  const journal = await openJournal(folder, {
    clock: clockAt('2026-08-03T06:15:07Z'),
    actor: { ...ACTOR, user: 'müller "x"' },
  })
  for (const text of texts) await journal.append(entry({ job: text, run: text, key: text, data: { [text]: [text] } }))
  await journal.close()
  expect(recordsIn(folder).map(({ job, run, key, data }) => [job, run, key, Object.entries(data)])).toEqual(
    texts.map((text) => [text, text, text, [[text, [text]]]]),
  )
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: texts.length })
})

test.each([
  ['NaN', { a: NaN }],
  ['infinity in a list', { a: [{ b: Infinity }] }],
  ['undefined', { a: undefined }],
  ['a bigint', { a: 1n }],
  ['a function', { a: () => 1 }],
  ['a symbol', { a: Symbol('x') }],
  ['a date', { a: new Date(0) }],
  ['a map', { a: new Map() }],
  ['a ring', ring()],
])('data with %s is refused as a fault of the program, and nothing is written', async (_, data) => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-08-03T06:15:07Z'), actor: ACTOR })
  await expect(journal.append(entry({ data }))).rejects.toThrow(TypeError)
  await journal.append(entry())
  await journal.close()
  expect(recordsIn(folder).map(({ seq }) => seq)).toEqual([1])
})

function ring(): Record<string, unknown> {
  const first: Record<string, unknown> = {}
  first['self'] = first
  return first
}

test.each([0o000, 0o777])(
  'under umask %s folder and files are for the user alone, and can be read again',
  async (mask) => {
    const folder = join(tempFolder(), 'state', 'audit')
    await underUmask(mask, () => writtenAudit(folder, ['2026-01'], 1))
    writeFileSync(join(folder, '2026-01.jsonl'), '{"v":1', { flag: 'a' })
    await underUmask(mask, () => writtenAudit(folder, ['2026-01'], 1))
    const modes = ['..', '.', '2026-01.jsonl', '2026-01.jsonl.torn'].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    )
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600])
  },
)

async function underUmask(mask: number, step: () => Promise<void>): Promise<void> {
  const before = process.umask(mask)
  try {
    await step()
  } finally {
    process.umask(before)
  }
}

test.each([
  ['a changed line', 'MLC-A002', 2, (lines: string[]) => lines.map((line) => line.replace('"200.15"', '"900.15"'))],
  ['a missing line', 'MLC-A003', 2, (lines: string[]) => lines.filter((_, index) => index !== 1)],
  ['a line twice', 'MLC-A003', 3, (lines: string[]) => lines.flatMap((line, n) => (n === 1 ? [line, line] : [line]))],
  ['a missing beginning', 'MLC-A003', 1, (lines: string[]) => lines.slice(1)],
  ['a line that is no JSON', 'MLC-A004', 3, (lines: string[]) => lines.map((line, n) => (n === 2 ? 'oops' : line))],
  ['a blank line', 'MLC-A004', 2, (lines: string[]) => lines.flatMap((line, n) => (n === 1 ? ['', line] : [line]))],
])('%s in the newest month stops the writer with %s and changes nothing', async (_, code, line, change) => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-01', '2026-02'], 3)
  const path = join(folder, '2026-02.jsonl')
  const tampered = `${change(linesIn(folder).slice(3)).join('\n')}\n{"torn`
  writeFileSync(path, tampered)
  const opening = openJournal(folder, { clock: clockAt('2026-02-20T00:00:00Z'), actor: ACTOR })
  await expect(opening).rejects.toMatchObject({ code, exitCode: 8 })
  await expect(opening).rejects.toThrow(`${path} line ${line} `)
  expect(readFileSync(path, 'utf8')).toBe(tampered)
  expect(existsSync(`${path}.torn`)).toBe(false)
})

test('a writer notices that the month before the newest is gone, or ends in something unreadable', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-01', '2026-02', '2026-03'], 2)
  const ports = { clock: clockAt('2026-03-20T00:00:00Z'), actor: ACTOR }
  const february = readFileSync(join(folder, '2026-02.jsonl'), 'utf8')
  writeFileSync(join(folder, '2026-02.jsonl'), '')
  await expect(openJournal(folder, ports)).rejects.toThrow('2026-03.jsonl line 1 does not follow the month before')
  writeFileSync(join(folder, '2026-02.jsonl'), `${february}garbage\n`)
  await expect(openJournal(folder, ports)).rejects.toThrow('2026-02.jsonl line 3 is not JSON')
})

test('a month file that was made empty and never written is no damage', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-01'], 2)
  writeFileSync(join(folder, '2026-02.jsonl'), '')
  await writtenAudit(folder, ['2026-02'], 1)
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, files: 2, records: 3 })
})

test.each([10, 65_000, 65_536, 300_000, 3_000_000])(
  'a month that ends in a line of %i characters is followed',
  async (size) => {
    const folder = tempFolder()
    const clock = clockAt('2026-01-10T00:00:00Z')
    for (const month of ['2026-01', '2026-02', '2026-02']) {
      clock.set(`${month}-10T00:00:00Z`)
      const journal = await openJournal(folder, { clock, actor: ACTOR })
      await journal.append(entry({ data: { text: 'x'.repeat(size) } }))
      await journal.close()
    }
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, files: 2, records: 3 })
  },
)

test('a line longer than any reader believes is refused as a fault of the program', async () => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-01-10T00:00:00Z'), actor: ACTOR })
  await expect(journal.append(entry({ data: { text: 'x'.repeat(9_000_000) } }))).rejects.toThrow(TypeError)
  await journal.append(entry())
  await journal.close()
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 1 })
})

test('a second writer is refused before it touches a line of the first', async () => {
  const folder = tempFolder()
  const ports = { clock: clockAt('2026-01-10T00:00:00Z'), actor: ACTOR }
  await writtenAudit(folder, ['2026-01'], 1)
  const [first, second] = [await openJournal(folder, ports), await openJournal(folder, ports)]
  await first.append(entry())
  await expect(second.append(entry())).rejects.toMatchObject({ code: 'MLC-A001', exitCode: 8 })
  await first.append(entry())
  await expect(second.append(entry())).rejects.toMatchObject({ code: 'MLC-A001' })
  await Promise.all([first.close(), second.close()])
  expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 3 })
})

test('appends that are not awaited one by one keep their order', async () => {
  const folder = tempFolder()
  const journal = await openJournal(folder, { clock: clockAt('2026-01-10T00:00:00Z'), actor: ACTOR })
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => journal.append(entry({ data: { n } }), { durable: n % 7 === 0 })),
  )
  await journal.flush()
  await journal.close()
  await journal.close()
  expect(recordsIn(folder).map(({ data }) => data['n'])).toEqual(Array.from({ length: 50 }, (_, n) => n))
  await expect(journal.append(entry())).rejects.toMatchObject({ code: 'MLC-A001' })
})

test('the lines that these tests forge are spelled as the journal spells its own', async () => {
  const folder = tempFolder()
  await writtenAudit(folder, ['2026-03'], 2)
  const at = '2026-03-10T06:15:07.412Z'
  const parts = ['100.15', '200.15'].map((amount) => ({
    at,
    event: 'record.posted' as const,
    job: 'plant-gl',
    data: { amount },
  }))
  expect(`${linesIn(folder).join('\n')}\n`).toBe(sealed(parts).join(''))
})

test.each([
  ['a device', (path: string) => symlinkSync('/dev/full', path)],
  ['a folder', (path: string) => mkdirSync(path)],
])('a month file that is %s is refused, not waited for', async (_, make) => {
  const folder = tempFolder()
  make(join(folder, '2026-08.jsonl'))
  const opening = openJournal(folder, { clock: clockAt('2026-08-03T06:15:07Z'), actor: ACTOR })
  await expect(opening).rejects.toMatchObject({ exitCode: 8 })
})

test('a folder that cannot be made is named', async () => {
  const folder = join(tempFolder(), 'file', 'audit')
  writeFileSync(join(folder, '..'), 'x')
  const opening = openJournal(folder, { clock: clockAt('2026-08-03T06:15:07Z'), actor: ACTOR })
  await expect(opening).rejects.toMatchObject({ code: 'MLC-A001', message: expect.stringContaining(folder) as string })
})
