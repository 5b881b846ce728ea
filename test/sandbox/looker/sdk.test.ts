import { LookerNodeSDK } from '@looker/sdk-node'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { serve, type Served } from '../../../src/sandbox/serve.js'
import { complaints, recorded, type Exchange } from '../../support/looker-judge.js'
import { finance, KEY } from './finance.js'

// Looker's own client: it knows nothing of this repository, so what it can use is what Looker serves.
let served: Served
const sandbox = createLookerSandbox(finance())

beforeEach(async () => {
  served = await serve(recorded(sandbox, (exchange) => void exchanges.push(exchange)))
  vi.stubEnv('LOOKERSDK_BASE_URL', served.url)
  vi.stubEnv('LOOKERSDK_CLIENT_ID', KEY.clientId)
  vi.stubEnv('LOOKERSDK_CLIENT_SECRET', KEY.clientSecret)
  // It writes a line to stdout on every request.
  vi.spyOn(console, 'debug').mockImplementation(() => undefined)
})

// The judge of what mlc sends has to find nothing wrong with this client either.
const exchanges: Exchange[] = []

afterEach(async () => {
  await served.close()
  expect(complaints(exchanges.splice(0))).toEqual([])
})

type TaskBody = Parameters<ReturnType<typeof LookerNodeSDK.init40>['create_query_task']>[0]['body']
const JSON_ROWS = 'json' as NonNullable<NonNullable<TaskBody>['result_format']>

const BODY = { model: 'finance', view: 'gl', fields: ['gl.account', 'gl.count'], sorts: ['gl.account'], limit: '-1' }
const ROWS = [
  { 'gl.account': null, 'gl.count': 1 },
  { 'gl.account': '-100', 'gl.count': 1 },
  { 'gl.account': '1000', 'gl.count': 3 },
  { 'gl.account': '2000', 'gl.count': 1 },
  { 'gl.account': 'A,B', 'gl.count': 1 },
]

test("Looker's own client logs in, runs an inline query, a Look and a query task, and logs out", async () => {
  const sdk = LookerNodeSDK.init40()
  expect((await sdk.ok(sdk.versions())).looker_release_version).toBe('26.12.3')
  expect((await sdk.ok(sdk.me())).display_name).toBe('mlc')
  expect(await sdk.ok(sdk.run_inline_query({ result_format: 'json', body: BODY }))).toEqual(ROWS)

  const look = await sdk.ok(sdk.look('42'))
  expect([look.title, look.query?.fields]).toEqual(['Plant GL', ['gl.account', 'gl.net_amount']])
  const found: unknown = await sdk.ok(sdk.run_look({ look_id: '42', result_format: 'json_bi' }))
  expect(found).toMatchObject({ metadata: { filters: { 'gl.posted_month': '2026-08' } }, rows: [{}, {}, {}] })

  const { id: query_id } = await sdk.ok(sdk.create_query(BODY))
  const task = await sdk.ok(sdk.create_query_task({ body: { query_id: query_id ?? '', result_format: JSON_ROWS } }))
  const looked = async () => (await sdk.ok(sdk.query_task(task.id ?? ''))).status
  expect([task.status, await looked(), await looked()]).toEqual(['added', 'running', 'complete'])
  expect(await sdk.ok(sdk.query_task_results(task.id ?? ''))).toEqual(ROWS)

  const explore = await sdk.ok(sdk.lookml_model_explore({ lookml_model_name: 'finance', explore_name: 'gl' }))
  expect(explore.fields?.measures?.map((field) => field.name)).toEqual(['gl.net_amount', 'gl.count'])
  expect(await sdk.authSession.logout()).toBe(true)
  expect(sandbox.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/4.0/logout' })
})

test("Looker's own client is told when its key is wrong", async () => {
  vi.stubEnv('LOOKERSDK_CLIENT_SECRET', 'wrong')
  const sdk = LookerNodeSDK.init40()
  await expect(sdk.ok(sdk.me())).rejects.toThrow(/Not found/i)
})
