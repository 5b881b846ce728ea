import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { demoEnvironment, demoLooker } from '../../src/sandbox/company/company.js'
import { mustSkipKeyring, openKeyring, secretTool } from '../support/keyring.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { Ran } from '../support/process.js'
import type { ErrorJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const secretsOf = ({ env }: World) => [env['MLC_LOOKER_CLIENT_SECRET'], env['MLC_QAD_PASSWORD']] as string[]
/** A host whose environment gives no credential. */
const BARE = Object.fromEntries(Object.keys(demoEnvironment()).map((name) => [name, undefined]))
const VAULT = { MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' }
const PULL = ['pull', '--look', '42', '--json']
const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

const entryOf = (w: World, system: 'looker' | 'qad') =>
  `${system}:${system === 'looker' ? w.servers.looker.url : `${w.servers.qad.url}/clouderp`}`

/** Logins that Looker saw. */
const logins = (w: World) => w.looker.requests.filter(({ path }) => path.endsWith('/login')).length

function silent(w: World, { stdout, stderr }: Ran): void {
  for (const secret of secretsOf(w)) expect(stdout + stderr).not.toContain(secret)
}

describe.skipIf(mustSkipKeyring)('with the OS keychain', () => {
  test('login tries, saves, reads back and names the store; a run then needs nothing else; logout ends it all', async () => {
    const w = await world()
    const keyring = await openKeyring('unlocked')
    const looker = await w.run(['login', 'looker', '--no-input'], { env: keyring })
    expect(looker).toMatchObject({ code: 0, stdout: '' })
    expect(looker.stderr).toMatch(/logging in +ok {2}as svc-mlc \(demo\)/)
    expect(looker.stderr).toMatch(/may run queries on models +finance, payables, procurement/)
    expect(looker.stderr).toMatch(/may download without limit +yes/)
    expect(looker.stderr).toContain(`+ saved to the OS keychain as mlc / ${entryOf(w, 'looker')}, read back: ok`)
    const qad = await w.run(['login', 'qad', '--no-input'], { env: keyring })
    expect(qad.stderr).toMatch(/logging in \(oauth_password\) +ok {2}user demo\.mlc, domain 10USA, entity 10USACO/)
    expect(qad.stderr).toMatch(/reading GL accounts +ok {2}14/)
    expect(qad.stderr).toContain(`+ saved to the OS keychain as mlc / ${entryOf(w, 'qad')}, read back: ok`)
    for (const ran of [looker, qad]) silent(w, ran)

    const env = { ...BARE, ...keyring }
    const before = logins(w)
    const sync = await w.run(SYNC, { env })
    expect(sync.code).toBe(0)
    expect(w.qad.books.length).toBeGreaterThan(0)
    expect((await w.run(PULL, { env })).code).toBe(0)
    expect(logins(w) - before, 'one login serves both runs').toBe(1)

    const out = await w.run(['logout', '--all'], { env })
    expect(out.stderr).toContain('session at Looker: ended')
    expect(out.stderr).toContain(`removed from the OS keychain: mlc / ${entryOf(w, 'qad')}`)
    expect(w.looker.requests.at(-1)).toMatchObject({ method: 'DELETE' })
    expect((await secretTool(keyring, ['search', '--all', 'service', 'mlc'])).text).toBe('')
    const error = (await w.run(PULL, { env })).json<ErrorJson>()
    expect(error).toMatchObject({ code: 'MLC-S001', exit_code: 4 })
    expect(error.fix).toContain('mlc login looker')
    expect((await w.run(['logout', 'looker'], { env })).code, 'a missing one is no error').toBe(0)
    for (const secret of secretsOf(w)) expect(stateOf(w)).not.toContain(secret)
  })

  test('what an administrator put there with secret-tool is used', async () => {
    const w = await world()
    const keyring = await openKeyring('unlocked')
    const { MLC_LOOKER_CLIENT_ID: clientId, MLC_LOOKER_CLIENT_SECRET: clientSecret } = w.env
    const entry = ['service', 'mlc', 'username', entryOf(w, 'looker')]
    await secretTool(keyring, ['store', '--label=mlc', ...entry], JSON.stringify({ clientId, clientSecret }))
    expect((await w.run(PULL, { env: { ...BARE, ...keyring } })).code).toBe(0)
    await secretTool(keyring, ['store', '--label=mlc', ...entry], 'hunter2')
    await secretTool(keyring, ['clear', 'service', 'mlc', 'username', `looker-token:${w.servers.looker.url}`])
    expect((await w.run(PULL, { env: { ...BARE, ...keyring } })).json()).toMatchObject({
      code: 'MLC-S005',
      exit_code: 4,
    })
  })

  test('locked: nothing is saved anywhere, and the way out is named', async () => {
    const w = await world()
    const ran = await w.run(['login', 'looker', '--no-input', '--json'], { env: await openKeyring('locked') })
    expect(ran.json()).toMatchObject({ code: 'MLC-S011', exit_code: 4 })
    expect(ran.json<ErrorJson>().fix).toMatch(/^Choose one: unlock it .*MLC_STORE=vault .*MLC_STORE=none/)
    expect(logins(w)).toBe(0)
  })

  test('no secret is ever on a command line or in the environment of a process that mlc starts', async () => {
    const w = await world()
    const files = { MLC_LOOKER_CLIENT_SECRET: undefined, MLC_LOOKER_CLIENT_SECRET_FILE: join(w.folder, 'secret') }
    writeFileSync(files.MLC_LOOKER_CLIENT_SECRET_FILE, secretsOf(w)[0] ?? '', { mode: 0o600 })
    const running = w.start(['login', 'looker', '--no-input'], {
      env: { ...files, ...(await openKeyring('unlocked')) },
    })
    const seen = new Set<string>()
    let ran: Ran | null = null
    void running.ended.then((ended) => (ran = ended))
    while (ran === null) {
      for (const text of processTexts(running.pid)) seen.add(text)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const texts = [...seen].join('\n')
    expect(texts).toContain('keychain-child.js')
    expect(texts).not.toContain(secretsOf(w)[0])
    expect(await running.ended).toMatchObject({ code: 0 })
  })
})

describe('without a keychain', () => {
  test('login saves nothing and lets a person choose; cron that gives variables works all the same', async () => {
    const w = await world()
    const ran = await w.run(['login', 'looker', '--no-input'])
    expect(ran.code).toBe(4)
    expect(ran.stderr).toMatch(/^x MLC-S010 no OS keychain here \(no D-Bus session\): not saved\n {2}Choose one: /m)
    expect(ran.stderr).toContain('MLC_STORE=vault (encrypted file, passphrase from MLC_VAULT_KEY_FILE)')
    expect(ran.stderr).toContain('MLC_STORE=none (read MLC_LOOKER_CLIENT_SECRET_FILE on each run')
    expect(logins(w)).toBe(0)
    expect((await w.run(PULL)).code).toBe(0)
    expect((await w.run(PULL)).code).toBe(0)
    expect(logins(w), 'nowhere to keep a token: each run logs in').toBe(2)
    expect((await w.run(PULL, { env: BARE })).json()).toMatchObject({ code: 'MLC-S001', exit_code: 4 })
  })

  test.skipIf(process.platform !== 'linux')(
    'a D-Bus that hangs holds nothing up for longer than 3.5 seconds',
    async () => {
      const w = await world()
      const socket = join(w.folder, 'bus')
      const server = createServer(() => undefined)
      await new Promise<void>((resolve) => server.listen(socket, resolve))
      onTestFinished(() => void server.close())
      const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` }
      const started = performance.now()
      const ran = await w.run(['login', 'looker', '--no-input', '--json'], { env })
      const took = performance.now() - started
      expect(ran.json()).toMatchObject({ code: 'MLC-S011', exit_code: 4 })
      expect(took).toBeLessThan(3_500 + BUSY_MACHINE_MS)
      const pulled = performance.now()
      expect((await w.run(PULL, { env })).code, 'variables need no keychain').toBe(0)
      expect(performance.now() - pulled).toBeLessThan(2_500 + BUSY_MACHINE_MS)
    },
  )

  test('MLC_STORE=none: tried, told, not saved', async () => {
    const w = await world()
    const ran = await w.run(['login', 'qad', '--no-input', '--json'], { env: { MLC_STORE: 'none' } })
    expect(ran.json()).toMatchObject({
      schema: 'mlc/login/1',
      as: 'demo.mlc',
      store: 'none',
      saved: false,
      entry: null,
    })
    expect(ran.stderr).toContain('! not saved: MLC_STORE=none')
    expect((await w.run(['logout', 'qad'], { env: { MLC_STORE: 'none' } })).code).toBe(0)
  })

  test('--dry-run: tried, and nothing looked for or saved', async () => {
    const w = await world()
    const ran = await w.run(['login', 'looker', '--no-input', '--dry-run', '--json'])
    expect(ran.json()).toMatchObject({ as: 'svc-mlc (demo)', store: 'keychain', saved: false })
  })

  test('--no-input with nothing to take names the variables, without looking for a store', async () => {
    const w = await world()
    const error = (await w.run(['login', 'qad', '--no-input', '--json'], { env: BARE })).json<ErrorJson>()
    expect(error).toMatchObject({ code: 'MLC-S001', exit_code: 4 })
    for (const name of ['CLIENT_ID', 'USERNAME', 'PASSWORD']) expect(error.fix).toContain(`MLC_QAD_${name}`)
  })

  test('MLC_STORE with another word is refused, whatever else is there', async () => {
    const w = await world()
    for (const args of [PULL, ['login', 'qad', '--json'], ['logout', '--all', '--json']])
      expect((await w.run(args, { env: { MLC_STORE: 'plain' } })).json()).toMatchObject({
        code: 'MLC-S004',
        exit_code: 2,
      })
  })
})

/** Tests of other files run beside this one, and the start of Node alone may then take a second. */
const BUSY_MACHINE_MS = 1_500

describe('with the vault', () => {
  test('login, runs on one Looker session, logout: only the encrypted file is written', async () => {
    const w = await world()
    const login = await w.run(['login', 'looker', '--no-input', '--json'], { env: VAULT })
    expect(login.json()).toMatchObject({
      ...{ schema: 'mlc/login/1', system: 'looker', baseUrl: w.servers.looker.url, as: 'svc-mlc (demo)' },
      ...{ store: 'vault', saved: true, entry: `mlc / ${entryOf(w, 'looker')}`, release: '26.12.3' },
      permissions: ['access_data', 'see_looks', 'explore', 'download_without_limit', 'see_sql'],
    })
    expect((await w.run(['login', 'qad', '--no-input'], { env: VAULT })).stderr).toContain(
      'saved to the vault as mlc / qad:',
    )
    silent(w, login)
    const env = { ...BARE, ...VAULT }
    const before = logins(w)
    for (const run of [PULL, SYNC, PULL]) expect((await w.run(run, { env })).code).toBe(0)
    expect(logins(w) - before).toBe(1)
    for (const secret of [...secretsOf(w), VAULT.MLC_VAULT_KEY]) expect(stateOf(w)).not.toContain(secret)

    // Looker ends the session: a new login, whose token then serves the next run.
    w.looker.fault({ kind: 'tokens-expire', on: '/looks/42' })
    for (const run of [PULL, PULL]) expect((await w.run(run, { env })).code).toBe(0)
    expect(logins(w) - before).toBe(2)

    const out = await w.run(['logout', 'looker', '--json'], { env })
    const entry = `mlc / ${entryOf(w, 'looker')}`
    expect(out.json()).toEqual({
      schema: 'mlc/logout/1',
      systems: [
        { ...{ system: 'looker', store: 'vault', entry }, removed: true, session: 'ended', left: null, stillGiven: [] },
      ],
    })
    expect(out).toMatchObject({ code: 0, stderr: expect.not.stringContaining('! ') as string })
    expect((await w.run(PULL, { env })).json()).toMatchObject({ code: 'MLC-S001' })
  })

  test.each<[string, LookerFault, RegExp]>([
    ['is down', { kind: 'nginx', status: 503 }, /answers HTTP 503/],
    ['breaks off', { kind: 'reset' }, /127\.0\.0\.1:\d+: /],
    ['answers with a page of another', { kind: 'instance-page' }, /answers HTTP 404/],
  ])(
    'a Looker that %s at the logout: the credentials are removed, and that its session lives on is said',
    async (...a) => {
      const [, fault, reason] = a
      const w = await world()
      for (const system of ['looker', 'qad']) await w.run(['login', system, '--no-input'], { env: VAULT })
      const env = { ...BARE, ...VAULT }
      expect((await w.run(PULL, { env })).code).toBe(0)
      w.looker.fault({ ...fault, on: '/logout' })
      const out = await w.run(['logout', '--all', '--quiet', '--json'], { env })
      expect(out.code).toBe(75)
      const ends = /it ends by itself by (\d{4}-\d\d-\d\dT[\d:.]+Z)$/m
      expect(out.stderr).toMatch(reason)
      expect(out.stderr).toMatch(/^! the session at Looker was not ended /)
      const [, until = ''] = ends.exec(out.stderr) ?? []
      expect(out.json()).toMatchObject({
        systems: [
          { system: 'looker', removed: true, session: 'left to expire', left: { until } },
          { system: 'qad', removed: true, session: 'none', left: null },
        ],
      })
      // There is nothing left to end.
      expect((await w.run(['logout', '--all'], { env })).code).toBe(0)
      expect((await w.run(PULL, { env })).json()).toMatchObject({ code: 'MLC-S001' })
    },
  )

  test('a session that Looker has ended itself is not called left, and whatever still gives credentials is named', async () => {
    const w = await world()
    expect((await w.run(PULL, { env: VAULT })).code).toBe(0)
    w.looker.fault({ kind: 'tokens-expire', on: '/logout' })
    w.editConfig(['qad:\n', 'credentialCommand: [node, -e, "process.exit(1)"]\n\nqad:\n'])
    const out = await w.run(['logout', '--all'], { env: VAULT })
    expect(out.code).toBe(0)
    expect(out.stderr).not.toContain('not ended')
    for (const [system, variable] of [
      ['Looker', 'MLC_LOOKER_CLIENT_SECRET'],
      ['QAD', 'MLC_QAD_PASSWORD'],
    ]) {
      expect(out.stderr).toContain(`! runs still get credentials of ${system} from ${variable}\n`)
      expect(out.stderr).toContain(`! runs still get credentials of ${system} from credentialCommand\n`)
    }
  })

  test('a token of another key is not used, and an unreadable one costs a login only', async () => {
    const looker = demoLooker()
    const other = { clientId: 'other-id', clientSecret: 'other-secret', name: 'other' }
    const w = await world({ looker: { ...looker, keys: [...looker.keys, other] } })
    expect((await w.run(PULL, { env: VAULT })).code).toBe(0)
    expect((await w.run(PULL, { env: VAULT })).code).toBe(0)
    expect(logins(w)).toBe(1)
    const env = { ...VAULT, MLC_LOOKER_CLIENT_ID: other.clientId, MLC_LOOKER_CLIENT_SECRET: other.clientSecret }
    expect((await w.run(PULL, { env })).code).toBe(0)
    expect(logins(w)).toBe(2)
    expect((await w.run(PULL, { env: { ...VAULT, MLC_VAULT_KEY: 'wrong' } })).code, 'variables give the key').toBe(0)
    writeFileSync(join(w.folder, 'state', 'vault.json'), 'damaged')
    expect((await w.run(PULL, { env: VAULT })).code).toBe(0)
    expect(logins(w)).toBe(4)
    expect(readFileSync(join(w.folder, 'state', 'vault.json'), 'utf8'), 'what cannot be read is not replaced').toBe(
      'damaged',
    )
  })

  const refused: readonly [what: string, env: Readonly<Record<string, string>>, code: string][] = [
    ['no passphrase', { MLC_STORE: 'vault' }, 'MLC-S020'],
    ['a passphrase file that is not there', { MLC_STORE: 'vault', MLC_VAULT_KEY_FILE: '/nowhere' }, 'MLC-S002'],
    ['another passphrase', { MLC_STORE: 'vault', MLC_VAULT_KEY: 'wrong' }, 'MLC-S021'],
  ]
  test.each(refused)('%s: nothing is tried, nothing saved', async (_what, env, code) => {
    const w = await world()
    await w.run(['login', 'qad', '--no-input'], { env: VAULT })
    const before = readFileSync(join(w.folder, 'state', 'vault.json'))
    expect((await w.run(['login', 'looker', '--no-input', '--json'], { env })).json()).toMatchObject({
      code,
      exit_code: 4,
    })
    expect(logins(w)).toBe(0)
    expect(readFileSync(join(w.folder, 'state', 'vault.json'))).toEqual(before)
  })
})

test('a user who may not read its own roles logs in, and that is said', async () => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'status', status: 403, on: '/roles', times: 'always' }] } })
  const ran = await w.run(['login', 'looker', '--no-input'], { env: VAULT })
  expect(ran.code).toBe(0)
  expect(ran.stderr).toMatch(/permissions +not readable\n/)
})

test('a saved key is replaced by the next login, and the session of the one before is not used on', async () => {
  const looker = demoLooker()
  const other = { clientId: 'other-id', clientSecret: 'other-secret', name: 'other' }
  const w = await world({ looker: { ...looker, keys: [...looker.keys, other] } })
  await w.run(['login', 'looker', '--no-input'], { env: VAULT })
  await w.run(PULL, { env: { ...BARE, ...VAULT } })
  const env = { ...VAULT, MLC_LOOKER_CLIENT_ID: other.clientId, MLC_LOOKER_CLIENT_SECRET: other.clientSecret }
  expect((await w.run(['login', 'looker', '--no-input', '--json'], { env })).json()).toMatchObject({ as: 'other' })
  const before = logins(w)
  expect((await w.run(PULL, { env: { ...BARE, ...VAULT } })).code).toBe(0)
  expect(logins(w) - before).toBe(1)
})

test('credentialCommand gives what the environment does not, and what it prints is never shown', async () => {
  const w = await world()
  const { MLC_LOOKER_CLIENT_ID: clientId, MLC_LOOKER_CLIENT_SECRET: clientSecret } = w.env
  w.write('credentials.json', JSON.stringify({ looker: { clientId, clientSecret } }))
  w.editConfig(['version: 1\n', 'version: 1\ncredentialCommand: [cat, credentials.json]\n'])
  expect((await w.run(PULL, { env: BARE })).code).toBe(0)
  w.write('credentials.json', 'hunter2')
  const ran = await w.run(PULL, { env: BARE })
  expect(ran.json()).toMatchObject({ code: 'MLC-S003', exit_code: 4 })
  expect(ran.stdout + ran.stderr).not.toContain('hunter2')
})

/** Every file of the state folder, its audit included. */
function stateOf(w: World): string {
  const folder = join(w.folder, 'state')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
}

/** Command line of the process, and command lines and environments of those it started. */
function processTexts(pid: number): string[] {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  return [
    readOr(`/proc/${pid}/cmdline`),
    ...children.flatMap((child) => [readOr(`/proc/${child}/cmdline`), readOr(`/proc/${child}/environ`)]),
  ]
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
