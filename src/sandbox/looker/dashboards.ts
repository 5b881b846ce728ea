import { answer, notFound } from './answers.js'
import type { Call, Route } from './call.js'
import { queryObject, type Library } from './library.js'
import { may } from './session.js'
import type { Dashboard, DashboardTile, LookerWorld } from './world.js'

/** Dashboards as objects: no call runs one, its tiles are run as the queries that they are. */
export function dashboardRoutes(world: LookerWorld, library: Library): Route[] {
  const show = (call: Call) => {
    const found = world.dashboards?.find(({ id }) => id === call.params['dashboard_id'])
    const isSeen = may(call.session, 'see_looks')
    return found === undefined || !isSeen ? notFound(call.route) : answer(dashboardObject(found, library, call.origin))
  }
  return [{ method: 'GET', pattern: '/dashboards/:dashboard_id', isQuery: false, handle: show }]
}

function dashboardObject({ id, title, filters, tiles }: Dashboard, library: Library, origin: string): object {
  return {
    can: { show: true },
    ...{
      id,
      title,
      deleted: false,
      description: null,
      hidden: false,
      query_timezone: 'user_timezone',
      readonly: false,
    },
    dashboard_filters: filters.map((filter, at) => ({
      ...{ id: String(at + 1), dashboard_id: id, name: filter.name, title: filter.name, type: 'field_filter' },
      ...{ default_value: filter.value, required: filter.required ?? false, row: at, listens_to_filters: [] },
    })),
    dashboard_elements: tiles.map((tile) => elementObject(id, tile, library, origin)),
  }
}

function elementObject(dashboard: string, tile: DashboardTile, library: Library, origin: string): object {
  const saved = tile.query === undefined ? library.ofLook(tile.look ?? '') : library.save(tile.query)
  const query = saved === undefined ? null : queryObject(saved, origin)
  const listen = Object.entries(tile.listens ?? {}).map(([name, field]) => ({ dashboard_filter_name: name, field }))
  const filterables = saved === undefined ? [] : [{ model: saved.model, view: saved.view, name: null, listen }]
  const merge = tile.merges === true ? 'merge1' : null
  return {
    ...{
      id: tile.id,
      dashboard_id: dashboard,
      title: tile.title,
      type: query === null && merge === null ? 'text' : 'vis',
    },
    ...{ body_text: tile.text ?? null, look_id: tile.look ?? null, merge_result_id: merge },
    query: tile.look === undefined ? query : null,
    query_id: tile.look === undefined ? (saved?.id ?? null) : null,
    result_maker:
      query === null && merge === null ? null : { id: `r${tile.id}`, merge_result_id: merge, query, filterables },
  }
}
