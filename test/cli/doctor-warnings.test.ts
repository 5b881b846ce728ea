import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import { ALWAYS, EVER, allowing, examine, holding, matching, type Env } from '../support/doctor.js'
import { world } from '../support/world.js'

test('where a secret comes from is told by name, and a file needs no warning', async () => {
  const w = await world()
  w.write('password', `${w.env['MLC_QAD_PASSWORD'] ?? ''}\n`)
  chmodSync(join(w.folder, 'password'), 0o600)
  const { byId } = await examine(w, ['--only', 'secrets'], { MLC_QAD_PASSWORD_FILE: join(w.folder, 'password') })
  expect(byId('secrets.qad')).toMatchObject({ status: 'ok', detail: holding('MLC_QAD_PASSWORD_FILE') })
  expect(byId('secrets.looker')).toMatchObject({ status: 'warn', fix: holding('_FILE') })
})

test('a file with a secret that other users may read is a warning, unless the platform mounted it', async () => {
  const w = await world()
  const path = join(w.folder, 'password')
  w.write('password', `${w.env['MLC_QAD_PASSWORD'] ?? ''}\n`)
  const asked = async (mode: number, more: Env = {}) => {
    chmodSync(path, mode)
    return (await examine(w, ['--only', 'secrets.qad'], { MLC_QAD_PASSWORD_FILE: path, ...more })).byId('secrets.qad')
  }
  expect(await asked(0o644)).toMatchObject({ status: 'warn', detail: holding('mode 644'), fix: `chmod 600 ${path}` })
  expect(await asked(0o640)).toMatchObject({ status: 'warn' })
  expect(await asked(0o400)).toMatchObject({ status: 'ok' })
  expect(await asked(0o644, { CREDENTIALS_DIRECTORY: w.folder })).toMatchObject({ status: 'ok' })
})

test('so is the passphrase of the vault', async () => {
  const w = await world()
  w.write('key', 'correct horse battery\n')
  chmodSync(join(w.folder, 'key'), 0o644)
  const env = { MLC_STORE: 'vault', MLC_VAULT_KEY_FILE: join(w.folder, 'key') }
  expect((await w.run(['login', 'looker', '--no-input'], { env })).code).toBe(0)
  const bare = { MLC_LOOKER_CLIENT_ID: undefined, MLC_LOOKER_CLIENT_SECRET: undefined }
  const { byId } = await examine(w, ['--only', 'secrets.looker'], { ...env, ...bare })
  expect(byId('secrets.looker')).toMatchObject({
    status: 'warn',
    detail: matching(/the vault, and other users may read .*key/),
  })
})

test.each<[string | undefined, string]>([
  ['none', 'Use MLC_LOOKER_CLIENT_SECRET_FILE.'],
  ['vault', 'Use MLC_LOOKER_CLIENT_SECRET_FILE, or mlc login looker.'],
  [
    undefined,
    'Use MLC_LOOKER_CLIENT_SECRET_FILE, or mlc login looker (where there is no OS keychain, with MLC_STORE=vault).',
  ],
])('with MLC_STORE %s a plain variable is told the way out that works there', async (store, fix) => {
  const w = await world()
  const { byId } = await examine(w, ['--only', 'secrets.looker'], { MLC_STORE: store })
  expect(byId('secrets.looker')).toMatchObject({ status: 'warn', fix })
})

test('empty balances and an empty list of what was posted are warnings', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'emptyBrowse' }, on: 'xxbal1', ...EVER })
  const { byId, ran } = await examine(w)
  expect(ran.code).toBe(0)
  for (const id of ['qad.reads.balances', 'qad.reads.posted'])
    expect(byId(id)).toMatchObject({ status: 'warn', code: 'MLC-Q042' })
})

test('after a sync its references are seen', async () => {
  const w = await world()
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  expect((await examine(w)).byId('qad.reads.posted')).toMatchObject({
    status: 'ok',
    detail: matching(/24 ref/),
  })
})

test.each<[string, string, string]>([
  ['23.18.40', 'warn', 'MLC-L040'],
  ['24.4.0', 'ok', ''],
])('Looker %s: %s', async (release, status, code) => {
  const w = await world({ looker: { ...demoLooker(), release } })
  const { byId, ran } = await examine(w)
  expect(byId('looker.version')).toMatchObject({ status, code: code || null })
  expect(ran.code).toBe(0)
})

test('roles that cannot be read are a warning, and no reason to fail', async () => {
  const w = await world()
  w.looker.fault({ kind: 'status', status: 404, on: '/roles', ...ALWAYS })
  const { byId, ran } = await examine(w)
  expect(byId('looker.permissions')).toMatchObject({ status: 'warn', detail: holding('not readable') })
  expect(ran.code).toBe(0)
})

test('without download_without_limit a pull works until it is cut: a warning', async () => {
  const w = await world({ looker: allowing('access_data', 'see_looks', 'explore') })
  expect((await examine(w)).byId('looker.permissions')).toMatchObject({ status: 'warn', code: 'MLC-L006' })
})

test('a map to an inactive code warns, and one that has ended no longer matters', async () => {
  const w = await world()
  w.write('maps/accounts.csv', `${w.read('maps/accounts.csv')}5090,05090,,,,\n5099,0599,,,,2020-12\n`)
  w.write('maps/cost-centres.csv', `${w.read('maps/cost-centres.csv')}Labs,OLD-R&D,,,,\n`)
  const { byId, ran } = await examine(w)
  expect(byId('map.plant-gl')).toMatchObject({ status: 'warn', code: 'MLC-P013' })
  expect(byId('map.plant-gl')?.detail).toMatch(/05090 \(line 8\) is inactive.*OLD-R&D \(line 6\) is inactive/)
  expect(ran.code).toBe(0)
})

test('a code that does not exist yet is a warning, where its line begins later', async () => {
  const w = await world()
  w.write('maps/accounts.csv', `${w.read('maps/accounts.csv')}5099,05999,,,2099-01,\n`)
  const { byId, ran } = await examine(w)
  expect(byId('map.plant-gl')).toMatchObject({ status: 'warn', code: 'MLC-P011' })
  expect(byId('map.plant-gl')?.detail).toMatch(/05999 \(line 8\) does not exist in QAD yet/)
  expect(ran.code).toBe(0)
})

test('map files without a line say that nothing is mapped yet', async () => {
  const w = await world()
  w.write('maps/accounts.csv', 'looker,qad\n')
  const { byId } = await examine(w)
  expect(byId('map.plant-gl')).toMatchObject({ status: 'warn', fix: holding('mlc map') })
  expect(byId('map.plant-gl')?.detail).toMatch(/^maps\/accounts\.csv: 0 lines, nothing is mapped yet; /)
})
