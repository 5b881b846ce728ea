import { expect, test } from 'vitest'
import { amounts, restated } from '../support/restated.js'
import type { ErrorJson, SyncJson } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World, type WorldOptions } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const REPLAY = ['replay', '--yes', '--json']
const BDOC = '/bdoc/'

/** A world in which a lost answer is waited for a second only. */
async function quickWorld(options: WorldOptions = {}): Promise<World> {
  const w = await world(options)
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/settleSeconds: \d+/g, 'settleSeconds: 1'))
  return w
}

/** Maps what went to one cost centre to another that the map names. */
function movePlants(w: World, from: string): void {
  const path = 'maps/cost-centres.csv'
  const codes = w
    .read(path)
    .split('\n')
    .map((line) => line.split(',')[1])
  const to = codes.find((code) => code !== undefined && code !== 'qad' && code !== from) ?? ''
  w.write(path, w.read(path).replaceAll(`,${from}`, `,${to}`))
}

function pushOf(ran: { json<T>(): T }) {
  return ran.json<SyncJson>().jobs[0]?.push
}

test('what QAD refused is posted by replay once its cause is gone, and the audit says which replay did it', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 5 })
  expect(pushOf(first)).toMatchObject({ created: 22, failed: 2 })
  const replayed = await w.run(REPLAY)
  expect(replayed).toMatchObject({ code: 0 })
  const [job] = replayed.json<SyncJson>().jobs
  expect(job).toMatchObject({ job: 'plant-gl', period: '2026-07', push: { created: 2, failed: 0, same: 0 } })
  expect(w.qad.books).toHaveLength(24)
  const run = first.json<SyncJson>().jobs[0]?.run
  const lines = w.audit().filter(({ data }) => data['replay'] === job?.run)
  expect(lines.map(({ event, run: of }) => [event, of])).toEqual(
    expect.arrayContaining([
      ['record.sent', run],
      ['record.posted', run],
    ]),
  )
  expect(await w.run(['audit', 'verify'])).toMatchObject({ code: 0 })
})

test('a lost answer: replay asks QAD and sends nothing when it is there', async () => {
  const w = await quickWorld({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: BDOC, skip: 5 })
  w.qad.fault({ fault: { is: 'lag', reads: 1 }, on: BDOC, skip: 5 })
  const first = await w.run(SYNC)
  w.qad.clearFaults()
  expect(w.qad.books).toHaveLength(24)
  const posts = () => w.qad.requests.filter(({ path }) => path.includes(BDOC)).length
  const before = posts()
  const replayed = await w.run(REPLAY)
  expect([first.code, replayed.code]).toEqual([5, 0])
  expect(posts()).toBe(before)
  expect(pushOf(replayed)).toMatchObject({ created: 0, same: 1, failed: 0, unknown: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a lost request: replay sends it under the key it had', async () => {
  const w = await quickWorld({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'reset' }, on: BDOC, skip: 5 })
  const first = await w.run(SYNC)
  const [lost] = first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'unknown') ?? []
  expect(first).toMatchObject({ code: 5 })
  const replayed = await w.run(REPLAY)
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.json<SyncJson>().jobs[0]?.records).toMatchObject([{ key: lost?.key, status: 'posted' }])
  expect(amounts(w).size).toBe(24)
})

test('credentials refused in mid-run: after the login, replay posts what was skipped', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unauthorized' }, on: BDOC, skip: 10, times: Infinity })
  w.qad.fault({ fault: { is: 'forbidden' }, on: '/oauth/token', skip: 1, times: Infinity })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 4 })
  w.qad.clearFaults()
  expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  expect(amounts(w).size).toBe(24)
  expect(w.qad.books).toHaveLength(24)
})

test('killed while it posted: replay finishes the plan that was approved', async () => {
  const w = await quickWorld({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'hang', committed: true }, on: BDOC, skip: 7 })
  const running = w.start(SYNC)
  await until(() => w.qad.requests.filter(({ path }) => path.includes(BDOC)).length > 7)
  running.kill('SIGKILL')
  await running.ended
  w.qad.clearFaults()
  const cutOff = await w.run(['status'])
  expect(cutOff.stdout).toMatch(/plant-gl .*\n {2}run \w{26} has not ended: it is still at work, or was cut off/)
  expect(cutOff.stdout).toContain('Next: mlc replay --job plant-gl')
  const replayed = await w.run(REPLAY)
  expect(replayed).toMatchObject({ code: 0 })
  expect(pushOf(replayed)).toMatchObject({ created: 16, same: 1 })
  expect((await w.run(['status'])).stdout).not.toContain('has not ended')
  expect(amounts(w).size).toBe(24)
  expect(w.qad.books).toHaveLength(24)
})

test.each<[string, (plan: string) => string]>([
  ['gone', () => ''],
  [
    'changed',
    (plan) => plan.replaceAll('"measure": "', '"measure":  "').replace(/"amount": "-?[\d.]+"/, '"amount": "1.00"'),
  ],
])(
  'killed while it posted, and its plan is %s: replay sends none of it, says so, and the job is not good',
  async (_, change) => {
    const w = await quickWorld()
    w.qad.fault({ fault: { is: 'hang', committed: true }, on: BDOC, skip: 3 })
    const running = w.start(SYNC)
    const posts = () => w.qad.requests.filter(({ path, method }) => method === 'POST' && path.includes(BDOC)).length
    await until(() => posts() >= 4)
    running.kill('SIGKILL')
    await running.ended
    w.qad.clearFaults()
    const run = w.audit().find(({ event }) => event === 'run.started')?.run ?? ''
    const path = `state/runs/${run}/plan.json`
    w.write(path, change(w.read(path)))
    const replayed = await w.run(REPLAY)
    expect(replayed).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('its plan is gone or was changed') as string,
    })
    expect(replayed.stderr).toContain('Next: mlc sync --job plant-gl --period 2026-07')
    expect(replayed.json()).toMatchObject({ exit_code: 5, lostPlans: [{ run, job: 'plant-gl' }] })
    expect(w.qad.books).toHaveLength(4)
    expect((await w.run(['status', '--json'])).json()).toMatchObject({ jobs: [{ lastGood: null }, {}, {}] })
    expect(await w.run(SYNC)).toMatchObject({ code: 0 })
    expect(w.qad.books).toHaveLength(24)
    expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  },
)

test('when nothing is left, replay says so and writes nothing', async () => {
  const w = await quickWorld()
  await w.run(SYNC)
  const lines = w.audit().length
  const posts = w.qad.requests.length
  const replayed = await w.run(['replay', '--yes'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.stderr).toContain('Nothing is left to replay')
  expect((await w.run(REPLAY)).json()).toMatchObject({ schema: 'mlc/sync/1', exit_code: 0, jobs: [] })
  expect([w.audit().length, w.qad.requests.length]).toEqual([lines, posts])
})

test('a key, run or job that the audit never heard of is a mistake, not an empty rest', async () => {
  const w = await quickWorld()
  const synced = (await w.run(SYNC)).json<SyncJson>().jobs[0]
  const key = synced?.records[3]?.key ?? ''
  const typo = `${key.slice(0, 20)}${key[20] === 'A' ? 'B' : 'A'}${key.slice(21)}`
  const run = synced?.run ?? ''
  const lines = w.audit().length
  for (const [flags, code, named] of [
    [['--key', typo.toLowerCase()], 'MLC-C016', key],
    [['--key', 'MLC00000000000000000000000000'], 'MLC-C016', 'MLC00000000000000000000000000'],
    [['--key', `${key}-R7`], 'MLC-C016', key],
    [['--run', `${run.slice(0, 25)}${run.endsWith('Z') ? 'Y' : 'Z'}`], 'MLC-C010', run],
    [['--run', '01J00000000000000000000000', '--dry-run'], 'MLC-C010', '01J00000000000000000000000'],
    [['--job', 'plant-lg'], 'MLC-C005', 'plant-gl'],
  ] as const) {
    const ran = await w.run([...REPLAY, ...flags])
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.json<ErrorJson>()).toMatchObject({ code, message: expect.stringContaining(named) as string })
  }
  for (const flags of [
    ['--key', key],
    ['--key', key.toLowerCase()],
    ['--run', run],
    ['--job', 'payables'],
  ])
    expect(await w.run(['replay', '--yes', ...flags])).toMatchObject({ code: 0 })
  expect(w.audit()).toHaveLength(lines)
})

test('conflicts are named by replay, alone or beside what it finishes: 5, and the job is not good again', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: BDOC, skip: 4 })
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 6 })
  const [conflict] =
    (await w.run(SYNC)).json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'conflict') ?? []
  const key = conflict?.key ?? ''
  const both = await w.run(REPLAY)
  expect(both).toMatchObject({ code: 5 })
  expect(both.json<SyncJson>().jobs).toMatchObject([
    {
      job: 'plant-gl',
      exit_code: 5,
      push: { created: 1, conflict: 1 },
      records: [{ status: 'posted' }, { key, status: 'conflict' }],
    },
  ])
  const [lines, requests] = [w.audit().length, w.qad.requests.length]
  const alone = await w.run(REPLAY)
  expect(alone).toMatchObject({ code: 5 })
  expect(alone.json<SyncJson>()).toMatchObject({
    exit_code: 5,
    jobs: [
      { job: 'plant-gl', exit_code: 5, push: { created: 0, conflict: 1 }, records: [{ key, status: 'conflict' }] },
    ],
  })
  const told = await w.run(['replay', '--yes', '--key', key])
  expect(told).toMatchObject({ code: 5 })
  expect(told.stderr).toContain(`mlc resolve ${key} --posted`)
  expect(told.stderr).not.toContain('Nothing is left')
  expect(await w.run([...REPLAY, '--failed'])).toMatchObject({ code: 0 })
  expect([w.audit().length, w.qad.requests.length]).toEqual([lines, requests])
  expect((await w.run(['status', '--json'])).json()).toMatchObject({ jobs: [{ lastGood: null }, {}, {}] })
})

test('replay run ten times posts nothing twice', async () => {
  const w = await quickWorld({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'reset' }, on: BDOC, skip: 5, times: 2 })
  await w.run(SYNC)
  for (let again = 0; again < 3; again++) expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test.each<[flags: string[], sent: number]>([
  [['--failed'], 2],
  [['--code', 'MLC-Q020'], 2],
  [['--code', 'MLC-Q031'], 0],
  [['--job', 'plant-gl'], 3],
  [['--job', 'payables'], 0],
  [['--since', '1h'], 3],
  [['--since', '2999-01-01'], 0],
])('%j replays %i of three', async (flags, sent) => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  w.qad.fault({ fault: { is: 'reset' }, on: BDOC, skip: 8 })
  expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  expect(w.qad.books).toHaveLength(21)
  expect(await w.run([...REPLAY, ...flags])).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(21 + sent)
})

test('one reference by its key; a dry run shows it and sends nothing', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  const failed = (await w.run(SYNC)).json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'failed')
  const key = failed?.[1]?.key ?? ''
  const dry = await w.run(['replay', '--key', key, '--dry-run'])
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.stdout).toContain('+ create')
  expect(w.qad.books).toHaveLength(22)
  expect(await w.run([...REPLAY, '--key', key.toLowerCase()])).toMatchObject({ code: 0 })
  expect(w.qad.books.map((row) => row.key)).toContain(key)
  expect(w.qad.books).toHaveLength(23)
})

test('a figure that a later run restated is not posted at its older amount', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 2, times: 1 })
  const first = await w.run(SYNC)
  const [failed] = first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'failed') ?? []
  const other = await world({ looker: restated(failed?.amount ?? '', '77.77') })
  w.write('mlc.yaml', w.read('mlc.yaml').replace(w.servers.looker.url, other.servers.looker.url))
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  const replayed = await w.run(['replay', '--yes'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  expect(w.qad.books.find(({ key }) => key === failed?.key)?.amount).toBe('77.77')
})

test('mapped anew by hand and pushed: what was refused under the wrong code is not posted there besides', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, times: 24 })
  const first = (await w.run(SYNC)).json<SyncJson>().jobs[0]
  const from = first?.records[0]?.costCentre ?? ''
  w.qad.clearFaults()
  movePlants(w, from)
  expect(await w.run(['map', '--run', first?.run ?? ''])).toMatchObject({ code: 0 })
  expect(await w.run(['push', '--run', first?.run ?? '', '--yes'])).toMatchObject({ code: 0 })
  const posted = w.qad.books.length
  expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(posted)
  expect(w.qad.books.map(({ costCentre }) => costCentre)).not.toContain(from)
  expect((await w.run(['status'])).stdout).not.toContain('failed')
})

test('a run that was pulled before another and pushed after it: what it left is posted by replay', async () => {
  const w = await quickWorld()
  const { run } = (await w.run(['pull', ...SYNC.slice(1, 5), '--json'])).json<{ run: string }>()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 1 })
  expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  expect(await w.run(['map', '--run', run])).toMatchObject({ code: 0 })
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, times: 1 })
  expect(await w.run(['push', '--run', run, '--yes'])).toMatchObject({ code: 5 })
  const replayed = await w.run(REPLAY)
  expect(replayed).toMatchObject({ code: 0 })
  expect(pushOf(replayed)).toMatchObject({ created: 1 })
  expect(w.qad.books).toHaveLength(24)
})

test('a period that was closed since holds its records back: 6, nothing posted, and it stays to be replayed', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  await w.run(SYNC)
  w.editConfig(['openValues: [', 'openValues: [NoSuchStatus, '])
  const text = w.read('mlc.yaml')
  w.write('mlc.yaml', text.replace(/openValues: \[NoSuchStatus, [^\]]*\]/, 'openValues: [NoSuchStatus]'))
  const held = await w.run(REPLAY)
  expect(held).toMatchObject({ code: 6 })
  expect(held.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-Q031' })
  expect(w.qad.books).toHaveLength(22)
  w.write('mlc.yaml', text.replace('NoSuchStatus, ', ''))
  expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a record made for another entity is never posted into this one', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  await w.run(SYNC)
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/entity: \S+/, 'entity: OTHERCO'))
  const held = await w.run(REPLAY)
  expect(held).toMatchObject({ code: 6 })
  expect(held.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-P012' })
  expect(w.qad.books).toHaveLength(22)
})

test('--mapping current maps the rows anew: what was refused under a wrong code goes to the right one', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 0, times: 1 })
  const first = await w.run(SYNC)
  const [failed] = first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => status === 'failed') ?? []
  movePlants(w, failed?.costCentre ?? '')
  const replayed = await w.run([...REPLAY, '--mapping', 'current'])
  expect(replayed).toMatchObject({ code: 0 })
  expect(w.qad.books.map((row) => row.key)).not.toContain(failed?.key)
  expect((await w.run(['replay', '--yes'])).stderr).toContain('Nothing is left to replay')
})

test('one key under --mapping current: all that was left of its run and period is settled with it, and nothing stands twice', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 0, times: 2 })
  const first = (await w.run(SYNC)).json<SyncJson>().jobs[0]
  const failed = first?.records.filter(({ status }) => status === 'failed') ?? []
  expect(new Set(failed.map(({ costCentre }) => costCentre)).size).toBe(1)
  movePlants(w, failed[0]?.costCentre ?? '')
  const replayed = await w.run([...REPLAY, '--mapping', 'current', '--key', failed[0]?.key ?? ''])
  expect(replayed).toMatchObject({ code: 0 })
  expect(replayed.json<{ jobs: unknown }>().jobs).toMatchObject([{ superseded: 2 }])
  expect((await w.run(['replay', '--yes'])).stderr).toContain('Nothing is left to replay')
  const keys = w.qad.books.map(({ key }) => key)
  for (const { key } of failed) expect(keys).not.toContain(key)
})

test.each(['original', 'current'])(
  'a dry run of replay --mapping %s leaves nothing behind, and its JSON tells what would be sent',
  async (mapping) => {
    const w = await quickWorld()
    w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
    const first = (await w.run(SYNC)).json<SyncJson>().jobs[0]
    const failed = first?.records.filter(({ status }) => status === 'failed') ?? []
    const plan = `state/runs/${first?.run ?? ''}/plan.json`
    const before = [w.audit(), w.read(plan)]
    const dry = await w.run([...REPLAY, '--mapping', mapping, '--dry-run'])
    expect(dry).toMatchObject({ code: 0 })
    const told = dry.json<{
      jobs: { plan: { create: number; entries: { action: string; key: string; amount: string }[] } }[]
    }>()
    expect(told.jobs[0]?.plan).toMatchObject({ create: 2, revise: 0, blocked: 0 })
    expect(told.jobs[0]?.plan.entries.filter(({ action }) => action === 'create')).toMatchObject(
      failed.map(({ key, amount }) => ({ key, amount })),
    )
    expect([w.audit(), w.read(plan)]).toEqual(before)
    expect(w.qad.books).toHaveLength(22)
    expect(await w.run([...REPLAY, '--mapping', mapping])).toMatchObject({ code: 0 })
    expect(w.qad.books).toHaveLength(24)
  },
)

test('every line that a dry run of sync leaves says that it is of a dry run, and its JSON and that of push list the plan', async () => {
  const w = await quickWorld()
  const dry = await w.run([...SYNC, '--dry-run'])
  expect(dry).toMatchObject({ code: 0 })
  expect(w.audit().map(({ event }) => event)).toEqual(['run.started', 'pull.done', 'map.done', 'plan.made'])
  expect(w.audit().filter(({ data }) => data['dryRun'] !== true)).toEqual([])
  const { run } = dry.json<SyncJson>().jobs[0] ?? {}
  const pushed = await w.run(['push', '--run', run ?? '', '--dry-run', '--json'])
  for (const ran of [dry, pushed]) {
    const { plan } = ran.json<{ jobs: { plan: { create: number; entries: object[] } }[] }>().jobs[0] ?? {}
    expect(plan).toMatchObject({ create: 24 })
    expect(plan?.entries).toHaveLength(24)
  }
  expect(w.audit()).toHaveLength(4)
  expect(w.qad.books).toHaveLength(0)
})

test('what a whole batch was refused for is sent one by one, so that a bad record fails alone', async () => {
  const w = await quickWorld()
  w.editConfig(['batchSize: 1', 'batchSize: 8'])
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 2, times: 1 })
  const first = await w.run(SYNC)
  expect(pushOf(first)).toMatchObject({ failed: 8 })
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 1 })
  const replayed = await w.run(REPLAY)
  expect(replayed).toMatchObject({ code: 5 })
  expect(pushOf(replayed)).toMatchObject({ created: 7, failed: 1 })
  expect(w.qad.books).toHaveLength(23)
})

test('a replay under a map that is broken is refused, and what it was to finish stays open', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 1 })
  await w.run(SYNC)
  const sound = w.read('maps/cost-centres.csv')
  w.write('maps/cost-centres.csv', sound.split('\n').slice(0, 1).join('\n') + '\n')
  expect(await w.run([...REPLAY, '--mapping', 'current', '--dry-run'])).toMatchObject({ code: 6 })
  expect(await w.run([...REPLAY, '--mapping', 'current'])).toMatchObject({ code: 6 })
  w.write('maps/cost-centres.csv', sound)
  expect(await w.run(REPLAY)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('replay needs --yes without a terminal', async () => {
  const w = await quickWorld()
  const ran = await w.run(['replay', '--json'])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-C009' })
})

test('status counts what is open, and a replay that leaves nothing makes the job good again', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
  await w.run(SYNC)
  const open = await w.run(['status', '--json', '--max-age', '1h'])
  expect(open.json()).toMatchObject({ jobs: [{ lastGood: null, open: { failed: 2, unknown: 0 } }, {}, {}] })
  const [first] = w.audit().filter(({ event }) => event === 'record.failed')
  await w.run([...REPLAY, '--key', first?.key ?? ''])
  expect((await w.run(['status', '--json'])).json()).toMatchObject({
    jobs: [{ lastGood: null, open: { failed: 1 } }, {}, {}],
  })
  await w.run(REPLAY)
  const done = (await w.run(['status', '--json'])).json<{ jobs: { lastGood: string | null; open: unknown }[] }>()
  expect(done.jobs[0]).toMatchObject({ open: { failed: 0, unknown: 0 } })
  expect(done.jobs[0]?.lastGood).not.toBeNull()
})
