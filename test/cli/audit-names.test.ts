import { expect, test } from 'vitest'
import { world } from '../support/world.js'
import type { ErrorJson } from '../support/shapes.js'

const SYNC = ['sync', '--job', 'payables', '--period', '2026-07', '--yes']

test('a key, run or job that the audit does not know is a mistake, 2, and the nearest is named; a beginning of a key will do', async () => {
  const w = await world()
  expect((await w.run(SYNC)).code).toBe(0)
  const posted = w.audit().filter(({ event }) => event === 'record.posted')
  const [{ key = '', run = '' } = {}] = posted.map(({ key, run }) => ({ key: key ?? '', run: run ?? '' }))
  const changed = (text: string) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`
  for (const [flags, code, near] of [
    [['--key', changed(key)], 'MLC-C016', key],
    [['--run', changed(run)], 'MLC-C010', run],
    [['--job', 'payable'], 'MLC-C005', 'payables'],
  ] as const) {
    const shown = await w.run(['audit', 'export', ...flags, '--format', 'csv'])
    expect(shown).toMatchObject({ code: 2, stdout: '' })
    expect(shown.stderr).toContain(code)
    expect(shown.stderr).toContain(`did you mean "${near}"?`)
  }
  const json = await w.run(['audit', 'show', '--key', 'MLC', '--json'])
  expect(json).toMatchObject({ code: 2 })
  expect(json.json<ErrorJson>()).toMatchObject({
    code: 'MLC-C006',
    message: expect.stringContaining('fits 3 references') as string,
  })
  const short = await w.run([
    'audit',
    'show',
    '--key',
    key.slice(0, 12).toLowerCase(),
    '--columns',
    'key',
    '--event',
    'record.sent',
  ])
  expect(short).toMatchObject({ code: 0, stdout: expect.stringContaining(key) as string })
  // A job of mlc.yaml that has not run yet is known.
  const none = await w.run(['audit', 'show', '--job', 'plant-gl', '--json'])
  expect(none).toMatchObject({ code: 0, stderr: expect.stringContaining('no record that fits') as string })
  expect(none.json()).toMatchObject({ records: [] })
})

test('an anchor is written over nothing, and what was written is said', async () => {
  const w = await world()
  await w.run(SYNC)
  const anchor = () => w.run(['audit', 'anchor', '-o', 'anchor.txt'])
  const made = await anchor()
  const records = w.audit().length
  expect(made).toMatchObject({ code: 0, stdout: '' })
  expect(made.stderr).toMatch(
    new RegExp(`Anchored to ${records}: ${records} records, head [0-9a-f]{64}, written to anchor.txt`),
  )
  expect(await anchor()).toMatchObject({ code: 0, stderr: expect.stringContaining('holds it already') as string })
  await w.run(['audit', 'anchor', '--json', '-o', 'anchor.json'])
  expect(await w.run(['audit', 'verify', '--anchor', 'anchor.json'])).toMatchObject({ code: 0 })
  const text = w.read('anchor.txt')
  await w.run(SYNC)
  expect(await anchor()).toMatchObject({ code: 2, stderr: expect.stringContaining('MLC-C013') as string })
  expect(w.read('anchor.txt')).toBe(text)
})

test('another key that signs from now on is said by the run and by verify, and so is none', async () => {
  const w = await world()
  const keys = []
  for (const file of ['old.key', 'new.key']) keys.push((await w.run(['audit', 'keygen', '-o', file])).stdout.trim())
  const [older = '', newer = ''] = keys
  const signing = (file: string) => w.run(SYNC, { env: { MLC_AUDIT_KEY_FILE: file } })
  expect((await signing('old.key')).stderr).not.toContain('signed')
  const records = w.audit().length
  expect((await w.run(SYNC)).stderr).toContain(
    `This audit was signed until now (its first ${records} records) and no key is given`,
  )
  const changed = await signing('new.key')
  expect(changed).toMatchObject({ code: 0 })
  expect(changed.stderr).toContain(`signed with another key until now (its first ${records} records)`)
  expect((await signing('new.key')).stderr).not.toContain('another key')
  const verify = (...given: string[]) => w.run(['audit', 'verify', ...given.flatMap((key) => ['--key', key])])
  expect(await verify(older)).toMatchObject({
    code: 8,
    stderr: expect.stringContaining('From checkpoints line 7 on another key') as string,
  })
  const both = await verify(older, newer)
  expect(both).toMatchObject({ code: 0, stdout: expect.stringContaining('checkpoints 3/3,') as string })
  expect(both.stderr).toContain('From checkpoints line 7 on another key signs')
  expect(both.stderr).not.toContain('If the key was changed')
  expect((await verify()).stderr).toContain('on another key, or a host of another name, signs')
})
