import { describe, expect, test } from 'vitest'
import type { LookerFault } from '../../../src/sandbox/looker/faults.js'
import { createLookerSandbox, type LookerOptions } from '../../../src/sandbox/looker/sandbox.js'
import { finance, session } from './finance.js'

const LONG = { model: 'finance', view: 'long', fields: ['gl.line'], sorts: ['gl.line'], limit: '-1' }

async function asked(options: LookerOptions = {}, format = 'json', query = '') {
  const calls = await session(createLookerSandbox(finance(), options))
  const { id: query_id } = (await (await calls.post('/queries', LONG)).json()) as { id: string }
  const { id } = (await (await calls.post(`/query_tasks${query}`, { query_id, result_format: format })).json()) as {
    id: string
  }
  const status = async () => ((await (await calls.get(`/query_tasks/${id}`)).json()) as { status: string }).status
  const results = () => calls.get(`/query_tasks/${id}/results`)
  return { ...calls, id, status, results }
}

test('a task is added, runs, completes and serves its rows; before that 202 and nothing', async () => {
  const { status, results } = await asked()
  const early = await results()
  expect([early.status, await early.text()]).toEqual([202, ''])
  expect([await status(), await status()]).toEqual(['complete', 'complete'])
  expect(await (await results()).json()).toHaveLength(12_345)
})

test('the results can be asked for until they are there', async () => {
  const { results } = await asked()
  expect([(await results()).status, (await results()).status, (await results()).status]).toEqual([202, 202, 200])
})

test('where runs are capped only a task is whole, unless it has a limit itself', async () => {
  const count = async (query: string) => {
    const { status, results } = await asked({ rowWorld: 'capped' }, 'json', query)
    await status()
    await status()
    return ((await (await results()).json()) as unknown[]).length
  }
  expect([await count(''), await count('?limit=7000')]).toEqual([12_345, 7000])
})

describe('a task that is planned to', () => {
  const CASES: readonly [statuses: string[], format: string, seen: string[], results: number][] = [
    [['expired', 'complete'], 'json', ['expired', 'complete'], 200],
    [['running', 'killed'], 'json', ['running', 'killed'], 404],
    [['expired'], 'json', ['expired', 'expired'], 404],
    [['error'], 'json', ['error', 'error'], 400],
    [['error'], 'json_detail', ['error', 'error'], 200],
  ]
  test.each(CASES)('%j in %s', async (statuses, format, seen, results) => {
    const task = await asked({ faults: [{ kind: 'task', statuses }] }, format)
    expect([await task.status(), await task.status()]).toEqual(seen)
    const answer = await task.results()
    expect(answer.status).toBe(results)
    if (format === 'json_detail') expect(await answer.json()).toMatchObject({ data: [], errors: [{}] })
  })

  test('serve itself instead of its rows', async () => {
    const task = await asked({ faults: [{ kind: 'task-object' }] })
    expect(await (await task.results()).json()).toMatchObject({ id: task.id, result_format: 'json' })
  })
})

test('a killed task is gone; one that has ended cannot be killed', async () => {
  const { id, remove, status, results } = await asked()
  expect((await remove(`/running_queries/${id}`)).status).toBe(204)
  expect([await status(), (await results()).status]).toEqual(['killed', 404])
  expect((await remove(`/running_queries/${id}`)).status).toBe(404)
  expect((await remove('/running_queries/unknown')).status).toBe(404)
})

test('multi_results gives rows of the complete, a bare status of the pending, missing for the unknown', async () => {
  const { id, get } = await asked({}, 'json', '?limit=2')
  const many = async () => (await get(`/query_tasks/multi_results?query_task_ids=${id},nobody`)).json()
  expect(await many()).toEqual({ [id]: { status: 'running' }, nobody: { status: 'missing' } })
  expect(await many()).toEqual({
    [id]: { status: 'complete', data: [{ 'gl.line': 0 }, { 'gl.line': 1 }] },
    nobody: { status: 'missing' },
  })
})

describe('a task is refused', () => {
  const CASES: readonly [why: string, body: object, status: number][] = [
    ['without a query', { result_format: 'json' }, 422],
    ['without a format', { query_id: 'x' }, 422],
    ['for an unknown query', { query_id: 'x', result_format: 'json' }, 404],
  ]
  test.each(CASES)('%s', async (_why, body, status) => {
    const { post } = await session(createLookerSandbox(finance()))
    expect((await post('/query_tasks', body)).status).toBe(status)
  })
})

test('a token that ends between two looks at a task is noticed', async () => {
  const faults: LookerFault[] = [{ kind: 'tokens-expire', on: 'GET /query_tasks/', after: 1 }]
  const { id, get } = await asked({ faults })
  expect([(await get(`/query_tasks/${id}`)).status, (await get(`/query_tasks/${id}`)).status]).toEqual([200, 401])
})
