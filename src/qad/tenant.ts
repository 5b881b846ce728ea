import { MlcError } from '../errors.js'
import { TransportError, isSafeUrl, type Http, type HttpAnswer, type HttpRequest } from '../http/http.js'
import { createRetryBudget, withRetries, type RetryPolicy } from '../http/retry.js'
import type { Clock } from '../model/clock.js'
import { createAuth, type AuthPorts, type CallHeaders, type Credentials, type Session } from './auth/auth.js'
import { conceal, concealAmongRows } from './conceal.js'
import type { Redact } from './envelope.js'
import { addressOf, createExchange, lowerCase, type Turn } from './exchange.js'
import type { TenantOptions } from './options.js'
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
  /** For the words of good answers; what is no success comes without credentials already. */
  readonly redact?: Redact
  /** Told what a person should know and no run stops for. */
  readonly warn?: (line: string) => void
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
  readonly redact: Redact
  /** One exchange in the workspace, logged in. Nothing is repeated. @throws TransportError, or MlcError when the login fails */
  send(call: Call): Promise<{ readonly answer: HttpAnswer; readonly session: Session }>
  /** Logs in where the flow has a login and none is held. @throws MLC-Q004, MLC-Q005, MLC-Q006, MLC-S001 … */
  logIn(): Promise<void>
  /** One new login in place of a session that QAD no longer takes; `words` are QAD's. @throws MLC-Q004 … */
  renew(session: Session, words: string): Promise<void>
  /** Logs out where there is a session and the tenant has a path for it; never fails. */
  close(): Promise<void>
}

interface Call {
  readonly method: 'GET' | 'POST'
  /** Under the base URL, with its query. */
  readonly path: string
  readonly body?: string
  /** Another company than ours, to see whether QAD looks at the workspace at all. */
  readonly elsewhere?: Company
}

type Company = Pick<TenantOptions, 'domain' | 'entity'>

/** @throws MLC-C003 for what is no address, MLC-C007 for plain http to another host */
export function createTenant(options: TenantOptions, ports: AdaptivePorts): Tenant {
  const baseUrl = options.baseUrl.replace(/\/$/, '')
  if (!URL.canParse(baseUrl) || /[\s\p{Cc}]/u.test(baseUrl))
    throw new MlcError('MLC-C003', 'qad.baseUrl is no address such as https://acme.qad.com/clouderp')
  if (!isSafeUrl(new URL(baseUrl)))
    throw new MlcError('MLC-C007', `qad.baseUrl ${baseUrl} is plain http to another host`)
  const { clock, signal } = ports
  const { random } = ports
  const retries = {
    attempts: options.http.retries + 1,
    baseMs: 500,
    capMs: 20_000,
    random,
    budget: createRetryBudget(),
  }
  const exchange = createExchange(baseUrl, options.http, ports)
  const post: Post = (path, headers, body) =>
    logInCall(baseUrl, signal, () =>
      withRetries(retries, clock, signal, () =>
        exchange('POST', path, { headers: () => headers, heard: () => undefined }, body),
      ),
    )
  const auth = createAuth(options.auth, { clock, credentials: ports.credentials, baseUrl, post })
  const workspace = workspaceHeaders(options)
  return {
    ...{ baseUrl, domain: options.domain, entity: options.entity, clock, signal, retries, uuid: ports.uuid },
    redact: ports.redact ?? ((text) => text),
    async send({ method, path, body, elsewhere }) {
      let session = await auth.session()
      const company = { ...options, ...elsewhere }
      const turn: Turn = {
        headers: () => {
          session = auth.latest(session)
          return { ...workspaceHeaders(company), ...session.headers, ...(body === undefined ? ACCEPT : JSON_BODY) }
        },
        heard: (answer) => auth.heard(answer, session),
      }
      const answer = await exchange(method, withQuery(path, workspaceQuery(company)), turn, body)
      return { answer: withoutSession(answer, session), session }
    },
    logIn: async () => auth.heard(null, await auth.session()),
    renew: (session, words) => auth.renew(session, words),
    // Best effort: the session ends by itself too, and everything is already posted and recorded.
    close: () => logOut(options, auth.end(), baseUrl, workspace, ports).catch(() => undefined),
  }
}

type Post = AuthPorts['post']

const ACCEPT = { accept: 'application/json' }
const JSON_BODY = { ...ACCEPT, 'content-type': 'application/json; charset=utf-8' }

/** Without the workspace the user's default company applies, and a post could land in the wrong one. */
function workspaceHeaders(options: TenantOptions): CallHeaders {
  const { mode, header } = options.workspace
  return mode === 'header' ? { [header.toLowerCase()]: workspaceId(options) } : {}
}

function workspaceId({ workspace, domain, entity }: TenantOptions): string {
  return workspace.template.replaceAll('{domain}', domain).replaceAll('{entity}', entity)
}

/** Programs were seen to name domainCode and entityCode; whether a tenant takes the header's name instead is not documented. */
function workspaceQuery(options: TenantOptions): string {
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

/** Some servers repeat the token in their complaints, and complaints are shown and recorded. */
function withoutSession(answer: HttpAnswer, { secrets }: Session): HttpAnswer {
  const clean = answer.status < 300 ? concealAmongRows : conceal
  return { ...answer, text: clean(answer.text, secrets) }
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

/** Nobody waits long for a log-out. */
const LOG_OUT_MS = 3000

/** Outside pace, retries and the run's signal: it also ends a run that was stopped. */
async function logOut(
  { auth, http: door }: TenantOptions,
  session: Session | null,
  baseUrl: string,
  workspace: CallHeaders,
  { http, warn }: AdaptivePorts,
): Promise<void> {
  if (!auth.logoutPath || session === null) return
  const timeoutMs = Math.min(LOG_OUT_MS, door.readTimeoutMs)
  const request: HttpRequest = {
    ...{ method: 'POST', url: addressOf(baseUrl, auth.logoutPath), body: '' },
    headers: { ...lowerCase(door.extraHeaders), ...workspace, ...session.headers },
    ...{ headersTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs, wholeTimeoutMs: timeoutMs },
  }
  const { status } = await http.send(request)
  // 401: the session has ended by itself.
  if (status >= 400 && status !== 401)
    warn?.(
      `QAD answers the log-out at ${auth.logoutPath} with HTTP ${status}, so the session lives on until QAD ends it; check qad.auth.logoutPath`,
    )
}
