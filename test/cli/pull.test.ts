import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoLooker } from '../../src/sandbox/company/company.js'
import type { LookerWorld, SourceRow } from '../../src/sandbox/looker/world.js'
import type { ErrorJson, PullJson } from '../support/shapes.js'
import { world } from '../support/world.js'

/** A Look over `count` rows; the amounts begin with `digits`. */
function wide(count: number, digits = '1234'): LookerWorld {
  function* rows(): Generator<SourceRow> {
    for (let row = 0; row < count; row++)
      yield { code: `A${String(row).padStart(6, '0')}`, net: { n: `${digits}${row % 10}.10` } }
  }
  const fields = [
    { name: 't.code', label: 'Code', type: 'string', kind: 'dimension' as const, column: 'code' },
    { name: 't.net', label: 'Net', type: 'sum', kind: 'measure' as const, column: 'net' },
  ]
  return {
    ...demoLooker(),
    explores: [{ model: 'm', name: 't', label: 'T', fields, rows, flat: true }],
    looks: [
      {
        id: '7',
        title: 'Wide',
        query: { model: 'm', view: 't', fields: ['t.code', 't.net'], filters: {}, sorts: ['t.code'], limit: '500' },
      },
    ],
  }
}

test('a Look is pulled whole although its saved limit is 500, digits as Looker sent them', async () => {
  // More digits than a double holds.
  const w = await world({ looker: wide(1234, '1234567890123456') })
  const ran = await w.run(['pull', '--look', '7', '--json'])
  expect(ran).toMatchObject({ code: 0 })
  const json = ran.json<PullJson>()
  expect(json).toMatchObject({ schema: 'mlc/pull/1', run: null, complete: true, rows: 1234, requests: 1 })
  expect(json.data[3]).toEqual({ 't.code': 'A000003', 't.net': '12345678901234563.10' })
})

test.each([
  ['offset', 12_345, 'a server that pages by offset and caps each call at 5000'],
  ['stream', 12_345, 'a server that ignores offset and streams everything'],
  ['stream', 5_000, 'a result of exactly the size of a cap, whole'],
] as const)('row world %s, %i rows: complete (%s)', async (rowWorld, rows, _why) => {
  const w = await world({ looker: wide(rows), lookerOptions: { rowWorld } })
  const ran = await w.run(['pull', '--look', '7', '--format', 'ndjson'])
  expect(ran).toMatchObject({ code: 0 })
  const codes = ran.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { 't.code': string })['t.code'])
  expect(codes).toHaveLength(rows)
  expect(new Set(codes).size).toBe(rows)
})

test.each(['stream', 'offset', 'single'])(
  'a server that cuts at 5000 and ignores offset is not believed (--paging %s)',
  async (paging) => {
    const w = await world({ looker: wide(12_345), lookerOptions: { rowWorld: 'capped' } })
    const ran = await w.run(['pull', '--look', '7', '--paging', paging, '--json'])
    expect(ran).toMatchObject({ code: 6 })
    expect(ran.json<ErrorJson>().code).toMatch(/^MLC-L02[12]$/)
  },
)

test.each([
  ['auto', 'keyset', 3],
  ['keyset', 'keyset', 3],
  ['task', 'task', 5],
])('what such a server cuts, --paging %s brings whole', async (asked, paging, requests) => {
  const w = await world({ looker: wide(12_345), lookerOptions: { rowWorld: 'capped' } })
  const ran = await w.run(['pull', '--look', '7', '--paging', asked, '--json'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<PullJson>()).toMatchObject({ complete: true, rows: 12_345, paging, requests })
})

test('an explicit limit cuts the result, and both the exit and the JSON say what that is', async () => {
  const w = await world({ looker: wide(40) })
  const ran = await w.run(['pull', '--look', '7', '--limit', '10', '--json'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<PullJson>()).toMatchObject({ complete: false, rows: 10 })
  expect(ran.stderr).toContain('not complete')
})

test('csv has a header of field names and is RFC 4180', async () => {
  const w = await world()
  const ran = await w.run(['pull', '--look', '42', '--filter', 'gl.posting_period=2026-07', '--format', 'csv'])
  expect(ran).toMatchObject({ code: 0 })
  const [header, first] = ran.stdout.split('\r\n')
  expect(header).toBe(
    'gl.account_code,gl.posting_period,gl.currency,plant.name,plant.code,gl.net_amount,gl.budget_amount',
  )
  expect(first).toBe('2010,2026-07,USD,Detroit,10-100,-305118.92,-300000.00')
})

test('--filter overrides the filter of a Look', async () => {
  const w = await world()
  const ran = await w.run([
    'pull',
    '--look',
    '42',
    '--filter',
    'plant.name=Pune',
    '--filter',
    'gl.posting_period=2026-07',
    '--json',
  ])
  expect(ran.json<PullJson>()).toMatchObject({
    rows: 1,
    totals: { 'gl.net_amount': '1875.00', 'gl.budget_amount': '2000.00' },
  })
})

test('an Explore query, a query file and the address of an Explore give the same rows', async () => {
  const w = await world()
  const fields = ['gl.account_code', 'gl.net_amount']
  writeFileSync(
    join(w.folder, 'query.json'),
    JSON.stringify({ model: 'finance', view: 'gl', fields, filters: { 'gl.posting_period': '2026-07' } }),
  )
  const address = `${w.servers.looker.url}/explore/finance/gl?fields=gl.account_code,gl.net_amount&f[gl.posting_period]=2026-07`
  const inline = [
    '--model',
    'finance',
    '--explore',
    'gl',
    '--fields',
    fields.join(','),
    '--filter',
    'gl.posting_period=2026-07',
  ]
  const found = []
  for (const source of [inline, ['--query', 'query.json'], ['--query', address]]) {
    const ran = await w.run(['pull', ...source, '--json'])
    expect(ran).toMatchObject({ code: 0 })
    found.push([...ran.json<PullJson>().data].map((row) => JSON.stringify(row)).sort())
  }
  expect(found[0]).toHaveLength(4)
  expect(found[1]).toEqual(found[0])
  expect(found[2]).toEqual(found[0])
})

test('-o writes the data to a file and nothing to stdout', async () => {
  const w = await world({ looker: wide(3) })
  const ran = await w.run(['pull', '--look', '7', '-o', 'out.jsonl'])
  expect(ran).toMatchObject({ code: 0, stdout: '' })
  expect(readFileSync(join(w.folder, 'out.jsonl'), 'utf8').split('\n')).toHaveLength(4)
})

test.each(['ndjson', 'csv', 'json', 'table'])(
  'a pull that fails writes nothing and leaves the file as it was: %s',
  async (format) => {
    const faults = [{ kind: 'looker-error', where: 'last', times: 'always' }] as const
    const w = await world({ looker: wide(3_000), lookerOptions: { faults } })
    w.write('july.out', 'good')
    expect(await w.run(['pull', '--look', '7', '--format', format, '-o', 'july.out'])).toMatchObject({
      code: 6,
      stdout: '',
    })
    expect(w.read('july.out')).toBe('good')
    expect(readdirSync(w.folder).filter((name) => name.includes('july'))).toEqual(['july.out'])
    const ran = await w.run(['pull', '--look', '7', '--format', format])
    expect(ran.code).toBe(6)
    if (format !== 'json') expect(ran.stdout).toBe('')
  },
)

test('an answer that breaks off once comes out once, and whole', async () => {
  const faults = [{ kind: 'cut', afterBytes: 60_000 }] as const
  const w = await world({ looker: wide(5_003), lookerOptions: { faults } })
  const ran = await w.run(['pull', '--look', '7', '--format', 'csv'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stdout.split('\r\n')).toHaveLength(1 + 5_003 + 1)
})

test('a reader that goes away early is no error', async () => {
  const w = await world({ looker: wide(12_345) })
  const ran = await w.run(['pull', '--look', '7', '--format', 'csv'], {
    through: ['bash', '-c', 'set -o pipefail; "$@" 2>err.txt | head -1', '_'],
  })
  expect(ran).toMatchObject({ code: 0, stdout: 't.code,t.net\r\n' })
  expect(readFileSync(join(w.folder, 'err.txt'), 'utf8')).not.toMatch(/EPIPE|Error/)
})

test('control characters of a value are shown escaped in a table', async () => {
  const looker = wide(1)
  const rows: readonly SourceRow[] = [{ code: 'a\u001b[31mred\u202e', net: { n: '1.00' } }]
  const w = await world({ looker: { ...looker, explores: looker.explores.map((explore) => ({ ...explore, rows })) } })
  const ran = await w.run(['pull', '--look', '7'])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
})

test('what to pull must be said, once', async () => {
  const w = await world()
  for (const args of [['pull'], ['pull', '--look', '42', '--query', 'x']]) {
    expect((await w.run([...args, '--json'])).json<ErrorJson>()).toMatchObject({ code: 'MLC-C006', exit_code: 2 })
  }
})

test('a query that cannot be used says what to correct, and where it was looked for', async () => {
  const w = await world()
  w.write('broken.json', '{"model": ')
  w.write('twice.json', '{"model": "finance", "view": "gl", "fields": ["gl.net_amount", "gl.net_amount"]}')
  const inline = ['--model', 'finance', '--explore', 'gl', '--fields', 'gl.net_amount, gl.net_amount']
  const cases = [
    [['--query', 'gone.json'], '--query gone.json: ', 'relative to the folder in which mlc is started'],
    [['--query', 'broken.json'], 'it is not valid JSON', 'Correct the file: {"model"'],
    [['--query', 'twice.json'], 'twice.json: fields names gl.net_amount twice', 'Name each field once.'],
    [inline, '--fields names gl.net_amount twice', 'Name each field once.'],
  ] as const
  for (const [args, message, fix] of cases) {
    const error = (await w.run(['pull', ...args, '--json'])).json<ErrorJson & { readonly fix: string }>()
    expect(error.message).toContain(message)
    expect(error.fix).toContain(fix)
  }
})

test('the total of a count is a count', async () => {
  const looker = demoLooker()
  const count = { name: 'gl.count', label: 'Count', type: 'count', kind: 'measure', column: '' } as const
  const explores = looker.explores.map((one) => (one.name === 'gl' ? { ...one, fields: [...one.fields, count] } : one))
  const w = await world({ looker: { ...looker, explores } })
  const ran = await w.run(['pull', '--model', 'finance', '--explore', 'gl', '--fields', 'gl.account_code,gl.count'])
  expect(ran.stdout).toMatch(/\nTotal +\d+\n$/)
})

test('--job with flags of a query by hand is refused: a run must hold what the job says', async () => {
  const w = await world()
  const ran = await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--limit', '5', '--json'])
  expect(ran.json<ErrorJson>()).toMatchObject({ code: 'MLC-C006' })
})

test('a job whose filters Looker tells nowhere says so with --quiet, too, and in the audit', async () => {
  const w = await world({
    looker: { ...demoLooker(), release: '23.0.5' },
    lookerOptions: { faults: [{ kind: 'status', status: 400, on: 'json_detail', times: 'always' }] },
  })
  const ran = await w.run(['pull', '--job', 'plant-gl', '--period', '2026-07', '--quiet'])
  const said = /^! (Looker tells neither .* whether it applied the filter .*)\n$/.exec(ran.stderr)
  expect(ran.code).toBe(0)
  expect(said).not.toBeNull()
  const done = w.audit().find(({ event }) => event === 'pull.done')
  expect(done?.data).toMatchObject({ appliedFilters: null, requests: 2 })
  expect(done?.data['notes']).toContain(said?.[1])
})

test('an order that pages by key cannot keep is said, on stderr and in the result', async () => {
  const w = await world({ looker: wide(40) })
  const ran = await w.run(['pull', '--look', '7', '--sort', 't.net desc', '--paging', 'keyset', '--json'])
  const said = 'the rows come sorted by t.code and not by t.net desc: pages follow the dimensions'
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<PullJson>()).toMatchObject({ rows: 40, notes: [said] })
  expect(ran.stderr.split(said)).toHaveLength(2)
})

test('a field that the Explore does not have is refused with the nearest one, before a query is spent', async () => {
  const w = await world({ looker: wide(40) })
  const ran = await w.run(['pull', '--model', 'm', '--explore', 't', '--fields', 't.cod,t.net', '--json'])
  expect(ran).toMatchObject({ code: 6 })
  expect(ran.json<ErrorJson>()).toMatchObject({
    code: 'MLC-L012',
    message: 'Explore m/t does not have field t.cod (did you mean t.code?)',
  })
  expect(w.looker.queryCalls).toBe(0)
})
