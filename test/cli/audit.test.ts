import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/audit/event.js'
import { createSigner } from '../../src/audit/keys.js'
import { chained, hashIn } from '../audit/signed.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'payables', '--period', '2026-07', '--yes']
const SIGNING = { env: { MLC_AUDIT_KEY_FILE: 'audit.key' } }

async function withKey(): Promise<{ w: World; key: string }> {
  const w = await world()
  const made = await w.run(['audit', 'keygen', '-o', 'audit.key'])
  expect(made.code).toBe(0)
  return { w, key: made.stdout.trim() }
}

test('a signed and anchored audit is intact, and says how far', async () => {
  const { w, key } = await withKey()
  expect((await w.run(SYNC, SIGNING)).code).toBe(0)
  expect((await w.run(['audit', 'anchor', '-o', 'anchor.txt'], SIGNING)).code).toBe(0)
  expect((await w.run([...SYNC.slice(0, 2), 'procurement', ...SYNC.slice(3)], SIGNING)).code).toBe(0)
  const records = w.audit().length
  const { records: anchored } = (await w.run(['audit', 'anchor', '--json'], SIGNING)).json<{ records: number }>()
  expect(anchored).toBe(records)
  const verified = await w.run(['audit', 'verify', '--key', key, '--anchor', 'anchor.txt'])
  const first = Number(w.read('anchor.txt').split('\n')[1])
  const day = new Date().toISOString().slice(0, 10)
  expect(verified.stdout).toContain(
    `+ Intact: files 1, records ${records}, checkpoints 2/2, anchored to ${first} (${day}), unanchored ${records - first}\n`,
  )
  expect(verified.code).toBe(0)
  const python = spawnSync('python3', [
    join(import.meta.dirname, '..', '..', 'examples', 'audit', 'verify.py'),
    ...['--key', key, '--anchor', join(w.folder, 'anchor.txt'), join(w.folder, 'state', 'audit')],
  ])
  expect(python.stdout.toString()).toMatch(new RegExp(`^ok ${records} [0-9a-f]{64}\n$`))
})

test('an end that was cut off is shown, with file and line, and the next run is refused', async () => {
  const { w, key } = await withKey()
  await w.run(SYNC, SIGNING)
  await w.run(['audit', 'anchor', '-o', 'anchor.txt'])
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  const whole = w.read(path)
  const lines = whole.split('\n').slice(0, -1)
  w.write(path, `${lines.slice(0, -2).join('\n')}\n`)
  const cut = await w.run(['audit', 'verify', '--anchor', 'anchor.txt', '--json'])
  expect(cut).toMatchObject({ code: 8 })
  const at = { file: path.slice(-13), line: lines.length - 1, problem: 'cut' }
  expect(cut.json<{ problems: object[] }>().problems).toEqual([
    { ...at, by: 'checkpoints line 1', after: 0 },
    { ...at, by: expect.stringMatching(/^anchor\.txt line 1/) as string, after: 0 },
  ])
  expect((await w.run(['audit', 'verify', '--key', key])).stderr).toContain(
    'the end of the audit is missing from here on',
  )
  expect(await w.run(SYNC, SIGNING)).toMatchObject({ code: 8, stderr: expect.stringContaining('MLC-A005') as string })
  w.write('state/audit/checkpoints', '')
  expect((await w.run(['audit', 'verify'])).code).toBe(0)
  expect((await w.run(['audit', 'verify', '--key', key])).code).toBe(8)
  expect((await w.run(['audit', 'anchor'])).stderr).toContain('Not signed')
})

test('the public key may stand in mlc.yaml, and the private one in a variable; neither is shown where it should not', async () => {
  const { w, key } = await withKey()
  const pem = w.read('audit.key')
  const body = pem.split('\n')[1] ?? ''
  w.editConfig(['environment: demo', `environment: demo\naudit: { publicKey: "${key}" }`])
  const env = { MLC_AUDIT_KEY: pem.replaceAll('\n', '\\n') }
  expect((await w.run(SYNC, { env })).code).toBe(0)
  const verified = await w.run(['audit', 'verify', '--json'])
  expect(verified.json()).toMatchObject({ ok: true, checkpoints: { total: 1, good: 1, signatures: 'checked' } })
  // Without any public key, its owner's private key checks too.
  w.editConfig([`audit: { publicKey: "${key}" }`, ''])
  expect((await w.run(['audit', 'verify'], { env })).stdout).toContain('checkpoints 1/1,')
  expect((await w.run(['audit', 'verify'])).stdout).toContain('checkpoints 1/1 (signatures not checked)')
  const shown = await w.run(['config', 'show', '--json'], { env })
  const all = [shown, verified, await w.run(['doctor', '--json'], { env })]
  for (const { stdout, stderr } of all) expect(stdout + stderr).not.toContain(body)
  expect(JSON.stringify(w.audit())).not.toContain(body)
})

test.each<[what: string, args: string[], env: Record<string, string>, code: string]>([
  ['a key that is none', SYNC, { MLC_AUDIT_KEY: 'secret-key-text' }, 'MLC-A006'],
  ['a key file that is not there', SYNC, { MLC_AUDIT_KEY_FILE: 'nowhere' }, 'MLC-A006'],
  ['a public key that is none', ['audit', 'verify', '--key', 'secret-key-text'], {}, 'MLC-A006'],
  ['an anchor that is not there', ['audit', 'verify', '--anchor', 'nowhere'], {}, 'MLC-C006'],
  ['an anchor that is none', ['audit', 'verify', '--anchor', 'mlc.yaml'], {}, 'MLC-C006'],
  ['a column that is none', ['audit', 'show', '--columns', 'at,colour'], {}, 'MLC-C006'],
  ['columns of lines', ['audit', 'export', '--columns', 'at'], {}, 'MLC-C006'],
  ['a time that is none', ['audit', 'export', '--until', 'later'], {}, 'MLC-C006'],
  ['keygen without a file', ['audit', 'keygen'], {}, 'MLC-C006'],
])('%s is refused before anything is sent', async (_, args, env, code) => {
  const w = await world()
  const { stderr, stdout, code: exit } = await w.run(args, { env })
  expect(exit).toBe(2)
  expect(stderr).toContain(code)
  expect(stdout + stderr).not.toContain('secret-key-text')
  expect(w.qad.books).toEqual([])
})

test('a csv of the audit holds no formula, and keeps its numbers', async () => {
  const w = await world()
  await w.run([...SYNC, '--reason', '=HYPERLINK("http://x")'])
  const { stdout } = await w.run(['audit', 'export', '--format', 'csv', '--columns', 'event,reason,amount,data.rows'])
  const rows = stdout.trim().split('\r\n')
  expect(rows[0]).toBe('event,reason,amount,data.rows')
  expect(rows[1]).toBe(`run.started,"'=HYPERLINK(""http://x"")",,`)
  expect(rows.filter((row) => /^record\.sent,,-\d+\.\d\d,\[\d+\]$/.test(row))).toHaveLength(3)
})

const IN_QAD = [
  '        revision: reconReference.revision',
  '        revision: reconReference.revision\n        description: reconReference.description\n        source: reconReference.sourceQuery',
] as const

test('the last reference of a run carries the head into QAD, and QAD then shows a rewrite and a cut', async () => {
  const { w, key } = await withKey()
  w.editConfig(IN_QAD)
  await w.run(SYNC, SIGNING)
  const textsOf = () => w.qad.books.map(({ description, source }) => [description, source])
  const texts = textsOf()
  // The description has no room for the anchor, and is whole; the source has.
  for (const { description, measure, account } of w.qad.books)
    expect(description).toMatch(new RegExp(`^${measure} 2026-07 ${account}`))
  expect(texts.flat().filter((text) => /^.+ audit:[0-9a-f]{16}$/.test(text ?? ''))).toEqual([texts.at(-1)?.[1]])
  const verified = await w.run(['audit', 'verify', '--key', key, '--qad', '--json'])
  const before = w.audit().findLast(({ event }) => event === 'record.sent')?.seq ?? 0
  const carrier = w.qad.books.at(-1)?.key ?? ''
  expect(verified.json()).toMatchObject({
    ...{ ok: true, anchors: { total: 1, good: 1, records: before - 1 } },
    qad: { compared: [carrier], notShown: [] },
  })
  const told = await w.run(['audit', 'verify', '--key', key, '--qad'])
  expect(told.stderr).toContain(`Compared with 1 anchor in QAD, carried by ${carrier}.`)
  expect(told.stdout).toContain(`anchored to ${before - 1} (`)
  // The same figures again: nothing is sent, so nothing changes in QAD.
  expect((await w.run([...SYNC, '--json'], SIGNING)).json()).toMatchObject({ jobs: [{ push: { same: 3 } }] })
  expect(textsOf()).toEqual(texts)
  // Somebody with the key writes all anew: the checkpoints fit, QAD does not.
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  const pem = w.read('audit.key')
  const { lines, checkpoints } = forged(w.read(path), pem, w.read('state/audit/checkpoints').split('\n')[0] ?? '')
  w.write(path, lines)
  w.write('state/audit/checkpoints', checkpoints)
  expect((await w.run(['audit', 'verify', '--key', key])).code).toBe(0)
  const shown = await w.run(['audit', 'verify', '--key', key, '--qad', '--json'])
  const problem = { file: path.slice(-13), line: before, problem: 'changed', by: `QAD ${w.qad.books.at(-1)?.key}` }
  expect(shown).toMatchObject({ code: 8 })
  expect(shown.json()).toMatchObject({ ok: false, problems: [problem] })
  // Cut before the posting, QAD holds a reference that nobody posted.
  w.write(
    path,
    `${lines
      .split('\n')
      .slice(0, before - 2)
      .join('\n')}\n`,
  )
  w.write('state/audit/checkpoints', '')
  const cut = (await w.run(['audit', 'verify', '--qad', '--json'])).json<{ problems: object[] }>()
  expect(cut.problems).toMatchObject([{ line: before - 1, problem: 'cut' }])
})

test('where no description is posted, no reference carries an anchor, and --qad says what is missing', async () => {
  const w = await world()
  w.editConfig(['      description: description\n', ''], ['      source: sourceQuery\n', ''])
  expect((await w.run(SYNC)).code).toBe(0)
  const sent = w.audit().filter(({ event }) => event === 'record.sent')
  expect(JSON.stringify(sent)).not.toContain('audit:')
  const asked = await w.run(['audit', 'verify', '--qad'])
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('MLC-C012') as string })
  expect(asked.stderr).toContain('qad.write.fields names neither description nor source')
})

test('where the text that carried the anchor is not read, --qad names that one and no other', async () => {
  const w = await world()
  expect((await w.run(SYNC)).code).toBe(0)
  const asked = await w.run(['audit', 'verify', '--qad', '--json'])
  expect(asked).toMatchObject({ code: 2 })
  expect(asked.json()).toMatchObject({
    message: 'runs posted their anchors as source, and qad.reads.posted has no column source',
    fix: 'Add source to qad.reads.posted.columns: the column in which QAD shows the field of qad.write.fields.source.',
  })
})

/** The audit as somebody with the key would write it anew: another amount in its first posting, all else in order. */
function forged(log: string, pem: string, origin: string): { lines: string; checkpoints: string } {
  const records = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Partial<AuditRecord>)
  const first = records.find(({ event }) => event === 'record.sent')
  const lines = chained(
    records.map((record) => (record === first ? { ...record, data: { ...record.data, amount: '1.00' } } : record)),
  )
  const note = createSigner(pem, origin, 'the test').sign({ records: lines.length, hash: hashIn(lines, lines.length) })
  return { lines: lines.map((line) => `${line}\n`).join(''), checkpoints: note }
}

test('records are found by a key typed in small letters', async () => {
  const w = await world()
  await w.run(SYNC)
  const key = w.audit().find(({ event }) => event === 'record.posted')?.key ?? ''
  for (const command of ['show', 'export']) {
    const found = await w.run(['audit', command, '--key', key.toLowerCase(), '--format', 'json'])
    expect(found.json<{ records: { key: string }[] }>().records.map((record) => record.key)).toEqual([key, key])
  }
})

test.each([
  ['in its middle', 6],
  ['in its first line', 1],
])('an audit that was changed %s is shown as whole JSON that says so: 8', async (_, line) => {
  const w = await world()
  await w.run(SYNC)
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  const lines = w.read(path).split('\n')
  w.write(path, lines.with(line - 1, (lines[line - 1] ?? '').replace('"job":"', '"job":"x')).join('\n'))
  for (const args of [
    ['show', '--json'],
    ['export', '--format', 'json'],
    ['show', '--json', '--period', '2026-07'],
  ]) {
    const shown = await w.run(['audit', ...args])
    expect(shown).toMatchObject({ code: 8 })
    if (line === 1 && !args.includes('--json')) {
      expect(shown).toMatchObject({ stdout: '', stderr: expect.stringContaining('MLC-A002') as string })
      continue
    }
    const told = shown.json<{ records?: object[]; complete?: boolean; error?: object; code?: string }>()
    expect(told.error ?? told).toMatchObject({ code: 'MLC-A002', exit_code: 8 })
    expect(told.records?.length ?? 0).toBe(line - 1)
    if (told.records) expect(told.complete).toBe(false)
  }
})

test('a folder without an audit is not called intact', async () => {
  const w = await world()
  const env = { MLC_STATE_DIR: join(w.folder, 'elsewhere') }
  const verified = await w.run(['audit', 'verify'], { env })
  expect(verified.stdout).toContain('! Nothing to verify')
  expect(verified.stderr).toContain('there is no audit in ')
  expect((await w.run(['audit', 'anchor'], { env })).stderr).toContain('this anchors nothing')
})
