import { answer, notFound, pick } from './answers.js'
import type { Call, Route } from './call.js'
import { queryObject, type Library, type SavedQuery } from './library.js'
import { run, type Instance } from './run.js'
import { may } from './session.js'
import type { LookQuery } from './world.js'
import { fromBody, fromUrl } from './written.js'

/** Queries: made, read and run. A made query is checked; a saved Look is not, and loses what its Explore lost. */
export function queryRoutes(instance: Instance, library: Library): Route[] {
  const { world } = instance
  const format = (call: Call) => call.params['result_format'] ?? ''
  const query = (method: string, pattern: string, handle: Route['handle']) => ({
    method,
    pattern,
    isQuery: true,
    handle,
  })
  const show = (call: Call, found: SavedQuery | undefined) =>
    found === undefined ? notFound(call.route) : answer(pick(queryObject(found, call.origin), call.query.get('fields')))
  const runSaved = (call: Call, found: SavedQuery | undefined) =>
    found === undefined ? notFound(call.route) : run(instance, call, found, format(call), call.query)
  const saved = (checked: LookQuery | Response) => (checked instanceof Response ? checked : library.save(checked))
  return [
    query('POST', '/queries', (call) => {
      const made = saved(fromBody(world, call))
      return made instanceof Response ? made : answer({ ...queryObject(made, call.origin), ...remade(call) })
    }),
    query('POST', '/queries/run/:result_format', (call) => {
      const made = saved(fromBody(world, call))
      return made instanceof Response ? made : runSaved(call, made)
    }),
    query('GET', '/queries/models/:model_name/views/:view_name/run/:result_format', (call) => {
      const made = saved(fromUrl(world, call))
      return made instanceof Response ? made : runSaved(call, made)
    }),
    query('GET', '/queries/:query_id', (call) => show(call, library.byId(call.params['query_id'] ?? ''))),
    query('GET', '/queries/slug/:slug', (call) => show(call, library.bySlug(call.params['slug'] ?? ''))),
    query('GET', '/queries/:query_id/run/:result_format', (call) =>
      runSaved(call, library.byId(call.params['query_id'] ?? '')),
    ),
    query('GET', '/looks/:look_id/run/:result_format', (call) =>
      runSaved(call, may(call.session, 'see_looks') ? library.ofLook(call.params['look_id'] ?? '') : undefined),
    ),
  ]
}

/** What the planned faults make of a query that is made. */
function remade({ faults }: Call): object {
  return Object.assign({}, ...faults.map((fault) => (fault.kind === 'made' ? fault.members : {}))) as object
}
