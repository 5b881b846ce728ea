import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnvironment } from '../../src/sandbox/company/company.js'
import { watchForLeaks } from '../leaks/watch.js'
import { world, type World } from '../support/world.js'

const BARE = Object.fromEntries(Object.keys(demoEnvironment()).map((name) => [name, undefined]))
const VAULT = { MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' }
const PULL = ['pull', '--look', '42', '--json']

/** Logins that Looker saw. */
const logins = (w: World) => w.looker.requests.filter(({ path }) => path.endsWith('/login')).length

describe('credentials that are refused are tried once, and nothing is saved', () => {
  test('Looker', async () => {
    const w = await world()
    const env = { ...VAULT, MLC_LOOKER_CLIENT_SECRET: 'mistyped-secret' }
    const ran = await w.run(['login', 'looker', '--no-input', '--json'], { env })
    expect(ran.json()).toMatchObject({ code: 'MLC-L004', exit_code: 4 })
    expect(ran.stdout + ran.stderr).not.toContain('mistyped-secret')
    expect(logins(w)).toBe(1)
    expect(existsSync(join(w.folder, 'state', 'vault.json'))).toBe(false)
  })
  test.each(['oauth_password', 'basic', 'session_json'])('QAD by %s', async (type) => {
    const w = await world()
    w.editConfig(['type: oauth_password', `type: ${type}`])
    const before = w.qad.requests.length
    const ran = await w.run(['login', 'qad', '--no-input', '--json'], {
      env: { ...VAULT, MLC_QAD_PASSWORD: 'mistyped' },
    })
    expect(ran.json()).toMatchObject({ code: 'MLC-Q004', exit_code: 4 })
    expect(w.qad.requests.length - before).toBe(1)
    expect(existsSync(join(w.folder, 'state', 'vault.json'))).toBe(false)
  })
})

describe('a secret is not taken from the command line', () => {
  test.each([
    [['login', 'looker', '--secret', 'hunter2']],
    [['login', 'looker', '--client-secret=hunter2']],
    [['login', 'qad', '--no-input=hunter2']],
    [['login', 'looker', 'hunter2']],
  ])('mlc %s', async (args) => {
    const w = await world()
    const ran = await w.run(args)
    expect(ran.code).toBe(2)
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })
})

test.each([
  [['login'], "missing required argument 'system'"],
  [['login', 'sap'], 'Allowed choices are looker, qad'],
  [['logout'], 'mlc logout of what?'],
  [['logout', 'qad', '--all'], 'exclude each other'],
  [['logout', '--all', '--dry-run'], 'has no --dry-run'],
])('mlc %s is refused with exit 2', async (args, words) => {
  const w = await world()
  const ran = await w.run([...args, '--json'])
  expect(ran.json()).toMatchObject({ exit_code: 2, message: expect.stringContaining(words) as string })
})

test.skipIf(!existsSync('/usr/bin/script'))(
  'on a terminal what is missing is asked, and the secret is never shown',
  async () => {
    const w = await world()
    const { MLC_LOOKER_CLIENT_ID: clientId = '', MLC_LOOKER_CLIENT_SECRET: secret = '' } = w.env
    const mlc = `${process.execPath} ${join(import.meta.dirname, '..', '..', 'bin', 'mlc.js')} login looker`
    const clean = Object.fromEntries(Object.entries(w.env).filter(([name]) => !(name in BARE)))
    const given = { PATH: process.env['PATH'], TERM: 'xterm', ...clean, ...VAULT }
    const watched = watchForLeaks('mlc login on a terminal', given, w.folder)
    const child = spawn('script', ['-qefc', mlc, '/dev/null'], {
      ...{ cwd: w.folder, stdio: ['pipe', 'pipe', 'inherit'], env: watched.env },
    })
    let screen = ''
    const said = async (words: string) => {
      await expect.poll(() => screen, { timeout: 20_000 }).toContain(words)
    }
    child.stdout?.on('data', (chunk: Buffer) => (screen += chunk.toString()))
    const code = new Promise<number | null>((resolve) => child.once('close', resolve))
    await said('API3 client id')
    child.stdin?.write(`${clientId}\r`)
    await said('API3 client secret')
    child.stdin?.write(`${secret}\r`)
    expect(await code, screen).toBe(0)
    expect(screen).toContain('saved to the vault as mlc / looker:')
    expect(screen).toContain('*'.repeat(secret.length))
    expect(screen).not.toContain(secret)
    expect(watched.ended({ screen }, { typed: secret })).toBeNull()
    expect((await w.run(PULL, { env: { ...BARE, ...VAULT } })).code).toBe(0)
  },
)
