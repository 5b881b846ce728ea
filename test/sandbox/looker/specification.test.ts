import { describe, expect, test } from 'vitest'
import { createLookerSandbox } from '../../../src/sandbox/looker/sandbox.js'
import { caller, finance, GL, session } from './finance.js'
import { createJudge, hasSpecification } from './openapi.js'

const world = finance({ explores: [{ ...GL, alwaysFilter: { 'gl.is_open': 'Yes' } }] })
const BODY = { model: 'finance', view: 'gl', fields: ['gl.account'], filters: { 'gl.line': '>1' }, sorts: [] }

describe.runIf(hasSpecification)("answers fit Looker's own specification", () => {
  const judge = hasSpecification ? createJudge().answer : () => []

  const READS: readonly [operation: string, path: string][] = [
    ['get /versions 200', '/versions'],
    ['get /user 200', '/user'],
    ['get /users/{user_id} 200', '/users/1'],
    ['get /users/{user_id} 404', '/users/9'],
    ['get /users/{user_id}/roles 200', '/users/1/roles'],
    ['get /session 200', '/session'],
    ['get /looks 200', '/looks'],
    ['get /looks/search 200', '/looks/search?title=plant%25'],
    ['get /looks/{look_id} 200', '/looks/42'],
    ['get /looks/{look_id} 404', '/looks/43'],
    ['get /lookml_models 200', '/lookml_models'],
    ['get /lookml_models/{lookml_model_name} 200', '/lookml_models/finance'],
    ['get /lookml_models/{lookml_model_name}/explores/{explore_name} 200', '/lookml_models/finance/explores/gl'],
    ['get /query_tasks/multi_results 200', '/query_tasks/multi_results?query_task_ids=a,b'],
  ]
  test.each(READS)('%s', async (operation, path) => {
    const { get } = await session(createLookerSandbox(world))
    const response = await get(path)
    expect(`${response.status}`).toBe(operation.split(' ')[2])
    expect(judge(operation, await response.json())).toEqual([])
  })

  const WRITES: readonly [operation: string, path: string, body: object][] = [
    ['post /queries 200', '/queries', BODY],
    ['post /queries 422', '/queries', { fields: 'gl.account' }],
    ['post /queries 400', '/queries', { ...BODY, filters: { 'gl.gone': '1' } }],
    ['post /queries 404', '/queries', { ...BODY, view: 'gone' }],
    ['post /queries/run/{result_format} 422', '/queries/run/png', BODY],
  ]
  test.each(WRITES)('%s', async (operation, path, body) => {
    const { post } = await session(createLookerSandbox(world))
    const response = await post(path, body)
    expect(`${response.status}`).toBe(operation.split(' ')[2])
    expect(judge(operation, await response.json())).toEqual([])
  })

  test('a login, refused and granted', async () => {
    const { login } = caller(createLookerSandbox(world))
    expect(judge('post /login 200', await (await login()).json())).toEqual([])
    expect(judge('post /login 404', await (await login({ client_id: 'key' })).json())).toEqual([])
  })

  test('a query task from the first status to the last, and a saved query by id and by slug', async () => {
    const { post, get } = await session(createLookerSandbox(world))
    const query = (await (await post('/queries', BODY)).json()) as { id: string; slug: string }
    const task = (await (await post('/query_tasks', { query_id: query.id, result_format: 'json' })).json()) as {
      id: string
    }
    expect(judge('post /query_tasks 200', task)).toEqual([])
    for (let look = 0; look < 3; look++) {
      expect(
        judge('get /query_tasks/{query_task_id} 200', await (await get(`/query_tasks/${task.id}`)).json()),
      ).toEqual([])
    }
    expect(judge('get /queries/{query_id} 200', await (await get(`/queries/${query.id}`)).json())).toEqual([])
    expect(judge('get /queries/slug/{slug} 200', await (await get(`/queries/slug/${query.slug}`)).json())).toEqual([])
  })

  const REFUSALS = [400, 429] as const
  test.each(REFUSALS)('a planned %i', async (status) => {
    const { ask } = await session(createLookerSandbox(world, { faults: [{ kind: 'status', status }] }))
    const response = await ask({ fields: ['gl.account'] })
    expect(response.status).toBe(status)
    expect(judge(`post /queries/run/{result_format} ${status}`, await response.json())).toEqual([])
  })

  test('the judge refuses what the specification does not have', () => {
    expect(judge('get /looks/{look_id} 200', { id: 42 })).not.toEqual([])
    expect(judge('get /looks/{look_id} 200', { id: '42', tittle: 'Plant GL' })).not.toEqual([])
    expect(judge('get /looks/{look_id} 200', { id: '42', title: null })).toEqual([])
  })
})
