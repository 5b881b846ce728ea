import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { world, type World } from '../support/world.js'

interface Scheduled {
  readonly schema: string
  readonly as: string
  readonly jobs: readonly string[] | string
  readonly cron: string
  readonly action: string
  readonly dryRun: boolean
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly remarks: readonly string[]
}

/** A program of that name before all others of the path. */
function program(w: World, name: string, script: string): Readonly<Record<string, string>> {
  const folder = join(w.folder, 'bin')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
}

/** The user's crontab is a file of that folder. */
const CRONTAB = `cd "$(dirname "$0")/.." || exit 1
env | grep -c -e SECRET -e PASSWORD > seen
case "$1" in
-l) [ -e tab ] && cat tab || { echo "no crontab for jdoe" >&2; exit 1; } ;;
-) cat > tab ;;
*) exit 2 ;;
esac`

const JOB = ['schedule', '--job', 'plant-gl']

describe('a schedule that is printed', () => {
  test.each(['crontab', 'systemd', 'github', 'kubernetes', 'launchd', 'schtasks'])(
    'for %s holds no secret',
    async (as) => {
      const w = await world()
      // The world's process is searched for its credentials when it has ended: on stdout, and in all that it wrote.
      const ran = await w.run([...JOB, '--as', as, '--json', '--at', 'weekdays 05:30', '--period', 'previous'])
      expect(ran).toMatchObject({ code: 0 })
      const { files, remarks, ...told } = ran.json<Scheduled>()
      expect(told).toMatchObject({
        schema: 'mlc/schedule/1',
        as,
        jobs: ['plant-gl'],
        cron: '30 5 * * 1-5',
        action: 'printed',
      })
      expect(files.map(({ text }) => text).join('')).toMatch(/previous/)
      expect(remarks.length).toBeGreaterThan(0)
    },
  )

  test('is the data on stdout, to be saved; what is missing is said beside it', async () => {
    const w = await world()
    const secret = join(w.folder, 'looker-secret')
    writeFileSync(secret, w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', { mode: 0o600 })
    const env = { MLC_LOOKER_CLIENT_SECRET: undefined, MLC_LOOKER_CLIENT_SECRET_FILE: secret }
    const ran = await w.run(JOB, { env })
    expect(ran.stdout).toContain(`MLC_LOOKER_CLIENT_SECRET_FILE=${secret} `)
    expect(ran.stdout).toContain(`MLC_CONFIG=${join(w.folder, 'mlc.yaml')} MLC_STATE_DIR=${join(w.folder, 'state')} `)
    expect(ran.stdout).toMatch(/^15 6 \* \* \* cd /m)
    expect(ran.stderr).toContain('! MLC_QAD_PASSWORD is set here, and mlc writes no secret down')
    expect(ran.stderr).toContain('.config/mlc/credentials/qad-password')
    expect(ran.stderr).not.toContain('credentials/looker-client-secret')
  })

  test('for day 31 says which months go by without a run', async () => {
    const w = await world()
    const ran = await w.run([...JOB, '--at', 'day 31 06:15', '--json'])
    expect(ran.json<Scheduled>().remarks[0]).toContain('no run in February, April')
    expect(ran.stderr).toContain('! a month without a day 31 is skipped')
  })

  test.each<[string, readonly string[], string]>([
    ['a wrong cron', ['--cron', '99 * * * *'], '"99" is no minute'],
    ['a day and a weekday that are read differently', ['--as', 'kubernetes', '--cron', '0 8 */2 * 1'], 'both fit'],
    ['a fixed period', ['--period', '2026-07'], 'a schedule goes on'],
    ['a zone that cron does not know', ['--timezone', 'America/Detroit'], 'cannot be told to crontab'],
    ['an address that is none', ['--mailto', 'a@b\nx'], '--mailto is'],
    ['a flag of Looker’s plan', ['--run-once'], 'means nothing to mlc schedule'],
  ])('is refused for %s', async (_, flags, message) => {
    const w = await world()
    const ran = await w.run([...JOB, ...flags, '--json'])
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.json<{ code: string; message: string }>()).toMatchObject({ code: 'MLC-C006' })
    expect(ran.json<{ message: string }>().message).toContain(message)
  })
})

describe('the crontab', () => {
  test('gets its own lines once, loses them again, and nothing else of it changes', async () => {
    const w = await world()
    const env = program(w, 'crontab', CRONTAB)
    // Others' lines may be in any encoding, and hold what looks like ours.
    const before = Buffer.from('# M\xfcller\n*/5 * * * * echo "50\\% done" # BEGIN mlc\n', 'latin1')
    const tab = join(w.folder, 'tab')
    writeFileSync(tab, before)
    const done = async (...flags: readonly string[]) => {
      const ran = await w.run([...JOB, '--json', ...flags], { env })
      expect(ran).toMatchObject({ code: 0 })
      return ran.json<Scheduled>().action
    }
    const dry = await w.run([...JOB, '--install', '--dry-run'], { env })
    expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('would be made') as string })
    expect(readFileSync(tab)).toEqual(before)
    expect(await w.run([...JOB, '--install'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('MLC-C009') as string,
    })
    expect(await done('--install', '--yes')).toBe('created')
    const installed = readFileSync(tab)
    expect(installed.toString('latin1')).toBe(before.toString('latin1') + dry.stdout)
    expect(await done('--install')).toBe('same')
    expect(await done('--install', '--yes', '--at', '07:00')).toBe('updated')
    expect(readFileSync(tab, 'latin1')).toBe(installed.toString('latin1').replace('\n15 6 ', '\n0 7 '))
    expect(await done('--uninstall', '--yes')).toBe('removed')
    expect(readFileSync(tab)).toEqual(before)
    expect(await done('--uninstall')).toBe('none')
    // The program that keeps it has seen no credential.
    expect(readFileSync(join(w.folder, 'seen'), 'utf8')).toBe('0\n')
  })

  test.each([
    ['is not there', '', 'MLC-C050', 'crontab cannot be run here: there is no such program'],
    [
      'is denied',
      'echo "You (jdoe) are not allowed to use this program" >&2; exit 1',
      'MLC-C050',
      'not allowed to use',
    ],
    ['refuses what it gets', '[ "$1" = -l ] || { echo "bad minute" >&2; exit 1; }', 'MLC-C050', 'bad minute'],
    ['keeps something else', '[ "$1" != -l ] || echo "# other"', 'MLC-C050', 'shows another crontab'],
  ])('that %s is told by name, and nothing is believed', async (what, script, code, message) => {
    const w = await world()
    const env = what === 'is not there' ? { PATH: w.folder } : program(w, 'crontab', script)
    const ran = await w.run([...JOB, '--install', '--yes', '--json'], { env })
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.json<{ code: string }>().code).toBe(code)
    expect(ran.json<{ message: string }>().message).toContain(message)
  })

  test('runs what it was given: cron’s line posts', async () => {
    const w = await world()
    const folder = join(w.folder, '.config/mlc/credentials')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const [name, value] of Object.entries(w.env).filter(([one]) => /SECRET|PASSWORD/.test(one)))
      writeFileSync(join(folder, name.replace('MLC_', '').toLowerCase().replaceAll('_', '-')), value, { mode: 0o600 })
    const block = (await w.run(JOB)).stdout
    const command = /^15 6 \* \* \* (.*)$/m.exec(block)?.[1]?.replaceAll('\\%', '%') ?? ''
    // The demo's calendar ends with the year it was made for.
    const started = spawn('sh', ['-c', command.replace('--period current', '--period 2026-07')], {
      env: { HOME: w.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const code = await new Promise((resolve) => started.once('close', resolve))
    expect([code, said]).toEqual([0, expect.stringMatching(/^\+ run \S+ {2}plant-gl {2}2026-07 .*\n$/)])
    expect(w.qad.books.length).toBeGreaterThan(0)
  })
})

/** systemctl of a user, whose calls are kept; a file `refusing` has it start nothing. */
const SYSTEMCTL = `cd "$(dirname "$0")/.." || exit 1
echo "$@" >> calls
case "$2" in
enable) [ ! -e refusing ] || { echo "no such bus" >&2; exit 1; }; touch started ;;
disable) rm -f started ;;
is-*) [ -e started ] || exit 3 ;;
esac`

test('systemd of the user gets both units and a started timer, and gives them up again', async () => {
  const w = await world()
  const env = program(w, 'systemctl', SYSTEMCTL)
  const unit = (name: string) => join(w.folder, '.config/systemd/user', name)
  const systemd = [...JOB, '--as', 'systemd', '--yes', '--json']
  const action = async (...flags: readonly string[]) =>
    (await w.run([...systemd, ...flags], { env })).json<Scheduled>().action
  const dry = await w.run([...JOB, '--as', 'systemd', '--install', '--dry-run'], { env })
  const made = (await w.run([...systemd, '--install'], { env })).json<Scheduled>()
  expect(made.action).toBe('created')
  expect(made.files.map(({ path }) => path)).toEqual([unit('mlc-plant-gl.service'), unit('mlc-plant-gl.timer')])
  for (const { path, text } of made.files) expect(readFileSync(path, 'utf8')).toBe(text)
  expect(dry.stdout).toBe(made.files.map(({ path, text }) => `# ${path}\n${text}`).join('\n'))
  expect(await action('--install')).toBe('same')
  const calls = () =>
    readFileSync(join(w.folder, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => !/show-env|is-|^$/.test(line))
  expect(calls()).toEqual(['--user daemon-reload', '--user enable --now mlc-plant-gl.timer'])
  expect(await action('--uninstall')).toBe('removed')
  expect(existsSync(unit('mlc-plant-gl.timer'))).toBe(false)
  expect(calls().slice(2)).toEqual(['--user disable --now mlc-plant-gl.timer', '--user daemon-reload'])
  // One that could not be started is there, and would never run.
  writeFileSync(join(w.folder, 'refusing'), '')
  expect(await action('--install')).toBeUndefined()
  rmSync(join(w.folder, 'refusing'))
  expect(await action('--install')).toBe('updated')
  expect(await action('--install')).toBe('same')
  const without = await w.run([...systemd, '--install'], {
    env: program(w, 'systemctl', 'echo "Failed to connect to bus" >&2; exit 1'),
  })
  expect(without).toMatchObject({ code: 2 })
  const told = without.json<{ code: string; message: string; fix: string }>()
  expect(told).toMatchObject({
    code: 'MLC-C050',
    message: expect.stringContaining('Failed to connect to bus') as string,
  })
  expect(told.fix).toContain('systemctl enable --now mlc-plant-gl.timer')
})

test('systemd keeps two projects apart that name a job alike, and a unit that does not tell whose it is as it is', async () => {
  const w = await world()
  const env = program(w, 'systemctl', SYSTEMCTL)
  w.write('test-books/mlc.yaml', w.read('mlc.yaml'))
  const act = (config: string, flag: string) =>
    w.run([...JOB, '--as', 'systemd', '--yes', '--json', '--config', config, flag], { env })
  const folder = join(w.folder, '.config/systemd/user')
  const texts = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  expect((await act('mlc.yaml', '--install')).json<Scheduled>().action).toBe('created')
  const first = texts()
  const second = await act('test-books/mlc.yaml', '--install')
  expect(second.json<Scheduled>().action).toBe('created')
  expect(second.stderr).toMatch(
    /mlc-plant-gl is another schedule \(For plant-gl of ".*mlc\.yaml"\): .* mlc-plant-gl-\w{6}/,
  )
  expect(texts()).toHaveLength(4)
  expect(texts()).toEqual(expect.arrayContaining(first))
  // Its own is taken out, by whatever name, and nothing else.
  expect((await act('test-books/mlc.yaml', '--uninstall')).json<Scheduled>().action).toBe('removed')
  expect(texts()).toEqual(first)
  expect((await act('test-books/mlc.yaml', '--uninstall')).json<Scheduled>().action).toBe('none')
  writeFileSync(join(folder, 'mlc-plant-gl.service'), '[Service]\nExecStart=/bin/true\n')
  for (const flag of ['--install', '--uninstall'])
    expect((await act('mlc.yaml', flag)).json<{ code: string }>().code).toBe('MLC-C050')
  expect(texts()).toContain('[Service]\nExecStart=/bin/true\n')
})

test('a workflow of another mlc.yaml in the same repository is kept, also with --yes', async () => {
  const w = await world()
  mkdirSync(join(w.folder, '.git'))
  for (const folder of ['detroit', 'toledo']) {
    w.write(`${folder}/mlc.yaml`, w.read('mlc.yaml'))
    const flags = ['--all', '--as', 'github', '--install', '--yes', '--json', '--config', `${folder}/mlc.yaml`]
    expect((await w.run(['schedule', ...flags])).json<Scheduled>().action).toBe('created')
  }
  const texts = readdirSync(join(w.folder, '.github/workflows')).map((name) => w.read(`.github/workflows/${name}`))
  expect(texts.map((text) => /working-directory: "(.*)"/.exec(text)?.[1]).toSorted()).toEqual(['detroit', 'toledo'])
})

test.each([
  ['github', '.github/workflows/mlc-all.yml'],
  ['kubernetes', 'kubernetes/mlc-all.yaml'],
])('the file for %s stands in the repository, and one that somebody changed is not written over', async (as, path) => {
  const w = await world()
  // mlc.yaml lies below the root of the repository.
  mkdirSync(join(w.folder, '.git'))
  w.write('books/mlc.yaml', w.read('mlc.yaml'))
  const flags = ['schedule', '--all', '--as', as, '--json', '--config', 'books/mlc.yaml']
  const action = async (...more: readonly string[]) =>
    (await w.run([...flags, ...more])).json<Scheduled & { code: string }>()
  expect(await action('--install')).toMatchObject({ action: 'created' })
  expect(await action('--install')).toMatchObject({ action: 'same' })
  w.write(path, `${w.read(path)}# by hand\n`)
  expect(await action('--install')).toMatchObject({ code: 'MLC-C013' })
  expect(w.read(path)).toContain('# by hand')
  expect(await action('--install', '--yes')).toMatchObject({ action: 'updated' })
  expect(await action('--uninstall')).toMatchObject({ action: 'removed' })
  expect(existsSync(join(w.folder, path))).toBe(false)
  w.write(path, 'name: somebody else’s\n')
  expect(await action('--uninstall', '--yes')).toMatchObject({ code: 'MLC-C050' })
})
