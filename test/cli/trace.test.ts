import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sealed } from '../audit/support.js'
import type { ErrorJson, SyncJson, SyncRecord } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

interface TraceJson {
  readonly schema: string
  readonly key: string
  readonly qadRef: string | null
  readonly amount: string
  readonly state: string
  readonly posted: { readonly readBack: Readonly<Record<string, unknown>> | null }
  readonly before: Readonly<Record<string, unknown>> | null
  readonly run: string
  readonly rowNumbers: readonly number[]
  readonly rows: readonly Readonly<Record<string, string>>[]
  readonly figure: Readonly<Record<string, unknown>>
  readonly map: {
    readonly files: readonly { readonly unchanged: boolean | null; readonly values: readonly unknown[] }[]
  }
  readonly revisions: readonly { readonly key: string; readonly state: string }[]
  readonly history: readonly { readonly event: string; readonly run: string; readonly job: string }[]
  readonly remarks: readonly string[]
  readonly audit: { readonly ok: boolean; readonly problems: readonly unknown[] }
}

/** Typed, because vitest's own matchers are `any`. */
const text: unknown = expect.any(String)
const holding = (part: string): unknown => expect.stringContaining(part)

const sync = (job: string, ...more: string[]) => [
  'sync',
  '--job',
  job,
  '--period',
  '2026-07',
  '--yes',
  '--json',
  ...more,
]

async function synced(w: World, job: string, ...more: string[]): Promise<readonly SyncRecord[]> {
  return (await w.run(sync(job, ...more))).json<SyncJson>().jobs[0]?.records ?? []
}

function keyOf(records: readonly SyncRecord[], account: string, costCentre: string, measure: string): string {
  const is = (one: SyncRecord) => one.account === account && one.costCentre === costCentre && one.measure === measure
  return records.find(is)?.key ?? ''
}

function withoutReadBack(w: World): void {
  const config = w.read('mlc.yaml')
  w.write('mlc.yaml', config.slice(0, config.indexOf('    posted:')) + config.slice(config.indexOf('    daybooks:')))
}

async function traced(w: World, ref: string, code = 0): Promise<TraceJson> {
  const ran = await w.run(['trace', ref, '--json'])
  expect(ran).toMatchObject({ code })
  return ran.json<TraceJson>()
}

test('from a reference back to Look, query, rows, map, plan, run, who and why: offline, without credentials', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl', '--reason', 'month end'), '05010', '1100', 'net_amount')
  await Promise.all([w.servers.looker.close(), w.servers.qad.close()])
  const none = Object.fromEntries(
    Object.keys(w.env).map((name) => [name, /^MLC_STATE/.test(name) ? w.env[name] : undefined]),
  )
  const ran = await w.run(['trace', key, '--json'], { env: none })
  expect(ran).toMatchObject({ code: 0 })
  const stored = w.qad.books.find((one) => one.key === key)
  const planned = w.audit().find(({ event }) => event === 'plan.made')
  const pulled = w.audit().find(({ event }) => event === 'pull.done')
  expect(ran.json<TraceJson>()).toMatchObject({
    schema: 'mlc/trace/1',
    key,
    amount: stored?.amount,
    currency: 'USD',
    state: 'posted',
    posted: {
      reference: { account: '05010', costCentre: '1100', year: 2026, period: 7 },
      readBack: { result: 'equal' },
    },
    before: null,
    run: planned?.run,
    job: 'plant-gl',
    period: '2026-07',
    plan: { hash: planned?.data['hash'] },
    source: {
      ...{ look: '42', title: 'GL summary by plant', timeZone: 'America/Detroit' },
      filters: { 'gl.posting_period': '2026-07' },
      definition: holding('sha256:'),
      exploreUrl: holding('/explore/finance/gl?'),
      ranAt: pulled?.data['ranAt'],
    },
    rowNumbers: [2],
    rows: [{ 'gl.account_code': '5010', 'plant.name': 'Detroit', 'gl.net_amount': '412880.14999999997' }],
    figure: {
      ...{ column: 'gl.net_amount', rowCount: 1, sum: '412880.14999999997', sign: 1, residue: '-0.00000000003' },
      ...{ rounding: { scale: 2, mode: 'half-even' }, ties: true },
    },
    map: {
      files: [
        {
          column: 'gl.account_code',
          file: 'maps/accounts.csv',
          unchanged: true,
          values: [{ looker: '5010', qad: '05010', line: 3 }],
        },
        { column: 'plant.name', unchanged: true, values: [{ looker: 'Detroit', qad: '1100', line: 2 }] },
      ],
    },
    actor: { user: text, host: text, mlc: text },
    reason: 'month end',
    approved: { how: '--yes' },
    history: [{ event: 'record.sent' }, { event: 'record.posted', qadRef: holding(key) }],
    audit: { ok: true },
  })
})

test.each([
  ['payables', '02010', '1100', 'open_payables', { rowCount: 1, sign: -1, sum: '305118.92', ties: true }],
  // More rows than the plan lists: they are found again by the maps, and add up.
  ['procurement', '06010', '1100', 'spend', { rowCount: 102, sign: 1, ties: true }],
])('the rows of %s add up to the amount that was posted', async (job, account, costCentre, measure, figure) => {
  const w = await world()
  const key = keyOf(await synced(w, job), account, costCentre, measure)
  const trace = await traced(w, key)
  expect(trace.figure).toMatchObject({ ...figure, residue: '0' })
  expect(trace.rows).toHaveLength(figure.rowCount)
  expect(trace.rowNumbers).toHaveLength(figure.rowCount)
  const cents = (amount: string) => BigInt(amount.replace('.', ''))
  const sum = trace.rows.reduce((total, row) => total + cents(row[trace.figure['column'] as string] ?? ''), 0n)
  expect(sum * BigInt(figure.sign)).toBe(cents(trace.amount))
})

test('a restated figure: the newest revision and what stood before it; the older one by its own name', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'payables'), '02010', '1100', 'open_payables')
  const first = await traced(w, key)
  w.editConfig(['sign: -1', 'sign: 1'])
  await synced(w, 'payables')
  const newest = await traced(w, key.toLowerCase())
  expect(newest).toMatchObject({
    key: `${key}-R2`,
    amount: '305118.92',
    before: { key, amount: '-305118.92', revision: 1 },
    revisions: [
      { key: `${key}-R2`, state: 'posted' },
      { key, state: 'posted' },
    ],
    current: { key: `${key}-R2`, amount: '305118.92' },
    figure: { sign: 1, ties: true },
  })
  expect(newest.run).not.toBe(first.run)
  expect(newest.history.map(({ event }) => event)).toEqual([
    'record.sent',
    'record.posted',
    'record.sent',
    'record.posted',
  ])
  for (const ref of [`${key}-R1`, first.qadRef ?? '']) {
    expect(await traced(w, ref)).toMatchObject({
      ...{ key, amount: '-305118.92', before: null, run: first.run, figure: { sign: -1, ties: true } },
      current: { key: `${key}-R2` },
    })
  }
  const { stdout } = await w.run(['trace', `${key}-r1`])
  expect(stdout).toContain(`QAD holds 305,118.92 under ${key}-R2, newer than`)
})

test('after a kill the record is in doubt; after the next sync both runs are in its history', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'hang', committed: true }, on: '/bdoc/', skip: 3 })
  const running = w.start(sync('plant-gl'))
  await until(() => w.qad.requests.filter(({ path }) => path.includes('/bdoc/')).length > 3)
  running.kill('SIGKILL')
  await running.ended
  w.qad.clearFaults()
  const key = w.audit().findLast(({ event }) => event === 'record.sent')?.key ?? ''
  const died = await w.run(['trace', key])
  expect(died).toMatchObject({ code: 0 })
  expect(died.stdout).toContain('IN DOUBT')
  expect(died.stderr).toContain(`Next: mlc replay --key ${key}`)
  await synced(w, 'plant-gl')
  const after = await traced(w, key)
  expect(after).toMatchObject({ state: 'same', posted: { readBack: { result: 'equal' } } })
  expect(after.history.map(({ event }) => event)).toEqual(['record.sent', 'record.same'])
  expect(new Set(after.history.map(({ run }) => run)).size).toBe(2)
})

test('after a change of the map, the line that matched then is not guessed from the file of today', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl'), '05010', '1300', 'net_amount')
  w.write('maps/cost-centres.csv', w.read('maps/cost-centres.csv').replace('Leipzig,1300', 'Leipzig,1310'))
  expect((await traced(w, key)).map.files).toMatchObject([
    { unchanged: true, values: [{ looker: '5010', qad: '05010', line: 3 }] },
    { unchanged: false, values: [{ looker: 'Leipzig', qad: '1300', line: null }] },
  ])
  rmSync(join(w.folder, 'maps'), { recursive: true })
  expect((await traced(w, key)).map.files).toMatchObject([{ unchanged: null }, { unchanged: null }])
})

test('a second job that finds the reference in QAD stands in its history, with its own run', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl'), '05010', '1100', 'net_amount')
  w.editConfig(['  plant-gl:', '  renamed:'])
  await synced(w, 'renamed')
  const trace = await traced(w, key)
  expect(trace).toMatchObject({ job: 'plant-gl', figure: { ties: true } })
  expect(trace.history.map(({ event, job }) => [event, job])).toEqual([
    ['record.sent', 'plant-gl'],
    ['record.posted', 'plant-gl'],
    ['record.same', 'renamed'],
  ])
  expect((await w.run(['trace', key])).stdout).toContain('job renamed')
})

test('a replay: whose figures they are, which replay sent them, and who approved it', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: '/bdoc/', skip: 3 })
  const failed = (await synced(w, 'plant-gl')).find(({ status }) => status === 'failed')?.key ?? ''
  const before = await w.run(['trace', failed])
  expect(before.stdout).toContain('FAILED: QAD does not hold it')
  expect(before.stderr).toContain(`Next: mlc replay --key ${failed}`)
  const replayed = await w.run(['replay', '--key', failed, '--yes', '--json', '--reason', 'role granted'])
  expect(replayed).toMatchObject({ code: 0 })
  const replay = replayed.json<SyncJson>().jobs[0]?.run
  const trace = await traced(w, failed)
  expect(trace).toMatchObject({
    ...{ state: 'posted', replay, reason: 'role granted', approved: { how: '--yes' } },
    ...{ source: { look: '42' }, figure: { ties: true }, posted: { readBack: { result: 'equal' } } },
  })
  expect(trace.run).not.toBe(replay)
  expect(trace.history).toMatchObject([
    { event: 'record.sent', replay: null },
    { event: 'record.failed', code: 'MLC-Q020' },
    { event: 'record.sent', replay },
    { event: 'record.posted', replay },
  ])
  const { stdout } = await w.run(['trace', failed])
  expect(stdout).toContain(`sent by replay ${replay}`)
  expect(stdout).toContain('approved by --yes')
  expect(stdout).toContain('because "role granted"')
})

test('a record that the run did not come to is told with its rows, and that it was not sent', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'unauthorized' }, on: '/bdoc/', skip: 10, times: Infinity })
  w.qad.fault({ fault: { is: 'forbidden' }, on: '/oauth/token', skip: 1, times: Infinity })
  const skipped = (await synced(w, 'plant-gl')).findLast(({ status }) => status === 'skipped')
  expect(await traced(w, skipped?.key ?? '')).toMatchObject({
    ...{ state: 'skipped', amount: skipped?.amount, current: null, before: null, rows: [{}], figure: { ties: true } },
    posted: { sentAt: null, at: null, readBack: null },
  })
  expect((await w.run(['trace', skipped?.key ?? ''])).stdout).toContain('NOT SENT')
})

test('what a person settled is told with the reason', async () => {
  const w = await world()
  withoutReadBack(w)
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: '/bdoc/', skip: 5 })
  const key = (await synced(w, 'plant-gl')).find(({ status }) => status === 'unknown')?.key ?? ''
  await w.run(['resolve', key, '--posted', '--yes', '--reason', 'seen on the screen'])
  expect(await traced(w, key)).toMatchObject({
    ...{ state: 'resolved', posted: { resolution: 'posted' }, current: { key } },
    history: [{}, {}, { event: 'record.resolved', resolution: 'posted', reason: 'seen on the screen' }],
  })
  const { stdout } = await w.run(['trace', key])
  expect(stdout).toContain('settled: a person found it in QAD')
  expect(stdout).toContain('seen on the screen')
  expect(stdout).toMatch(/Z {2}resolved {2}R1 +-?[\d,]+\.\d\d {2}/)
})

test('what QAD took and showed only later was not shown first, and is equal in the end', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'lag', reads: 6 }, on: '/bdoc/', skip: 3 })
  const key = (await synced(w, 'plant-gl')).find(({ status }) => status === 'unknown')?.key ?? ''
  expect((await traced(w, key)).posted.readBack).toMatchObject({ result: 'not shown', stored: null })
  expect((await w.run(['trace', key])).stdout).toContain('NOT SHOWN BY QAD')
  await synced(w, 'plant-gl')
  await synced(w, 'plant-gl')
  expect((await traced(w, key)).posted.readBack).toMatchObject({ result: 'equal' })
})

test('an audit whose end was cut off is told from its checkpoints', async () => {
  const w = await world()
  await w.run(['audit', 'keygen', '-o', 'audit.key'])
  const signed = { env: { MLC_AUDIT_KEY_FILE: 'audit.key' } }
  const [record] = (await w.run(sync('plant-gl'), signed)).json<SyncJson>().jobs[0]?.records ?? []
  expect((await traced(w, record?.key ?? '')).audit).toMatchObject({ ok: true })
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  w.write(path, w.read(path).split('\n').slice(0, -3).join('\n') + '\n')
  expect((await traced(w, record?.key ?? '', 8)).audit).toMatchObject({ ok: false, problems: [{ problem: 'cut' }] })
})

test('what QAD stored otherwise than sent is shown beside what was sent', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: '/bdoc/', skip: 2 })
  const key = (await synced(w, 'plant-gl')).find(({ status }) => status === 'conflict')?.key ?? ''
  const trace = await traced(w, key)
  expect(trace).toMatchObject({
    state: 'conflict',
    current: { key, amount: '1' },
    posted: { code: 'MLC-Q023', readBack: { result: 'different', stored: { amount: '1' } } },
    figure: { ties: true },
  })
  expect(trace.amount).not.toBe('1.00')
  expect((await w.run(['trace', key])).stdout).toContain('CONFLICT')
})

test('a tenant without a read of references: what was posted was not read back, and that is said', async () => {
  const w = await world()
  withoutReadBack(w)
  const [record] = await synced(w, 'plant-gl')
  expect((await traced(w, record?.key ?? '')).posted.readBack).toMatchObject({ result: 'not read' })
  expect((await w.run(['trace', record?.key ?? ''])).stdout).toContain('NOT READ BACK')
})

test('when the folder of the run is gone, the audit still tells the rest', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl'), '05010', '1100', 'net_amount')
  rmSync(join(w.folder, 'state', 'runs'), { recursive: true })
  expect(await traced(w, key)).toMatchObject({
    ...{ amount: '412880.15', rowNumbers: [2], rows: [], source: { look: '42', timeZone: 'America/Detroit' } },
    figure: { column: 'gl.net_amount', rowCount: 1, sum: null, ties: null, sign: 1 },
    map: { files: [{ column: 'gl.account_code', unchanged: true }, { column: 'plant.name' }] },
    remarks: [holding('is gone: the rows themselves are no longer there')],
  })
  expect((await w.run(['trace', key])).stderr).toMatch(/^! the folder of run \S+ is gone/)
})

test.each([
  ['rows.jsonl', '412880.14999999997', '999999.99', 'are gone or were changed'],
  ['run.json', 'sha256:', 'sha256:0', 'are not the ones that the audit speaks of'],
])('rows that %s was changed for are not shown as evidence', async (file, from, to, words) => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl'), '05010', '1100', 'net_amount')
  const { run } = await traced(w, key)
  const path = `state/runs/${run}/${file}`
  w.write(path, w.read(path).replaceAll(from, to))
  const trace = await traced(w, key)
  expect(trace).toMatchObject({ rows: [], rowNumbers: [2], amount: '412880.15', figure: { ties: null } })
  expect(trace.remarks.join()).toContain(words)
})

test('a damaged audit is said with 8, and what its sound lines say is still shown', async () => {
  const w = await world()
  const key = keyOf(await synced(w, 'plant-gl'), '05010', '1100', 'net_amount')
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  w.write(path, w.read(path).replace('"-305118.92"', '"-305118.93"'))
  const trace = await traced(w, key, 8)
  expect(trace).toMatchObject({ key, amount: '412880.15', figure: { ties: true } })
  expect(trace.audit).toMatchObject({ ok: false, problems: [{ problem: 'hash' }] })
  const shown = await w.run(['trace', key])
  expect(shown).toMatchObject({ code: 8 })
  expect(shown.stdout).toContain('412,880.15')
  expect(shown.stderr).toMatch(/x MLC-A003 the audit is damaged \(\S+ line \d+: hash\)/)
  // That it does not know a reference proves nothing either.
  expect(await w.run(['trace', 'MLC0000000000000000000000000'])).toMatchObject({ code: 8 })
})

/** A state folder with an audit of these lines alone. */
function planted(w: World, parts: Parameters<typeof sealed>[0]): void {
  mkdirSync(join(w.folder, 'state', 'audit'), { recursive: true })
  w.write('state/audit/2026-03.jsonl', sealed(parts).join(''))
}

const KEYS = ['MLCP284W54TV00G1NFSJYMXZQ0J6T', 'MLCP284W54TV00G1NFSJYMXZQ0J6S'] as const

test('a reference that the audit does not know, or that fits several, exits 2', async () => {
  const w = await world()
  planted(
    w,
    KEYS.map((key) => ({
      event: 'record.posted',
      key,
      job: 'j',
      run: 'A',
      data: { amount: '1.00', qadRef: `q-${key.at(-1)}` },
    })),
  )
  const refused = async (ref: string) => {
    const ran = await w.run(['trace', ref, '--json'])
    expect(ran).toMatchObject({ code: 2 })
    return ran.json<ErrorJson>()
  }
  expect(await refused('MLC0000000000000000000000000')).toMatchObject({ code: 'MLC-C016' })
  expect(await refused(`${KEYS[0]}-R7`)).toMatchObject({
    code: 'MLC-C016',
    message: holding(`only ${KEYS[0]}`),
  })
  expect(await refused('MLCQ284')).toMatchObject({ code: 'MLC-C016', message: holding('knows no reference') })
  expect(await refused('')).toMatchObject({ code: 'MLC-C016' })
  const several = await refused('mlcp284w54')
  expect(several).toMatchObject({ code: 'MLC-C006' })
  expect(several).toMatchObject({ message: holding('fits 2 references: '), fix: holding('at least 29 characters') })
  for (const key of KEYS) expect(several.message).toContain(key)
  expect((await traced(w, KEYS[0].slice(0, 28).toLowerCase() + 'T')).key).toBe(KEYS[0])
  expect((await traced(w, 'q-S')).key).toBe(KEYS[1])
})

test('a person reads it on 80 columns, the address whole, and nothing that a terminal would act on', async () => {
  const w = await world()
  const source = {
    look: '1',
    title: 'red \u001b[31m\u202e',
    filters: { 'a.b': 'x\u0007\ny' },
    exploreUrl: `https://x/${'u'.repeat(90)}`,
  }
  const place = {
    domain: 'D',
    entity: 'E',
    year: 2026,
    period: 3,
    subAccount: '',
    project: '',
    site: '',
    currency: 'USD',
  }
  const what = {
    account: '5010\u001b',
    costCentre: '',
    measure: 'm',
    description: 'm\u0085',
    source: 'look 1',
    revision: 1,
  }
  const reference = { ...place, ...what, key: KEYS[0], amount: '1234567.5', run: 'A' }
  planted(w, [
    { event: 'run.started', run: 'A', job: 'j', data: { reason: 'because\u009b of a long reason '.repeat(9) } },
    { event: 'pull.done', run: 'A', job: 'j', data: { source, rows: 4 } },
    { event: 'record.sent', key: KEYS[0], run: 'A', job: 'j\u001b', data: { reference, rows: [1], before: null } },
    {
      event: 'record.failed',
      key: KEYS[0],
      run: 'A',
      job: 'j',
      data: { code: 'MLC-Q020', message: 'no \u001b]0;title\u0007 '.repeat(20) },
    },
    ...Array.from({ length: 40 }, () => ({
      event: 'record.same' as const,
      key: KEYS[0],
      run: 'B',
      job: 'j',
      data: {},
    })),
  ])
  const { code, stdout } = await w.run(['trace', KEYS[0]])
  expect(code).toBe(0)
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u)
  expect(stdout).toContain('1,234,567.50')
  expect(stdout).toContain(source.exploreUrl)
  expect(stdout).toContain('(40 runs)')
  const lines = stdout.split('\n')
  expect(lines.filter((line) => line.length > 80 && !line.includes(source.exploreUrl))).toEqual([])
  expect(lines.length).toBeLessThan(45)
})
