import { answer, notFound, pick } from './answers.js'
import type { Call, Route } from './call.js'
import { queryObject, type Library } from './library.js'
import { run, type Instance } from './run.js'
import { may } from './session.js'
import { fromBody, fromUrl } from './written.js'

/** Queries: made, read and run. A made query is checked; a saved Look is not, and loses what its Explore lost. */
export function queryRoutes(instance: Instance, library: Library): Route[] {
  const format = (call: Call) => call.params['result_format'] ?? ''
  const inline = (call: Call) => {
    const query = fromBody(instance.world, call)
    if (query instanceof Response) return query
    return run(instance, call, library.save(query), format(call), call.query)
  }
  const inUrl = (call: Call) => {
    const query = fromUrl(instance.world, call)
    if (query instanceof Response) return query
    return run(instance, call, library.save(query), format(call), new URLSearchParams())
  }
  const create = (call: Call) => {
    const query = fromBody(instance.world, call)
    if (query instanceof Response) return query
    return answer(pick(queryObject(library.save(query), call.origin), call.query.get('fields')))
  }
  const runSaved = (call: Call) => {
    const query = library.byId(call.params['query_id'] ?? '')
    return query === undefined ? notFound(call.route) : run(instance, call, query, format(call), call.query)
  }
  const runLook = (call: Call) => {
    const query = may(call.session, 'see_looks') ? library.ofLook(call.params['look_id'] ?? '') : undefined
    return query === undefined ? notFound(call.route) : run(instance, call, query, format(call), call.query)
  }
  const show = (call: Call) => {
    const { query_id: id, slug } = call.params
    const query = slug === undefined ? library.byId(id ?? '') : library.bySlug(slug)
    if (query === undefined) return notFound(call.route)
    return answer(pick(queryObject(query, call.origin), call.query.get('fields')))
  }
  return [
    { method: 'POST', pattern: '/queries', isQuery: true, handle: create },
    { method: 'GET', pattern: '/queries/:query_id', isQuery: true, handle: show },
    { method: 'GET', pattern: '/queries/slug/:slug', isQuery: true, handle: show },
    { method: 'POST', pattern: '/queries/run/:result_format', isQuery: true, handle: inline },
    { method: 'GET', pattern: '/queries/:query_id/run/:result_format', isQuery: true, handle: runSaved },
    { method: 'GET', pattern: '/looks/:look_id/run/:result_format', isQuery: true, handle: runLook },
    {
      method: 'GET',
      pattern: '/queries/models/:model_name/views/:view_name/run/:result_format',
      isQuery: true,
      handle: inUrl,
    },
  ]
}
