import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { FaultSpec } from '../../src/sandbox/qad/faults.js'
import { ALWAYS, EVER, allowing, examine, type Env } from '../support/doctor.js'
import { world, type World, type WorldOptions } from '../support/world.js'

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
