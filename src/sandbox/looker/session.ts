import { randomBytes } from 'node:crypto'
import { answer, noContent, notFound, refusal } from './answers.js'
import type { Call, Route } from './call.js'
import type { ApiKey, LookerWorld } from './world.js'

/** What a token stands for: a key and the workspace of that one login. */
export interface Session {
  readonly userId: string
  readonly key: ApiKey
  readonly expiresAt: number
  workspace: string
}

export interface Sessions {
  /** POST /login. Takes credentials from a form only. */
  readonly login: (contentType: string, text: string) => Response
  /** The session of an `Authorization` header, null when it is missing, unknown or expired. */
  find(authorization: string | null): { readonly token: string; readonly session: Session } | null
  expireAll(): void
  readonly routes: readonly Route[]
}

/** Every login makes a session of its own; older tokens stay valid until they expire. */
export function createSessions(world: LookerWorld, now: () => number, tokenSeconds: number): Sessions {
  const live = new Map<string, Session>()
  const login = (contentType: string, text: string) => {
    const userId = world.keys.findIndex((key) => isKey(key, contentType, text)) + 1
    const key = world.keys[userId - 1]
    // Looker does not say "wrong secret": bad credentials are a 404 that looks like a wrong path.
    if (key === undefined) return notFound('post/api/4.0/login')
    const token = randomBytes(30).toString('base64url')
    live.set(token, { userId: `${userId}`, key, expiresAt: now() + tokenSeconds * 1000, workspace: 'production' })
    return answer({ access_token: token, token_type: 'Bearer', expires_in: tokenSeconds, refresh_token: null })
  }
  const find = (authorization: string | null) => {
    const token = /^(?:token|bearer) +(\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
    const session = live.get(token)
    return session === undefined || session.expiresAt <= now() ? null : { token, session }
  }
  const logout = (call: Call) => (live.delete(call.token) ? noContent() : notFound(call.route))
  return {
    login,
    find,
    expireAll: () => live.clear(),
    routes: [
      { method: 'DELETE', pattern: '/logout', isQuery: false, handle: logout },
      ...userRoutes(world),
      ...workspaceRoutes,
    ],
  }
}

function isKey(key: ApiKey, contentType: string, text: string): boolean {
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType)) return false
  const form = new URLSearchParams(text)
  return form.get('client_id') === key.clientId && form.get('client_secret') === key.clientSecret
}

const PERMISSIONS = ['access_data', 'see_looks', 'explore', 'download_without_limit', 'see_sql'] as const

export function may(session: Session, permission: (typeof PERMISSIONS)[number]): boolean {
  return (session.key.permissions ?? PERMISSIONS).includes(permission)
}

function userRoutes(world: LookerWorld): Route[] {
  return [
    { method: 'GET', pattern: '/user', isQuery: false, handle: (call) => answer(user(call.session)) },
    {
      method: 'GET',
      pattern: '/users/:user_id',
      isQuery: false,
      handle: (call) =>
        call.params['user_id'] === call.session.userId ? answer(user(call.session)) : notFound(call.route),
    },
    {
      method: 'GET',
      pattern: '/users/:user_id/roles',
      isQuery: false,
      handle: (call) =>
        call.params['user_id'] === call.session.userId ? answer([role(world, call.session)]) : notFound(call.route),
    },
  ]
}

function user(session: Session): object {
  return {
    can: { show: true },
    id: session.userId,
    display_name: session.key.name,
    first_name: session.key.name,
    last_name: '',
    email: null,
    is_disabled: false,
    is_service_account: true,
    locale: 'en',
    role_ids: [session.userId],
    group_ids: [],
    verified_looker_employee: false,
    presumed_looker_employee: false,
    url: null,
  }
}

function role(world: LookerWorld, session: Session): object {
  const models = [...new Set(world.explores.map((explore) => explore.model))]
  const permissions = session.key.permissions ?? PERMISSIONS
  return {
    can: { show: true },
    id: session.userId,
    name: 'Finance reader',
    permission_set: { id: '1', name: 'Finance reader', permissions, all_access: false, built_in: false },
    permission_set_id: '1',
    model_set: { id: '1', name: 'Finance', models, all_access: false, built_in: false },
    model_set_id: '1',
  }
}

/** The workspace belongs to the login: a fresh one is back in production. */
const workspaceRoutes: readonly Route[] = [
  { method: 'GET', pattern: '/session', isQuery: false, handle: (call) => answer(workspace(call.session)) },
  {
    method: 'PATCH',
    pattern: '/session',
    isQuery: false,
    handle: (call) => {
      const wanted = /"workspace_id"\s*:\s*"(dev|production)"/.exec(call.text)?.[1]
      if (wanted === undefined) return refusal(422, 'Validation Failed', call.route, [])
      call.session.workspace = wanted
      return answer(workspace(call.session))
    },
  },
]

function workspace(session: Session): object {
  return { can: {}, workspace_id: session.workspace, sudo_user_id: null }
}
