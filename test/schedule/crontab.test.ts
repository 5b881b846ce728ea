import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { crontabBlock, withBlock, withoutBlock } from '../../src/schedule/crontab.js'
import type { Place } from '../../src/schedule/run.js'
import { mustSkip, scheduled } from './place.js'

/** What cron hands to sh: the text behind the five fields, with each `\%` a `%`. (crontab(5)) */
function commandIn(block: string): string {
  const line = block.split('\n').find((one) => /^15 6 /.test(one)) ?? ''
  expect(/(?<!\\)%/.test(line)).toBe(false)
  return line.replace(/^(\S+ ){5}/, '').replaceAll('\\%', '%')
}

/** A folder of that name with a program in it that tells how it was started. */
function teller(name: string, exitCode = 0): Place {
  const folder = join(mkdtempSync(join(tmpdir(), 'mlc-cron-')), name)
  onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  const script = join(folder, 'tell.mjs')
  const tell = 'JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd(), env: process.env })'
  writeFileSync(script, `process.stdout.write(${tell}); process.exitCode = ${exitCode}`)
  const place = { folder, script, config: join(folder, 'mlc.yaml'), state: join(folder, 'state') }
  return scheduled({}, { ...place, node: process.execPath, variables: { NOTE: '100% of it\'s $HOME; `ls` "x"' } }).place
}

interface Told {
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

test.each(['books', "100% Müller's books", 'a $HOME `x` & "y"; z'])('sh starts mlc from %j as it was meant', (name) => {
  const place = teller(name)
  const ran = spawnSync('sh', ['-c', commandIn(crontabBlock({ ...scheduled(), place }, null))], {
    encoding: 'utf8',
    env: {},
  })
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  const told = JSON.parse(ran.stdout) as Told
  expect(told.words.join(' ')).toBe('sync --job plant-gl --period current --yes --no-input --quiet --lock-timeout 900')
  expect(told.cwd).toBe(place.folder)
  expect(told.env).toMatchObject({
    ...{ MLC_CONFIG: place.config, MLC_STATE_DIR: place.state, NOTE: place.variables['NOTE'], MLC_STORE: 'none' },
    ...{ MLC_LOOKER_CLIENT_ID: 'q4Zk', MLC_LOOKER_CLIENT_SECRET_FILE: '/etc/mlc/looker-secret' },
    MLC_QAD_PASSWORD_FILE: '/home/jdoe/.config/mlc/credentials/qad-password',
  })
  expect(told.env['PATH']?.split(':')).toContain('/usr/bin')
})

test('an exit code is kept, and said where cron mails it', () => {
  const place = teller('books', 5)
  const ran = spawnSync('sh', ['-c', commandIn(crontabBlock({ ...scheduled(), place }, null))], {
    encoding: 'utf8',
    env: {},
  })
  expect([ran.status, ran.stderr]).toEqual([5, 'mlc sync of plant-gl ended with exit code 5\n'])
})

test.each(['/srv/a\\b', '/srv/a\nb'])('a folder %j, which crons read differently, is refused', (folder) => {
  expect(() => crontabBlock(scheduled({}, { folder }), null)).toThrow(expect.objectContaining({ code: 'MLC-C006' }))
})

test('a line that cron would refuse as too long gives its own variables lines of their own', () => {
  const state = `/srv/${'s'.repeat(400)}`
  const lines = crontabBlock(scheduled({}, { state, script: `/srv/${'b'.repeat(300)}` }), null).split('\n')
  expect(lines).toContain(`MLC_STATE_DIR=${state}`)
  expect(lines.every((line) => Buffer.byteLength(line) <= 998)).toBe(true)
  expect(() => crontabBlock(scheduled({}, { folder: `/srv/${'b'.repeat(990)}` }), null)).toThrow(
    'longer than 990 bytes',
  )
})

test('MAILTO is for this run: what held before holds again below it', () => {
  const run = scheduled({ mailTo: 'fin@acme.example' })
  const own = withBlock('MAILTO=ops@acme.example\n5 * * * * true\n', run)
  expect(own).toMatch(/MAILTO=fin@acme\.example\n15 6 .*\nMAILTO=ops@acme\.example\n# END/)
  // Again in place, its own lines do not count as those before it.
  expect(withBlock(own, run)).toBe(own)
  expect(withBlock('', run)).toMatch(/MAILTO=jdoe\n# END/)
})

const lines = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString('latin1').replaceAll('\n', '')),
    fc.constantFrom(
      '# BEGIN mlc',
      '# END mlc plant-gl',
      '*/5 * * * * echo 50\\% # END mlc plant-gl /srv/books/mlc.yaml',
      'MAILTO=x',
      '',
    ),
  ),
  { maxLength: 8 },
)

test('nobody else’s line is changed, whatever is in it, by putting in, changing and taking out', () => {
  fc.assert(
    fc.property(lines, lines, (above, below) => {
      const text = (all: readonly string[]) => all.map((line) => `${line}\n`).join('')
      const [first, second] = [scheduled(), scheduled({ jobs: null })]
      const put = withBlock(text(above), first)
      const both = withBlock(put + text(below), second)
      expect(both.startsWith(put + text(below))).toBe(true)
      const changed = withBlock(both, scheduled({ period: 'previous' }))
      expect(changed).toBe(both.replace('--period current', '--period previous'))
      expect(withBlock(changed, scheduled({ period: 'previous' }))).toBe(changed)
      expect(withoutBlock(withoutBlock(changed, first) ?? '', second)).toBe(text(above) + text(below))
    }),
  )
})

test('two projects with a job of one name have a block each', () => {
  const other = scheduled({}, { config: '/srv/test-books/mlc.yaml' })
  const both = withBlock(withBlock('', scheduled()), other)
  expect(withoutBlock(both, other)).toBe(withBlock('', scheduled()))
  expect(withoutBlock('# nothing of ours\n', other)).toBeNull()
})

test.each([
  ['all jobs, and the job all', null, ['all']],
  ['two jobs, and the job named as both are', ['plant-gl', 'payables'], ['plant-gl-payables']],
  ['two jobs, and the same in reverse named so', ['plant-gl', 'payables'], ['payables-plant-gl']],
])('%s have a block each', (_, some, others) => {
  const [first, second] = [scheduled({ jobs: some }), scheduled({ jobs: others })]
  const both = withBlock(withBlock('', first), second)
  expect(both).toBe(withBlock('', first) + withBlock('', second))
  expect(withoutBlock(both, second)).toBe(withBlock('', first))
})

test('two jobs have one block, in whatever order they are named', () => {
  const put = withBlock('', scheduled({ jobs: ['plant-gl', 'payables'] }))
  expect(withoutBlock(put, scheduled({ jobs: ['payables', 'plant-gl'] }))).toBe('')
})

test.each([
  ['its end is gone', (block: string) => block.replace(/# END.*\n/, '')],
  ['it stands there twice', (block: string) => block + block],
  ['another begins inside', (block: string) => block.replace('# END', '# BEGIN mlc x y\n# END')],
])('a block is left alone when %s', (_, damage) => {
  const damaged = damage(withBlock('', scheduled()))
  expect(() => withBlock(damaged, scheduled())).toThrow(expect.objectContaining({ code: 'MLC-C050' }))
  expect(() => withoutBlock(damaged, scheduled())).toThrow(expect.objectContaining({ code: 'MLC-C050' }))
})

test.skipIf(mustSkip('crontab'))('the crontab of Debian takes what is written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-cron-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // cron's own program gives up its rights and must still get to the file.
  chmodSync(folder, 0o755)
  const file = join(folder, 'crontab')
  const checked = (text: string) => {
    writeFileSync(file, text, 'latin1')
    return spawnSync('crontab', ['-n', file], { encoding: 'utf8' })
  }
  const long = { state: `/srv/${'s'.repeat(400)}`, script: `/srv/${'b'.repeat(300)}` }
  const text = [
    scheduled({ mailTo: 'a@b.example' }),
    scheduled({ jobs: null }, { folder: "/srv/100% it's" }),
    scheduled({ jobs: ['x'] }, long),
  ].reduce(withBlock, '5 4 * * * true\n')
  expect(checked(text)).toMatchObject({ status: 0 })
  expect(checked(text.replace('15 6 * * *', '15 66 * * *')).status).not.toBe(0)
})
