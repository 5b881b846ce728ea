import type { Core, Reply } from '../core.js'
import { answer, notFound, refusal, unauthenticated, unknownRoute } from './answers.js'
import type { Call, Route } from './call.js'
import { createFaultBook, type LookerFault } from './faults.js'
import { dashboardRoutes } from './dashboards.js'
import { createLibrary } from './library.js'
import { metadataRoutes } from './metadata.js'
import { planRoutes, type Deliver } from './plans.js'
import type { Instance, RowWorld } from './run.js'
import { queryRoutes } from './runs.js'
import { createSessions, type Session, type Sessions } from './session.js'
import { replacement, touched, zipped } from './spoil.js'
import { taskRoutes } from './tasks.js'
import type { LookerWorld } from './world.js'

export interface LookerOptions {
  readonly now?: () => number
  /** Holds an answer back for so many milliseconds; only the faults `slow` and `drip` use it. */
  readonly delay?: (ms: number) => Promise<void>
  /** Life of a token, 3600 unless told. */
  readonly tokenSeconds?: number
  /** `stream` unless told: what current releases do. */
  readonly rowWorld?: RowWorld
  /** 5000 unless told. */
  readonly rowCap?: number
  readonly faults?: readonly LookerFault[]
  /** Answers compressed to who accepts it, as Looker does; off unless told, so that faults count plain bytes. */
  readonly gzip?: boolean
  /** Where its pages are, when not where its API is. */
  readonly webServerUrl?: string
  /** Takes the webhook deliveries of scheduled plans that are run once, such as `fetch`; without it nothing is delivered. */
  readonly deliver?: Deliver
}

export interface SeenRequest {
  readonly method: string
  /** Below the host, such as `/api/4.0/looks/1`. */
  readonly path: string
  readonly query: string
  /** Absent for a login: no secret is kept. */
  readonly body?: string
}

export interface LookerSandbox extends Core {
  readonly requests: readonly SeenRequest[]
  /** Calls that Looker's monthly quota of query calls would count. */
  readonly queryCalls: number
  fault(spec: LookerFault): void
  clearFaults(): void
}

/** A Looker API 4.0 over the world. Every sandbox has its own sessions, queries, tasks and faults. */
export function createLookerSandbox(world: LookerWorld, options: LookerOptions = {}): LookerSandbox {
  const delay = options.delay ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const book = createFaultBook(options.faults)
  const { sessions, routes } = furnish(world, options)
  const requests: SeenRequest[] = []
  let queryCalls = 0
  const handle = async (request: Request): Promise<Reply> => {
    const url = new URL(request.url)
    const path = url.pathname.replace(/^\/api\/4\.0/, '')
    const text = await request.text()
    requests.push(seen(request.method, url, text))
    const { exchange, run } = book.strike(`${request.method} ${path}`)
    if (exchange?.kind === 'tokens-expire') sessions.expireAll()
    if (exchange?.kind === 'slow') await delay(exchange.ms)
    const instead = exchange === null ? null : replacement(exchange, `${request.method.toLowerCase()}${path}`)
    if (instead !== null) return instead
    const found = openDoor(world, options, sessions.login, request, url, text) ?? enter(sessions, routes, request, path)
    if (found instanceof Response) return touched(found, exchange, delay)
    if (found.route.isQuery) queryCalls++
    const reply = await found.route.handle(toCall(found, url, text, run))
    return touched(options.gzip === true ? zipped(reply, request) : reply, exchange, delay)
  }
  return {
    handle,
    requests,
    get queryCalls() {
      return queryCalls
    },
    fault: (spec) => book.plan(spec),
    clearFaults: () => book.clear(),
  }
}

function furnish(world: LookerWorld, options: LookerOptions) {
  const now = options.now ?? Date.now
  const sessions = createSessions(world, now, options.tokenSeconds ?? 3600)
  const library = createLibrary(world)
  const rowWorld = options.rowWorld ?? 'stream'
  const instance: Instance = { world, now, rowWorld, rowCap: options.rowCap ?? 5000 }
  const routes = [
    ...sessions.routes,
    ...metadataRoutes(world, library),
    ...dashboardRoutes(world, library),
    ...queryRoutes(instance, library),
    ...taskRoutes(instance, library),
    ...planRoutes(instance, library, options.deliver ?? null),
  ]
  return { sessions, routes }
}

function seen(method: string, url: URL, text: string): SeenRequest {
  const query = url.search.replace(/(client_(?:id|secret)=)[^&]*/g, '$1…').slice(1)
  const about = { method, path: url.pathname, query }
  return text === '' || url.pathname.includes('/login') ? about : { ...about, body: text }
}

/** What is answered without a token: the health check, versions, the login itself, and every wrong address. */
function openDoor(
  world: LookerWorld,
  options: LookerOptions,
  login: (contentType: string, text: string) => Response,
  request: Request,
  url: URL,
  text: string,
): Response | null {
  const { pathname } = url
  if (pathname === '/alive') return new Response('', { status: 200 })
  if (!pathname.startsWith('/api/')) return refusal(403, 'Forbidden', `${request.method.toLowerCase()}${pathname}`)
  if (!pathname.startsWith('/api/4.0/')) return unknownRoute()
  // Looker treats a path that ends in a slash as one it has no session for.
  if (pathname.endsWith('/')) return unauthenticated()
  const line = `${request.method} ${pathname}`
  if (line === 'POST /api/4.0/login') return login(request.headers.get('content-type') ?? '', text)
  return line === 'GET /api/4.0/versions' ? answer(versions(world.release, url.origin, options.webServerUrl)) : null
}

function versions(release: string, origin: string, pages = origin): object {
  const [year = '', month = ''] = release.split('.')
  const full_version = `4.0.${year}.${month}`
  const current = { version: '4.0', full_version, status: 'current', swagger_url: `${origin}/api/4.0/swagger.json` }
  return {
    looker_release_version: release,
    current_version: current,
    supported_versions: [current],
    api_server_url: origin,
    web_server_url: pages,
  }
}

interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

interface Entered extends Found {
  readonly token: string
  readonly session: Session
}

/** The login first, the route second: an unknown route without a login is a 401. */
function enter(sessions: Sessions, routes: readonly Route[], request: Request, path: string): Entered | Response {
  const login = sessions.find(request.headers.get('authorization'))
  // A second logout is a 404, not a 401.
  if (login === null) return path === '/logout' ? notFound('delete/logout') : unauthenticated()
  const found = findRoute(routes, request.method, path)
  return found instanceof Response ? found : { ...found, ...login }
}

/** The first pattern that fits; a path that only other methods know is a 405. */
function findRoute(routes: readonly Route[], method: string, path: string): Found | Response {
  const fitting = routes.flatMap((route): Found[] => {
    const params = match(route.pattern, path)
    return params === null ? [] : [{ route, params }]
  })
  const found = fitting.find(({ route }) => route.method === method)
  if (found !== undefined) return found
  const other = fitting[0]
  if (other === undefined) return unknownRoute()
  return refusal(405, 'Method not allowed', `${method.toLowerCase()}${other.route.pattern}`)
}

function match(pattern: string, path: string): Record<string, string> | null {
  const [names, parts] = [pattern.split('/'), path.split('/')]
  if (names.length !== parts.length) return null
  const params: Record<string, string> = {}
  for (const [i, name] of names.entries()) {
    const part = decoded(parts[i] ?? '')
    if (name.startsWith(':')) params[name.slice(1)] = part
    else if (name !== part) return null
  }
  return params
}

/** A stray % is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function toCall({ route, params, token, session }: Entered, url: URL, text: string, faults: Call['faults']): Call {
  const name = `${route.method.toLowerCase()}${route.pattern}`
  return { route: name, params, query: url.searchParams, text, origin: url.origin, token, session, faults }
}
