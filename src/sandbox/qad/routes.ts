import { bareErrors, html, json, loginPage, notFound } from './answers.js'
import type { Gate } from './auth.js'
import { createReferences, readReferences, type BdocOptions } from './bdoc.js'
import type { Books } from './books.js'
import { browseCount, browsePage, listRecords, type Shelf } from './browse.js'
import type { Fault } from './faults.js'
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

export type RouteOptions = BdocOptions & Pick<Shelf, 'unknownBrowse' | 'defaultPageSize'>

/** What answers which path: first the doors that are open to all, then, with a user and a workspace, the API. */
export function createRouter(
  world: QadWorld,
  books: Books,
  gate: Gate,
  options: RouteOptions,
): (call: Call) => Response {
  const shelf: Shelf = { ...options, browses: world.browses, books }

  return (call) => door(call) ?? admitted(call)

  function door({ request, mount, path, body }: Call): Response | null {
    switch (`${request.method} ${path}`) {
      case 'POST /oauth/token':
        return gate.token(request, body)
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
      case 'GET /oauth/token':
        return html(405, '<html><body><h1>HTTP Status 405 – Method Not Allowed</h1></body></html>')
      default:
        return null
    }
  }

  function admitted(call: Call): Response {
    if (!isServed(call.path)) return notFound(call.mount + call.path)
    const user = gate.admit(call.request, call.mount)
    if (user instanceof Response) return user
    const workspace = workspaceFor(user, call)
    return workspace === null ? bareErrors(403, 'Access is denied') : api(call, user, workspace)
  }

  function isServed(path: string): boolean {
    return path.startsWith('/api/') || path === world.swaggerPath
  }

  /** The workspace asked for, else the user's default; null when the user may not enter it. */
  function workspaceFor(user: QadUser, { request, query }: Call): string | null {
    const byQuery = world.workspace.query === null ? null : (query.get(world.workspace.query) ?? byCodes(query))
    const asked = request.headers.get(world.workspace.header) ?? byQuery ?? user.workspaces[0]
    return asked !== undefined && user.workspaces.includes(asked) && books.company(asked) ? asked : null
  }

  /** Inbox calls were seen to name the workspace by its two codes. */
  function byCodes(query: URLSearchParams): string | null {
    const [domain, entity] = [query.get('domainCode'), query.get('entityCode')]
    if (domain === null || entity === null) return null
    return world.companies.find((one) => one.domain === domain && one.entity === entity)?.workspace ?? ''
  }

  function api({ request, mount, path, query, body, faults }: Call, user: QadUser, workspace: string): Response {
    const read = { user, workspace, query, faults }
    const list = world.lists.find((candidate) => candidate.path === path)
    switch (`${request.method} ${path}`) {
      case 'GET /api/qracore/browses':
        return browsePage(shelf, read)
      case 'GET /api/qracore/browses/totalCount':
      case 'GET /api/qracore/browses/totalCount/':
        return browseCount(shelf, read)
      case 'GET /api/qracore/securityControl':
        return securityControl(world)
      case 'GET /api/qracore/inboxdata':
        return inbox(user, books)
      case `GET ${world.swaggerPath}`:
        return json(200, swagger(world, mount))
      case `POST ${world.component.path}`:
        return createReferences(world, books, options, { user, workspace, body, faults })
      case `GET ${world.component.path}`:
        return readReferences(world.component, books, workspace, query)
      default:
        return list && request.method === 'GET' ? listRecords(list, books, read) : notFound(mount + path)
    }
  }
}

function securityControl({ clients }: QadWorld): Response {
  const control = { clientId: clients[0]?.clientId ?? '', sessionLength: { n: '1440' }, timeoutMinutes: { n: '60' } }
  return json(200, { data: { securityControls: [control] } })
}

function inbox(user: QadUser, books: Books): Response {
  const workspaceNotifications = user.workspaces.map((workspace) => {
    const company = books.company(workspace)
    return { workspaceName: workspace, domainCode: company?.domain ?? '', entityCode: company?.entity ?? '' }
  })
  return json(200, { data: { workspaceNotifications } })
}
