import { expect, test } from 'vitest'
import type { MlcError } from '../../src/errors.js'
import type { Looker } from '../../src/looker/looker.js'
import { parseCron } from '../../src/schedule/cron.js'
import { differences, foreignDestinations, planBody, plansOf, shownAddress } from '../../src/schedule/looker-plan.js'
import { client, failure, fakeClock, listen, start } from './harness.js'

const WANTED = {
  ...{ job: 'plant-gl', environment: 'test', look: '42', zone: 'America/Detroit' },
  ...{ crontab: parseCron('15 6 * * *').text, address: 'https://mlc.acme.example/ingest/s3cret/plant-gl' },
}
const BODY = planBody(WANTED)

test('what Looker shows of a plan is what was sent, and the plan is found by job and environment', async () => {
  const { looker } = await start()
  const { plans } = looker as Looker
  const made = await plans.create(BODY)
  expect(differences(made, BODY)).toEqual([])
  const moved = planBody({ ...WANTED, zone: 'UTC', address: 'https://other.example/ingest/s3cret/plant-gl' })
  expect(differences(made, moved)).toEqual(['timezone', 'address'])
  expect(differences(await plans.update(made.id, moved), moved)).toEqual([])
  const all = await plans.ofLook('42')
  expect(plansOf(all, WANTED).map(({ id }) => id)).toEqual([made.id])
  expect(plansOf(all, { ...WANTED, environment: 'prod' })).toEqual([])
  expect(plansOf(all, { ...WANTED, job: 'plant' })).toEqual([])
  await plans.remove(made.id)
  expect(await plans.own()).toEqual([])
})

test.each<[number, string, string, string]>([
  [403, '{"message":"Not allowed"}', 'MLC-L006', 'send_outgoing_webhook'],
  // Looker says 404 also of what may not be seen.
  [404, '{"message":"Not found"}', 'MLC-L010', 'send_outgoing_webhook'],
  [
    422,
    '{"message":"Validation Failed","errors":[{"field":"crontab","message":"Invalid"}]}',
    'MLC-L041',
    'crontab: Invalid',
  ],
  [429, '{"message":"Slow"}', 'MLC-L007', 'Slow'],
  [503, '{"message":"Later"}', 'MLC-L008', 'Later'],
  [0, '', 'MLC-L001', ''],
])('a change that is answered %s is sent once, and named', async (status, text, code, says) => {
  let sent = 0
  const url = await listen((request, response) => {
    const json = (body: string, how = 200) => response.writeHead(how, { 'content-type': 'application/json' }).end(body)
    if (request.url?.endsWith('/login')) return void json('{"access_token":"t0ken","expires_in":3600}')
    sent++
    if (status === 0) return void request.socket.destroy()
    json(text, status)
  })
  const { plans } = client(url, fakeClock()) as Looker
  const failed = await failure(plans.create(BODY))
  expect(failed).toContain(code)
  expect(failed).toContain(says)
  expect(sent).toBe(1)
})

test('a session that has ended is renewed, and the change sent once more: it was not taken', async () => {
  const seen: (string | undefined)[] = []
  let logins = 0
  const url = await listen((request, response) => {
    const json = (body: string, how = 200) => response.writeHead(how, { 'content-type': 'application/json' }).end(body)
    if (request.url?.endsWith('/login')) return void json(`{"access_token":"t${++logins}","expires_in":3600}`)
    seen.push(request.headers.authorization)
    json('{"id":7,"name":"mlc: plant-gl [test]"}', seen.length === 1 ? 401 : 200)
  })
  const { plans } = client(url, fakeClock()) as Looker
  // Old releases number with numbers.
  expect(await plans.create(BODY)).toMatchObject({ id: '7', isOneOff: false })
  expect(seen).toEqual(['token t1', 'token t2'])
})

test.each([
  ['breaks off and comes again', ['[{"id":', '[{"id":7}]'], '7'],
  ['breaks off each time', ['[{"id":'], 'MLC-L001'],
  ['is none', ['{"id":7}'], 'MLC-L015'],
])('a list of plans that %s is never a shorter one', async (_, bodies, expected) => {
  let asked = 0
  const url = await listen((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (request.url?.endsWith('/login')) return void response.end('{"access_token":"t","expires_in":3600}')
    const body = bodies[asked++] ?? bodies.at(-1) ?? ''
    if (body.endsWith(':')) response.write(body, () => request.socket.destroy())
    else response.end(body)
  })
  const { plans } = client(url, fakeClock()) as Looker
  const found = await plans.own().catch((error: unknown) => (error as MlcError).code)
  expect(typeof found === 'string' ? found : found[0]?.id).toBe(expected)
})

test.each<[unknown, string]>([
  ['https://mlc.acme.example/ingest/s3cret/plant-gl', 'https://mlc.acme.example/ingest/***/plant-gl'],
  ['https://acme.example/a/b/ingest/s3%2Fcret/plant-gl', 'https://acme.example/a/b/ingest/***/plant-gl'],
  ['https://acme.example/hook/s3cret', 'https://acme.example/***'],
  ['https://acme.example/ingest/s3cret/plant-gl?more=s3cret', 'https://acme.example/***'],
  ['https://u:s3cret@acme.example/ingest/x/plant-gl', 'https://acme.example/***'],
  ['fin@acme.example', '***'],
  [undefined, '***'],
])('the address %s is shown as %s', (address, shown) => {
  expect(shownAddress(address)).toBe(shown)
})

test.each<[string, readonly object[], number]>([
  ['ours alone', [{ type: 'webhook', address: 'https://x.example/ingest/s/plant-gl' }], 0],
  ['ours and an e-mail', [{ type: 'webhook', address: 'https://x.example/ingest/s/plant-gl' }, { type: 'email' }], 1],
  ['somebody else’s', [{ type: 'webhook', address: 'https://x.example/hook' }], 1],
  ['none', [], 0],
])('of the destinations %s, an update would drop others: %#', (_, destinations, count) => {
  const plan = { id: '1', name: '', isOneOff: false, lastRunAt: null, nextRunAt: null, settings: {} }
  expect(foreignDestinations({ ...plan, destinations: destinations as never })).toBe(count)
})
