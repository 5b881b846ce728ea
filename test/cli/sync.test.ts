import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PLANTED, PLANTED_SUMMARY } from '../../src/sandbox/company/company.js'
import type { MapJson, PullJson, ReconcileJson, SyncJson } from '../support/shapes.js'
import { world } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

test('a sync posts every mapped figure once, reads it back and says so', async () => {
  const w = await world()
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 0 })
  const json = ran.json<SyncJson>()
  expect(json).toMatchObject({ schema: 'mlc/sync/1', exit_code: 0 })
  const job = json.jobs[0]
  expect(job).toMatchObject({
    job: 'plant-gl',
    period: '2026-07',
    pull: { rows: 13, complete: true, requests: 1 },
    map: { mapped: 12, ignored: 1, unmapped: 0 },
  })
  expect(job?.push).toMatchObject({ created: 24, revised: 0, same: 0, failed: 0, unknown: 0, conflict: 0 })
  expect(w.qad.books).toHaveLength(24)
  const record = job?.records.find(
    ({ account, costCentre, measure }) => account === '05010' && costCentre === '1100' && measure === 'net_amount',
  )
  expect(record).toMatchObject({
    status: 'posted',
    amount: '412880.15',
    currency: 'USD',
    year: 2026,
    period: 7,
    revision: 1,
    code: null,
  })
  const stored = w.qad.books.find(({ key }) => key === record?.key)
  expect(stored).toMatchObject({
    amount: '412880.15',
    account: '05010',
    costCentre: '1100',
    domain: '10USA',
    entity: '10USACO',
    measure: 'net_amount',
  })
})

test('the same sync again posts nothing, and the audit says so', async () => {
  const w = await world()
  await w.run(SYNC)
  const posts = () => w.qad.requests.filter(({ method, path }) => method === 'POST' && path.includes('/bdoc/')).length
  const before = posts()
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 0, revised: 0, same: 24 })
  expect(posts()).toBe(before)
  expect(w.audit().filter(({ event }) => event === 'record.same')).toHaveLength(24)
  expect(w.audit().filter(({ event }) => event === 'record.posted')).toHaveLength(24)
})

test('every request to post is announced in the audit before it is sent', async () => {
  const w = await world()
  await w.run(SYNC)
  const events = w.audit()
  expect(events.map(({ event }) => event).slice(0, 4)).toEqual(['run.started', 'pull.done', 'map.done', 'plan.made'])
  const sent = events.filter(({ event }) => event === 'record.sent')
  expect(new Set(sent.map(({ key }) => key)).size).toBe(24)
  for (const { key, seq } of sent) {
    const posted = events.find((line) => line.event === 'record.posted' && line.key === key)
    expect(posted?.seq).toBeGreaterThan(seq)
  }
  expect(events.at(-1)).toMatchObject({ event: 'run.done', data: { exit_code: 0 } })
})

test('reconcile shows exactly the planted differences and exits 3', async () => {
  const w = await world()
  const ran = await w.run(['reconcile', '--job', 'plant-gl', '--period', '2026-07', '--json'])
  expect(ran).toMatchObject({ code: 3 })
  const json = ran.json<ReconcileJson>()
  expect(json).toMatchObject({
    schema: 'mlc/reconcile/1',
    job: 'plant-gl',
    period: '2026-07',
    summary: PLANTED_SUMMARY,
  })
  const differing = json.lines.filter(({ verdict }) => verdict !== 'equal')
  const expected = PLANTED.map(({ account, costCentre, looker, ledger, variance, verdict }) => ({
    account,
    costCentre,
    looker,
    ledger,
    variance,
    verdict,
  }))
  expect(differing).toHaveLength(expected.length)
  for (const line of expected) expect(differing).toContainEqual(expect.objectContaining(line))
})

test('all jobs of mlc.yaml sync in one go', async () => {
  const w = await world()
  const ran = await w.run(['sync', '--all', '--period', '2026-07', '--yes', '--json'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<SyncJson>().jobs.map(({ job }) => job)).toEqual(['plant-gl', 'payables', 'procurement'])
  for (const job of ran.json<SyncJson>().jobs) expect(job.exit_code).toBe(0)
})

test('pull, map and push by hand do what sync does, each naming the next command', async () => {
  const w = await world()
  const pulled = await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])
  expect(pulled.json<PullJson>()).toMatchObject({ schema: 'mlc/pull/1', complete: true, rows: 13, requests: 1 })
  expect(pulled.stderr).toContain('Next: mlc map --job plant-gl')
  const run = pulled.json<PullJson>().run ?? ''
  const mapped = await w.run(['map', '--run', run, '--json'])
  expect(mapped.json<MapJson>()).toMatchObject({
    schema: 'mlc/map/1',
    run,
    mapped: 12,
    ignored: 1,
    unmapped: [],
    plan: { create: 24, blocked: 0 },
  })
  const pushed = await w.run(['push', '--run', run, '--yes', '--json'])
  expect(pushed.json<SyncJson>()).toMatchObject({ schema: 'mlc/sync/1', exit_code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test.skipIf(process.platform === 'win32')(
  'a state folder that other users may look into is closed to them when a run begins, and that is said once',
  async () => {
    const w = await world()
    mkdirSync(join(w.folder, 'state'))
    chmodSync(join(w.folder, 'state'), 0o755)
    const dry = ['sync', '--job', 'payables', '--period', '2026-07', '--dry-run']
    expect((await w.run(dry)).stderr).toContain('(mode 755): it is closed to them now')
    expect(statSync(join(w.folder, 'state')).mode & 0o777).toBe(0o700)
    expect((await w.run(dry)).stderr).not.toContain('other users')
  },
)

test('a period that QAD does not have is refused, also where a job may be empty and Looker has no row for it', async () => {
  const w = await world({ lookerOptions: { faults: [{ kind: 'empty', times: 'always' }] } })
  w.editConfig(['    source:\n', '    source:\n      onEmpty: allow\n'])
  const known = await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'])
  expect(known.code).toBe(0)
  const ran = await w.run(['sync', '--job', 'plant-gl', '--period', '2038-07', '--yes', '--json'])
  expect(ran.code).toBe(6)
  expect(ran.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-Q032' })
})
