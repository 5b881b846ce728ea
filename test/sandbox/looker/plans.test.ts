import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { finance, session } from './finance.js'
import { createJudge, hasSpecification } from './openapi.js'

const WEBHOOK = { type: 'webhook', address: 'https://mlc.test/ingest/s/gl', format: 'json', apply_formatting: false }
const PLAN = {
  name: 'Month end',
  look_id: '42',
  require_change: false,
  send_all_results: true,
  crontab: '0 3 1 * *',
  scheduled_plan_destination: [WEBHOOK],
}

interface Delivered {
  readonly scheduled_plan: { readonly title: string; readonly query: { readonly view: string } }
  readonly attachment: { readonly mimetype: string; readonly data: string } | null
  readonly data: unknown
}

async function looker() {
  const sent: { readonly headers: Headers; readonly url: string; readonly body: Delivered }[] = []
  const deliver = async (request: Request) =>
    sent.push({ headers: request.headers, url: request.url, body: (await request.json()) as Delivered })
  const sandbox = createLookerSandbox(finance({ webhookToken: 'static' }), { deliver, now: () => 0 })
  const calls = await session(sandbox)
  const change = (path: string, body: object) =>
    calls.send('PATCH', `/api/4.0${path}`, calls.headers, JSON.stringify(body))
  return { ...calls, sent, change }
}

test('a plan is made, found by its Look, changed and removed; a change replaces all destinations', async () => {
  const { post, get, change, remove } = await looker()
  const secret = { ...WEBHOOK, secret_parameters: '{"password":"x"}' }
  const made = await (await post('/scheduled_plans', { ...PLAN, scheduled_plan_destination: [secret, WEBHOOK] })).json()
  expect(JSON.stringify(made)).not.toContain('password')
  const { id } = made as { id: string }
  const judge = hasSpecification ? createJudge().answer : () => []
  expect(judge('post /scheduled_plans 200', made)).toEqual([])
  const changed = await (await change(`/scheduled_plans/${id}`, { scheduled_plan_destination: [WEBHOOK] })).json()
  expect(changed).toMatchObject({ name: 'Month end', scheduled_plan_destination: [{ format: 'json' }] })
  expect(await (await get('/scheduled_plans/look/42')).json()).toEqual([changed])
  expect((await remove(`/scheduled_plans/${id}`)).status).toBe(204)
  expect((await get(`/scheduled_plans/${id}`)).status).toBe(404)
})

describe('a plan is refused', () => {
  const CASES: readonly [field: string, body: object][] = [
    ['look_id', { ...PLAN, look_id: undefined }],
    ['look_id', { ...PLAN, look_id: '43' }],
    ['require_change', { ...PLAN, require_change: undefined }],
    ['crontab', { ...PLAN, datagroup: 'nightly' }],
    ['crontab', { ...PLAN, crontab: undefined }],
    ['scheduled_plan_destination', { ...PLAN, scheduled_plan_destination: [] }],
    ['format', { ...PLAN, scheduled_plan_destination: [{ ...WEBHOOK, format: 'json_label' }] }],
  ]
  test.each(CASES)('for its %s: %j', async (field, body) => {
    const { post } = await looker()
    const response = await post('/scheduled_plans', body)
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ field }] })
  })
})

describe('a plan that is run once', () => {
  const ROWS = [
    { 'gl.account': '1000', 'gl.net_amount': 78097.09999999999 },
    { 'gl.account': '2000', 'gl.net_amount': -1250000 },
    { 'gl.account': 'A,B', 'gl.net_amount': 1234.5 },
  ]

  test.each(['json', 'inline_json', 'csv'])('delivers its rows as %s, with the headers of Looker', async (format) => {
    const { post, sent } = await looker()
    const { id } = (await (
      await post('/scheduled_plans', { ...PLAN, scheduled_plan_destination: [{ ...WEBHOOK, format }] })
    ).json()) as { id: string }
    expect((await post(`/scheduled_plans/${id}/run_once`, {})).status).toBe(200)
    const [{ url, headers, body } = expect.fail('nothing was delivered')] = sent
    expect(url).toBe(WEBHOOK.address)
    expect(Object.fromEntries(headers)).toMatchObject({
      'user-agent': 'LookerOutgoingWebhook/26.12.3',
      'x-looker-instance': 'looker.test',
      'x-looker-webhook-token': 'static',
    })
    expect(body.scheduled_plan).toMatchObject({ title: 'Month end', query: { view: 'gl' } })
    if (format === 'inline_json') expect([body.data, body.attachment]).toEqual([ROWS, null])
    if (format === 'json') expect(JSON.parse(body.attachment?.data ?? '')).toEqual(ROWS)
    if (format === 'csv') expect(body.attachment?.data).toMatch(/^GL Account,GL Net Amount\n1000,/)
  })

  test('more than ten times a second is too often', async () => {
    const { post } = await looker()
    const { id } = (await (await post('/scheduled_plans', PLAN)).json()) as { id: string }
    const statuses: number[] = []
    for (let i = 0; i < 11; i++) statuses.push((await post(`/scheduled_plans/${id}/run_once`, {})).status)
    expect([statuses.slice(0, 10).every((status) => status === 200), statuses[10]]).toEqual([true, 429])
  })
})
