/** What a request asks for, by its address alone. */
export type Route =
  | { readonly name: 'healthz' }
  | { readonly name: 'ingest'; readonly secret: string; readonly job: string }
  | { readonly name: 'none' }

/** Reads `/healthz` and `/ingest/<secret>/<job>`; the secret may hold slashes, as base64 does, a job's name never. */
export function routeOf(address: string): Route {
  const path = address.replace(/[?#][^]*$/, '')
  if (path === '/healthz') return { name: 'healthz' }
  const last = path.lastIndexOf('/')
  if (!path.startsWith(PREFIX) || last < PREFIX.length) return { name: 'none' }
  return { name: 'ingest', secret: path.slice(PREFIX.length, last), job: path.slice(last + 1) }
}

const PREFIX = '/ingest/'
