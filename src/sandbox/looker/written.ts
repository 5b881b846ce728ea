import { notFound, refusal, type Detail } from './answers.js'
import { objectBody, type Call } from './call.js'
import { expressionFault } from './expression.js'
import { findExplore } from './run.js'
import type { Explore, LookerWorld, LookQuery } from './world.js'

/** Rows served when a query names no limit. Looker's own default is not published: 500 is LookML's and the Explore page's. */
const DEFAULT_LIMIT = '500'

/** The query of a request body, checked as create_query checks it; the refusal otherwise. */
export function fromBody(world: LookerWorld, call: Call): LookQuery | Response {
  const body = objectBody(call)
  if (body === null) return refusal(400, 'Bad Request', call.route)
  const details = shapeFaults(body)
  if (details.length > 0) return refusal(422, 'Validation Failed', call.route, details)
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined)
  return checked(world, call, {
    model: text('model') ?? '',
    view: text('view') ?? '',
    fields: texts(body['fields']),
    filters: (body['filters'] ?? {}) as Record<string, string>,
    sorts: texts(body['sorts']),
    limit: String((body['limit'] as string | number | null | undefined) ?? DEFAULT_LIMIT),
    ...given('pivots', Array.isArray(body['pivots']) && body['pivots'].length > 0 ? texts(body['pivots']) : undefined),
    ...given('total', body['total'] === true ? true : undefined),
    ...given('filterExpression', text('filter_expression')),
    ...given('dynamicFields', text('dynamic_fields')),
    ...given('timeZone', text('query_timezone')),
  })
}

/** `?fields=a,b&f[view.field]=value&sorts=a desc&limit=100` */
export function fromUrl(world: LookerWorld, call: Call): LookQuery | Response {
  const list = (name: string) => (call.query.get(name) ?? '').split(',').filter((each) => each !== '')
  const filters = [...call.query].flatMap(([name, value]) => {
    const field = /^(?:f|filters)\[(.+)\]$/.exec(name)?.[1]
    return field === undefined ? [] : [[field, value] as const]
  })
  return checked(world, call, {
    model: call.params['model_name'] ?? '',
    view: call.params['view_name'] ?? '',
    fields: list('fields'),
    filters: Object.fromEntries(filters),
    sorts: list('sorts'),
    limit: call.query.get('limit') ?? DEFAULT_LIMIT,
    ...given('total', call.query.get('total') === 'on' ? true : undefined),
    ...given('filterExpression', call.query.get('filter_expression') ?? undefined),
    ...given('timeZone', call.query.get('query_timezone') ?? undefined),
  })
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [name in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]?: Value })
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : []
}

function shapeFaults(body: Readonly<Record<string, unknown>>): Detail[] {
  const missing = ['model', 'view'].filter((name) => typeof body[name] !== 'string' || body[name] === '')
  const wrong = Object.entries(SHAPES).filter(([name, fits]) => (body[name] ?? null) !== null && !fits(body[name]))
  return [
    ...missing.map((field) => ({ field, code: 'missing_field', message: 'This field is required.' }) as const),
    ...wrong.map(([field]) => ({ field, code: 'invalid', message: 'Invalid value.' }) as const),
  ]
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  fields: isTexts,
  sorts: isTexts,
  pivots: isTexts,
  filters: (value) => typeof value === 'object' && !Array.isArray(value) && isTexts(Object.values(value as object)),
  limit: (value) => /^(?:-1|\d+)$/.test(String(value)),
  dynamic_fields: (value) => typeof value === 'string',
  filter_expression: (value) => typeof value === 'string',
  query_timezone: (value) => typeof value === 'string',
  total: (value) => typeof value === 'boolean',
}

/** Since 24.0 an unknown filter is refused; that an unknown field is refused the same way is our reading. */
function checked(world: LookerWorld, call: Call, query: LookQuery): LookQuery | Response {
  const explore = findExplore(world, query.model, query.view)
  if (explore === undefined) return notFound(call.route)
  const filter = unknown(explore, Object.keys(query.filters))
  if (filter !== undefined) return refusal(400, `Invalid filter: ${filter}`, call.route)
  const field = unknown(explore, query.fields) ?? unknown(explore, query.pivots ?? [])
  if (field !== undefined) return refusal(400, `Invalid field: ${field}`, call.route)
  const fault = expressionFault(query.filterExpression, explore)
  return fault === null ? query : refusal(400, `Invalid filter expression: ${fault}`, call.route)
}

function unknown(explore: Explore, names: readonly string[]): string | undefined {
  return names.find((name) => explore.fields.every((field) => field.name !== name))
}
