import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { zip } from '../../src/model/zip.js'

const READ = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps([[i.filename, archive.read(i).decode(), list(i.date_time)] for i in archive.infolist()]))
`

test('another program reads every entry, name, text and time, and finds the sums right', () => {
  const entries = [
    { name: 'about.json', text: '{"a":1}\n' },
    { name: 'leer.txt', text: '' },
    { name: 'folder/Müller & Söhne.txt', text: 'Grüße\n'.repeat(5000) },
  ]
  const folder = mkdtempSync(join(tmpdir(), 'mlc-zip-'))
  try {
    writeFileSync(join(folder, 'a.zip'), zip(entries, new Date('2026-08-03T06:15:08Z')))
    const read = spawnSync('python3', ['-c', READ, join(folder, 'a.zip')], { encoding: 'utf8' })
    expect(read.stderr).toBe('')
    expect(JSON.parse(read.stdout)).toEqual(entries.map(({ name, text }) => [name, text, [2026, 8, 3, 6, 15, 8]]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an archive of nothing is still one', () => {
  expect(zip([], new Date(0))).toHaveLength(22)
})

test.each([
  ['a file that reaches beyond the end', { bytes: 1_000, entries: 9 }, 'more than 1000 bytes up to b.txt'],
  ['a directory that does', { bytes: 1_100, entries: 9 }, 'more than 1100 bytes'],
  ['too many files', { bytes: 10_000, entries: 1 }, '2 files, more than 1'],
])('what a zip cannot hold is refused, not wrapped around: %s', (_what, limits, words) => {
  const entries = ['a.txt', 'b.txt'].map((name) => ({ name, text: 'x'.repeat(500) }))
  expect(() => zip(entries, new Date(0), limits)).toThrow(`the archive would hold ${words}`)
  expect(zip(entries, new Date(0), { bytes: 1_200, entries: 2 }).length).toBeGreaterThan(1_000)
})
