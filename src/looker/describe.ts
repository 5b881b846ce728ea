import { MlcError } from '../errors.js'
import type { Field } from '../model/row.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import { checkNames, ownFilterNotes, readExplore, type Explore } from './explore.js'
import { lintFilters } from './lint.js'
import { readLink, type LinkedQuery } from './link.js'
import { keyOf, type Key, type NoKey } from './paging/key.js'
import { definitionHash, definitionLines, dynamicFieldsOf, readSavedQuery, rowLimit, type SavedQuery } from './query.js'
import type { QuerySpec, SourceDefinition, SourceSpec } from './source.js'
import { isObject, quote } from './words.js'

/** A source as it is going to run. */
export interface ResolvedSource {
  readonly definition: SourceDefinition
  readonly saved: SavedQuery
  /** True: nothing is overridden, so the Look itself can be run. */
  readonly runsAsSaved: boolean
  /** False: the Explore's metadata could not be read, so what comes back must prove that the filters were applied. */
  readonly isChecked: boolean
  /** True: a filter is on a measure, or may be. */
  readonly filtersMeasures: boolean
  /** The measure by which Looker can tell how many records there are; null when there is none. */
  readonly counter: string | null
  /** How its rows are told apart and resumed, or what is in the way of that. */
  readonly key: Key | NoKey
  /** What the Explore adds by itself, for the audit. */
  readonly notes: readonly string[]
}

/** Reads what the source asks and checks each name in it, before anything runs. @throws MLC-L010 … MLC-L013, L023, L024 */
export async function resolveSource(
  api: Api,
  source: SourceSpec,
  defaultTimeZone: string | null,
): Promise<ResolvedSource> {
  const { look, title, saved } = await readSource(api, source)
  refuseUnfit(saved, look)
  const configuredZone = source.timeZone ?? defaultTimeZone
  const filters = { ...saved.filters, ...source.filters }
  const sorts = source.sorts.length > 0 ? source.sorts : saved.sorts
  const explore = await exploreOf(api, saved, look)
  if (explore !== null) {
    checkNames(explore, saved, filters, sorts)
    lintFilters(explore.fields, filters)
  }
  const fields = fieldsOf(saved, explore)
  const isOverridden = Object.keys(source.filters).length > 0 || source.sorts.length > 0 || configuredZone !== null
  return {
    saved,
    runsAsSaved: look !== null && !isOverridden,
    isChecked: explore !== null,
    filtersMeasures: filtersMeasures(saved, filters, explore),
    counter: explore && counterFor(saved, explore),
    key: keyOf(saved, fields, explore, sorts),
    notes: explore
      ? ownFilterNotes(explore.own)
      : [`the metadata of Explore ${saved.model}/${saved.explore} cannot be read`],
    definition: {
      look,
      title,
      model: saved.model,
      explore: saved.explore,
      queryId: saved.id,
      exploreUrl: exploreUrl(api.baseUrl, saved, filters, sorts, isOverridden),
      fields,
      filters,
      sorts,
      savedLimit: saved.limit,
      timeZone: configuredZone ?? saved.timeZone,
      ownFilters: explore && explore.own,
      definition: definitionHash(saved),
      definitionLines: definitionLines(saved),
    },
  }
}

interface Found {
  readonly look: string | null
  readonly title: string | null
  readonly saved: SavedQuery
}

async function readSource(api: Api, { look, query, slug }: SourceSpec): Promise<Found> {
  if (look !== null) return readLook(api, look)
  if (query !== null) return { look: null, title: null, saved: inlineQuery(query) }
  if (slug === null) throw new MlcError('MLC-C003', 'the source names neither a Look nor a query nor a slug')
  const link = readLink(slug)
  await refuseOtherHost(api, slug)
  if (link.kind === 'look') return readLook(api, link.look)
  if (link.kind === 'explore') return { look: null, title: null, saved: linkedQuery(link.query) }
  return { look: null, title: null, saved: await readSlug(api, link.slug) }
}

/** The address of another Looker names other figures by the same words. Pages may live on another host than the API; it says so. */
async function refuseOtherHost(api: Api, text: string): Promise<void> {
  const pasted = hostnameOf(text.trim())
  const own = hostnameOf(api.baseUrl)
  if (pasted === null || pasted === own) return
  const url = apiUrl(api.baseUrl, ['versions'])
  const { web_server_url: pages } = await api.object({ subject: { kind: 'versions' }, method: 'GET', url })
  if (typeof pages === 'string' && hostnameOf(pages) === pasted) return
  throw new MlcError('MLC-L024', `the address is of ${quote(pasted, 120)}, and looker.baseUrl of ${own}`, {
    fix: 'Copy the address from the Looker that mlc.yaml names.',
  })
}

/** Null for a bare slug. */
function hostnameOf(text: string): string | null {
  return URL.canParse(text) ? new URL(text).hostname : null
}

async function readLook(api: Api, look: string): Promise<Found> {
  const subject = { kind: 'look', name: look } as const
  const answer = await api.object({ subject, method: 'GET', url: apiUrl(api.baseUrl, ['looks', look]) })
  if (answer['deleted'] === true) throw new MlcError('MLC-L010', `Look ${look} is in the trash of Looker`)
  if (!isObject(answer['query'])) throw new MlcError('MLC-L015', `Looker sent Look ${look} without its query`)
  const title = answer['title']
  return { look, title: typeof title === 'string' ? title : null, saved: readSavedQuery(answer['query']) }
}

async function readSlug(api: Api, slug: string): Promise<SavedQuery> {
  const url = apiUrl(api.baseUrl, ['queries', 'slug', slug])
  return readSavedQuery(await api.object({ subject: { kind: 'savedQuery', name: slug }, method: 'GET', url }))
}

const BARE_QUERY = {
  id: null,
  shareUrl: null,
  slug: null,
  filters: {},
  filterExpression: null,
  sorts: [],
  limit: null,
  timeZone: null,
  fillFields: [],
  dynamicFields: null,
  unfit: [],
  pivots: [],
} as const

function inlineQuery({ model, explore, fields }: QuerySpec): SavedQuery {
  return { ...BARE_QUERY, model, explore, fields }
}

function linkedQuery(linked: LinkedQuery): SavedQuery {
  return readSavedQuery({
    model: linked.model,
    view: linked.explore,
    fields: linked.fields,
    filters: linked.filters,
    filter_expression: linked.filterExpression,
    sorts: linked.sorts,
    limit: rowLimit(linked.limit),
    query_timezone: linked.timeZone,
    pivots: linked.pivots,
    dynamic_fields: linked.dynamicFields,
    total: linked.hasTotals,
  })
}

function refuseUnfit(saved: SavedQuery, look: string | null): void {
  const name = look === null ? `the query on ${saved.model}/${saved.explore}` : `Look ${look}`
  if (saved.unfit.length > 0) throw new MlcError('MLC-L023', `${name} has ${saved.unfit.join(', ')}`)
  if (saved.fields.length === 0) throw new MlcError('MLC-L013', `${name} asks for no field`)
}

function filtersMeasures(
  saved: SavedQuery,
  filters: Readonly<Record<string, string>>,
  explore: Explore | null,
): boolean {
  const custom = new Set(dynamicFieldsOf(saved).flatMap(({ name, kind }) => (kind === 'measure' ? [name] : [])))
  const isMeasure = (name: string) =>
    custom.has(name) || (explore === null ? saved.fields.includes(name) : explore.fields.get(name)?.kind === 'measure')
  // An expression of Looker's own language is not read here, so it may hold anything.
  return saved.filterExpression !== null || Object.keys(filters).some(isMeasure)
}

/** The count of the view that the figures come from; another one may count the records of a joined table. */
function counterFor(saved: SavedQuery, { counters, fields }: Explore): string | null {
  const measured = saved.fields.filter((name) => fields.get(name)?.kind === 'measure').map(viewOf)
  const views = [...measured, saved.explore]
  return counters.find((counter) => views.includes(viewOf(counter))) ?? counters[0] ?? null
}

function viewOf(field: string): string {
  return field.split('.')[0] ?? ''
}

/** Null when only the Explore is out of sight: a user with see_looks may run a Look and still not see what it is made of. */
async function exploreOf(api: Api, saved: SavedQuery, look: string | null): Promise<Explore | null> {
  try {
    return await readExplore(api, saved.model, saved.explore)
  } catch (error) {
    const isHidden = error instanceof MlcError && (error.code === 'MLC-L011' || error.code === 'MLC-L006')
    if (look !== null && isHidden) return null
    throw error
  }
}

function fieldsOf(saved: SavedQuery, explore: Explore | null): readonly Field[] {
  const dynamic = new Map(dynamicFieldsOf(saved).map((field) => [field.name, field]))
  return [...new Set(saved.fields)].map(
    (name) => explore?.fields.get(name) ?? dynamic.get(name) ?? { name, label: name, type: UNKNOWN, kind: 'dimension' },
  )
}

/** Type of a field whose Explore could not be read. */
export const UNKNOWN = 'unknown'

/** The address that shows what is pulled: the one saved with the query, unless filters, sorts or time zone were laid over it. */
function exploreUrl(
  baseUrl: string,
  saved: SavedQuery,
  filters: Readonly<Record<string, string>>,
  sorts: readonly string[],
  isOverridden: boolean,
): string {
  if (saved.shareUrl !== null && !isOverridden) return saved.shareUrl
  const path = `${baseUrl}/explore/${encodeURIComponent(saved.model)}/${encodeURIComponent(saved.explore)}`
  if (saved.slug !== null && !isOverridden) return `${path}?${new URLSearchParams({ qid: saved.slug }).toString()}`
  const shown = Object.entries(filters).map(([field, expression]): [string, string] => [`f[${field}]`, expression])
  const order: [string, string][] = sorts.length > 0 ? [['sorts', sorts.join(',')]] : []
  return `${path}?${new URLSearchParams([['fields', saved.fields.join(',')], ...shown, ...order]).toString()}`
}
