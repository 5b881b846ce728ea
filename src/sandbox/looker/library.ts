import { createHash } from 'node:crypto'
import type { LookerWorld, LookQuery } from './world.js'

/** A query that Looker knows: immutable, and the same body has the same id. */
export interface SavedQuery extends LookQuery {
  /** 32 characters; numeric query ids are no longer served. */
  readonly id: string
  /** The short link `/x/<slug>`. */
  readonly slug: string
  /** 22 characters, the `qid` of an Explore URL. */
  readonly clientId: string
}

export interface Library {
  save(query: LookQuery): SavedQuery
  byId(id: string): SavedQuery | undefined
  /** By slug or client id. */
  bySlug(slug: string): SavedQuery | undefined
  ofLook(id: string): SavedQuery | undefined
}

export function createLibrary(world: LookerWorld): Library {
  const queries = new Map<string, SavedQuery>()
  const save = (query: LookQuery) => {
    const digest = createHash('sha256')
      .update(JSON.stringify(canonical(query)))
      .digest('hex')
    const saved = { ...query, id: digest.slice(0, 32), slug: digest.slice(32, 39), clientId: digest.slice(39, 61) }
    queries.set(saved.id, saved)
    return saved
  }
  const looks = new Map(world.looks.map((look) => [look.id, save(look.query)]))
  return {
    save,
    byId: (id) => queries.get(id),
    bySlug: (slug) => [...queries.values()].find((query) => query.slug === slug || query.clientId === slug),
    ofLook: (id) => looks.get(id),
  }
}

function canonical(query: LookQuery): unknown {
  const filters = Object.entries(query.filters).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.entries({ ...query, filters }).sort(([left], [right]) => (left < right ? -1 : 1))
}

/** The Query object of the API. */
export function queryObject(query: SavedQuery, origin: string): object {
  const { id, model, view, fields, slug, clientId } = query
  const explore = `/explore/${model}/${view}`
  return {
    can: { run: true, see_results: true, explore: true, download: true, show: true },
    id,
    model,
    view,
    fields,
    pivots: query.pivots ?? null,
    fill_fields: null,
    filters: Object.keys(query.filters).length === 0 ? null : query.filters,
    filter_expression: query.filterExpression ?? null,
    sorts: query.sorts,
    limit: query.limit,
    column_limit: null,
    total: query.total ?? null,
    row_total: null,
    subtotals: null,
    vis_config: null,
    filter_config: null,
    visible_ui_sections: null,
    slug,
    dynamic_fields: query.dynamicFields ?? null,
    client_id: clientId,
    share_url: `${origin}/x/${slug}`,
    expanded_share_url: `${origin}${explore}?fields=${fields.join(',')}&limit=${query.limit}`,
    url: `${explore}?fields=${fields.join(',')}&limit=${query.limit}`,
    query_timezone: query.timeZone ?? null,
    has_table_calculations: (query.dynamicFields ?? '').includes('table_calculation'),
  }
}
