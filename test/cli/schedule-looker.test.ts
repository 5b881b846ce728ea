import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createCanaries } from '../leaks/canaries.js'
import { world, type World, type WorldOptions } from '../support/world.js'

/** As `openssl rand` makes one: in an address some of it is encoded. Whatever mlc prints or writes is searched for it. */
const SECRET = createCanaries('+/=').ingestSecret
const ENV = { MLC_INGEST_SECRET: `${SECRET},${randomBytes(16).toString('hex')}` }
const PUBLIC = 'https://mlc.acme.example/mlc'

async function listening(options: WorldOptions = {}): Promise<World> {
  const w = await world(options)
  w.write('mlc.yaml', `${w.read('mlc.yaml')}\ningest: { publicUrl: ${PUBLIC} }\n`)
  return w
}

interface Told {
  readonly action: string
  readonly code?: string
  readonly message?: string
  readonly fix?: string
  readonly remarks: readonly string[]
  readonly plans: readonly {
    readonly id: string
    readonly name: string
    readonly crontab: string
    readonly address: string
  }[]
}

async function ask(w: World, ...flags: readonly string[]): Promise<Told> {
  const ran = await w.run(['schedule', 'looker', '--job', 'plant-gl', '--json', ...flags], { env: ENV })
  expect(ran.code).toBe(ran.stdout.includes('"mlc/error/1"') ? ran.json<{ exit_code: number }>().exit_code : 0)
  return ran.json<Told>()
}

/** What mlc sent to change Looker. */
function changes(w: World): readonly { readonly method: string; readonly body: Record<string, unknown> }[] {
  const sent = w.exchanges.map((exchange) => exchange.sent)
  const own = sent.filter(({ method, path }) => path.includes('/scheduled_plans') && method !== 'GET')
  return own.map(({ method, body }) => ({
    method,
    body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>),
  }))
}

test('the plan is made once, changed in place, shown without its secret, run, and removed', async () => {
  const delivered: Request[] = []
  const deliver = async (delivery: Request) => void delivered.push(delivery)
  const w = await listening({ lookerOptions: { deliver } })
  expect(await ask(w, '--dry-run')).toMatchObject({ action: 'created', plans: [] })
  expect(await ask(w)).toMatchObject({ code: 'MLC-C009' })
  expect(changes(w)).toEqual([])
  const made = await ask(w, '--yes', '--at', '05:30')
  const shown = { name: 'mlc: plant-gl [demo]', crontab: '30 5 * * *', address: `${PUBLIC}/ingest/***/plant-gl` }
  expect(made).toMatchObject({ action: 'created', plans: [shown] })
  expect(made.remarks.join()).toContain('the plan holds the secret of mlc listen in its address')
  const [{ body } = { body: {} }] = changes(w)
  expect(body).toMatchObject({
    ...{ look_id: '42', crontab: '30 5 * * *', send_all_results: true, include_links: false, run_as_recipient: false },
    // An empty result is delivered as well: silence would tell nobody.
    ...{ require_results: false, require_no_results: false, require_change: false },
    scheduled_plan_destination: [
      {
        ...{ type: 'webhook', format: 'inline_json', apply_formatting: false, apply_vis: false },
        address: `${PUBLIC}/ingest/${encodeURIComponent(SECRET)}/plant-gl`,
      },
    ],
  })
  expect(await ask(w, '--yes')).toMatchObject({ action: 'same' })
  expect(await ask(w, '--yes', '--cron', '0 7 * * 1-5')).toMatchObject({
    action: 'updated',
    plans: [{ id: made.plans[0]?.id }],
  })
  expect(await ask(w, '--show')).toMatchObject({ action: 'shown', plans: [{ ...shown, crontab: '0 7 * * 1-5' }] })
  expect(await ask(w, '--run-once', '--yes')).toMatchObject({ action: 'ran' })
  expect(delivered.map(({ url }) => decodeURIComponent(new URL(url).pathname))).toEqual([
    `/mlc/ingest/${SECRET}/plant-gl`,
  ])
  expect(await ask(w, '--remove', '--yes')).toMatchObject({ action: 'removed', plans: [] })
  expect(await ask(w, '--remove', '--yes')).toMatchObject({ action: 'none' })
  expect(changes(w).map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST', 'DELETE'])
})

test('a plan is found again when the job has another Look', async () => {
  const w = await listening()
  await ask(w, '--yes')
  const before = await ask(w, '--show')
  w.editConfig(['look: "42"', 'look: "57"'])
  expect(await ask(w, '--yes')).toMatchObject({ action: 'updated', plans: [{ id: before.plans[0]?.id, look: '57' }] })
})

test('two plans of one name, or one that a person gave another destination, are left to that person', async () => {
  const w = await listening()
  await ask(w, '--yes')
  const body = changes(w)[0]?.body ?? {}
  const call = await authorised(w)
  const other = { type: 'email', format: 'csv', address: 'fin@acme.example' }
  const [own] = body['scheduled_plan_destination'] as readonly unknown[]
  await call('PATCH', '/scheduled_plans/1', { scheduled_plan_destination: [own, other] })
  expect(await ask(w, '--yes', '--at', '07:00')).toMatchObject({
    code: 'MLC-L041',
    message: expect.stringContaining('also delivers') as string,
  })
  await call('PATCH', '/scheduled_plans/1', { scheduled_plan_destination: [own] })
  await call('POST', '/scheduled_plans', body)
  // A copy that a run by hand leaves behind is no second plan.
  await call('POST', '/scheduled_plans', { ...body, run_once: true })
  const refused = await ask(w, '--yes', '--run-once')
  expect(refused).toMatchObject({
    code: 'MLC-L041',
    message: expect.stringContaining('2 plans of that name') as string,
  })
  expect(refused.fix).toContain('--remove')
  expect(await ask(w, '--remove', '--yes')).toMatchObject({ action: 'removed' })
  expect(await ask(w, '--yes', '--run-once')).toMatchObject({
    code: 'MLC-L041',
    message: expect.stringContaining('no plan of mlc') as string,
  })
})

/** A person at Looker's API. */
async function authorised(w: World) {
  const { MLC_LOOKER_CLIENT_ID: id = '', MLC_LOOKER_CLIENT_SECRET: secret = '' } = w.env
  const api = `${w.servers.looker.url}/api/4.0`
  const login = await fetch(`${api}/login`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: id, client_secret: secret }),
  })
  const { access_token: token } = (await login.json()) as { access_token: string }
  const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
  return (method: string, path: string, body: unknown) =>
    fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) })
}

test.each<[string, (w: World) => void, Readonly<Record<string, string | undefined>>, object]>([
  [
    'without ingest.publicUrl',
    (w) => w.editConfig([`publicUrl: ${PUBLIC}`, 'port: 1']),
    {},
    { code: 'MLC-C012', exit_code: 2 },
  ],
  [
    'with an address that is not https',
    (w) => w.editConfig([PUBLIC, 'http://mlc.acme.example']),
    {},
    { code: 'MLC-C007', exit_code: 2 },
  ],
  ['without the secret', () => undefined, { MLC_INGEST_SECRET: undefined }, { code: 'MLC-S001', exit_code: 4 }],
])('nothing is sent %s', async (_, edit, env, error) => {
  const w = await listening()
  edit(w)
  const ran = await w.run(['schedule', 'looker', '--job', 'plant-gl', '--yes', '--json'], { env: { ...ENV, ...env } })
  expect(ran.json()).toMatchObject(error)
  expect(w.exchanges).toEqual([])
})
