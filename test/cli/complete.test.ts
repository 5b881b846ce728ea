import { describe, expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { LookerFault } from '../../src/sandbox/looker/faults.js'
import type { LookerWorld, SourceRow } from '../../src/sandbox/looker/world.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

// A figure that is truncated, widened or wrong never reaches QAD: each way of Looker to send one, through a whole sync.

const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

async function refused(w: World, code: RegExp, exit = 6): Promise<string> {
  const ran = await w.run(SYNC)
  const [job] = ran.json<SyncJson>().jobs
  expect([ran.code, job?.exit_code]).toEqual([exit, exit])
  expect(job?.error?.code).toMatch(code)
  expect(w.qad.books).toHaveLength(0)
  expect(w.audit().some(({ event }) => event === 'pull.done' || event.startsWith('record.'))).toBe(false)
  expect(w.audit().at(-1)).toMatchObject({ event: 'run.done', data: { exit_code: exit } })
  return job?.error?.message ?? ''
}

const NOTE = 'Note: This query contains derived tables with conditional SQL for Development Mode.'
const ERROR = 'ERROR: relation "finance.gl" does not exist'

describe('whole but wrong is refused with 6, and nothing is posted', () => {
  const cases: readonly (readonly [string, LookerFault, RegExp, RegExp])[] = [
    ['an error for rows', { kind: 'looker-error', where: 'first' }, /^MLC-L014$/, /does not exist/],
    ['an error among the rows', { kind: 'looker-error', where: 'middle' }, /^MLC-L014$/, /does not exist/],
    ['an error after the last row', { kind: 'looker-error', where: 'last' }, /^MLC-L014$/, /does not exist/],
    [
      'an error deep in the metadata',
      { kind: 'metadata', members: { run: { outcome: [{ looker_error: ERROR }] } } },
      ...([/^MLC-L014$/, /relation/] as const),
    ],
    [
      'an error inside a cell',
      { kind: 'cells', field: 'gl.net_amount', as: { raw: `{"looker_error":"x"}` }, row: 2 },
      ...([/^MLC-L01[45]$/, /nested/] as const),
    ],
    [
      'an error in a header',
      { kind: 'headers', headers: { 'x-looker-error': ERROR } },
      ...([/^MLC-L014$/, /x-looker-error.*relation/] as const),
    ],
    [
      'a page where JSON is promised',
      { kind: 'instance-page', status: 200, contentType: 'application/json' },
      ...([/^MLC-L015$/, /neither an array nor an object/] as const),
    ],
    ['an error in errors[]', { kind: 'warnings', messages: [ERROR] }, /^MLC-L014$/, /relation/],
    [
      'an error that begins like a harmless remark',
      { kind: 'warnings', messages: [`${NOTE} ${ERROR}`] },
      ...([/^MLC-L014$/, /relation/] as const),
    ],
    [
      'a harmless remark whose details are an error',
      { kind: 'metadata', members: { errors: [{ message: NOTE, message_details: ERROR }] } },
      ...([/^MLC-L014$/, /relation/] as const),
    ],
    [
      'a harmless remark that is called fatal',
      { kind: 'metadata', members: { errors: [{ message: NOTE, fatal: true }] } },
      ...([/^MLC-L014$/, /Note/] as const),
    ],
    ['columns left out', { kind: 'columns-truncated' }, /^MLC-L021$/, /columns_truncated/],
    ['a column that is missing', { kind: 'missing-column', field: 'gl.budget_amount' }, /^MLC-L016$/, /gl\.budget/],
    ['a field that was dropped', { kind: 'ignored-field', field: 'plant.code' }, /^MLC-L016$/, /plant\.code/],
    [
      'a filter that was dropped',
      { kind: 'ignored-filter', field: 'gl.posting_period' },
      /^MLC-(?:L017|P003)$/,
      /dropped|belongs|period/,
    ],
    ['a row that comes twice', { kind: 'duplicate-row', row: 3 }, /^MLC-L022$/, /row 5 is there a second time/],
    ['a column that comes twice', { kind: 'duplicate-key', field: 'gl.net_amount' }, /^MLC-L015$/, /twice/],
    ['a totals row', { kind: 'total-row' }, /^MLC-(?:L023|P002)$/, /./],
    ['no rows at all', { kind: 'empty' }, /^MLC-L020$/, /no rows/],
    ['amounts as $1,234.50', { kind: 'cells', field: 'gl.net_amount', as: 'currency' }, /^MLC-[LP]/, /\$/],
    ['NaN', { kind: 'cells', field: 'gl.net_amount', as: { raw: 'NaN' } }, /^MLC-L015$/, /NaN/],
  ]
  test.each(cases)('%s', async (_what, fault, code, message) => {
    expect(await refused(await world({ lookerOptions: { faults: [fault] } }), code)).toMatch(message)
  })

  test.each<[string, LookerFault]>([
    ['without its closing bracket', { kind: 'short', afterBytes: 1500, times: 'always' }],
    ['whose connection dies', { kind: 'cut', afterBytes: 1500, times: 'always' }],
  ])('an answer %s is asked for again, and then is no answer: 75', async (_what, fault) => {
    expect(await refused(await world({ lookerOptions: { faults: [fault] } }), /^MLC-L009$/, 75)).toMatch(/broke off 3/)
  })

  test('harmless remarks are noted in the audit, and posted all the same', async () => {
    const w = await world({ lookerOptions: { faults: [{ kind: 'warnings', messages: [NOTE] }] } })
    expect(await w.run(SYNC)).toMatchObject({ code: 0 })
    expect(w.audit().find(({ event }) => event === 'pull.done')?.data['notes']).toContain(NOTE)
  })
})

/** The demo's ledger with so many accounts in it, a cent each, over pages of a hundred. */
function long(rows: number): LookerWorld {
  const looker = demoLooker()
  const more = Array.from({ length: rows }, (_, at): SourceRow => {
    const place = { period: '2026-07', plant: 'Detroit', plantCode: '10-100', currency: 'USD' }
    return { ...place, account: `A${String(at).padStart(4, '0')}`, net: { n: '0.01' }, budget: { n: '0.00' } }
  })
  return {
    ...looker,
    explores: looker.explores.map((explore) => (explore.name === 'gl' ? { ...explore, rows: more } : explore)),
  }
}

describe('rows that were put together from pages', () => {
  const pull = ['pull', '--job', 'plant-gl', '--period', '2026-07', '--json']
  const paged = async (fault: LookerFault | null) => {
    const lookerOptions = { rowWorld: 'offset' as const, rowCap: 100, ...(fault === null ? {} : { faults: [fault] }) }
    const w = await world({ looker: long(250), lookerOptions })
    w.editConfig(['pageSize: 5000', 'pageSize: 100'], ['look: "42"', 'look: "42"\n      paging: offset'])
    return { w, ran: await w.run(pull) }
  }

  test('are compared with what Looker says they come to, and the audit tells it', async () => {
    const { w, ran } = await paged(null)
    expect(ran).toMatchObject({ code: 0 })
    const { data = {} } = w.audit().find(({ event }) => event === 'pull.done') ?? {}
    expect(data).toMatchObject({ rows: 250, requests: 4, control: { 'gl.net_amount': '2.5', 'gl.budget_amount': '0' } })
  })

  test.each<[string, LookerFault, RegExp]>([
    ['lack a row at the border of two pages', { kind: 'missing-row', row: 0, after: 1 }, /MLC-L02[12]/],
    ['lack the last row of a page', { kind: 'missing-row', row: 99, after: 1 }, /MLC-L02[12]/],
    ['hold a row of the page before', { kind: 'repeat-page', after: 1 }, /MLC-L02[12]/],
    ['hold a row twice', { kind: 'duplicate-row', row: 5, after: 1 }, /MLC-L0(?:22|15)/],
  ])('and %s are refused', async (_what, fault, code) => {
    const { ran } = await paged(fault)
    expect(ran).toMatchObject({ code: 6 })
    expect(ran.stdout).toMatch(code)
  })

  test('a difference is told with both figures', async () => {
    const { ran } = await paged({ kind: 'missing-row', row: 0, after: 1 })
    expect(ran.json<{ message: string }>().message).toMatch(/gl\.net_amount sums to 1\.99 in them and to 2\.5 in all/)
  })

  test('by hand, where nothing is posted, no call is spent on it', async () => {
    const w = await world({ looker: long(250), lookerOptions: { rowWorld: 'offset', rowCap: 100 } })
    w.editConfig(['pageSize: 5000', 'pageSize: 100'])
    const ran = await w.run(['pull', '--look', '42', '--paging', 'offset', '--json'])
    expect(ran.json()).toMatchObject({ rows: 250, requests: 3 })
  })
})

describe('controlTotal: always', () => {
  const always = async (looker: LookerWorld, fault: LookerFault | null) => {
    const w = await world({ looker, lookerOptions: fault === null ? {} : { faults: [fault] } })
    w.editConfig(['look: "42"', 'look: "42"\n      controlTotal: always'])
    return { w, ran: await w.run(SYNC) }
  }

  test('costs one call more, and its totals stand in the audit', async () => {
    const { w, ran } = await always(demoLooker(), null)
    expect(ran.json<SyncJson>().jobs[0]?.pull).toMatchObject({ rows: 13, requests: 2 })
    const { totals, control } = w.audit().find(({ event }) => event === 'pull.done')?.data ?? {}
    expect(Object.keys(control as object)).toEqual(Object.keys(totals as object))
  })

  test('finds a cut that nothing else tells: at a count that is no limit of anybody', async () => {
    const { w, ran } = await always(demoLooker(), { kind: 'cap', rows: 11 })
    expect(ran).toMatchObject({ code: 6 })
    expect(ran.stdout).toMatch(/MLC-L021.*sums to -?[\d.]+ in them and to -?[\d.]+ in all/)
    expect(w.qad.books).toHaveLength(0)
  })

  test('is refused where a measure is no plain sum, rather than left out', async () => {
    const looker = demoLooker()
    const averaged = looker.explores.map((explore) => ({
      ...explore,
      fields: explore.fields.map((field) =>
        field.name === 'gl.budget_amount' ? { ...field, type: 'average' } : field,
      ),
    }))
    const { ran } = await always({ ...looker, explores: averaged }, null)
    expect(ran).toMatchObject({ code: 6 })
    expect(ran.stdout).toContain('cannot be compared with a control total')
  })
})

test('a job whose filters an old Looker cannot verify for an outage posts nothing, and says what was not verified', async () => {
  const w = await world({ looker: { ...demoLooker(), release: '23.0.5' } })
  w.looker.fault({ kind: 'status', status: 503, on: 'json_detail', headers: { 'retry-after': '0' }, times: 'always' })
  const ran = await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json'])
  expect(ran).toMatchObject({ code: 75 })
  expect(ran.stdout).toContain('whether Looker applied the filter gl.posting_period could not be verified')
  expect(w.audit().filter(({ event }) => event === 'record.sent')).toEqual([])
})
