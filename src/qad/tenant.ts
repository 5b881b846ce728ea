import { MlcError } from '../errors.js'
import { TransportError, isSafeUrl, type Http, type HttpAnswer, type HttpRequest } from '../http/http.js'
import { withRetries, type RetryPolicy } from '../http/retry.js'
import type { Clock } from '../model/clock.js'
import { createAuth, type Auth, type AuthPorts, type Credentials, type SessionHeaders } from './auth/auth.js'
import type { AdaptiveOptions } from './options.js'
import { createPace } from './pace.js'
import { transportFailure } from './transport.js'

/** What the adapter needs of the world. */
export interface AdaptivePorts {
  readonly http: Http
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly uuid: () => string
  readonly signal?: AbortSignal | undefined
  readonly credentials: () => Promise<Credentials>
}

/** One QAD tenant as a place to send calls to: its address, its session, its workspace and its pace. */
export interface Tenant {
  readonly baseUrl: string
  readonly domain: string
  readonly entity: string
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly retries: RetryPolicy
  readonly uuid: () => string
  /** One exchange in the workspace, logged in. Nothing is repeated. @throws TransportError, or MlcError when the login fails */
  send(call: Call): Promise<{ readonly answer: HttpAnswer; readonly session: SessionHeaders }>
  /** One new login in place of a session that QAD no longer takes. @throws MLC-Q004 … */
  renew(session: SessionHeaders): Promise<void>
  /** Logs out where the tenant has a path for it; never fails. */
  close(): Promise<void>
}

interface Call {
  readonly method: 'GET' | 'POST'
  /** Under the base URL, with its query. */
  readonly path: string
  readonly body?: string
}

/** @throws MLC-C007 for plain http to another host */
export function createTenant(options: AdaptiveOptions, ports: AdaptivePorts): Tenant {
  const baseUrl = options.baseUrl.replace(/\/$/, '')
  if (!isSafeUrl(new URL(baseUrl)))
    throw new MlcError('MLC-C007', `qad.baseUrl ${baseUrl} is plain http to another host`)
  const { clock, signal } = ports
  const retries = { attempts: options.http.retries + 1, baseMs: 500, capMs: 20_000, random: ports.random }
  const exchange = createExchange(baseUrl, options, ports)
  const post: Post = (path, headers, body) =>
    logInCall(baseUrl, signal, () => withRetries(retries, clock, signal, () => exchange('POST', path, headers, body)))
  const auth = createAuth(options.auth, { clock, credentials: ports.credentials, baseUrl, post })
  const workspace = workspaceHeaders(options)
  const place = workspaceQuery(options)
  return {
    ...{ baseUrl, domain: options.domain, entity: options.entity, clock, signal, retries, uuid: ports.uuid },
    async send({ method, path, body }) {
      const session = await auth.headers()
      const headers = { ...workspace, ...session, ...(body === undefined ? ACCEPT : JSON_BODY) }
      const answer = await exchange(method, withQuery(path, place), headers, body)
      return { answer: withoutSession(answer, session), session }
    },
    renew: (session) => auth.renew(session),
    close: () => logOut(options, auth, (path, headers) => exchange('POST', path, { ...workspace, ...headers }, '')),
  }
}

type Post = AuthPorts['post']

const ACCEPT = { accept: 'application/json' }
const JSON_BODY = { ...ACCEPT, 'content-type': 'application/json; charset=utf-8' }

function createExchange(baseUrl: string, { http: door }: AdaptiveOptions, { http, clock, signal }: AdaptivePorts) {
  const pace = createPace(door.minGapMs, door.maxInFlight, clock, signal)
  return (method: HttpRequest['method'], path: string, headers: SessionHeaders, body?: string): Promise<HttpAnswer> => {
    const request: HttpRequest = {
      method,
      url: `${baseUrl}${path.startsWith('/') ? '' : '/'}${path}`,
      headers: { ...lowerCase(door.extraHeaders), ...headers },
      headersTimeoutMs: door.readTimeoutMs,
      idleTimeoutMs: door.readTimeoutMs,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }
    return pace(() => http.send(request))
  }
}

/** Without the workspace the user's default company applies, and a post could land in the wrong one. */
function workspaceHeaders(options: AdaptiveOptions): SessionHeaders {
  const { mode, header } = options.workspace
  return mode === 'header' ? { [header.toLowerCase()]: workspaceId(options) } : {}
}

function workspaceId({ workspace, domain, entity }: AdaptiveOptions): string {
  return workspace.template.replaceAll('{domain}', domain).replaceAll('{entity}', entity)
}

/** Programs were seen to name domainCode and entityCode; whether a tenant takes the header's name instead is not documented. */
function workspaceQuery(options: AdaptiveOptions): string {
  const { workspace, domain, entity } = options
  if (workspace.mode !== 'query') return ''
  return new URLSearchParams({
    domainCode: domain,
    entityCode: entity,
    [workspace.header]: workspaceId(options),
  }).toString()
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Some servers repeat the token in their complaints, and complaints are shown and recorded. */
function withoutSession(answer: HttpAnswer, session: SessionHeaders): HttpAnswer {
  if (answer.status < 300) return answer
  const secrets = Object.values(session).map((value) => value.slice(value.lastIndexOf(' ') + 1))
  return { ...answer, text: secrets.reduce((text, secret) => text.replaceAll(secret || '\0', '***'), answer.text) }
}

async function logInCall(
  baseUrl: string,
  signal: AbortSignal | undefined,
  call: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const answer = await call().catch((error: unknown) => {
    throw error instanceof TransportError ? transportFailure(error, `the login at ${baseUrl}`, signal) : error
  })
  if (answer.status === 429) throw new MlcError('MLC-Q007', `QAD at ${baseUrl} refuses the login for now (HTTP 429)`)
  if (answer.status >= 500) throw new MlcError('MLC-Q503', `the login at ${baseUrl} fails with HTTP ${answer.status}`)
  return answer
}

async function logOut(
  options: AdaptiveOptions,
  auth: Auth,
  post: (path: string, headers: SessionHeaders) => Promise<HttpAnswer>,
): Promise<void> {
  const { logoutPath } = options.auth
  const session = auth.held()
  if (!logoutPath || session === null) return
  // Best effort: the session ends by itself, and everything is already posted and recorded.
  await post(logoutPath, session).catch(() => undefined)
}
