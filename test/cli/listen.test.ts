import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSpool } from '../../src/ingest/spool.js'
import { acquireLock } from '../../src/audit/lock.js'
import { demoConfig, demoLooker } from '../../src/sandbox/company/company.js'
import { runPlan } from '../support/deliveries.js'
import { OLD_SECRET, SECRET, stillClock } from '../support/endpoint.js'
import type { Started } from '../support/process.js'
import { until } from '../support/until.js'
import { world, type World, type WorldOptions } from '../support/world.js'

const SOURCE = 'look: "42"\n      filters: { gl.posting_period: "{period}" }'
const TOKEN = 'the-token-of-this-looker-instance'
const BDOC = /^\/api\/bdoc\//
const LISTEN = ['listen', '--job', 'plant-gl', '--yes']

/** The demo with plant-gl fed by deliveries; what its Looker delivers goes where it is told. */
async function fed({ source = 'delivery: true', ...options }: WorldOptions & { readonly source?: string } = {}) {
  let sent: RequestInit = {}
  const w = await world({
    config: (urls) => `${demoConfig(urls).replace(SOURCE, source)}ingest: { port: 0 }\n`,
    looker: { ...demoLooker(), webhookToken: TOKEN },
    lookerOptions: {
      deliver: async (request) => {
        const body = await request.text()
        sent = { method: 'POST', headers: request.headers, body }
        return fetch(request.url, sent)
      },
    },
    ...options,
  })
  /** What was delivered last, once more. */
  const repeat = (address: string, secret = SECRET) => fetch(`${address}/ingest/${secret}/plant-gl`, sent)
  const env = { ...w.env, MLC_INGEST_SECRET: `${SECRET},${OLD_SECRET}`, MLC_LOOKER_WEBHOOK_TOKEN: TOKEN }
  const start = (more: readonly string[] = [], through: readonly string[] = []) =>
    w.start([...LISTEN, ...more], { env, through })
  return { ...w, env, start, repeat }
}

async function addressOf(listening: Started): Promise<string> {
  return (await listening.said(/Listening on (http:\S+?);/))[1] ?? ''
}

/** A scheduled plan of the sandbox's Looker delivers, as its own code sends it. */
async function deliver(w: Pick<World, 'looker' | 'env'>, address: string, secret = SECRET): Promise<void> {
  await runPlan(w.looker, w.env['MLC_LOOKER_CLIENT_SECRET'] ?? '', {
    format: 'inline_json',
    address: `${address}/ingest/${secret}/plant-gl`,
  })
}

async function stopped(listening: Started) {
  listening.kill('SIGTERM')
  return listening.ended
}

test('what a plan of Looker delivers ends in the books of QAD once, and SIGTERM ends it with 0', async () => {
  const w = await fed()
  const listening = w.start()
  const address = await addressOf(listening)
  await deliver(w, address)
  await listening.said(/24 created/)
  expect(w.qad.books).toHaveLength(24)
  await w.repeat(address, OLD_SECRET)
  await listening.said(/secret 2 plant-gl \(repeated\)/)
  const { code, stderr } = await stopped(listening)
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /Listening on http:\/\/127\.0\.0\.1:\d+; Looker delivers to \/ingest\/<secret>\/<job> \(jobs: plant-gl\)/,
  )
  expect(stderr).toMatch(/POST ingest 200 \d+ bytes \d+ ms secret 1 plant-gl\n/)
  expect(stderr).toContain('0 deliveries wait')
  expect(
    w
      .audit()
      .map(({ event }) => event)
      .filter((event) => event === 'delivery.received' || event === 'run.done'),
  ).toEqual(['delivery.received', 'run.done'])
  expect(w.audit().find(({ event }) => event === 'note.added')?.data).toMatchObject({ approved: '--yes' })
  // Taken once after a restart as well, and by hand too.
  const again = w.start()
  await w.repeat(await addressOf(again))
  await again.said(/\(repeated\)/)
  expect(await stopped(again)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  expect((await w.run(['status'])).stderr).toMatch(
    /plant-gl: 2 deliveries came again and were not taken again, last 20/,
  )
})

const ROW = {
  ...{ 'gl.account_code': '5010', 'plant.name': 'Detroit', 'plant.code': 'DET', 'gl.currency': 'USD' },
  ...{ 'gl.net_amount': 12.5, 'gl.budget_amount': 10 },
}

/** A delivery of one row that was accepted at that time and waits for mlc listen. */
type Row = Readonly<Record<string, unknown>>

async function keep({ folder }: Pick<World, 'folder'>, rows: Row | readonly Row[], at: number) {
  mkdirSync(join(folder, 'state'), { mode: 0o700 })
  const clock = { now: () => at, sleep: () => Promise.resolve() }
  const spool = await openSpool({ folder: join(folder, 'state', 'ingest'), clock, maxBytes: 1 << 20 })
  for (const row of [rows].flat()) {
    const incoming = spool.draft('plant-gl', 1)
    await incoming.write(Buffer.from(JSON.stringify({ scheduled_plan: { title: 'GL' }, data: [row] })))
    await incoming.accept()
  }
  await spool.close()
}

test('what was posted is not refused because stdout takes no words for it; where it cannot even tell its address, it ends', async () => {
  const w = await fed()
  const full = ['sh', '-c', 'exec "$@" > /dev/full', '_']
  await keep(w, { ...ROW, 'gl.posting_period': '2026-07' }, Date.now())
  const listening = w.start([], full)
  await listening.said(/stdout cannot be written: no space left/)
  expect(await stopped(listening)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(2)
  const { deliveries } = (await w.run(['status', '--json'])).json<StatusJson>()
  expect(deliveries).toMatchObject({ waiting: 0, refused: [] })
  expect((await w.start(['--json'], full).ended).code).not.toBe(0)
})

test('what a disk has damaged is said in the audit, once, and in the status; what came behind it is posted', async () => {
  const w = await fed()
  const july = { ...ROW, 'gl.posting_period': '2026-07' }
  await keep(w, [{ ...july, 'gl.net_amount': 1 }, july], Date.now())
  const segment = join(w.folder, 'state', 'ingest', '000000001.seg')
  writeFileSync(segment, readFileSync(segment, 'latin1').replace('"Detroit"', '"Detroyt"'), 'latin1')
  for (const said of [/2 created/, /Listening on/]) {
    const listening = w.start()
    await listening.said(said)
    expect(await stopped(listening)).toMatchObject({ code: 0, stderr: expect.stringContaining('is damaged') as string })
  }
  expect(w.qad.books.map(({ amount }) => amount).sort()).toEqual(['10.00', '12.50'])
  const noted = w.audit().flatMap(({ event, data }) => (event === 'note.added' ? (data['damaged'] ?? []) : []))
  expect(noted).toEqual(['000000001.seg byte 0'])
  const { deliveries } = (await w.run(['status', '--json'])).json<StatusJson>()
  expect(deliveries).toMatchObject({ waiting: 0, damaged: [expect.stringContaining('000000001.seg is damaged')] })
})

test('what waited since another month is of the period that was current when it came', async () => {
  const w = await world({
    config: (urls) =>
      `${demoConfig(urls)
        .replace(SOURCE, 'delivery: { mode: payload, period: current }')
        .replace('      period: gl.posting_period\n', '')}ingest: { port: 0 }\n`,
  })
  await keep(w, ROW, Date.parse('2026-07-31T23:59:55Z'))
  const listening = w.start(LISTEN, { env: { ...w.env, MLC_INGEST_SECRET: SECRET } })
  await listening.said(/2 created/)
  await stopped(listening)
  expect(w.qad.books.map(({ year, period, amount }) => [year, period, amount])).toEqual([
    [2026, 7, '10.00'],
    [2026, 7, '12.50'],
  ])
})

test('what was answered with 200 outlives kill -9, and half a body leaves nothing', async () => {
  const w = await fed()
  // Another run holds the state folder, so the delivery waits.
  const lock = await acquireLock(join(w.folder, 'state'), { clock: stillClock(), timeoutMs: 0, who: 'the test' })
  const killed = w.start()
  const address = await addressOf(killed)
  await deliver(w, address)
  const half = connect(Number(new URL(address).port), '127.0.0.1')
  half.on('error', () => undefined)
  half.write(
    `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nX-Looker-Webhook-Token: ${TOKEN}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n`,
  )
  await new Promise((resolve) => half.once('data', resolve))
  await new Promise((resolve) => half.write(`{"data":"${'x'.repeat(150_000)}`, resolve))
  killed.kill('SIGKILL')
  await killed.ended
  const status = (await w.run(['status', '--json'])).json<StatusJson>()
  expect(status.deliveries).toMatchObject({ waiting: 1, refused: [], waits: [{ job: 'plant-gl', count: 1 }] })
  expect((await w.run(['status'])).stderr).toMatch(/plant-gl: 1 delivery accepted by mlc listen waits, since 20\S+/)
  await lock.release()
  const next = w.start()
  await next.said(/24 created/)
  expect(await stopped(next)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  expect((await w.run(['status', '--json'])).json<StatusJson>().deliveries).toMatchObject({ waiting: 0 })
})

test('status tells of a delivery that waits which job it is for, why it was not taken, and when it is tried again', async () => {
  const w = await fed()
  w.qad.fault({ fault: { is: 'reset' }, times: 1_000 })
  const listening = w.start()
  await deliver(w, await addressOf(listening))
  await listening.said(/plant-gl: the delivery waits and is tried again/)
  expect(await stopped(listening)).toMatchObject({ code: 0 })
  const wait = { job: 'plant-gl', count: 1, tries: 1, code: expect.stringMatching(/^MLC-Q/) as string }
  expect((await w.run(['status', '--json'])).json<StatusJson>().deliveries).toMatchObject({ waits: [wait] })
  expect((await w.run(['status'])).stderr).toMatch(
    /plant-gl: 1 delivery .* waits, since 20\S+, tried 1 time, next 20\S+: MLC-Q/,
  )
})

test('a signal in the middle of a delivery lets it end: every reference is posted, then it exits 0', async () => {
  const w = await fed()
  const listening = w.start()
  await deliver(w, await addressOf(listening))
  // The first reference is in QAD, the others are not yet.
  await until(() => w.qad.books.length > 0)
  const { code, stderr } = await stopped(listening)
  expect(code).toBe(0)
  expect(stderr).toContain('the delivery in hand is finished')
  expect(w.qad.books).toHaveLength(24)
  expect(w.audit().at(-1)).toMatchObject({ event: 'run.done', data: { exit_code: 0 } })
})

test('before anything new, it finishes what a sync left in doubt, asking QAD first', async () => {
  const w = await fed({ source: SOURCE })
  w.qad.fault({ fault: { is: 'reset', committed: true }, on: BDOC, skip: 5 })
  w.qad.fault({ fault: { is: 'lag', reads: 4 }, on: BDOC, skip: 5 })
  expect((await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])).code).toBe(5)
  const listening = w.start(['--period', '2026-07'])
  await listening.said(/Replay: /)
  await deliver(w, await addressOf(listening))
  // A delivery for a job with a source of its own says when to fetch.
  await listening.said(/24 unchanged/)
  expect(await stopped(listening)).toMatchObject({ code: 0 })
  expect(w.qad.books).toHaveLength(24)
  const starts = w.audit().filter(({ event }) => event === 'run.started')
  expect(starts.map(({ data }) => (data['replay'] === undefined ? 'sync' : 'replay'))).toEqual([
    'sync',
    'replay',
    'sync',
  ])
})

test('a delivery that is unfit for posting is kept with its reason, told by status and audit, and stands in nobody’s way', async () => {
  const w = await fed()
  const listening = w.start(['--debug'])
  const address = await addressOf(listening)
  const body = JSON.stringify({ type: 'query', scheduled_plan: null, data: [{ 'gl.account_code': '5010' }] })
  const headers = { 'content-type': 'application/json', 'x-looker-webhook-token': TOKEN }
  const answer = await fetch(`${address}/ingest/${SECRET}/plant-gl`, { method: 'POST', headers, body })
  expect([answer.status, await answer.text()]).toEqual([200, '{"looker":{"success":true}}'])
  await deliver(w, address)
  await listening.said(/24 created/)
  // Nor does the most talkative log hold the secret of an address, one that is wrong included.
  const wrong = 'wr0ngw0rd'.repeat(5)
  for (const path of [
    `/ingest/${wrong}/plant-gl`,
    `/${wrong}/../ingest/x`,
    `/ingest/${SECRET}/none`,
    `/ingest/${SECRET}%zz/a`,
  ])
    expect((await fetch(`${address}${path}`, { method: 'POST', headers, body })).status).toBe(404)
  const ended = await stopped(listening)
  expect(ended).toMatchObject({ code: 0 })
  for (const secret of [SECRET, wrong]) expect(ended.stderr + ended.stdout).not.toContain(secret)
  const { deliveries } = (await w.run(['status', '--json'])).json<StatusJson>()
  const [refused] = deliveries.refused
  expect(refused).toMatchObject({ job: 'plant-gl', code: expect.stringMatching(/^MLC-[IP]0/) as string })
  expect(readFileSync(refused?.body ?? '', 'utf8')).toBe(body)
  const error = { code: refused?.code }
  expect(w.audit().find(({ event }) => event === 'run.done')).toMatchObject({ data: { exit_code: 6, error } })
  expect((await w.run(['status'])).stderr).toMatch(
    /plant-gl: a delivery was refused .* A newer one was taken since \(20\S+\): of the same period, this one would/,
  )
})

describe('it does not start', () => {
  const cases: readonly (readonly [string, number, RegExp, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['without a secret', 4, /MLC-S030 MLC_INGEST_SECRET is not set/, { MLC_INGEST_SECRET: '' }, []],
    ['with a short secret', 4, /MLC-S031 .*has 31 characters/, { MLC_INGEST_SECRET: 's'.repeat(31) }, []],
    ['with a short one of two', 4, /MLC-S031 .*second of them has 3/, { MLC_INGEST_SECRET: `${SECRET},abc` }, []],
    ['with three secrets', 4, /MLC-S031 .*at most two/, { MLC_INGEST_SECRET: `${SECRET},${SECRET},${SECRET}` }, []],
    [
      'with one that no address holds',
      4,
      /MLC-S031 .*characters that/,
      { MLC_INGEST_SECRET: `${SECRET} ${SECRET}` },
      [],
    ],
    ['with --dry-run', 2, /MLC-C006 listen has no --dry-run/, {}, ['--yes', '--dry-run']],
    ['without a terminal and without --yes', 2, /MLC-C009/, {}, []],
    ['for a period that is none', 2, /MLC-C006 --period is "2026-00"/, {}, ['--yes', '--period', '2026-00']],
    ['for a period that QAD has not', 6, /MLC-Q032 .*no period 2026-99/, {}, ['--yes', '--period', '2026-99']],
    ['for a job that is not there', 2, /MLC-C005/, {}, ['--yes', '--job', 'none']],
  ]
  test('without what makes it safe, and says what that is', async () => {
    const w = await fed()
    for (const [name, code, words, env, flags] of cases) {
      const ran = await w.run(['listen', ...flags], { env: { ...w.env, ...env } })
      expect([name, ran.code, ran.stderr]).toEqual([name, code, expect.stringMatching(words)])
      expect(ran.stderr).not.toContain(SECRET)
    }
  })

  test('where other machines reach it, unless a proxy with TLS is named', async () => {
    const w = await fed()
    const openly =
      /MLC-I002 ingest\.host is 0\.0\.0\.0, which other machines may reach, and ingest\.publicUrl is not set/
    w.editConfig(['ingest: { port: 0 }', 'ingest: { port: 0, host: 0.0.0.0 }'])
    const ran = await w.run(LISTEN, { env: w.env })
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(openly)])
    w.editConfig(['host: 0.0.0.0', 'host: 0.0.0.0, publicUrl: https://mlc.acme.example'])
    const listening = w.start()
    await listening.said(/can be reached from other machines/)
    expect(await stopped(listening)).toMatchObject({ code: 0 })
  })

  test('where another one listens: for the same state folder 7, at the same address 2', async () => {
    const w = await fed()
    const listening = w.start()
    const { port } = new URL(await addressOf(listening))
    expect(await w.run(LISTEN, { env: w.env })).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('MLC-C020') as string,
    })
    w.editConfig(['port: 0', `port: ${port}`])
    const other = { ...w.env, MLC_STATE_DIR: join(w.folder, 'other') }
    const ran = await w.run(LISTEN, { env: other })
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('MLC-I001') as string })
    expect(await stopped(listening)).toMatchObject({ code: 0 })
  })
})

test('--json says on stdout where it listens, then each sync as sync --json would', async () => {
  const w = await fed()
  const listening = w.start(['--json'])
  const [line] = await listening.said(/^\{"schema":"mlc\/listen\/1".*\}$/m)
  const { url, path } = JSON.parse(line) as { url: string; path: string }
  expect(path).toBe('/ingest/<secret>/<job>')
  await deliver(w, url)
  await listening.said(/"schema":"mlc\/sync\/1"/)
  const { stdout } = await stopped(listening)
  const [, sync] = stdout
    .trim()
    .split('\n')
    .map((one) => JSON.parse(one) as Readonly<Record<string, unknown>>)
  expect(sync).toMatchObject({ exit_code: 0, jobs: [{ job: 'plant-gl', push: { created: 24 } }] })
})

interface StatusJson {
  readonly deliveries: {
    readonly waiting: number
    readonly refused: readonly { readonly job: string; readonly code: string; readonly body: string }[]
  }
}
