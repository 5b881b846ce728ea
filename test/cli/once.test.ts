import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planHash } from '../../src/mapping/stale.js'
import type { Plan } from '../../src/model/plan.js'
import type { ErrorJson, MapJson, PullJson, SyncJson } from '../support/shapes.js'
import { amounts, restated } from '../support/restated.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

test.each([0, 1, 5, 23])(
  'killed after %i references, the same sync run again leaves each exactly once',
  async (done) => {
    const w = await world({ qadOptions: { uniqueKeys: false } })
    w.qad.fault({ fault: { is: 'hang', committed: true }, on: '/bdoc/', skip: done })
    const running = w.start(SYNC)
    // The sandbox holds this request open: the process is dead before any answer.
    await until(() => w.qad.requests.filter(({ path }) => path.includes('/bdoc/')).length > done)
    running.kill('SIGKILL')
    await running.ended
    w.qad.clearFaults()
    const again = await w.run(SYNC)
    expect(again).toMatchObject({ code: 0 })
    expect(w.qad.books).toHaveLength(24)
    expect(amounts(w).size).toBe(24)
    expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ same: done + 1, created: 23 - done })
    expect((await w.run(['audit', 'verify'])).code).toBe(0)
  },
)

test('SIGTERM finishes the record in flight, records it, starts none after it, and exits 143', async () => {
  const w = await world()
  const running = w.start(SYNC)
  await until(() => w.qad.books.length >= 3)
  running.kill('SIGTERM')
  const { code } = await running.ended
  expect(code).toBe(143)
  const lines = w.audit()
  const sent = lines.filter(({ event }) => event === 'record.sent')
  const answered = lines.filter(({ event }) => event === 'record.posted')
  expect(sent.length).toBe(w.qad.books.length)
  expect(answered.length).toBe(sent.length)
  expect(sent.length).toBeLessThan(24)
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a restated figure becomes revision 2 of the reference posted before it', async () => {
  const before = await world()
  expect(await before.run(SYNC)).toMatchObject({ code: 0 })
  const after = await world({ looker: restated('88215.40', '88000.00'), qad: undefined as never })
  // The second Looker, the first QAD and state: the figure changed, nothing else did.
  before.write('mlc.yaml', before.read('mlc.yaml').replace(before.servers.looker.url, after.servers.looker.url))
  const again = await before.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  const [job] = again.json<SyncJson>().jobs
  expect(job?.push).toMatchObject({ created: 0, revised: 1, same: 23 })
  const revised = job?.records.find(({ status }) => status === 'posted')
  expect(revised).toMatchObject({ amount: '88000.00', revision: 2, account: '05030' })
  expect(revised?.key).toMatch(/^MLC[0-9A-Z]{26}-R2$/)
  expect(before.qad.books).toHaveLength(25)
  expect(amounts(before).get(revised?.key.split('-R')[0] ?? '')).toBe('88000.00')
})

test('onRestate: refuse stops the job instead', async () => {
  const before = await world()
  await before.run(SYNC)
  const after = await world({ looker: restated('88215.40', '88000.00') })
  before.write(
    'mlc.yaml',
    before
      .read('mlc.yaml')
      .replace(before.servers.looker.url, after.servers.looker.url)
      .replaceAll('onRestate: revise', 'onRestate: refuse'),
  )
  const again = await before.run(SYNC)
  expect(again).toMatchObject({ code: 6 })
  expect(again.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-P019' })
  expect(before.qad.books).toHaveLength(24)
})

test('two machines that sync the same job leave every reference once', async () => {
  const w = await world()
  const [one, two] = await Promise.all([
    w.run(SYNC),
    w.run(SYNC, { env: { MLC_STATE_DIR: join(w.folder, 'other-machine') } }),
  ])
  expect([one.code, two.code].sort()).toEqual([0, 0])
  expect(amounts(w).size).toBe(24)
  expect(w.qad.books).toHaveLength(24)
})

test('a second run on the same state folder is told who holds it, and exits 7', async () => {
  const w = await world()
  w.qad.fault({ fault: { is: 'hang' }, on: 'xxgl01' })
  const first = w.start(SYNC)
  await until(() => w.qad.requests.some(({ browseId }) => browseId?.includes('xxgl01')))
  const second = await w.run(SYNC)
  expect(second).toMatchObject({ code: 7 })
  expect(second.json<ErrorJson>()).toMatchObject({ code: 'MLC-C020', category: 'lock' })
  expect(second.json<ErrorJson>().message).toContain(String(first.pid))
  first.kill('SIGKILL')
  await first.ended
  w.qad.clearFaults()
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
})

test('a plan is refused when QAD has changed since it was made', async () => {
  const w = await world()
  const { run } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<PullJson>()
  await w.run(['map', '--run', run ?? '', '--json'])
  const other = await w.run(SYNC, { env: { MLC_STATE_DIR: join(w.folder, 'other-machine') } })
  const [record] = other.json<SyncJson>().jobs[0]?.records ?? []
  w.qad.plant({ ...w.qad.books[0], key: `${record?.key ?? ''}-R2`, amount: '1.00', revision: 2 })
  const pushed = await w.run(['push', '--run', run ?? '', '--yes', '--json'])
  expect(pushed).toMatchObject({ code: 6 })
  expect(pushed.json<ErrorJson>()).toMatchObject({ code: 'MLC-P012' })
})

test.each([
  ['the map', (w: World) => w.write('maps/accounts.csv', `${w.read('maps/accounts.csv')}9999,05010,,,,\n`)],
  ['the plan file', (w: World, file: string) => w.write(file, w.read(file).replace('412880.15', '412880.16'))],
  [
    'the plan file with its hash',
    (w: World, file: string) => {
      const { plan } = JSON.parse(w.read(file).replace('412880.15', '412880.16')) as { plan: Plan }
      w.write(file, JSON.stringify({ hash: planHash(plan), plan }))
    },
  ],
])('a plan is refused when %s changed since it was made', async (_name, change) => {
  const w = await world()
  const { run } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<PullJson>()
  const mapped = (await w.run(['map', '--run', run ?? '', '--json'])).json<MapJson>()
  change(w, mapped.plan.file.slice(w.folder.length + 1))
  const pushed = await w.run(['push', '--run', run ?? '', '--yes', '--json'])
  expect(pushed).toMatchObject({ code: 6 })
  expect(pushed.stdout).toContain('MLC-P012')
  expect(w.qad.books).toHaveLength(0)
})

test('a run whose folder changed since the pull is neither mapped, pushed nor reconciled, whatever its own hash says', async () => {
  const w = await world()
  const { run = '' } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<PullJson>()
  const [rows, head] = [`state/runs/${run ?? ''}/rows.jsonl`, `state/runs/${run ?? ''}/run.json`]
  const [pulled, told] = [w.read(rows), w.read(head)]
  const refused = async (args: readonly string[], words: string) => {
    const ran = await w.run([...args, '--run', run ?? '', '--json'])
    expect(ran).toMatchObject({ code: 6 })
    expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-P012' })
    expect(ran.json<ErrorJson>().message).toContain(words)
  }
  const forged = pulled.replace(/(?<="\d+\.\d)\d"/, '9"')
  w.write(rows, forged)
  const hash = createHash('sha256').update(forged).digest('hex')
  w.write(head, told.replace(/"rowsHash": "sha256:\w+"/, `"rowsHash": "sha256:${hash}"`))
  await refused(['map'], 'its rows changed')
  await refused(['reconcile'], 'its rows changed')
  w.write(rows, pulled)
  w.write(head, told.replace('"sign": 1', '"sign": -1'))
  await refused(['map'], 'which column is what')
  w.write(head, told)
  expect(await w.run(['map', '--run', run ?? ''])).toMatchObject({ code: 0 })
  w.write(head, told.replace('"period": "2026-07"', '"period": "2026-08"'))
  await refused(['push', '--yes'], 'its period')
  expect(w.qad.books).toHaveLength(0)
})

test('two jobs that map to one reference are refused, a renamed job is not', async () => {
  const w = await world()
  await w.run(SYNC)
  w.editConfig(['  plant-gl:', '  renamed:'])
  const renamed = await w.run(['sync', '--job', 'renamed', '--period', '2026-07', '--yes', '--json'])
  expect(renamed).toMatchObject({ code: 0 })
  expect(renamed.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, same: 24 })
  const text = w.read('mlc.yaml')
  const block = text.slice(text.indexOf('  renamed:'), text.indexOf('  payables:'))
  w.write('mlc.yaml', `${text}${block.replace('  renamed:', '  twin:')}`)
  const twin = await w.run(['sync', '--job', 'twin', '--period', '2026-07', '--yes', '--json'])
  expect(twin).toMatchObject({ code: 6 })
  expect(twin.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-P017' })
})

test('a read that shows none of the references seen before is not believed', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  await w.run(SYNC)
  w.qad.fault({ fault: { is: 'emptyBrowse' }, on: 'reconReferences', times: Infinity })
  const blind = await w.run(SYNC)
  expect(blind).toMatchObject({ code: 6 })
  expect(blind.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-Q033' })
  expect(w.qad.books).toHaveLength(24)
})

test('a tenant without a read of references is posted to, and loudly not verified', async () => {
  const w = await world()
  const text = w.read('mlc.yaml')
  w.write('mlc.yaml', text.slice(0, text.indexOf('    posted:')) + text.slice(text.indexOf('    daybooks:')))
  const ran = await w.run(SYNC.filter((word) => word !== '--json'))
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).toContain('24 references were posted but NOT read back')
})

test('a disk that is full stops the sync before anything is sent, and nothing is lost', async () => {
  const w = await world()
  // A file may not grow beyond 1 KiB: the audit cannot take the intents.
  const limited = await w.run(SYNC, { through: ['bash', '-c', 'ulimit -f 1; trap "" XFSZ; exec "$@"', '_'] })
  expect([2, 8]).toContain(limited.code)
  expect(limited.stdout).toMatch(/MLC-(A001|C008)/)
  expect(w.qad.books).toHaveLength(0)
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  expect((await w.run(['audit', 'verify', '--json'])).json<{ ok: boolean }>().ok).toBe(true)
})

test('a disk that fills up in the middle of a push: what is announced is settled by the next sync', async () => {
  const w = await world()
  const limited = await w.run(SYNC, { through: ['bash', '-c', 'ulimit -f 30; trap "" XFSZ; exec "$@"', '_'] })
  expect(limited.code).toBe(8)
  expect(w.qad.books.length).toBeLessThan(24)
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  expect(amounts(w).size).toBe(24)
})

function withoutReadBack(w: World): void {
  const text = w.read('mlc.yaml')
  w.write('mlc.yaml', text.slice(0, text.indexOf('    posted:')) + text.slice(text.indexOf('    daybooks:')))
}

test('a tenant that cannot be asked is not posted to twice: the audit knows what it took', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  withoutReadBack(w)
  await w.run(SYNC)
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 0 })
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, same: 24 })
  expect(w.qad.books).toHaveLength(24)
})

test('where QAD cannot be asked, a record whose answer was lost stays in doubt and is not sent again', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  withoutReadBack(w)
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: '/bdoc/', skip: 3 })
  expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  const again = await w.run(SYNC)
  expect(again).toMatchObject({ code: 5 })
  expect(again.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, same: 23, unknown: 1 })
  expect(w.qad.books).toHaveLength(24)
})

test.each([1, 8])(
  'what QAD refuses and stores all the same is found in the same run, in batches of %i, and not sent again',
  async (size) => {
    const w = await world({ qadOptions: { uniqueKeys: false } })
    w.editConfig(['batchSize: 1', `batchSize: ${size}`])
    w.qad.fault({ fault: { is: 'unprocessable', committed: true }, on: '/bdoc/', skip: 2 })
    const first = await w.run(SYNC)
    expect(first).toMatchObject({ code: 0 })
    expect(
      first.json<SyncJson>().jobs[0]?.records.filter(({ status }) => !['posted', 'same'].includes(status)),
    ).toEqual([])
    expect(w.qad.books).toHaveLength(24)
    expect((await w.run(SYNC)).json<SyncJson>().jobs[0]?.push).toMatchObject({ same: 24 })
    expect(w.qad.books).toHaveLength(24)
  },
)

test('what QAD denies and stores all the same ends the run, and is not called failed', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'forbidden', committed: true }, on: '/bdoc/', skip: 2 })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 4 })
  expect(first.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 3, failed: 0, skipped: 21 })
  expect((await w.run(SYNC)).json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 21, same: 3 })
  expect(w.qad.books).toHaveLength(24)
})

test('what QAD refuses and stores otherwise is a conflict, not a failure', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'unprocessable', committed: true }, on: '/bdoc/', skip: 2 })
  w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: '/bdoc/', skip: 2 })
  const first = await w.run(SYNC)
  expect(first).toMatchObject({ code: 5 })
  expect(first.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 23, failed: 0, conflict: 1 })
})

test('a row that QAD took and shows only later is not sent a second time', async () => {
  const w = await world({ qadOptions: { uniqueKeys: false } })
  w.qad.fault({ fault: { is: 'lag', reads: 6 }, on: '/bdoc/', skip: 3 })
  expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  await w.run(SYNC)
  const last = await w.run(SYNC)
  expect(w.qad.books).toHaveLength(24)
  expect(last).toMatchObject({ code: 0 })
})

/** Later than mlc can look, however slow the machine is. */
const AN_HOUR_MS = 3_600_000

test.each([
  ['within settleSeconds does not post it again', 2, 24],
  // So that the case above cannot pass because the commit was there before anybody looked.
  ['beyond settleSeconds is posted again, which is what the wait is for', 0, 25],
])('a login page as the answer to a post that is committed %s', async (_, settleSeconds, posts) => {
  let ahead = 0
  const w = await world({ qadOptions: { uniqueKeys: false, now: () => Date.now() + ahead } })
  w.editConfig(['settleSeconds: 1', `settleSeconds: ${settleSeconds}`])
  w.qad.fault({ fault: { is: 'late', ms: settleSeconds === 0 ? AN_HOUR_MS : 1_500 }, on: '/bdoc/', skip: 3 })
  w.qad.fault({ fault: { is: 'loginPage', committed: true }, on: '/bdoc/', skip: 3 })
  await w.run(SYNC)
  expect(w.qad.requests.filter(({ path }) => path.includes('/bdoc/'))).toHaveLength(posts)
  ahead = AN_HOUR_MS
  expect(w.qad.books).toHaveLength(posts)
  ahead = 0
  expect(await w.run(SYNC)).toMatchObject({ code: posts === 24 ? 0 : 5 })
})

test('a plan made for one company is not pushed into another', async () => {
  const w = await world()
  const { run } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<PullJson>()
  await w.run(['map', '--run', run ?? '', '--json'])
  w.editConfig(['entity: 10USACO', 'entity: 10USAXX'])
  const pushed = await w.run(['push', '--run', run ?? '', '--yes', '--json'])
  expect(pushed.code).not.toBe(0)
  expect(w.qad.books).toHaveLength(0)
})

test('what a changed map leaves behind in QAD is named', async () => {
  const w = await world()
  await w.run(SYNC)
  w.write('maps/cost-centres.csv', w.read('maps/cost-centres.csv').replace('Leipzig,1300', 'Leipzig,1310'))
  const moved = await w.run(SYNC)
  expect(moved).toMatchObject({ code: 0 })
  expect(moved.stderr).toContain('QAD still holds 8 references of this job that its figures no longer produce')
})
