import { randomBytes } from 'node:crypto'
import { answer, JSON_TYPE, noContent, notFound, refusal, type Detail } from './answers.js'
import { objectBody, type Call, type Route } from './call.js'
import type { Library, SavedQuery } from './library.js'
import { run, type Instance } from './run.js'

interface Task {
  readonly id: string
  readonly query: SavedQuery
  readonly format: string
  readonly parameters: URLSearchParams
  readonly source: string
  readonly lookId: string | null
  /** Still to come; every look at the task takes the next one. */
  statuses: readonly string[]
}

const LIFE = ['added', 'running', 'complete']
const ENDED: readonly string[] = ['complete', 'error', 'expired', 'killed']

/** Query tasks: made, looked at until complete, fetched. Results are computed when they are fetched. */
export function taskRoutes(instance: Instance, library: Library): Route[] {
  const tasks = new Map<string, Task>()
  const find = (call: Call) => tasks.get(call.params['query_task_id'] ?? '')
  const create = (call: Call) => {
    const task = newTask(call, library)
    if (task instanceof Response) return task
    tasks.set(task.id, task)
    return answer(taskObject(task))
  }
  const show = (call: Call) => {
    const task = find(call)
    if (task === undefined) return notFound(call.route)
    advance(task)
    return answer(taskObject(task))
  }
  const results = (call: Call) => {
    const task = find(call)
    return task === undefined ? notFound(call.route) : fetchResults(instance, call, task)
  }
  const kill = (call: Call) => {
    const task = find(call)
    if (task === undefined || ENDED.includes(status(task))) return notFound(call.route)
    task.statuses = ['killed']
    return noContent()
  }
  const many = async (call: Call) => {
    const ids = (call.query.get('query_task_ids') ?? '').split(',').filter((id) => id !== '')
    const entries = await Promise.all(ids.map((id) => entry(instance, call, tasks.get(id), id)))
    return new Response(`{${entries.join(',')}}`, { headers: { 'content-type': JSON_TYPE } })
  }
  return [
    { method: 'POST', pattern: '/query_tasks', isQuery: true, handle: create },
    { method: 'GET', pattern: '/query_tasks/multi_results', isQuery: true, handle: many },
    { method: 'GET', pattern: '/query_tasks/:query_task_id', isQuery: true, handle: show },
    { method: 'GET', pattern: '/query_tasks/:query_task_id/results', isQuery: true, handle: results },
    { method: 'DELETE', pattern: '/running_queries/:query_task_id', isQuery: true, handle: kill },
  ]
}

function newTask(call: Call, library: Library): Task | Response {
  const body = objectBody(call)
  if (body === null) return refusal(400, 'Bad Request', call.route)
  const missing = ['query_id', 'result_format'].filter((name) => typeof body[name] !== 'string')
  const details = missing.map((field): Detail => ({ field, code: 'missing_field', message: 'This field is required.' }))
  if (details.length > 0) return refusal(422, 'Validation Failed', call.route, details)
  const query = library.byId(String(body['query_id']))
  if (query === undefined) return notFound(call.route)
  const planned = call.faults.find((fault) => fault.kind === 'task')?.statuses
  return {
    id: randomBytes(16).toString('hex'),
    query,
    format: String(body['result_format']),
    parameters: call.query,
    source: typeof body['source'] === 'string' ? body['source'] : 'api4',
    lookId: typeof body['look_id'] === 'string' ? body['look_id'] : null,
    statuses: planned === undefined ? LIFE : ['added', ...planned],
  }
}

function status(task: Task): string {
  return task.statuses[0] ?? 'complete'
}

function advance(task: Task): void {
  if (task.statuses.length > 1) task.statuses = task.statuses.slice(1)
}

function fetchResults(instance: Instance, call: Call, task: Task): Response {
  const now = status(task)
  if (call.faults.some((fault) => fault.kind === 'task-object')) return answer(taskObject(task))
  if (now === 'added' || now === 'running') {
    advance(task)
    return new Response('', { status: 202, headers: { 'content-type': JSON_TYPE } })
  }
  if (now === 'expired' || now === 'killed') return notFound(call.route)
  // Only json_detail tells of a failed task in its body; every other format is refused.
  const isRefused = now === 'error' && !call.faults.some((fault) => fault.kind === 'rows-of-failed')
  if (isRefused && task.format !== 'json_detail') return refusal(400, TASK_ERROR, call.route)
  const faulty = isRefused ? { ...call, faults: [...call.faults, FAILED] } : call
  return run(instance, faulty, task.query, task.format, task.parameters, true)
}

const TASK_ERROR = 'The database encountered an error while running this query.'
const FAILED = { kind: 'looker-error', where: 'first', message: TASK_ERROR } as const

/** One member of multi_results: data only when complete; `missing` for an id that this login may not see. */
async function entry(instance: Instance, call: Call, task: Task | undefined, id: string): Promise<string> {
  const key = JSON.stringify(id)
  if (task === undefined) return `${key}:{"status":"missing"}`
  advance(task)
  const now = status(task)
  if (now === 'error')
    return `${key}:${JSON.stringify({ status: now, data: { id, error: TASK_ERROR, runtime: 0.1, sql: '' } })}`
  if (now !== 'complete') return `${key}:${JSON.stringify({ status: now })}`
  const rows = await run(instance, call, task.query, task.format, task.parameters, true).text()
  const isText = task.format === 'csv' || task.format === 'txt' || task.format === 'sql'
  return `${key}:{"status":"complete","data":${isText ? JSON.stringify(rows) : rows}}`
}

function taskObject(task: Task): object {
  const parameter = (name: string) => task.parameters.get(name) === 'true'
  return {
    can: {},
    id: task.id,
    query_id: task.query.id,
    generate_links: false,
    force_production: parameter('force_production'),
    path_prefix: null,
    cache: task.parameters.get('cache') !== 'false',
    server_table_calcs: parameter('server_table_calcs'),
    cache_only: parameter('cache_only'),
    cache_key: status(task) === 'complete' ? task.query.id : null,
    status: status(task),
    source: task.source,
    runtime: status(task) === 'complete' ? 0.42 : null,
    rebuild_pdts: parameter('rebuild_pdts'),
    result_source: status(task) === 'complete' ? 'query' : null,
    look_id: task.lookId,
    dashboard_id: null,
    result_format: task.format,
  }
}
