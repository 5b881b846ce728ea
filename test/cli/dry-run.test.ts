import { describe, expect, test } from 'vitest'
import { enterprise } from '../support/enterprise.js'
import { restated } from '../support/restated.js'
import type { ErrorJson, PullJson, SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']
const DRY = [...SYNC, '--dry-run']
const REPLAY = ['replay', '--yes', '--json']
const BDOC = '/bdoc/'

async function quickWorld(options: Parameters<typeof world>[0] = {}): Promise<World> {
  const w = await world(options)
  w.editConfig([/settleSeconds: \d+/.exec(w.read('mlc.yaml'))?.[0] ?? '', 'settleSeconds: 1'])
  return w
}

function closePeriods(w: World): void {
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/openValues: \[[^\]]*\]/, 'openValues: [NoSuchStatus]'))
}

describe('a dry run exits 0 when it could be shown, else with the code with which the run would be refused', () => {
  test('a conflict refuses no run: sync, push and replay show it', async () => {
    const w = await quickWorld()
    w.qad.fault({ fault: { is: 'alter', words: { amount: { n: '1.00' } } }, on: BDOC, skip: 4 })
    expect(await w.run(SYNC)).toMatchObject({ code: 5 })
    const dry = await w.run(DRY)
    expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('MLC-Q022') as string })
    const job = dry.json<SyncJson>().jobs[0]
    expect(job).toMatchObject({ exit_code: 0, plan: { blocked: 1, same: 23 } })
    expect(await w.run(['push', '--run', job?.run ?? '', '--dry-run'])).toMatchObject({ code: 0 })
    const replay = await w.run([...REPLAY, '--dry-run'])
    expect(replay).toMatchObject({ code: 0, stderr: expect.stringContaining('in conflict') as string })
    expect(replay.json()).toMatchObject({ exit_code: 0, jobs: [{ exit_code: 0, push: { conflict: 1 } }] })
    expect(await w.run(REPLAY)).toMatchObject({ code: 5 })
    expect(await w.run(SYNC)).toMatchObject({ code: 5 })
  })

  test('a period that was closed since refuses push and its dry run alike', async () => {
    const w = await quickWorld()
    const { run } = (await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--json'])).json<PullJson>()
    expect(await w.run(['map', '--run', run ?? '', '--json'])).toMatchObject({ code: 0 })
    closePeriods(w)
    const push = ['push', '--run', run ?? '', '--yes', '--json']
    for (const args of [[...push, '--dry-run'], push]) {
      const refused = await w.run(args)
      expect(refused).toMatchObject({ code: 6 })
      expect(refused.json<SyncJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-Q031' })
    }
    expect(w.qad.books).toEqual([])
  })

  test('a replay that would be held back is, and what its run leaves open is not', async () => {
    const w = await quickWorld()
    w.qad.fault({ fault: { is: 'unprocessable' }, on: BDOC, skip: 3, times: 2 })
    expect(await w.run(SYNC)).toMatchObject({ code: 5 })
    expect(await w.run([...REPLAY, '--dry-run'])).toMatchObject({ code: 0 })
    closePeriods(w)
    for (const args of [[...REPLAY, '--dry-run'], REPLAY]) expect(await w.run(args)).toMatchObject({ code: 6 })
  })
})

test('replay --code: one that mlc does not have is a mistake and the nearest is named; one without records has nothing left', async () => {
  const w = await world()
  const unknown = await w.run([...REPLAY, '--code', 'MLC-Q02O'])
  expect(unknown).toMatchObject({ code: 2 })
  expect(unknown.json<ErrorJson>()).toMatchObject({
    code: 'MLC-C006',
    message: expect.stringContaining('did you mean "MLC-Q02') as string,
  })
  const none = await w.run(['replay', '--yes', '--code', 'q020'])
  expect(none).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing is left to replay') as string })
})

test('QAD that says "there already" of record after record is available: the run goes on to its end', async () => {
  const w = await quickWorld()
  w.qad.fault({ fault: { is: 'conflict' }, on: BDOC, skip: 2, times: 6 })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 5 })
  expect(ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 18, unknown: 6, skipped: 0 })
  expect(w.qad.books).toHaveLength(18)
})

test('a refused record that QAD stores all the same is looked at again with the last look at the others', async () => {
  const w = await quickWorld({ qadOptions: { uniqueKeys: false } })
  w.editConfig(['settleSeconds: 1', 'settleSeconds: 6'])
  w.qad.fault({ fault: { is: 'lag', reads: 4 }, on: BDOC, skip: 5 })
  w.qad.fault({ fault: { is: 'late', ms: 300 }, on: BDOC, skip: 23 })
  w.qad.fault({ fault: { is: 'unprocessable', committed: true }, on: BDOC, skip: 23 })
  const ran = await w.run(SYNC)
  expect(ran.json<SyncJson>().jobs[0]?.push).toMatchObject({ created: 24, failed: 0, unknown: 0 })
  expect(ran).toMatchObject({ code: 0 })
})

test('what rounding changed is said with the plan, by measure and currency, and is in its JSON', async () => {
  const w = await world({ looker: restated('88215.40', '88215.406') })
  const dry = await w.run(DRY)
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.stderr).toMatch(/net_amount USD: rounding changed \d+ amounts by -?0\.004 in all \(at most 0\.004 each\)/)
  const [effect, ...others] = dry.json<{ jobs: { map: { rounding: object[] } }[] }>().jobs[0]?.map.rounding ?? []
  expect(effect).toMatchObject({ measure: 'net_amount', currency: 'USD', largest: '0.004' })
  expect(others).toEqual([])
})

test('a journal whose daybook nobody can look up is loudly marked, in a dry run too', async () => {
  const w = await enterprise()
  w.write('mlc.yaml', w.read('mlc.yaml').replace(/\n {4}daybooks:.*/, ''))
  const dry = await w.run(DRY)
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.stderr).toContain(
    'warning: the layer of the daybook RECTR is NOT checked: no read of daybooks is configured',
  )
})
