import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { world } from '../support/world.js'

test('the bundle opens everywhere, tells what is needed, and holds no secret', async () => {
  const w = await world()
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  w.editConfig(['minGapMs: 0', 'extraHeaders: { x-api-key: "${SITE_KEY}" }, minGapMs: 0'])
  const env = { SITE_KEY: 'site-key-9f3c', MLC_STORE: 'none' }
  const ran = await w.run(['doctor', '--bundle', 'support.zip'], { env })
  expect(ran.code).toBe(0)
  const path = join(w.folder, 'support.zip')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const unpack =
    'import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))'
  const unpacked = spawnSync('python3', ['-c', unpack, path], { encoding: 'utf8' })
  const files = JSON.parse(unpacked.stdout) as Record<string, string>
  expect(Object.keys(files)).toEqual([
    'about.json',
    'doctor.json',
    'config.json',
    'audit-tail.jsonl',
    'state-files.txt',
  ])
  expect(JSON.parse(files['doctor.json'] ?? '')).toMatchObject({ schema: 'mlc/doctor/1', exit_code: 0 })
  expect(files['config.json']).toMatch(/"from": "SITE_KEY",\s+"value": "\(not shown\)"/)
  expect(files['audit-tail.jsonl']?.trim().split('\n').length).toBe(w.audit().length)
  expect(files['state-files.txt']).toMatch(/600 \d+ \S+ audit\//)
  const bytes = readFileSync(path, 'latin1')
  for (const secret of ['site-key-9f3c', w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', w.env['MLC_QAD_PASSWORD'] ?? '']) {
    expect(secret).not.toBe('')
    for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
      expect(bytes).not.toContain(form)
  }
  const asked = w.looker.requests.length
  const again = await w.run(['doctor', '--bundle', 'support.zip', '--json'], { env })
  expect(again).toMatchObject({ code: 2 })
  expect(readFileSync(path, 'latin1')).toBe(bytes)
  expect(w.looker.requests, 'refused before anything is checked').toHaveLength(asked)
})

test('in the bundle the hashes of the audit stay whole, though a short password occurs in one', async () => {
  const w = await world()
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  const lines = w.read(path).trim().split('\n')
  const hash = /"hash":"([0-9a-f]{64})"/.exec(lines[3] ?? '')?.[1] ?? ''
  await w.run(['doctor', '--bundle', 'support.zip', '--check'], { env: { MLC_QAD_PASSWORD: hash.slice(20, 23) } })
  const bytes = readFileSync(join(w.folder, 'support.zip'), 'latin1')
  expect(hash).toHaveLength(64)
  expect(bytes.split(`"hash":"${hash}"`)).toHaveLength(2)
  expect(bytes.split(`"prev":"${hash}"`)).toHaveLength(2)
  const rows = /"rowsHash":"sha256:([0-9a-f]{64})"/.exec(lines.join('\n'))?.[1] ?? ''
  await w.run(['doctor', '--bundle', 'rows.zip', '--check'], { env: { MLC_QAD_PASSWORD: rows.slice(20, 23) } })
  expect(readFileSync(join(w.folder, 'rows.zip'), 'latin1')).toContain(`"rowsHash":"sha256:${rows}"`)
  for (const secret of [hash, rows]) {
    await w.run(['doctor', '--bundle', `${secret.slice(0, 4)}.zip`, '--check'], { env: { MLC_QAD_PASSWORD: secret } })
    expect(readFileSync(join(w.folder, `${secret.slice(0, 4)}.zip`), 'latin1')).not.toContain(secret)
  }
})

test('a bundle is made of a broken installation as well', async () => {
  const w = await world()
  w.write('mlc.yaml', 'version: 2\n')
  const ran = await w.run(['doctor', '--bundle', 'support.zip', '--check'])
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(existsSync(join(w.folder, 'support.zip'))).toBe(true)
})
