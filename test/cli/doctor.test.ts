import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoQad } from '../../src/sandbox/company/company.js'
import type { QadPeriod, QadWorld } from '../../src/sandbox/qad/world.js'
import { ALWAYS, IDS, examine, holding, matching } from '../support/doctor.js'
import { until } from '../support/until.js'
import { world } from '../support/world.js'

test('its help lists every check in that order', async () => {
  const w = await world()
  const { stdout } = await w.run(['doctor', '--help'])
  const [, list = ''] = /\nChecks, .*:\n([^]*?)\n\n/.exec(stdout) ?? []
  const families = IDS.map((id) =>
    id.replace(/^(looker\.source|map)\..*/, '$1.<job>').replace(/^(qad\.reads)\..*/, '$1.<name>'),
  )
  // The last one is there only where mlc.yaml speaks of deliveries.
  expect(list.trim().split(/\s+/)).toEqual([...new Set(families), 'ingest'])
})

test('deliveries without a secret that mlc listen could use are warned of, behind all other checks', async () => {
  const w = await world()
  w.write('mlc.yaml', `${w.read('mlc.yaml')}\ningest: { publicUrl: https://mlc.acme.example }\n`)
  const ingest = async (secret: string | undefined) => {
    const { ran, json } = await examine(w, ['--only', 'ingest'], { MLC_INGEST_SECRET: secret })
    expect(ran.code).toBe(0)
    return json.checks.at(-1)
  }
  expect(await ingest(undefined)).toMatchObject({ id: 'ingest', status: 'warn', code: 'MLC-S030' })
  expect(await ingest('4f'.repeat(16))).toMatchObject({ id: 'ingest', status: 'ok' })
})

test('a sound chain: every check in the order of the contract, none fails, and nothing is written anywhere', async () => {
  const w = await world()
  const { ran, json } = await examine(w)
  expect({ code: ran.code, schema: json.schema, exit: json.exit_code }).toEqual({
    ...{ code: 0, schema: 'mlc/doctor/1', exit: 0 },
  })
  expect(json.checks.map(({ id }) => id)).toEqual(IDS)
  expect(json.checks.filter(({ status }) => status === 'fail')).toEqual([])
  expect(json.checks.filter(({ status }) => status === 'skip').map(({ id }) => id)).toEqual(['qad.daybook'])
  expect(w.qad.books).toHaveLength(0)
  const writes = w.qad.requests.filter(({ method, path }) => method !== 'GET' && path !== '/oauth/token')
  expect(writes).toEqual([])
  expect(w.looker.queryCalls).toBe(0)
  expect(w.looker.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
    '/api/4.0/login',
  ])
  expect(existsSync(join(w.folder, 'state', 'audit'))).toBe(false)
})

test('every warning and failure says what to do', async () => {
  const w = await world()
  w.looker.fault({ kind: 'instance-page', on: 'login', ...ALWAYS })
  const { json } = await examine(w, [], { MLC_QAD_PASSWORD: 'wrong-password' })
  const troubles = json.checks.filter(({ status }) => status === 'fail' || status === 'warn')
  expect(troubles.length).toBeGreaterThan(2)
  for (const { id, fix } of troubles) expect([id, fix]).toEqual([id, matching(/\w{3}/)])
})

test('what a check depends on is named where it is skipped, and a bad mlc.yaml still gives the whole list', async () => {
  const w = await world()
  w.write('mlc.yaml', 'version: 2\n')
  const { byId, json } = await examine(w)
  expect(json.checks.map(({ id }) => id)).toEqual(IDS.filter((id) => !/^(looker\.source|qad\.reads|map)\./.test(id)))
  expect(byId('qad.workspace')).toMatchObject({ status: 'skip', detail: matching(/config, which failed/) })
  expect(byId('state.writable')?.status).toBe('ok')
  // It may name another folder for the audit.
  expect(byId('audit.chain')).toMatchObject({ status: 'skip', detail: 'needs config, which failed' })
  rmSync(join(w.folder, 'mlc.yaml'))
  expect((await examine(w)).byId('audit.chain')).toMatchObject({ status: 'ok', detail: 'no audit yet' })
})

test('a broken Looker hides nothing of QAD', async () => {
  const w = await world()
  await w.servers.looker.close()
  const { byId } = await examine(w)
  expect(byId('looker.source.plant-gl')).toMatchObject({
    status: 'skip',
    detail: 'needs looker.tls, which failed',
  })
  expect(byId('qad.reads.glAccounts')).toMatchObject({ status: 'ok', detail: holding('14 accounts') })
  expect(byId('map.plant-gl')?.status).toBe('ok')
})

test('credentials that are refused are tried once: ten tries lock a QAD user', async () => {
  const w = await world()
  const { ran } = await examine(w, [], { MLC_QAD_PASSWORD: 'wrong-password', MLC_LOOKER_CLIENT_SECRET: 'wrong-secret' })
  expect(ran.code).toBe(4)
  expect(w.qad.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(1)
  expect(w.looker.requests.filter(({ path }) => path.endsWith('/login'))).toHaveLength(1)
})

test('a locked QAD user is told from a wrong password', async () => {
  const w = await world({ qadOptions: { lockedWords: 'The user is locked, contact your administrator.' } })
  const { MLC_QAD_CLIENT_ID: client_id = '', MLC_QAD_USERNAME: username = '' } = w.env
  const body = new URLSearchParams({ grant_type: 'password', client_id, username, password: 'wrong-password' })
  for (let i = 0; i < 10; i++) await fetch(`${w.servers.qad.url}/clouderp/oauth/token`, { method: 'POST', body })
  const { first, ran } = await examine(w)
  expect({ id: first?.id, code: first?.code, exit: ran.code }).toEqual({ id: 'qad.login', code: 'MLC-Q004', exit: 4 })
  expect(first?.detail).toMatch(/locked/)
  expect(first?.fix).toMatch(/unlock/)
})

test.each(['oauth_password', 'session_json', 'session_form', 'basic'])(
  'one login serves all checks with auth.type %s, and a refusal is told as one',
  async (type) => {
    const w = await world()
    const loginPath = type === 'session_form' ? '\n    loginPath: /login' : ''
    w.editConfig(['type: oauth_password', `type: ${type}${loginPath.replace('    ', '    ')}`])
    expect((await examine(w)).byId('qad.login')).toMatchObject({ status: 'ok' })
    const { first, ran } = await examine(w, [], { MLC_QAD_PASSWORD: 'wrong-password' })
    expect({ id: first?.id, code: first?.code, exit: ran.code }).toEqual({ id: 'qad.login', code: 'MLC-Q004', exit: 4 })
  },
)

test('--only shows what was asked for, and runs what that needs without a word', async () => {
  const w = await world()
  const ids = async (...only: readonly string[]) => {
    const { json } = await examine(
      w,
      only.flatMap((id) => ['--only', id]),
    )
    return json.checks.map(({ id }) => id)
  }
  expect(await ids('looker.login')).toEqual(['looker.login'])
  expect(await ids('qad.reads', 'secrets')).toEqual(IDS.filter((id) => /^(secrets|qad\.reads)\./.test(id)))
  expect(await ids('looker')).toEqual(IDS.filter((id) => id.startsWith('looker.')))
  expect(await ids('map.payables')).toEqual(['map.payables'])
  expect(w.qad.requests.length).toBeGreaterThan(0)
})

test('with --only, what lies below decides the exit as well, and what does not is left out', async () => {
  const w = await world()
  await w.servers.looker.close()
  const below = await examine(w, ['--only', 'looker.version'])
  expect(below.json.checks).toMatchObject([
    { id: 'looker.tls', status: 'fail', fix: matching(/\w/) },
    { id: 'looker.version', status: 'skip', detail: 'needs looker.tls, which failed' },
  ])
  expect(below.ran.code).toBe(75)
  expect((await examine(w, ['--only', 'qad'])).ran.code).toBe(0)
  expect((await examine(w, ['--only', 'clock'])).ran.code).toBe(0)
})

test('--only shows why what was asked for was skipped, and what to do', async () => {
  const w = await world()
  const env = { MLC_QAD_PASSWORD_FILE: '/nowhere/password' }
  const { json, ran } = await examine(w, ['--only', 'qad.login'], env)
  expect(json.checks).toMatchObject([
    { id: 'secrets.qad', status: 'fail', code: 'MLC-S002' },
    { id: 'qad.login', status: 'skip', detail: 'needs secrets.qad, which failed' },
  ])
  expect(ran.code).toBe(4)
})

test('--only with a word that names no check says which there are', async () => {
  const w = await world()
  const ran = await w.run(['doctor', '--only', 'lookr', '--json'])
  expect(ran.code).toBe(2)
  expect(ran.json()).toMatchObject({
    schema: 'mlc/error/1',
    code: 'MLC-C006',
    fix: holding('qad.login'),
  })
})

test('--only for a job of an mlc.yaml that cannot be read shows what is wrong with mlc.yaml', async () => {
  const w = await world()
  w.write('mlc.yaml', 'version: 2\n')
  const { json, ran } = await examine(w, ['--only', 'map.plant-gl'])
  expect(json.checks).toMatchObject([{ id: 'config', status: 'fail' }])
  expect(ran.code).toBe(2)
})

test('--check prints nothing at all: the exit code tells', async () => {
  const w = await world()
  expect(await w.run(['doctor', '--check'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
  await w.servers.qad.close()
  expect(await w.run(['doctor', '--check'])).toMatchObject({ code: 75, stdout: '', stderr: '' })
})

test('--timeout ends a check that hangs, and the report is still whole', async () => {
  const w = await world()
  w.looker.fault({ kind: 'hang', on: 'login', ...ALWAYS })
  const { json, ran, first } = await examine(w, ['--timeout', '2'])
  expect(json.checks.map(({ id }) => id)).toEqual(IDS)
  expect({ id: first?.id, code: first?.code, exit: ran.code }).toEqual({
    id: 'looker.login',
    code: 'MLC-C030',
    exit: 75,
  })
})

test('Ctrl-C ends it with its own code', async () => {
  const w = await world()
  w.looker.fault({ kind: 'hang', on: 'login', ...ALWAYS })
  const started = w.start(['doctor', '--json'])
  await until(() => w.looker.requests.some(({ path }) => path.endsWith('/login')))
  started.kill('SIGINT')
  expect((await started.ended).code).toBe(130)
})

test('--strict counts warnings', async () => {
  const w = await world()
  expect((await examine(w, ['--only', 'secrets.qad'])).byId('secrets.qad')?.status).toBe('warn')
  expect((await examine(w, ['--only', 'secrets.qad', '--strict'])).ran.code).toBe(6)
  // What the platform hands out is no weakness of this machine.
  expect((await examine(w, ['--only', 'secrets', '--strict'], { CI: 'true' })).ran.code).toBe(0)
  expect((await examine(w, ['--only', 'node', '--strict'])).ran.code).toBe(0)
})

test('in the wrong workspace its Swagger document is not looked at: one fault, one fix', async () => {
  const w = await world()
  w.editConfig(['domain: 10USA', 'domain: 99ZZ'])
  const { json, byId } = await examine(w, ['--only', 'qad'])
  expect(json.checks.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual(['qad.workspace'])
  expect(byId('qad.swagger')).toMatchObject({ status: 'skip', detail: 'needs qad.workspace, which failed' })
})

test('the path of the login may be missing in the Swagger document, since the login works', async () => {
  const w = await world()
  const document = { openapi: '3.0.1', basePath: '/clouderp', paths: { '/api/{any}/browses': {}, '/api/erp/{p}': {} } }
  const paths = { ...document.paths, '/api/bdoc/acme/recon/ReconReference/': {} }
  w.write('swagger.json', JSON.stringify({ ...document, paths }))
  w.editConfig(['swagger: /v3/api-docs', 'swagger: swagger.json'])
  expect((await examine(w)).byId('qad.swagger')).toMatchObject({
    status: 'warn',
    detail: holding('/oauth/token'),
  })
})

test('for a person: grouped, what was found, the next command, and a summary', async () => {
  const w = await world()
  const ran = await w.run(['doctor'], { env: { MLC_LOOKER_CLIENT_SECRET: 'wrong-secret' } })
  expect(ran.code).toBe(4)
  expect(ran.stdout).toMatch(/^Local\n[\s\S]*^Looker {2}http[\s\S]*^QAD {2}http/m)
  expect(ran.stdout).toMatch(/ {2}FAIL {2}looker\.login: .*MLC-L004\n {8}fix: mlc login looker/)
  expect(ran.stdout).toMatch(/ {2}skip {2}looker\.version, looker\.permissions, looker\.source\.plant-gl, /)
  expect(ran.stdout).toMatch(/1 failed, \d+ warnings, 6 skipped, exit 4\..*mlc doctor --bundle/)
})

/** The demo's QAD with a calendar of this month and the one before it. */
function calendarOf(before: QadPeriod['status'], now: QadPeriod['status']): QadWorld {
  const today = new Date()
  const month = (back: number, status: QadPeriod['status']) => {
    const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back, 1))
    const [start, end] = [first, new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0))]
    const days = { start: start.toISOString().slice(0, 10), end: end.toISOString().slice(0, 10) }
    return { year: first.getUTCFullYear(), period: first.getUTCMonth() + 1, ...days, status }
  }
  const qad = demoQad()
  const periods = [month(1, before), month(0, now)]
  return { ...qad, companies: qad.companies.map((company) => ({ ...company, periods })) }
}

test.each<[string, QadPeriod['status'], QadPeriod['status'], RegExp]>([
  ['this month where it is open', 'open', 'open', /^Next: mlc pull --job plant-gl --period current\n$/],
  [
    'the newest open one where this month is not',
    'open',
    'future',
    /^Next: mlc pull --job plant-gl --period 2\d+-\d\d\n$/,
  ],
  ['none where none is open', 'locked', 'future', /^$/],
])('the next command names a period: %s', async (_, before, now, next) => {
  const w = await world({ qad: calendarOf(before, now) })
  expect((await w.run(['doctor'])).stderr).toMatch(next)
})

test('when all is well it names the next command, and with a bundle it does not ask for another one', async () => {
  const w = await world({ qad: calendarOf('open', 'open') })
  const good = await w.run(['doctor', '--config', 'mlc.yaml'])
  expect(good.code).toBe(0)
  expect(good.stderr).toBe('Next: mlc pull --job plant-gl --period current --config mlc.yaml\n')
  const bad = await w.run(['doctor', '--bundle', 'a.zip'], { env: { MLC_LOOKER_CLIENT_SECRET: 'wrong-secret' } })
  expect(bad.stdout).toMatch(/1 failed, .*exit 4\.\n$/)
  expect(bad.stderr).not.toContain('Next:')
})
