import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker, demoQad } from '../../src/sandbox/company/company.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { FaultSpec } from '../../src/sandbox/qad/faults.js'
import type { QadPeriod, QadWorld } from '../../src/sandbox/qad/world.js'
import { world, type World, type WorldOptions } from '../support/world.js'

interface CheckJson {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail' | 'skip'
  readonly code: string | null
  readonly detail: string
  readonly fix: string | null
}

interface DoctorJson {
  readonly schema: string
  readonly exit_code: number
  readonly checks: readonly CheckJson[]
}

type Env = Readonly<Record<string, string | undefined>>

async function examine(w: World, args: readonly string[] = [], env: Env = {}) {
  const ran = await w.run(['doctor', '--json', ...args], { env: { MLC_STORE: 'none', ...env } })
  const json = ran.json<DoctorJson>()
  const byId = (id: string) => json.checks.find((check) => check.id === id)
  return { ran, json, byId, first: json.checks.find(({ status }) => status === 'fail') }
}

/** Matchers with a type of their own. */
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string
const holding = (text: string) => expect.stringContaining(text) as string

const ALWAYS = { times: 'always' } as const
const EVER = { times: Infinity } as const

/** The order of the contract, with the demo's jobs and reads. */
const IDS = [
  ...['node', 'config', 'state.writable', 'audit.chain', 'secrets.looker', 'secrets.qad', 'clock'],
  ...['looker.dns', 'looker.tls', 'looker.login', 'looker.version', 'looker.permissions'],
  ...['looker.source.plant-gl', 'looker.source.payables', 'looker.source.procurement'],
  ...['qad.dns', 'qad.tls', 'qad.login', 'qad.workspace', 'qad.swagger'],
  ...['qad.reads.glAccounts', 'qad.reads.costCentres', 'qad.reads.periods'],
  ...['qad.reads.balances', 'qad.reads.posted', 'qad.reads.daybooks', 'qad.daybook'],
  ...['map.plant-gl', 'map.payables', 'map.procurement'],
]

test('its help lists every check in that order', async () => {
  const w = await world()
  const { stdout } = await w.run(['doctor', '--help'])
  const [, list = ''] = /\nChecks, .*:\n([^]*)$/.exec(stdout) ?? []
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

interface Broken {
  readonly options?: WorldOptions
  readonly looker?: LookerFault
  readonly qad?: FaultSpec
  readonly env?: Env
  readonly config?: readonly (readonly [string, string])[]
  /** What else is broken by hand. */
  readonly hurt?: (w: World) => Promise<void> | void
  /** Words that tell the cause or the next step. */
  readonly says?: RegExp
}

const LOOKER = demoLooker()

function mapWith(line: string): (w: World) => void {
  return (w) => w.write('maps/accounts.csv', w.read('maps/accounts.csv') + line)
}

const WORLDS: readonly (readonly [string, Broken, string, string, number])[] = [
  ['mlc.yaml that is no YAML', { hurt: (w) => w.write('mlc.yaml', 'a: {') }, 'config', 'MLC-C002', 2],
  ['an unknown key', { config: [['onRestate:', 'onRestat:']], says: /onRestate/ }, 'config', 'MLC-C003', 2],
  ['no mlc.yaml', { hurt: (w) => rmSync(join(w.folder, 'mlc.yaml')) }, 'config', 'MLC-C001', 2],
  [
    'a state folder that is a file',
    { hurt: (w) => writeFileSync(join(w.folder, 'state'), '') },
    ...(['state.writable', 'MLC-C008', 2] as const),
  ],
  ['an audit that was edited', { hurt: editAudit, says: /line 1/ }, 'audit.chain', 'MLC-A002', 8],
  [
    'a Looker secret that is missing',
    { env: { MLC_LOOKER_CLIENT_SECRET: undefined }, says: /^(?![^]*mlc login)[^]*\nSet MLC_LOOKER_CLIENT_ID/ },
    ...(['secrets.looker', 'MLC-S001', 4] as const),
  ],
  [
    'a Looker secret that is missing on a host without a keychain',
    {
      env: { MLC_LOOKER_CLIENT_SECRET: undefined, MLC_STORE: undefined },
      says: /^(?![^]*Run mlc login)[^]*\nSet MLC_LOOKER_CLIENT_ID.*MLC_STORE=vault/,
    },
    ...(['secrets.looker', 'MLC-S001', 4] as const),
  ],
  [
    'a store that does not exist',
    { env: { MLC_STORE: 'valut' }, says: /"valut"/ },
    ...(['secrets.looker', 'MLC-S004', 2] as const),
  ],
  [
    'a password file that is not there',
    { env: { MLC_QAD_PASSWORD_FILE: '/nowhere/password' }, says: /\/nowhere\/password/ },
    ...(['secrets.qad', 'MLC-S002', 4] as const),
  ],
  [
    'a clock that is ten minutes off',
    { qad: { fault: { is: 'clockSkew', ms: 600_000 }, ...EVER }, says: /10 min behind QAD/ },
    ...(['clock', 'MLC-C041', 6] as const),
  ],
  [
    'a Looker host that DNS does not know',
    { config: [['baseUrl: http://127.0.0.1', 'baseUrl: https://looker.invalid']], says: /looker\.invalid/ },
    ...(['looker.dns', 'MLC-L001', 75] as const),
  ],
  [
    'a proxy that mlc cannot speak to',
    {
      config: [['baseUrl: http://127.0.0.1', 'baseUrl: https://looker.invalid']],
      env: { HTTPS_PROXY: 'socks5://jo:hunter2secret@127.0.0.1:1' },
      says: /^HTTPS_PROXY names a socks5 proxy; [^@]*$/,
    },
    ...(['looker.dns', 'MLC-C006', 2] as const),
  ],
  [
    'a proxy that is not there',
    {
      config: [['baseUrl: http://127.0.0.1', 'baseUrl: https://looker.invalid']],
      env: { HTTPS_PROXY: 'http://127.0.0.1:1' },
      says: /the proxy 127\.0\.0\.1:1 cannot be reached[\s\S]*NO_PROXY/,
    },
    ...(['looker.tls', 'MLC-L001', 75] as const),
  ],
  [
    'a CA file that is not there',
    { config: [['minGapMs: 0', 'caFile: /nowhere/ca.pem, minGapMs: 0']], says: /\/nowhere\/ca\.pem/ },
    ...(['qad.tls', 'MLC-C011', 2] as const),
  ],
  [
    'a CA file that holds something else',
    {
      config: [['minGapMs: 0', 'caFile: maps/accounts.csv, minGapMs: 0']],
      says: /accounts\.csv holds no certificate[^]*BEGIN CERTIFICATE/,
    },
    ...(['qad.tls', 'MLC-C011', 2] as const),
  ],
  [
    'a Looker that is not there',
    { hurt: (w) => w.servers.looker.close(), says: /refused/ },
    ...(['looker.tls', 'MLC-L001', 75] as const),
  ],
  [
    'https to a port that speaks http',
    {
      hurt: (w) => w.editConfig([w.servers.looker.url, w.servers.looker.url.replace('http', 'https')]),
      says: /TLS[^]*or write http:/,
    },
    ...(['looker.tls', 'MLC-L003', 2] as const),
  ],
  [
    'a wrong Looker key, which Looker answers with 404',
    { env: { MLC_LOOKER_CLIENT_SECRET: 'wrong-secret' }, says: /\(404\).*wrong[\s\S]*mlc login looker/ },
    ...(['looker.login', 'MLC-L004', 4] as const),
  ],
  [
    'the page of a dead instance',
    { looker: { kind: 'instance-page', on: 'login', ...ALWAYS }, says: /the instance is down[\s\S]*443 or 19999/ },
    ...(['looker.login', 'MLC-L005', 75] as const),
  ],
  [
    'a Looker that throttles for an hour',
    { looker: { kind: 'status', status: 429, headers: { 'retry-after': '3600' }, on: 'login', ...ALWAYS } },
    ...(['looker.login', 'MLC-L007', 75] as const),
  ],
  [
    'a Looker that fails',
    { looker: { kind: 'status', status: 500, on: 'login', ...ALWAYS } },
    ...(['looker.login', 'MLC-L008', 75] as const),
  ],
  [
    'a release of 2021',
    { options: { looker: { ...LOOKER, release: '21.20.4' } }, says: /21\.20\.4/ },
    ...(['looker.version', 'MLC-L040', 6] as const),
  ],
  [
    'an API user without access_data',
    { options: { looker: allowing('see_looks', 'explore') }, says: /lacks access_data/ },
    ...(['looker.permissions', 'MLC-L006', 4] as const),
  ],
  [
    'an API user that may not see Looks',
    { options: { looker: allowing('access_data', 'explore') }, says: /lacks see_looks/ },
    ...(['looker.permissions', 'MLC-L006', 4] as const),
  ],
  [
    'a Look that does not exist',
    { config: [['look: "57"', 'look: "5757"']], says: /5757/ },
    ...(['looker.source.payables', 'MLC-L010', 6] as const),
  ],
  [
    'a column that the Look does not have',
    { config: [['account: gl.account_code', 'account: gl.acount_code']], says: /gl\.acount_code/ },
    ...(['looker.source.plant-gl', 'MLC-P005', 6] as const),
  ],
  [
    'a filter that the Explore does not have',
    { config: [['gl.posting_period: "{period}"', 'gl.posting_perod: "{period}"']], says: /gl\.posting_period/ },
    ...(['looker.source.plant-gl', 'MLC-L012', 6] as const),
  ],
  [
    'a Look that has changed since it was pinned',
    {
      config: [['look: "42"', `look: "42"\n      expect: { definition: "sha256:${'0'.repeat(64)}" }`]],
      says: /pinned/,
    },
    ...(['looker.source.plant-gl', 'MLC-L026', 6] as const),
  ],
  [
    'a QAD that is not there',
    { hurt: (w) => w.servers.qad.close(), says: /refused/ },
    ...(['qad.tls', 'MLC-Q503', 75] as const),
  ],
  ['a wrong QAD password', { env: { MLC_QAD_PASSWORD: 'wrong-password' } }, 'qad.login', 'MLC-Q004', 4],
  [
    'a wrong context root',
    { config: [['/clouderp', '/qad-central']], says: /qad-central[\s\S]*context root/ },
    ...(['qad.login', 'MLC-Q005', 6] as const),
  ],
  [
    'an address that is not QAD’s',
    {
      hurt: (w) => w.editConfig([`${w.servers.qad.url}/clouderp`, w.servers.looker.url]),
      says: /answers HTTP 403 .*not as the login of a QAD tenant[^]*qad\.baseUrl/,
    },
    ...(['qad.login', 'MLC-Q005', 6] as const),
  ],
  [
    'a wrong QAD client id',
    { env: { MLC_QAD_CLIENT_ID: 'ffff' }, says: /Bad client credentials\nCheck the client id \(MLC_QAD_CLIENT_ID\)/ },
    ...(['qad.login', 'MLC-Q004', 4] as const),
  ],
  [
    'a QAD behind a gateway that fails',
    { qad: { fault: { is: 'gateway', status: 502 }, on: '/oauth/token', ...EVER } },
    ...(['qad.login', 'MLC-Q503', 75] as const),
  ],
  [
    'a workspace that the user may not enter',
    { config: [['entity: 10USACO', 'entity: 20EUCO']], says: /10USA_20EUCO/ },
    ...(['qad.workspace', 'MLC-Q040', 6] as const),
  ],
  [
    'a QAD that answers for another domain',
    {
      config: [
        ['domain: 10USA', 'domain: 20EU'],
        ['{domain}_{entity}', '10USA_{entity}'],
      ],
      says: /domain 10USA instead of 20EU/,
    },
    ...(['qad.workspace', 'MLC-Q040', 6] as const),
  ],
  [
    'a Swagger document without the path of the write',
    {
      config: [['recon/ReconReference', 'recon/ReconReferences']],
      says: /recon\/ReconReferences \(qad\.write\.path\)/,
    },
    ...(['qad.swagger', 'MLC-Q041', 6] as const),
  ],
  [
    'a Swagger document whose record has no such field',
    {
      config: [['amount: lookerAmount', 'amount: amount']],
      says: /without amount \(qad\.write\.fields\.amount\); it has lookerAmount/,
    },
    ...(['qad.swagger', 'MLC-Q041', 6] as const),
  ],
  [
    'a Swagger document that is not there',
    { config: [['/v3/api-docs', '/v2/api-docs']], says: /qad\.swagger/ },
    ...(['qad.swagger', 'MLC-Q041', 6] as const),
  ],
  [
    'an account browse that answers nothing',
    { qad: { fault: { is: 'emptyBrowse' }, on: 'xxgl01', ...EVER } },
    ...(['qad.reads.glAccounts', 'MLC-Q010', 6] as const),
  ],
  [
    'a browse that QAD does not have',
    {
      config: [['mfg:xxgl01', 'mfg:xxgl99']],
      says: /QAD knows no browse urn:browse:mfg:xxgl99[^]*Correct qad\.reads\.glAccounts\.browse/,
    },
    ...(['qad.reads.glAccounts', 'MLC-Q013', 6] as const),
  ],
  [
    'a column that the browse does not have',
    { config: [['code: ac_mstr.ac_code', 'code: ac_mstr.ac_cod']], says: /ac_mstr\.ac_cod[^e]/ },
    ...(['qad.reads.glAccounts', 'MLC-Q011', 6] as const),
  ],
  [
    'a browse that the user may not read',
    { qad: { fault: { is: 'forbidden' }, on: 'xxgl01', ...EVER } },
    ...(['qad.reads.glAccounts', 'MLC-Q006', 6] as const),
  ],
  [
    'a browse that fails',
    { qad: { fault: { is: 'gateway', status: 503 }, on: 'gl111', ...EVER } },
    ...(['qad.reads.periods', 'MLC-Q503', 75] as const),
  ],
  [
    'a map file that is not there',
    { config: [['maps/accounts.csv', 'maps/acounts.csv']], says: /maps\/acounts\.csv/ },
    ...(['map.plant-gl', 'MLC-C011', 6] as const),
  ],
  [
    'a map file that does not parse',
    { hurt: mapWith('7010,,,,,\n'), says: /line 8/ },
    ...(['map.plant-gl', 'MLC-P020', 6] as const),
  ],
  [
    'a map to an account that QAD does not have',
    { hurt: mapWith('7010,07010,,,,\n'), says: /account 07010 \(line 8\)/ },
    ...(['map.plant-gl', 'MLC-P011', 6] as const),
  ],
  [
    'a map to a cost centre that QAD does not have',
    { hurt: (w) => w.write('maps/cost-centres.csv', 'looker,qad\nDetroit,9999\n'), says: /9999 \(line 2\)/ },
    ...(['map.plant-gl', 'MLC-P014', 6] as const),
  ],
]

test.each(WORLDS)('%s', async (_name, broken, id, code, exit) => {
  const w = await world(broken.options)
  if (broken.looker) w.looker.fault(broken.looker)
  if (broken.qad) w.qad.fault(broken.qad)
  if (broken.config) w.editConfig(...broken.config)
  await broken.hurt?.(w)
  const { ran, json, first } = await examine(w, [], broken.env)
  expect({ id: first?.id, code: first?.code, exit: ran.code }).toEqual({ id, code, exit })
  expect(json).toMatchObject({ schema: 'mlc/doctor/1', exit_code: exit })
  expect(first?.fix).toMatch(/\w/)
  if (broken.says) expect(`${first?.detail}\n${first?.fix}`).toMatch(broken.says)
})

async function editAudit(w: World): Promise<void> {
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  w.write(path, w.read(path).replace('"plant-gl"', '"plant-hl"'))
}

function allowing(...permissions: readonly string[]) {
  return { ...LOOKER, keys: LOOKER.keys.map((key) => ({ ...key, permissions })) }
}

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
  while (!w.looker.requests.some(({ path }) => path.endsWith('/login')))
    await new Promise((resolve) => setImmediate(resolve))
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
  const w = await world({ looker: { ...LOOKER, release } })
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

test('the bundle opens everywhere, tells what is needed, and holds no secret', async () => {
  const w = await world({ qad: { ...demoQad() } })
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
