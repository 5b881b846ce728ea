import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import { BARE, entryOf, logins, PULL, secretsOf, silent, stateOf, SYNC } from '../support/credentials.js'
import type { ErrorJson } from '../support/shapes.js'
import { world } from '../support/world.js'

const VAULT = { MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' }

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
