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
