import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoEnvironment, demoLooker } from '../../src/sandbox/company/company.js'
import type { Dashboard, LookerWorld } from '../../src/sandbox/looker/world.js'
import { hasSpecification, type Sent } from '../sandbox/looker/openapi.js'
import { complaints, judge, type Exchange } from '../support/looker-judge.js'
import type { PullJson } from '../support/shapes.js'
import { until } from '../support/until.js'
import { world, type World } from '../support/world.js'

// Each test with a world has its requests judged; here are the commands by which mlc can come to each kind of request.

const JULY = ['--period', '2026-07']
const BY_HAND = ['pull', '--look', '42', '--json']
const BARE = Object.fromEntries(Object.keys(demoEnvironment()).map((name) => [name, undefined]))
const VAULT = { MLC_STORE: 'vault', MLC_VAULT_KEY: 'correct horse battery' }
const INLINE = ['--model', 'finance', '--explore', 'gl', '--fields', 'gl.account_code,gl.net_amount']

/** 500 rows, a count that looks like a limit: mlc goes to lengths to find out whether they are all. */
function round(): LookerWorld {
  const rows = Array.from({ length: 500 }, (_, at) => ({ code: `A${at}`, net: { n: `${at}.10` } }))
  const fields = [
    { name: 't.code', label: 'Code', type: 'string', kind: 'dimension' as const, column: 'code' },
    { name: 't.net', label: 'Net', type: 'sum', kind: 'measure' as const, column: 'net' },
  ]
  const query = { model: 'm', view: 't', fields: ['t.code', 't.net'], filters: {}, sorts: ['t.code'], limit: '500' }
  return {
    ...demoLooker(),
    explores: [{ model: 'm', name: 't', label: 'T', fields, rows }],
    looks: [{ id: '42', title: 'Round', query }],
  }
}

const PLANTS: Dashboard = {
  ...{ id: '9', title: 'Plants', filters: [{ name: 'Period', value: '2026-07' }] },
  tiles: [
    { id: '1', title: 'By Look', look: '42', listens: { Period: 'gl.posting_period' } },
    {
      ...{ id: '2', title: 'By query' },
      query: { model: 'finance', view: 'gl', fields: ['gl.net_amount'], filters: {}, sorts: [], limit: '500' },
    },
    { id: '3', title: 'Remarks', text: 'read me' },
    { id: '4', title: 'Merged', merges: true },
  ],
}

function operations({ exchanges }: World): readonly string[] {
  const names = exchanges.map(({ sent }) => judge().operationOf(sent)?.name ?? `${sent.method} ${sent.path}`)
  return [...new Set(names)].sort()
}

/** Answers of the sandbox that Looker would not give. Rows have no schema: the specification calls them a text. */
function oddAnswers(exchanges: readonly Exchange[]): readonly string[] {
  return exchanges.flatMap(({ sent, status, answer }) => {
    const operation = judge().operationOf(sent)
    if (operation === null || status === null || answer === null) return []
    return judge()
      .answer(`${operation.name} ${status}`, answer)
      .map((odd) => `${operation.name} ${status}: ${odd}`)
  })
}

const READS = ['get /looks/{look_id}', 'get /lookml_models/{lookml_model_name}/explores/{explore_name}']
const SESSION = ['delete /logout', 'get /versions', 'post /login']
const LOOK_RUN = 'get /looks/{look_id}/run/{result_format}'
const QUERY_RUN = 'post /queries/run/{result_format}'
const TASK = ['get /query_tasks/{query_task_id}', 'get /query_tasks/{query_task_id}/results', 'post /query_tasks']

describe.runIf(hasSpecification)(
  "Looker's own specification is the judge of what mlc sends and the sandbox answers",
  () => {
    const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      ['a Look', BY_HAND, [...READS, QUERY_RUN]],
      ['a Look in one page', [...BY_HAND, '--paging', 'single'], [...READS, QUERY_RUN]],
      ['a Look cut on purpose', [...BY_HAND, '--limit', '3'], [...READS, QUERY_RUN]],
      ['a Look otherwise filtered', [...BY_HAND, '--filter', 'plant.name=Pune'], [...READS, QUERY_RUN]],
      ['a Look otherwise sorted', [...BY_HAND, '--sort', 'gl.net_amount desc'], [...READS, QUERY_RUN]],
      ['a Look in another time zone', [...BY_HAND, '--timezone', 'Asia/Kolkata'], [...READS, QUERY_RUN]],
      ['an Explore query', ['pull', ...INLINE, '--paging', 'stream'], [READS[1] ?? '', QUERY_RUN]],
      ['a query task', [...BY_HAND, '--paging', 'task'], [...READS, ...TASK, 'post /queries']],
      ['the pull of a job', ['pull', '--job', 'plant-gl', ...JULY], [...READS, QUERY_RUN]],
      ['a sync of all jobs', ['sync', '--all', ...JULY, '--yes'], [...READS, QUERY_RUN]],
      ['a reconciliation', ['reconcile', '--job', 'plant-gl', ...JULY], [...READS, QUERY_RUN]],
      ['the doctor', ['doctor'], [...READS, 'get /user', 'get /users/{user_id}/roles']],
    ]
    test.each(cases)('%s', async (_what, args, expected) => {
      const w = await world()
      expect([0, 3]).toContain((await w.run(args)).code)
      expect(operations(w)).toEqual([...SESSION, ...expected].sort())
      expect(complaints(w.exchanges)).toEqual([])
      expect(oddAnswers(w.exchanges)).toEqual([])
    })

    test('a Look as it is saved, when not even a time zone is laid over it', async () => {
      const w = await world()
      w.editConfig(['  timeZone: America/Detroit\n', ''])
      expect((await w.run(BY_HAND)).code).toBe(0)
      expect(operations(w)).toEqual([...SESSION, ...READS, LOOK_RUN].sort())
      expect(complaints(w.exchanges)).toEqual([])
    })

    test('a saved query by slug, by the short address and by the address of its Explore', async () => {
      const w = await world()
      await w.run(BY_HAND)
      const { answer } = w.exchanges.find(({ sent }) => sent.path.endsWith('/looks/42')) as { answer: object }
      const { slug, client_id: qid } = (answer as { query: { slug: string; client_id: string } }).query
      const { url } = w.servers.looker
      for (const link of [slug, `${url}/x/${slug}`, `${url}/explore/finance/gl?qid=${qid}`, `${url}/looks/42`])
        expect((await w.run(['pull', '--query', link, '--json'])).json<PullJson>().rows).toBe(13)
      expect(operations(w)).toContain('get /queries/slug/{slug}')
      expect(oddAnswers(w.exchanges)).toEqual([])
    })

    test('whatever it takes to find out whether rows were cut', async () => {
      for (const rowWorld of ['stream', 'offset', 'capped'] as const) {
        const w = await world({
          looker: round(),
          lookerOptions: { rowWorld, rowCap: rowWorld === 'stream' ? 5000 : 100 },
        })
        expect((await w.run(BY_HAND)).json<PullJson>()).toMatchObject({ rows: 500, complete: true })
        expect(complaints(w.exchanges)).toEqual([])
      }
    })

    test('a query task that is stopped, and asked to stop there too', async () => {
      const w = await world()
      w.looker.fault({ kind: 'task', statuses: ['running'], on: 'POST /query_tasks', times: 'always' })
      const running = w.start([...BY_HAND, '--paging', 'task'])
      await until(() => w.exchanges.some(({ sent }) => /query_tasks\/\w+$/.test(sent.path)))
      running.kill('SIGINT')
      expect(await running.ended).toMatchObject({ code: 130 })
      expect(operations(w)).toContain('delete /running_queries/{query_task_id}')
      expect(complaints(w.exchanges)).toEqual([])
    })

    test('login, a run on the session that is kept, logout', async () => {
      const w = await world()
      expect((await w.run(['login', 'looker', '--no-input'], { env: VAULT })).code).toBe(0)
      const env = { ...BARE, ...VAULT }
      expect((await w.run(BY_HAND, { env })).code).toBe(0)
      expect((await w.run(['logout', 'looker'], { env })).code).toBe(0)
      expect(operations(w)).toEqual(expect.arrayContaining([...SESSION, 'get /user', QUERY_RUN]))
      expect(complaints(w.exchanges)).toEqual([])
      expect(oddAnswers(w.exchanges)).toEqual([])
    })

    test('a new project', async () => {
      const w = await world()
      const cwd = join(w.folder, 'new')
      mkdirSync(cwd)
      const answers = {
        ...{ MLC_LOOKER_BASE_URL: w.servers.looker.url, MLC_QAD_BASE_URL: `${w.servers.qad.url}/clouderp` },
        ...{ MLC_QAD_DOMAIN: '10USA', MLC_QAD_ENTITY: '10USACO', MLC_LOOK: '42', MLC_STORE: 'none' },
      }
      expect((await w.run(['init', '--no-input', '--from-env'], { cwd, env: answers })).code).toBe(0)
      expect(operations(w)).toEqual(expect.arrayContaining([READS[0]]))
      expect(complaints(w.exchanges)).toEqual([])
    })

    test('a dashboard, tile by tile', async () => {
      const w = await world({ looker: { ...demoLooker(), dashboards: [PLANTS] } })
      expect((await w.run(['pull', '--dashboard', '9', '--json'])).code).toBe(6)
      const expected = [...SESSION, ...READS, 'get /dashboards/{dashboard_id}', 'get /queries/slug/{slug}', QUERY_RUN]
      expect(operations(w)).toEqual(expected.sort())
      expect(complaints(w.exchanges)).toEqual([])
      expect(oddAnswers(w.exchanges)).toEqual([])
    })

    test('a scheduled plan that is made, changed, run, shown and removed', async () => {
      const w = await world()
      w.write('mlc.yaml', `${w.read('mlc.yaml')}\ningest: { publicUrl: https://mlc.acme.example }\n`)
      const env = { MLC_INGEST_SECRET: randomBytes(32).toString('hex') }
      for (const flags of [[], ['--at', '05:30'], ['--run-once'], ['--show'], ['--remove']]) {
        const args = ['schedule', 'looker', '--job', 'plant-gl', '--yes', ...flags]
        expect(await w.run(args, { env })).toMatchObject({ code: 0 })
      }
      expect(operations(w).filter((name) => name.includes('scheduled_plan'))).toEqual([
        'delete /scheduled_plans/{scheduled_plan_id}',
        'get /scheduled_plans',
        'get /scheduled_plans/look/{look_id}',
        'patch /scheduled_plans/{scheduled_plan_id}',
        'post /scheduled_plans',
        'post /scheduled_plans/{scheduled_plan_id}/run_once',
      ])
      expect(complaints(w.exchanges)).toEqual([])
      expect(oddAnswers(w.exchanges)).toEqual([])
    })

    test('a query out of a file', async () => {
      const w = await world()
      const query = { model: 'finance', view: 'gl', fields: ['gl.net_amount'], filters: {}, sorts: [] }
      writeFileSync(join(w.folder, 'query.json'), JSON.stringify(query))
      expect((await w.run(['pull', '--query', 'query.json', '--json'])).code).toBe(0)
      expect(complaints(w.exchanges)).toEqual([])
    })
  },
)

describe.runIf(hasSpecification)('the judge finds', () => {
  const good: Sent = {
    method: 'POST',
    path: '/api/4.0/queries/run/json_bi',
    query: 'limit=-1&cache=false',
    contentType: 'application/json',
    authorization: 'token t',
    body: JSON.stringify({ model: 'finance', view: 'gl', fields: ['gl.account'], filter_config: null }),
  }
  const login: Sent = {
    ...good,
    path: '/api/4.0/login',
    query: '',
    contentType: 'application/x-www-form-urlencoded',
    authorization: null,
    body: 'client_id=a&client_secret=b',
  }
  const look: Sent = { ...good, method: 'GET', path: '/api/4.0/looks/42', query: '', contentType: null, body: '' }
  const body = (changed: object) => JSON.stringify({ model: 'm', view: 'v', ...changed })

  test.each([
    ['a query', good],
    ['a login', login],
    ['a Look', look],
  ])('nothing wrong with %s', (_what, sent) => {
    expect(judge().request(sent)).toEqual([])
  })

  const planted: readonly (readonly [string, Sent, RegExp])[] = [
    ['a path that is not there', { ...good, path: '/api/4.0/queries/execute/json' }, /has no POST/],
    ['an older API', { ...good, path: '/api/3.1/queries/run/json' }, /has no POST/],
    ['another method', { ...good, method: 'PUT' }, /has no PUT/],
    ['a parameter that is not there', { ...good, query: 'limit=-1&page=2' }, /no query parameter page/],
    ['a parameter of another type', { ...good, query: 'limit=all' }, /limit is all, not of type integer/],
    ['a flag that is no boolean', { ...good, query: 'cache=no' }, /cache is no, not of type boolean/],
    ['a parameter twice', { ...good, query: 'limit=1&limit=2' }, /limit comes twice/],
    ['an unknown field', { ...good, body: body({ offset: 5 }) }, /additional.*"offset"/],
    ['a field that only Looker writes', { ...good, body: body({ slug: 'abc' }) }, /additional.*"slug"/],
    ['a limit that is a number', { ...good, body: body({ limit: 500 }) }, /\/limit must be string/],
    ['filters that are no texts', { ...good, body: body({ filters: { a: 1 } }) }, /\/filters\/a must be string/],
    ['a field that is missing', { ...good, body: JSON.stringify({ model: 'm' }) }, /required property 'view'/],
    ['text for JSON', { ...good, contentType: 'text/plain' }, /its body is text\/plain/],
    ['a body that is cut', { ...good, body: '{"model":' }, /not JSON/],
    ['no token', { ...good, authorization: null }, /no token/],
    ['a body where none belongs', { ...look, body: '{}' }, /it has a body/],
    ['credentials in the address', { ...login, query: 'client_id=a' }, /client_id stands in the address/],
    ['more than credentials in a login', { ...login, body: `${login.body}&x=1` }, /the login sends/],
    ['a token with a login', { ...login, authorization: 'token t' }, /a token goes with the login/],
    [
      'a query task without its format',
      { ...good, path: '/api/4.0/query_tasks', query: '', body: '{"query_id":"1"}' },
      /required property 'result_format'/,
    ],
  ]
  test.each(planted)('%s', (_what, sent, complaint) => {
    expect(complaints([{ sent, status: 200, answer: null }]).join('\n')).toMatch(complaint)
  })
})

test('the judge sits', ({ skip }) => {
  skip(!hasSpecification, "Looker's specification does not lie beside the repository")
  expect(judge().operationOf({ method: 'GET', path: '/api/4.0/looks/search' })?.name).toBe('get /looks/search')
})
