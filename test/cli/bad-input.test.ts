import { expect, test } from 'vitest'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { FaultSpec } from '../../src/sandbox/qad/faults.js'
import type { ErrorJson, SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const ALWAYS = { times: 'always' } as const

/** Whether it stops the command or the one job of it: the error object is the same. */
async function refusal(w: World, args = SYNC, env: Record<string, string | undefined> = {}) {
  const ran = await w.run(args, { env })
  const json = ran.json<SyncJson & ErrorJson>()
  const error = json.schema === 'mlc/error/1' ? json : json.jobs[0]?.error
  return { exit: ran.code, error, ran }
}

function nothingPosted(w: World): void {
  expect(w.qad.books).toHaveLength(0)
  expect(w.qad.requests.filter(({ method, path }) => method === 'POST' && path.includes('/bdoc/'))).toHaveLength(0)
}

test.each<[string, Record<string, string | undefined>, string, number]>([
  ['a wrong Looker key', { MLC_LOOKER_CLIENT_SECRET: 'wrong' }, 'MLC-L004', 4],
  ['a missing Looker secret', { MLC_LOOKER_CLIENT_SECRET: undefined }, 'MLC-S001', 4],
  ['a secret file that is not there', { MLC_LOOKER_CLIENT_SECRET_FILE: '/nowhere/secret' }, 'MLC-S002', 4],
  ['a wrong QAD password', { MLC_QAD_PASSWORD: 'wrong' }, 'MLC-Q004', 4],
  ['a missing QAD user', { MLC_QAD_USERNAME: undefined }, 'MLC-S001', 4],
])('%s is named, and nothing is posted', async (_name, env, code, exit) => {
  const w = await world()
  const found = await refusal(w, SYNC, env)
  expect(found).toMatchObject({ exit, error: { schema: 'mlc/error/1', code, exit_code: exit } })
  expect(found.error?.fix).not.toBe('')
  nothingPosted(w)
})

test('a refused QAD password is tried once: ten would lock the user', async () => {
  const w = await world()
  await refusal(w, SYNC, { MLC_QAD_PASSWORD: 'wrong' })
  expect(w.qad.requests.filter(({ path }) => path === '/oauth/token')).toHaveLength(1)
})

test.each<[string, readonly [string, string][], string, number]>([
  ['a Looker that is not there', [['baseUrl: http://127.0.0.1:', 'baseUrl: http://127.0.0.1:1#']], 'MLC-C003', 2],
  ['an unknown key', [['onRestate:', 'onRestat:']], 'MLC-C003', 2],
  ['a Look that does not exist', [['look: "42"', 'look: "4242"']], 'MLC-L010', 6],
  ['a column that the Look does not have', [['account: gl.account_code', 'account: gl.acount_code']], 'MLC-P005', 6],
  [
    'a filter that the Explore does not have',
    [['gl.posting_period: "{period}"', 'gl.posting_perod: "{period}"']],
    'MLC-L012',
    6,
  ],
  ['plain http to another host', [['baseUrl: http://127.0.0.1', 'baseUrl: http://looker.example']], 'MLC-C007', 2],
  ['a map file that is not there', [['maps/accounts.csv', 'maps/acounts.csv']], 'MLC-C011', 2],
])('%s is refused before anything is posted', async (_name, changes, code, exit) => {
  const w = await world()
  w.editConfig(...changes)
  expect(await refusal(w)).toMatchObject({ exit, error: { code } })
  nothingPosted(w)
})

test('bad YAML names file, line and column', async () => {
  const w = await world()
  w.write('mlc.yaml', 'version: 1\nlooker: {baseUrl: "x"\n')
  const { exit, error } = await refusal(w)
  expect({ exit, code: error?.code }).toEqual({ exit: 2, code: 'MLC-C002' })
  expect(error?.message).toMatch(/mlc\.yaml:\d+:\d+/)
})

test('an unknown key in mlc.yaml names file, line, field and the key that was meant', async () => {
  const w = await world()
  w.editConfig(['onRestate:', 'onRestat:'])
  const { error } = await refusal(w)
  expect(error?.message).toMatch(
    /mlc\.yaml line \d+: jobs\.plant-gl\.onRestat: unknown key; did you mean "onRestate"\?/,
  )
})

test.each<[string, LookerFault, string, number]>([
  ['an error inside HTTP 200', { kind: 'looker-error', where: 'first', ...ALWAYS }, 'MLC-L014', 6],
  ['an error in the last row', { kind: 'looker-error', where: 'last', ...ALWAYS }, 'MLC-L014', 6],
  ['a field that is no longer returned', { kind: 'ignored-field', field: 'gl.net_amount', ...ALWAYS }, 'MLC-L016', 6],
  ['a filter that was not applied', { kind: 'ignored-filter', field: 'gl.posting_period', ...ALWAYS }, 'MLC-P003', 6],
  ['an empty result', { kind: 'empty', ...ALWAYS }, 'MLC-L020', 6],
  ['a row that comes twice', { kind: 'duplicate-row', ...ALWAYS }, 'MLC-L022', 6],
  [
    'an amount with a currency sign',
    { kind: 'cells', field: 'gl.net_amount', as: 'currency', ...ALWAYS },
    'MLC-P001',
    6,
  ],
  ['an amount in brackets', { kind: 'cells', field: 'gl.net_amount', as: 'parentheses', ...ALWAYS }, 'MLC-P001', 6],
  [
    'an amount with thousands signs',
    { kind: 'cells', field: 'gl.net_amount', as: 'thousands', ...ALWAYS },
    'MLC-P001',
    6,
  ],
  ['a blank amount', { kind: 'cells', field: 'gl.net_amount', as: 'blank', ...ALWAYS }, 'MLC-P001', 6],
  ['an amount that is null', { kind: 'cells', field: 'gl.net_amount', as: 'null', ...ALWAYS }, 'MLC-P001', 6],
  ['an answer that keeps breaking off', { kind: 'cut', afterBytes: 700, ...ALWAYS }, 'MLC-L009', 75],
  ['an answer that ends early', { kind: 'short', afterBytes: 700, ...ALWAYS }, 'MLC-L009', 75],
  [
    'a Looker that throttles for good',
    { kind: 'status', status: 429, headers: { 'retry-after': '3600' }, ...ALWAYS },
    'MLC-L007',
    75,
  ],
  ['the page of a dead instance', { kind: 'instance-page', on: 'login', ...ALWAYS }, 'MLC-L005', 75],
  ['truncated columns', { kind: 'columns-truncated', ...ALWAYS }, 'MLC-L021', 6],
])('%s: %s', async (_name, fault, code, exit) => {
  const w = await world({ lookerOptions: { faults: [fault] } })
  expect(await refusal(w)).toMatchObject({ exit, error: { code } })
  nothingPosted(w)
})

test('NaN where an amount should be is refused, whatever its form', async () => {
  for (const as of ['NaN', { raw: '"NaN"' }] as const) {
    const w = await world({ lookerOptions: { faults: [{ kind: 'cells', field: 'gl.net_amount', as, ...ALWAYS }] } })
    const { exit } = await refusal(w)
    expect(exit).toBe(6)
    nothingPosted(w)
  }
})

test('a token that expires in the middle is renewed once, and the sync goes through', async () => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'tokens-expire' }] } })
  w.qad.fault({ fault: { is: 'unauthorized' }, on: '/bdoc/', skip: 5 })
  const { exit } = await refusal(w)
  expect(exit).toBe(0)
  expect(w.qad.books).toHaveLength(24)
  expect(w.qad.logins()).toBe(2)
})

test.each<[string, FaultSpec, string, number]>([
  [
    'a QAD whose context root is wrong',
    { fault: { is: 'notFound' }, on: '/oauth/token', times: Infinity },
    'MLC-Q005',
    6,
  ],
  ['a QAD that denies reading', { fault: { is: 'forbidden' }, on: 'xxgl01', times: Infinity }, 'MLC-Q006', 4],
  ['a master that comes back empty', { fault: { is: 'emptyBrowse' }, on: 'xxgl01', times: Infinity }, 'MLC-Q010', 6],
  [
    'a browse whose answers keep breaking off',
    { fault: { is: 'truncated' }, on: 'xxgl01', times: Infinity },
    'MLC-Q503',
    75,
  ],
])('%s is named before anything is posted', async (_name, fault, code, exit) => {
  const w = await world()
  w.qad.fault(fault)
  expect(await refusal(w)).toMatchObject({ exit, error: { code } })
  nothingPosted(w)
})

test('an unmapped value stops the job and says what it might be', async () => {
  const w = await world()
  w.write('maps/cost-centres.csv', w.read('maps/cost-centres.csv').replace(/^Leipzig.*\n/m, ''))
  const { exit, error } = await refusal(w)
  expect({ exit, code: error?.code }).toEqual({ exit: 6, code: 'MLC-P010' })
  expect(error?.message).toContain('Leipzig')
  nothingPosted(w)
})

test('an account that is inactive in QAD stops the job', async () => {
  const w = await world()
  const company = w.qad.company('10USA_10USACO')
  if (!company) throw new Error('no company')
  w.qad.replaceCompany({
    ...company,
    accounts: company.accounts.map((account) => (account.code === '05020' ? { ...account, active: false } : account)),
  })
  expect(await refusal(w)).toMatchObject({ exit: 6, error: { code: 'MLC-P013' } })
  nothingPosted(w)
})

test('a closed period stops the job', async () => {
  const w = await world()
  const { exit, error } = await refusal(w, [...SYNC.slice(0, 4), '2026-06', '--yes', '--json'])
  expect({ exit, code: error?.code }).toEqual({ exit: 6, code: 'MLC-Q031' })
  expect(error?.message).toContain('2026-06')
  nothingPosted(w)
})

test('without a terminal, posting needs --yes', async () => {
  const w = await world()
  expect(
    await refusal(
      w,
      SYNC.filter((word) => word !== '--yes'),
    ),
  ).toMatchObject({ exit: 2, error: { code: 'MLC-C009' } })
  nothingPosted(w)
})

test('an unknown flag is a usage error, and one object with --json', async () => {
  const w = await world()
  expect(await refusal(w, ['pull', '--loook', '42', '--json'])).toMatchObject({ exit: 2, error: { code: 'MLC-C006' } })
})

test('QAD down in the middle: what was posted stays recorded, and the same sync finishes it', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'reset' }, on: '/bdoc/', skip: 7, times: Infinity })
  const first = await w.run(SYNC)
  expect(first.code).toBe(5)
  expect(w.qad.books).toHaveLength(7)
  w.qad.clearFaults()
  const second = await w.run(SYNC)
  expect(second.code).toBe(0)
  expect(second.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 7, created: 17, failed: 0, unknown: 0 })
  expect(new Set(w.qad.books.map(({ key }) => key)).size).toBe(24)
  expect(w.qad.books).toHaveLength(24)
})

test('an answer lost after the commit is found by asking, and nothing is posted twice', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: '/bdoc/', skip: 3 })
  const { exit } = await refusal(w)
  expect(exit).toBe(0)
  expect(w.qad.books).toHaveLength(24)
})

test('QAD that is not there at all: exit 75, nothing in doubt', async () => {
  const w = await world()
  await w.servers.qad.close()
  const { exit, error } = await refusal(w)
  expect({ exit, code: error?.code }).toEqual({ exit: 75, code: 'MLC-Q503' })
})

test('Looker that is not there at all: exit 75', async () => {
  const w = await world()
  await w.servers.looker.close()
  expect(await refusal(w)).toMatchObject({ exit: 75, error: { code: 'MLC-L001' } })
  nothingPosted(w)
})

test('what QAD stored otherwise than sent is a conflict, and mlc repairs nothing', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: '/bdoc/', skip: 2 })
  const { exit, ran } = await refusal(w)
  expect(exit).toBe(5)
  const conflicts = ran.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'conflict')
  expect(conflicts).toHaveLength(1)
  expect(w.audit().some(({ event, key }) => event === 'readback.mismatch' && key === conflicts?.[0]?.key)).toBe(true)
  const again = await refusal(w)
  expect(again.exit).toBe(5)
  expect(again.ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 23, conflict: 1, created: 0, revised: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('no secret is in the output, the audit or the state', async () => {
  const w = await world()
  const { ran } = await refusal(w, [...SYNC, '--debug'])
  const seen = [ran.stdout, ran.stderr, JSON.stringify(w.audit())].join('\n')
  for (const secret of [w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', w.env['MLC_QAD_PASSWORD'] ?? '']) {
    expect(secret).not.toBe('')
    expect(seen).not.toContain(secret)
  }
})
