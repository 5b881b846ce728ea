import { answer, notFound, pick } from './answers.js'
import type { Call, Route } from './call.js'
import { fullField } from './fields.js'
import { queryObject, type Library } from './library.js'
import { findExplore } from './run.js'
import { may } from './session.js'
import type { Explore, Look, LookerWorld } from './world.js'

/** What can be asked: Looks, models, Explores with their fields. */
export function metadataRoutes(world: LookerWorld, library: Library): Route[] {
  const get = (pattern: string, handle: Route['handle']): Route => ({ method: 'GET', pattern, isQuery: false, handle })
  return [
    get('/looks', (call) => listed(call, visible(world, call).map(lookObject))),
    get('/looks/search', (call) => listed(call, visible(world, call).filter(wanted(call)).map(lookObject))),
    get('/looks/:look_id', (call) => {
      const look = visible(world, call).find((each) => each.id === call.params['look_id'])
      const query = library.ofLook(look?.id ?? '')
      if (look === undefined || query === undefined) return notFound(call.route)
      const whole = {
        ...lookObject(look),
        url: `/looks/${look.id}`,
        query_id: query.id,
        query: queryObject(query, call.origin),
      }
      return answer(pick(whole, call.query.get('fields')))
    }),
    get('/lookml_models', (call) =>
      listed(
        call,
        modelNames(world).map((name) => modelObject(world, name)),
      ),
    ),
    get('/lookml_models/:lookml_model_name', (call) => {
      const name = call.params['lookml_model_name'] ?? ''
      if (!modelNames(world).includes(name)) return notFound(call.route)
      return answer(pick(modelObject(world, name), call.query.get('fields')))
    }),
    get('/lookml_models/:lookml_model_name/explores/:explore_name', (call) => {
      const { lookml_model_name: model = '', explore_name: name = '' } = call.params
      const explore = findExplore(world, model, name)
      return explore === undefined
        ? notFound(call.route)
        : answer(pick(exploreObject(explore), call.query.get('fields')))
    }),
  ]
}

function visible(world: LookerWorld, call: Call): readonly Look[] {
  return may(call.session, 'see_looks') ? world.looks : []
}

/** `title` is matched with % and without regard to case, as the search endpoints do. */
function wanted(call: Call): (look: Look) => boolean {
  const [id, title] = [call.query.get('id'), call.query.get('title')]
  const literal = (title ?? '%').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const pattern = new RegExp(`^${literal.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'is')
  return (look) => (id === null || look.id === id) && pattern.test(look.title)
}

/** List endpoints do page, unlike runs; the headers are those of Looker's paging proposal. */
function listed(call: Call, objects: readonly object[]): Response {
  const start = Number(call.query.get('offset') ?? '0')
  const limit = call.query.get('limit')
  const page = objects.slice(start, limit === null ? undefined : start + Number(limit))
  return answer(
    page.map((each) => pick(each, call.query.get('fields'))),
    { 'x-total-count': String(objects.length) },
  )
}

function lookObject(look: Look): object {
  return {
    can: { show: true, run: true, explore: true },
    id: look.id,
    title: look.title,
    user_id: '1',
    description: null,
    deleted: false,
    is_run_on_load: true,
    model: { id: look.query.model, label: look.query.model },
    public: false,
    query_id: null,
    folder_id: '1',
    folder: { id: '1', name: 'Shared' },
    short_url: `/looks/${look.id}`,
    view_count: 0,
  }
}

function modelNames(world: LookerWorld): string[] {
  return [...new Set(world.explores.map((explore) => explore.model))]
}

function modelObject(world: LookerWorld, model: string): object {
  const explores = world.explores.filter((explore) => explore.model === model)
  return {
    can: { show: true },
    name: model,
    label: model,
    project_name: 'finance',
    has_content: true,
    allowed_db_connection_names: ['warehouse'],
    unlimited_db_connections: false,
    explores: explores.map(({ name, label }) => ({
      name,
      label,
      description: null,
      hidden: false,
      group_label: label,
    })),
  }
}

function exploreObject(explore: Explore): object {
  const full = (kind: 'dimension' | 'measure') =>
    explore.fields.filter((field) => field.kind === kind).map((field) => fullField(explore, field))
  return {
    id: `${explore.model}::${explore.name}`,
    name: explore.name,
    label: explore.label,
    title: explore.label,
    description: null,
    model_name: explore.model,
    view_name: explore.name,
    project_name: 'finance',
    connection_name: 'warehouse',
    dialect_name: 'postgres',
    null_sort_treatment: explore.saidNullSort ?? (explore.nullSort === undefined ? 'low' : explore.nullSort),
    hidden: false,
    can_total: true,
    can_subtotal: true,
    has_timezone_support: true,
    sql_table_name: `finance.${explore.name}`,
    access_filter_fields: Object.keys(explore.accessFilters ?? {}),
    access_filters: Object.entries(explore.accessFilters ?? {}).map(([field, { attribute }]) => ({
      ...{ field, user_attribute: attribute },
    })),
    always_filter: Object.entries(explore.alwaysFilter ?? {}).map(([name, value]) => ({ name, value })),
    conditionally_filter: [],
    errors: null,
    fields: { dimensions: full('dimension'), measures: full('measure'), filters: [], parameters: [] },
    supported_measure_types: [{ dimension_type: 'number', measure_types: ['sum', 'count'] }],
  }
}
