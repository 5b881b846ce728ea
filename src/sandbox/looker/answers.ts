/** The JSON bodies of Looker's API, its refusals above all. */
export function answer(body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': JSON_TYPE, ...headers } })
}

export const JSON_TYPE = 'application/json;charset=utf-8'

export function noContent(): Response {
  return new Response(null, { status: 204 })
}

export interface Detail {
  readonly field: string
  readonly code: 'missing_field' | 'invalid'
  readonly message: string
}

/** `route` is the pattern, such as `get/looks/:look_id`: Looker spells status, verb and route into documentation_url. */
export function refusal(status: number, message: string, route: string, details?: readonly Detail[]): Response {
  const documentation_url = `${DOCS}r/err/4.0/${status}/${route}`
  const errors = details?.map((detail) => ({ ...detail, documentation_url: DOCS }))
  const body = errors === undefined ? { message, documentation_url } : { message, errors, documentation_url }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': JSON_TYPE } })
}

const DOCS = 'https://cloud.google.com/looker/docs/'

export function notFound(route: string): Response {
  return refusal(404, 'Not found', route)
}

/** Looker's answer to a missing, unknown or expired token, and to a path that ends in a slash. */
export function unauthenticated(): Response {
  const body = { message: 'Requires authentication.', documentation_url: DOCS }
  return new Response(JSON.stringify(body), { status: 401, headers: { 'content-type': JSON_TYPE } })
}

/** A route that does not exist: the one refusal without documentation_url. */
export function unknownRoute(): Response {
  return new Response('{"message":"Sinatra::NotFound"}', { status: 404, headers: { 'content-type': JSON_TYPE } })
}

/** What a host that is no live instance serves, or one that is shut down. */
export function instancePage(status = 404): Response {
  const html =
    '<html><head><title>Looker Not Found (404)</title></head><body><h1>Looker is unavailable.</h1></body></html>\n'
  return new Response(html, { status, headers: { 'content-type': 'text/html;charset=utf-8' } })
}

/** The load balancer in front of Looker answers HTML, not JSON. */
export function nginx(status: number): Response {
  const title = `${status} ${{ 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' }[status] ?? 'Error'}`
  const html = `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`
  return new Response(html, { status, headers: { 'content-type': 'text/html' } })
}

/** Partial objects: `fields=id,title` keeps the named members. */
export function pick(body: object, fields: string | null): object {
  if (fields === null || fields === '') return body
  const names = new Set(fields.split(',').map((field) => field.trim().replace(/\(.*/s, '')))
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name)))
}
