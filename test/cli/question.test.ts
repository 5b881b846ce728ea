import { describe, expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { Explore, Look, LookerWorld } from '../../src/sandbox/looker/world.js'
import type { ErrorJson, PullJson, SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

// That Looker is asked the question of mlc.yaml and no other, and that the audit tells what the API user could not see.

const JULY = ['--job', 'plant-gl', '--period', '2026-07']
const SYNC = ['sync', ...JULY, '--yes', '--json']

/** The demo Looker with another general ledger, or another Look 42. */
function changed(explore: Partial<Explore>, query: Partial<Look['query']> = {}): LookerWorld {
  const looker = demoLooker()
  const explores = looker.explores.map((each) => (each.name === 'gl' ? { ...each, ...explore } : each))
  const looks = looker.looks.map((look) => (look.id === '42' ? { ...look, query: { ...look.query, ...query } } : look))
  return { ...looker, explores, looks }
}

function runs(w: World): readonly { readonly query: URLSearchParams; readonly body: Record<string, unknown> }[] {
  return w.exchanges
    .filter(({ sent }) => /\/run\/|\/query_tasks$|\/queries$/.test(sent.path))
    .map(({ sent }) => ({
      query: new URLSearchParams(sent.query),
      body: JSON.parse(sent.body || '{}') as Record<string, unknown>,
    }))
}

test('every question is put to production, past the cache, unformatted, without limit and in the time zone of mlc.yaml', async () => {
  const w = await world()
  await w.run(SYNC)
  await w.run(['reconcile', ...JULY])
  await w.run(['pull', '--look', '42', '--paging', 'stream'])
  expect(runs(w)).toHaveLength(3)
  for (const { query, body } of runs(w)) {
    expect(Object.fromEntries(query)).toEqual({
      ...{ limit: '-1', cache: 'false', force_production: 'true', apply_formatting: 'false', apply_vis: 'false' },
    })
    expect(body).toMatchObject({ query_timezone: 'America/Detroit', filter_config: null, limit: '-1' })
  }
  const { data = {} } = w.audit().find(({ event }) => event === 'pull.done') ?? {}
  expect(data).toMatchObject({
    source: { timeZone: 'America/Detroit' },
    appliedFilters: { 'gl.posting_period': '2026-07' },
  })
})

test('filters that the Explore adds, and those of the API user, stand in the audit', async () => {
  const looker = changed({
    alwaysFilter: { 'gl.currency': 'USD' },
    accessFilters: { 'plant.code': { attribute: 'plant', value: '10-100' } },
  })
  const w = await world({ looker })
  expect(await w.run(SYNC)).toMatchObject({ code: 0 })
  const { data = {} } = w.audit().find(({ event }) => event === 'pull.done') ?? {}
  expect(data).toMatchObject({
    ownFilters: { always: { 'gl.currency': 'USD' }, conditionally: {}, access: { 'plant.code': 'plant' } },
    appliedFilters: { 'gl.posting_period': '2026-07', 'gl.currency': 'USD' },
  })
  expect(data['notes']).toContain("the Explore filters plant.code by the API user's attribute plant (access_filter)")
  expect(data['rows'], 'the slice of one plant').toBeLessThan(13)
})

test.each<[string, readonly string[], RegExp]>([
  ['a filter', ['--filter', 'plant.nam=Pune'], /filter plant\.nam \(did you mean plant\.name\?\)/],
  ['a sort', ['--sort', 'gl.net_amont desc'], /sort gl\.net_amont \(did you mean gl\.net_amount\?\)/],
  ['a filter that means something else', ['--filter', 'plant.name=NOT NULL'], /write -NULL/],
])('%s is refused before anything runs', async (_what, flags, message) => {
  const w = await world()
  const ran = await w.run(['pull', '--look', '42', ...flags, '--json'])
  expect(ran).toMatchObject({ code: 6 })
  expect(ran.json<ErrorJson>().message).toMatch(message)
  expect(runs(w)).toEqual([])
})

test.each<[string, Partial<Look['query']>, RegExp]>([
  ['a field that is gone', { fields: ['gl.account_code', 'gl.gone'] }, /field gl\.gone/],
  ['a filter whose field is gone', { filters: { 'gl.gone': 'x' } }, /filter gl\.gone/],
  ['pivots', { pivots: ['plant.name'] }, /pivots \(plant\.name\)/],
  ['totals', { total: true }, /totals/],
  [
    'a table calculation',
    { dynamicFields: '[{"table_calculation":"share","expression":"1"}]' },
    /calculations \(share\)/,
  ],
])('a Look with %s is refused before it runs', async (_what, query, message) => {
  const w = await world({ looker: changed({}, query) })
  const ran = await w.run(SYNC)
  expect(ran).toMatchObject({ code: 6 })
  expect(ran.json<SyncJson>().jobs[0]?.error?.message).toMatch(message)
  expect(runs(w)).toEqual([])
})

describe('a pinned Look', () => {
  const cases: readonly (readonly [string, Partial<Look['query']>, string])[] = [
    ['another field', { fields: ['gl.account_code'] }, '- field gl.posting_period'],
    [
      'a filter more',
      { filters: { 'gl.posting_period': '2026-07', 'plant.name': 'Pune' } },
      '+ filter plant.name = Pune',
    ],
    ['another order', { sorts: ['gl.account_code desc'] }, '+ sort gl.account_code desc'],
    ['another time zone', { timeZone: 'Asia/Kolkata' }, '+ time zone Asia/Kolkata'],
    ['a custom field', { dynamicFields: '[{"measure":"m","type":"sum"}]' }, '+ custom field'],
  ]

  test('is refused with what changed, whatever it is; a title and a saved limit are not the question', async () => {
    const w = await world()
    const { run } = (await w.run(['pull', ...JULY, '--json'])).json<PullJson>()
    await w.run(['map', '--run', run ?? '', '--pin'])
    const pinned = w.read('mlc.yaml')
    const pullFrom = async (query: Partial<Look['query']>) => {
      const other = await world({ looker: changed({}, query) })
      w.write('mlc.yaml', pinned.replaceAll(w.servers.looker.url, other.servers.looker.url))
      return w.run(['pull', ...JULY, '--json'])
    }
    for (const [what, query, line] of cases) {
      const ran = await pullFrom(query)
      expect([what, ran.code, ran.json<ErrorJson>().code]).toEqual([what, 6, 'MLC-L026'])
      expect(ran.json<ErrorJson>().message).toContain(line)
    }
    expect(await pullFrom({ limit: '7' })).toMatchObject({ code: 0 })
  })
})
