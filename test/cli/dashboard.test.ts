import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { Dashboard } from '../../src/sandbox/looker/world.js'
import type { ErrorJson } from '../support/shapes.js'
import { world } from '../support/world.js'
import { runDashboard } from '../../src/commands/pull-dashboard.js'
import type { Context } from '../../src/context.js'
import type { Field, Row } from '../../src/model/row.js'

const LISTENS = { Period: 'gl.posting_period' }
const QUERY = { model: 'finance', view: 'gl', filters: {}, sorts: [], limit: '500' }

const DASHBOARD: Dashboard = {
  id: '9',
  title: 'Plant figures',
  filters: [
    { name: 'Period', value: '2026-07' },
    { name: 'Plant', value: null },
    { name: 'Owner', value: null, required: true },
  ],
  tiles: [
    { id: '1', title: 'Plant GL', look: '42', listens: { ...LISTENS, Plant: 'plant.name' } },
    {
      id: '2',
      title: 'By account',
      query: { ...QUERY, fields: ['gl.account_code', 'gl.net_amount'] },
      listens: LISTENS,
    },
    { id: '3', title: 'Remarks', text: 'read me' },
    { id: '4', title: 'Merged', merges: true },
    { id: '5', title: 'By owner', look: '42', listens: { Owner: 'plant.name' } },
    {
      id: '6',
      title: 'Pivot',
      query: { ...QUERY, fields: ['gl.account_code', 'gl.net_amount'], pivots: ['gl.account_code'] },
    },
  ],
}

interface DashboardJson {
  readonly schema: string
  readonly pulls: readonly {
    readonly tile: { readonly id: string }
    readonly filters: unknown
    readonly rows: number
  }[]
  readonly left: readonly { readonly tile: { readonly id: string }; readonly status: string; readonly reason: string }[]
}

const started = (dashboard: Dashboard = DASHBOARD) => world({ looker: { ...demoLooker(), dashboards: [dashboard] } })
const ARGS = ['pull', '--dashboard', '9']
const whole = { ...DASHBOARD, tiles: DASHBOARD.tiles.slice(0, 3) }

test('every tile with a query is a table of its own, filtered as the dashboard filters it; the others say why not', async () => {
  const w = await started()
  const ran = await w.run([...ARGS, '--json'])
  expect(ran).toMatchObject({ code: 6 })
  const { schema, pulls, left } = ran.json<DashboardJson>()
  expect(schema).toBe('mlc/pull-dashboard/1')
  expect(pulls.map(({ tile, filters }) => [tile.id, filters])).toEqual([
    ['1', expect.objectContaining({ 'gl.posting_period': '2026-07', 'plant.name': '' })],
    ['2', { 'gl.posting_period': '2026-07' }],
  ])
  expect(pulls[0]?.rows).toBe(13)
  expect(left.map(({ tile, status, reason }) => `${tile.id} ${status}: ${reason}`)).toEqual([
    '3 skipped: it has no query (text)',
    expect.stringMatching(/^4 refused: it merges/),
    expect.stringMatching(/^5 refused: it wants a value for the dashboard's filter Owner/),
    expect.stringMatching(/^6 refused: MLC-L023 .*pivots/),
  ])
})

test('--filter sets a filter of the dashboard, and only one that it has', async () => {
  const w = await started(whole)
  const ran = await w.run([...ARGS, '--filter', 'Plant=Pune', '--json'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<DashboardJson>().pulls.map(({ rows }) => rows)).toEqual([1, expect.any(Number)])
  const refused = await w.run([...ARGS, '--filter', 'Plants=Pune', '--json'])
  expect(refused).toMatchObject({ code: 6 })
  expect(refused.json<ErrorJson>()).toMatchObject({ code: 'MLC-L012' })
})

test('csv is one file a tile in the folder named, and refused without one', async () => {
  const w = await started(whole)
  expect(await w.run([...ARGS, '--format', 'csv', '-o', 'tiles'])).toMatchObject({ code: 0, stdout: '' })
  expect(readdirSync(join(w.folder, 'tiles'))).toEqual(['01-plant-gl.csv', '02-by-account.csv'])
  expect(readFileSync(join(w.folder, 'tiles', '02-by-account.csv'), 'utf8')).toMatch(
    /^gl\.account_code,gl\.net_amount\r\n/,
  )
  expect(await w.run([...ARGS, '--format', 'csv'])).toMatchObject({ code: 2 })
  expect(await w.run([...ARGS, '--look', '42'])).toMatchObject({ code: 2 })
})

test('a dashboard that is not there is MLC-L010', async () => {
  const w = await started()
  const ran = await w.run(['pull', '--dashboard', '10', '--json'])
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-L010' })
})

test('files of tiles come all together or not at all: one that breaks the pull leaves none of those before it', async () => {
  const w = await started({ ...whole, tiles: [...whole.tiles].reverse() })
  w.looker.fault({ kind: 'status', status: 401, on: '/looks/42', times: 'always' })
  expect(await w.run([...ARGS, '--format', 'csv', '-o', 'tiles'])).toMatchObject({ code: 4 })
  expect(w.looker.queryCalls).toBeGreaterThan(0)
  expect(readdirSync(join(w.folder, 'tiles'))).toEqual([])
})

test('tables and files come to nothing where a tile is refused, and what was there before stays', async () => {
  const w = await started()
  expect(await w.run([...ARGS, '--filter', 'Owner=x'])).toMatchObject({ code: 6, stdout: '' })
  w.write('tiles/01-plant-gl.csv', 'of June')
  const ran = await w.run([...ARGS, '--format', 'csv', '-o', 'tiles'])
  expect(ran).toMatchObject({ code: 6, stdout: '' })
  expect(ran.stderr).toContain('3 tiles refused, so nothing is written into tiles: all tiles or none.')
  expect(readdirSync(join(w.folder, 'tiles'))).toEqual(['01-plant-gl.csv'])
  expect(w.read('tiles/01-plant-gl.csv')).toBe('of June')
})

test('--json of a dashboard that would fill the memory is refused, with what to use instead', async () => {
  const fields: readonly Field[] = [{ name: 'gl.net', label: 'Net', type: 'sum', kind: 'measure' }]
  const batch: readonly Row[] = new Array<Row>(300_000).fill({ 'gl.net': '1.10' })
  let asked = 0
  async function* rows() {
    asked++
    yield batch
    // What comes again is held once.
    yield []
    yield batch
    await Promise.resolve()
  }
  const result = { rows: batch.length, fields, totals: {}, notes: [] }
  const tile = { id: '7', title: null, look: '42', query: null, status: 'pulled', reason: null, spec: {} }
  const source = {
    dashboard: () => Promise.resolve({ id: '9', title: null, tiles: new Array(5).fill(tile) }),
    describe: () => Promise.resolve({ fields }),
    rows: () => Object.assign(rows(), { result: () => result }),
  }
  const context = { source: () => Promise.resolve(source), terminal: { note: () => undefined } } as unknown as Context
  const flags = { json: true, filter: [], sort: [], limit: 'all', paging: 'auto' } as const
  await expect(runDashboard('9', flags, context)).rejects.toMatchObject({
    code: 'MLC-C006',
    message: 'the dashboard has more than 1 million cells by tile 7: --json holds them all in memory',
    fix: expect.stringContaining('--format ndjson -o FOLDER') as string,
  })
  expect(asked).toBe(4)
})
