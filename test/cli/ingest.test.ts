import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoConfig } from '../../src/sandbox/company/company.js'
import { runPlan, type PlanOptions } from '../support/deliveries.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type World } from '../support/world.js'

const INGEST = ['--job', 'plant-gl', '--yes', '--json']
const SOURCE = 'look: "42"\n      filters: { gl.posting_period: "{period}" }'

interface IngestJson extends SyncJson {
  readonly jobs: readonly (SyncJson['jobs'][number] & {
    readonly error?: { readonly code: string }
    readonly delivery: { readonly taken: string; readonly format: string | null; readonly plan: string | null }
  })[]
}

/** The demo with plant-gl fed by deliveries, and what its Looker delivers. */
async function fed(source = 'delivery: true'): Promise<World & { deliver(how: PlanOptions): Promise<string> }> {
  const bodies: string[] = []
  const w = await world({
    config: (urls) => demoConfig(urls).replace(SOURCE, source),
    lookerOptions: { deliver: async (request) => bodies.push(await request.text()) },
  })
  const deliver = async (how: PlanOptions) => {
    await runPlan(w.looker, w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', how)
    return bodies.at(-1) ?? ''
  }
  return { ...w, deliver }
}

const amounts = (w: World) =>
  w.qad.books.map(({ account, costCentre, measure, amount }) => `${account}/${costCentre} ${measure} ${amount}`)

test.each(['inline_json', 'json_detail', 'csv'])(
  'what Looker delivers as %s ends in the books of QAD as a sync would have posted it, once',
  async (format) => {
    const w = await fed()
    w.write('in/gl.delivered', await w.deliver({ format }))
    const ran = await w.run(['ingest', 'in/gl.delivered', ...INGEST])
    expect(ran).toMatchObject({ code: 0 })
    const [job] = ran.json<IngestJson>().jobs
    expect(job).toMatchObject({
      pull: { rows: 13, complete: true, requests: 0 },
      map: { mapped: 12, ignored: 1, unmapped: 0 },
      push: { created: 24, revised: 0, same: 0, failed: 0, unknown: 0, conflict: 0 },
      delivery: { taken: 'now', plan: '1' },
    })
    expect(w.qad.books).toHaveLength(24)
    expect(amounts(w)).toContain('05010/1100 net_amount 412880.15')
    const received = w.audit()[0]
    expect(received).toMatchObject({
      event: 'delivery.received',
      run: job?.run,
      job: 'plant-gl',
      data: { mode: 'payload', plan: '1', title: 'GL of the month', name: 'gl.delivered' },
    })
    expect(received?.data['digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
  },
)

test('a dashboard delivered as a zip is taken by the labels that its job names; documents for people are not', async () => {
  const w = await fed('delivery: true')
  w.editConfig(
    ['account: gl.account_code', 'account: Account Code'],
    ['costCentre: plant.name', 'costCentre: Plant'],
    ['currency: gl.currency', 'currency: Currency'],
    ['period: gl.posting_period', 'period: Posting Period'],
    ['site: plant.code', 'site: Plant Code'],
    ['net_amount: gl.net_amount, budget: gl.budget_amount', 'net_amount: Net Amount, budget: Budget Amount'],
  )
  for (const format of ['wysiwyg_pdf', 'xlsx', 'html', 'txt']) w.write(`in/${format}`, await w.deliver({ format }))
  w.write('in/zip', await w.deliver({ format: 'csv_zip' }))
  const ran = await w.run(['ingest', 'in', ...INGEST])
  expect(ran).toMatchObject({ code: 6 })
  const unfit = { exit_code: 6, error: { code: 'MLC-I011' } }
  const taken = { exit_code: 0, push: { created: 24 }, delivery: { format: 'csv_zip', plan: '5' } }
  expect(ran.json<IngestJson>().jobs).toMatchObject([unfit, unfit, unfit, unfit, taken])
  expect(amounts(w)).toContain('05010/1100 net_amount 412880.15')
})

test('the same file is taken once, whatever it is called; a newer one restates it, and the old one does not come back', async () => {
  const w = await fed()
  const body = await w.deliver({ format: 'inline_json' })
  w.write('in/1.json', body)
  w.write('in/2.json', body.replace('412880.14999999997', '412880.25'))
  expect((await w.run(['ingest', 'in', ...INGEST])).json<IngestJson>().jobs.map(({ push }) => push?.revised)).toEqual([
    0, 1,
  ])
  expect(amounts(w)).toContain('05010/1100 net_amount 412880.25')
  const lines = w.audit().length
  w.write('in/2 copy.json', readFileSync(join(w.folder, 'in/2.json'), 'utf8'))
  const again = await w.run(['ingest', 'in', ...INGEST])
  expect(again).toMatchObject({ code: 0 })
  expect(again.json<IngestJson>().jobs).toMatchObject(
    [1, 2, 3].map(() => ({ exit_code: 0, push: { created: 0 }, delivery: { taken: 'before' } })),
  )
  expect(w.audit()).toHaveLength(lines)
  expect(w.qad.books).toHaveLength(25)
})

test('figures that go back to what they were are news, not an echo', async () => {
  const w = await fed()
  const body = await w.deliver({ format: 'inline_json' })
  w.write('in/1.json', body)
  w.write('in/2.json', body.replace('412880.14999999997', '412880.25'))
  w.write('in/3.json', body)
  const ran = await w.run(['ingest', 'in', ...INGEST])
  expect(ran.json<IngestJson>().jobs.map(({ push }) => push?.revised)).toEqual([0, 1, 1])
  expect(amounts(w).at(-1)).toBe('05010/1100 net_amount 412880.15')
})

test('an unfit file exits 6, posts nothing and says in the audit why; the files after it wait for it', async () => {
  const w = await fed()
  const body = await w.deliver({ format: 'inline_json' })
  w.write('in/1.pdf', '%PDF-1.4')
  w.write('in/2.json', body.replace('412880.14999999997', '"$412,880.15"'))
  w.write('in/3.json', body)
  const ran = await w.run(['ingest', 'in', ...INGEST])
  expect(ran).toMatchObject({ code: 6 })
  expect(ran.json<IngestJson>().jobs).toMatchObject([
    { exit_code: 6, error: { code: 'MLC-I011' }, delivery: { format: 'pdf' } },
    { exit_code: 6, error: { code: 'MLC-I013' } },
  ])
  expect(w.qad.books).toEqual([])
  expect(w.audit().filter(({ event }) => event === 'run.done')).toMatchObject([
    { data: { exit_code: 6, error: { code: 'MLC-I011' } } },
    { data: { exit_code: 6, error: { code: 'MLC-I013' } } },
  ])
})

test('a trigger only says that a plan ran: the figures are pulled, for the period of the rows that came with it', async () => {
  const w = await fed(`delivery: { plan: "1" }\n      ${SOURCE}`)
  const body = await w.deliver({ format: 'inline_json', apply_formatting: true })
  w.write('fired.json', body)
  const ran = await w.run(['ingest', 'fired.json', ...INGEST])
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.json<IngestJson>().jobs).toMatchObject([
    { period: '2026-07', pull: { rows: 13, requests: 1 }, push: { created: 24 }, delivery: { taken: 'now' } },
  ])
  expect(w.audit()[0]).toMatchObject({ event: 'delivery.received', data: { mode: 'trigger' } })
  w.write('other.json', body.replace('"scheduled_plan_id":"1"', '"scheduled_plan_id":2'))
  const other = await w.run(['ingest', 'other.json', ...INGEST])
  expect(other).toMatchObject({ code: 6 })
  expect(other.json<IngestJson>().jobs[0]?.error).toMatchObject({ code: 'MLC-I015' })
})

test('what is sent to it is taken like a file; without --yes nobody has allowed it to post', async () => {
  const w = await fed()
  const body = await w.deliver({ format: 'json' })
  expect(await w.run(['ingest', '-', '--job', 'plant-gl', '--json'])).toMatchObject({ code: 2 })
  w.write('sent', body)
  const ran = await w.run(['ingest', '-', ...INGEST], { through: ['sh', '-c', 'exec "$@" < sent', '_'] })
  expect(ran).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a named pipe is read; a dry run shows the plan and leaves the delivery to be taken', async () => {
  const w = await fed()
  const body = await w.deliver({ format: 'json' })
  w.write('sent', body)
  execFileSync('mkfifo', [join(w.folder, 'pipe')])
  const writer = spawn('sh', ['-c', 'cat sent > pipe'], { cwd: w.folder })
  const dry = await w.run(['ingest', 'pipe', '--dry-run', '--json'])
  writer.kill()
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.json<{ jobs: { plan: { create: number } }[] }>().jobs[0]?.plan.create).toBe(24)
  expect(w.qad.books).toEqual([])
  expect(await w.run(['ingest', 'sent', '--yes'])).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
})

test('a job whose figures are delivered explains itself when it is asked to pull, and one that pulls takes no delivery', async () => {
  const w = await fed()
  for (const command of ['sync', 'pull']) {
    const ran = await w.run([command, '--job', 'plant-gl', '--period', '2026-07', '--yes'])
    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain('MLC-I016')
    expect(ran.stderr).toContain('mlc ingest FILE --job plant-gl')
  }
  w.write('gl.json', '[]')
  const ran = await w.run(['ingest', 'gl.json', '--job', 'payables', '--yes'])
  expect(ran).toMatchObject({ code: 2 })
  expect(ran.stderr).toContain('jobs.payables.source.delivery')
  const all = await w.run(['sync', '--all', '--period', '2026-07', '--yes', '--json'])
  expect(all).toMatchObject({ code: 0 })
  expect(all.json<SyncJson>().jobs.map(({ job }) => job)).toEqual(['payables', 'procurement'])
  expect(all.stderr).toContain('plant-gl is fed by deliveries')
})
