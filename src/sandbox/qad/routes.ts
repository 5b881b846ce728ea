import { bareErrors, html, json, loginPage, notFound } from './answers.js'
import type { Gate, GateOptions } from './auth.js'
import { createReferences, readReferences, type BdocOptions } from './bdoc.js'
import type { Books } from './books.js'
import { browseCount, browsePage, listRecords, type Shelf } from './browse.js'
import type { Fault } from './faults.js'
import { postJournal } from './journal.js'
import { swagger } from './swagger.js'
import type { QadUser, QadWorld } from './world.js'

export interface Call {
  readonly request: Request
  readonly mount: string
  /** After the mount. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  readonly faults: readonly Fault[]
}

export type RouteOptions = BdocOptions &
  Pick<Shelf, 'unknownBrowse' | 'defaultPageSize'> &
  Pick<GateOptions, 'idleMinutes' | 'sessionMinutes'>

/** What answers which path: first the doors that are open to all, then, with a user and a workspace, the API. */
export function createRouter(
  world: QadWorld,
  books: Books,
  gate: Gate,
  options: RouteOptions,
): (call: Call) => Response {
  const tenant: Tenant = { world, books, gate, options, shelf: { ...options, browses: world.browses, books } }
  return (call) => door(call, gate) ?? admitted(call, tenant)
}

interface Tenant {
  readonly world: QadWorld
  readonly books: Books
  readonly gate: Gate
  readonly options: RouteOptions
  readonly shelf: Shelf
}

function door({ request, mount, path, body }: Call, gate: Gate): Response | null {
  switch (`${request.method} ${path}`) {
    case 'POST /oauth/token':
      return gate.token(request, body)
    case 'GET /oauth/token':
      return html(405, '<html><body><h1>HTTP Status 405 – Method Not Allowed</h1></body></html>')
    case 'POST /api/login':
      return gate.loginJson(body)
    case 'POST /login':
    case 'POST /j_spring_security_check':
      return gate.loginForm(request, body, mount)
    case 'POST /logout':
    case 'GET /logout':
      return gate.logout(request, mount)
    case 'GET /resources/login.jsp':
      return loginPage(mount)
    default:
      return null
  }
}

function admitted(call: Call, tenant: Tenant): Response {
  const isServed = call.path.startsWith('/api/') || call.path === tenant.world.swaggerPath
  if (!isServed) return notFound(call.mount + call.path)
  const user = tenant.gate.admit(call.request, call.mount)
  if (user instanceof Response) return user
  const workspace = workspaceFor(user, call, tenant)
  return workspace === null ? bareErrors(403, 'Access is denied') : api(call, user, workspace, tenant)
}

/** The workspace asked for, else the user's default; null when the user may not enter it. */
function workspaceFor(user: QadUser, { request, query }: Call, { world, books }: Tenant): string | null {
  const byQuery = world.workspace.query === null ? null : (query.get(world.workspace.query) ?? byCodes(query, world))
  const asked = request.headers.get(world.workspace.header) ?? byQuery ?? user.workspaces[0]
  return asked !== undefined && user.workspaces.includes(asked) && books.company(asked) ? asked : null
}

/** Inbox calls were seen to name the workspace by its two codes. */
function byCodes(query: URLSearchParams, { companies }: QadWorld): string | null {
  const [domain, entity] = [query.get('domainCode'), query.get('entityCode')]
  if (domain === null || entity === null) return null
  return companies.find((one) => one.domain === domain && one.entity === entity)?.workspace ?? ''
}

function api(
  { request, mount, path, query, body, faults }: Call,
  user: QadUser,
  workspace: string,
  tenant: Tenant,
): Response {
  const { world, books, shelf } = tenant
  const read = { user, workspace, query, faults }
  const list = world.lists.find((candidate) => candidate.path === path)
  const { journal = null } = world
  if (request.method === 'POST' && journal && (path === journal.path || path === journal.validatePath)) {
    if (!isJson(request)) return bareErrors(415, 'Unsupported media type')
    return postJournal(journal, books, { ...read, body, isSave: path === journal.path })
  }
  switch (`${request.method} ${path}`) {
    case 'GET /api/qracore/browses':
      return browsePage(shelf, read)
    case 'GET /api/qracore/browses/totalCount':
    case 'GET /api/qracore/browses/totalCount/':
      return browseCount(shelf, read)
    case 'GET /api/qracore/securityControl':
      return securityControl(tenant)
    case 'GET /api/qracore/inboxdata':
      return inbox(user, books)
    case `GET ${world.swaggerPath}`:
      return json(200, swagger(world, mount))
    case `POST ${world.component.path}`:
      if (!isJson(request)) return bareErrors(415, 'Unsupported media type')
      return createReferences(world, books, tenant.options, { user, workspace, body, faults })
    case `GET ${world.component.path}`:
      return readReferences(world.component, books, workspace, query)
    default:
      return list && request.method === 'GET' ? listRecords(list, books, read) : notFound(mount + path)
  }
}

function isJson(request: Request): boolean {
  return (request.headers.get('content-type') ?? '').toLowerCase().startsWith('application/json')
}

function securityControl({ world, options }: Tenant): Response {
  const control = {
    clientId: world.clients[0]?.clientId ?? '',
    sessionLength: { n: String(options.sessionMinutes) },
    timeoutMinutes: { n: String(options.idleMinutes) },
  }
  return json(200, { data: { securityControls: [control] } })
}

function inbox(user: QadUser, books: Books): Response {
  const workspaceNotifications = user.workspaces.map((workspace) => {
    const company = books.company(workspace)
    return { workspaceName: workspace, domainCode: company?.domain ?? '', entityCode: company?.entity ?? '' }
  })
  return json(200, { data: { workspaceNotifications } })
}
