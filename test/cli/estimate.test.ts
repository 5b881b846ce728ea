import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { ExploreField, LookerWorld } from '../../src/sandbox/looker/world.js'
import type { ErrorJson, PullJson } from '../support/shapes.js'
import { world } from '../support/world.js'

interface EstimateJson {
  readonly schema: string
  readonly rows: number | null
  readonly calls: { readonly least: number; readonly most: number }
  readonly periods: readonly { readonly period: string | null; readonly rows: number | null; readonly basis: string }[]
  readonly spent: number
  readonly lookerCalls: { readonly calls: number }
}

const LOOK = ['pull', '--look', '42', '--json']
const JOB = ['pull', '--job', 'plant-gl', '--json', '--period']

/** The demo Looker, whose general ledger can be counted. */
function countable(): LookerWorld {
  const looker = demoLooker()
  const count: ExploreField = { name: 'gl.count', label: 'Count', type: 'count', kind: 'measure', column: '' }
  const other = { ...count, name: 'plant.count' }
  const fields = (name: string, known: readonly ExploreField[]) => (name === 'gl' ? [...known, other, count] : known)
  return {
    ...looker,
    explores: looker.explores.map((explore) => ({ ...explore, fields: fields(explore.name, explore.fields) })),
  }
}

test('a pull that was made before is known by its rows, and estimating it again costs no query call', async () => {
  const w = await world()
  await w.run([...JOB, '2026-07'])
  const before = w.looker.queryCalls
  const ran = await w.run([...JOB, '2026-07', '--estimate'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<EstimateJson>()).toMatchObject({
    ...{ schema: 'mlc/estimate/1', job: 'plant-gl', rows: 13, calls: { least: 1 }, spent: 0 },
    periods: [{ period: '2026-07', rows: 13, basis: 'same' }],
    lookerCalls: { calls: before },
  })
  expect(w.looker.queryCalls).toBe(before)
})

test('a pull that was never made is counted by Looker in one call, with the very filters of the pull', async () => {
  const w = await world({ looker: countable() })
  const args = [...LOOK, '--filter', 'gl.posting_period=2026-07', '--filter', 'plant.name=Detroit']
  const { rows, periods, spent } = (await w.run([...args, '--estimate'])).json<EstimateJson>()
  expect([spent, w.looker.queryCalls, periods[0]?.basis]).toEqual([1, 1, 'count'])
  const run = w.looker.requests.find(({ path }) => path.includes('/run/'))
  expect(JSON.parse(run?.body ?? '')).toMatchObject({
    fields: ['gl.count'],
    filters: { 'gl.posting_period': '2026-07', 'plant.name': 'Detroit' },
  })
  expect(rows).toBe((await w.run(args)).json<PullJson>().rows)
})

test('where nothing counts, the rows are not known, and that is said', async () => {
  const w = await world()
  const json = (await w.run([...LOOK, '--estimate'])).json<EstimateJson>()
  expect(json).toMatchObject({ rows: null, calls: { least: 1 }, spent: 0, periods: [{ rows: null, basis: 'unknown' }] })
  expect(w.looker.queryCalls).toBe(0)
})

test('a backfill is estimated period by period, each for itself, and the total is their sum', async () => {
  const w = await world({ looker: countable() })
  const ran = await w.run([...JOB, '2026-05..2026-08', '--estimate'])
  const { periods, calls, rows, spent } = ran.json<EstimateJson>()
  expect(periods.map(({ period }) => period)).toEqual(['2026-05', '2026-06', '2026-07', '2026-08'])
  expect(periods.every(({ basis }) => basis === 'count')).toBe(true)
  const pulled = (await w.run([...JOB, '2026-07'])).json<PullJson>().rows
  expect(periods.map((each) => each.rows)).toEqual([0, pulled, pulled, pulled])
  expect(rows).toBe(3 * pulled)
  expect(calls.least).toBe(4)
  expect(spent).toBe(4)
  const shown = await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07..2026-08', '--estimate'])
  expect(shown.stdout).toMatch(/^PERIOD +ROWS, ABOUT +QUERY CALLS +KNOWN FROM\n2026-07 +13 .*same/)
  expect(shown.stdout).toMatch(/\ntotal +26 +2 to \d+\n$/)
  expect(shown.stderr).toContain('nothing was pulled; this estimate cost 1 query call')
})

test('where nothing counts, another pull is what is known of a period', async () => {
  const w = await world()
  await w.run([...JOB, '2026-07'])
  const known = (await w.run([...JOB, '2026-06..2026-07', '--estimate'])).json<EstimateJson>()
  expect(known).toMatchObject({ rows: 26, spent: 0, periods: [{ basis: 'other' }, { basis: 'same' }] })
})

test.each(['auto', 'single', 'stream', 'task', 'offset'])(
  'the calls that a pull then takes lie within the estimate (--paging %s)',
  async (paging) => {
    const w = await world({ looker: countable() })
    const args = [...LOOK, '--paging', paging]
    const { calls } = (await w.run([...args, '--estimate'])).json<EstimateJson>()
    const before = w.looker.queryCalls
    expect((await w.run(args)).code).toBe(0)
    expect(w.looker.queryCalls - before).toBeGreaterThanOrEqual(calls.least)
    expect(w.looker.queryCalls - before).toBeLessThanOrEqual(calls.most)
  },
)

test.each(['2026-07..2026-01', '2026-07..', '2026-1..2026-2', '1990-01..2026-01'])(
  'a range of periods that is none is refused: %s',
  async (period) => {
    const w = await world()
    expect((await w.run([...JOB, period, '--estimate'])).json<ErrorJson>()).toMatchObject({ code: 'MLC-C006' })
  },
)

test('no run is made, and a range of periods is only for an estimate', async () => {
  const w = await world()
  await w.run([...JOB, '2026-07', '--estimate'])
  expect((await w.run(['map', '--job', 'plant-gl', '--json'])).json<ErrorJson>()).toMatchObject({ code: 'MLC-C010' })
  expect((await w.run([...JOB, '2026-06..2026-07'])).json<ErrorJson>()).toMatchObject({ code: 'MLC-C006' })
})
