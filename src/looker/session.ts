import { MlcError } from '../errors.js'
import { TransportError, type Http, type HttpAnswer, type HttpRequest } from '../http/http.js'
import { withRetries, type RetryPolicy } from '../http/retry.js'
import type { Clock } from '../model/clock.js'
import { apiUrl } from './address.js'
import type { Pace } from './pace.js'
import { isJson, notLooker, refusal, transportFailure } from './refusal.js'
import { parseObject, quote } from './words.js'

export interface Session {
  /** A token that is good for another minute at least; logs in when there is none. One login serves all who wait. */
  token(): Promise<string>
  /** Looker refused this token: it is not handed out again. */
  reject(token: string): void
  /** Ends the session at Looker. Never fails: a token that stays behind expires by itself. */
  close(): Promise<void>
}

export interface SessionOptions {
  readonly baseUrl: string
  readonly timeoutMs: number
  readonly retries: RetryPolicy
}

export interface SessionPorts {
  readonly http: Http
  readonly clock: Clock
  readonly pace: Pace
  readonly signal: AbortSignal | undefined
  readonly credentials: () => Promise<{ clientId: string; clientSecret: string }>
}

/** Renew a minute early: clocks differ, and a query that waits in Looker's queue outlives a token that was about to end. */
const EARLY_MS = 60_000

export function createSession(options: SessionOptions, ports: SessionPorts): Session {
  let current: { token: string; goodUntilMs: number } | null = null
  let pending: Promise<string> | null = null
  let refused: MlcError | null = null

  async function renew(): Promise<string> {
    // Credentials that were refused once are not tried again: a locked account would be the next thing.
    if (refused !== null) throw refused
    try {
      current = await logIn(options, ports)
      return current.token
    } catch (error) {
      if (error instanceof MlcError && error.code === 'MLC-L004') refused = error
      throw error
    }
  }

  return {
    token() {
      if (current !== null && ports.clock.now() < current.goodUntilMs) return Promise.resolve(current.token)
      pending ??= renew().finally(() => (pending = null))
      return pending
    },
    reject(token) {
      if (current?.token === token) current = null
    },
    async close() {
      const ending = current
      current = null
      // Waiting for a turn only to say goodbye could take a minute.
      if (ending === null || !ports.pace.takeIfFree()) return
      await logOut(options, ports, ending.token)
    },
  }
}

async function logIn(options: SessionOptions, ports: SessionPorts) {
  const host = new URL(options.baseUrl).host
  const timeoutMs = Math.min(options.timeoutMs, SMALL_TIMEOUT_MS)
  const { clientId, clientSecret } = await ports.credentials()
  const request: HttpRequest = {
    method: 'POST',
    url: apiUrl(options.baseUrl, ['login']),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    // In the body, never in the address: addresses end up in logs.
    body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret }).toString(),
    headersTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  }
  const attempt = () => ports.pace.turn(ports.signal).then(() => ports.http.send(request))
  const answer = await withRetries(options.retries, ports.clock, ports.signal, attempt).catch((error: unknown) => {
    ports.signal?.throwIfAborted()
    // Not as a transport error: the request that waits for this login would repeat all of it.
    throw error instanceof TransportError ? transportFailure(host, error) : error
  })
  return readToken(answer, host, clientId, ports.clock)
}

function readToken(answer: HttpAnswer, host: string, clientId: string, clock: Clock) {
  const contentType = answer.headers['content-type'] ?? ''
  const { status, text } = answer
  if (status === 401 || (status === 404 && isJson(contentType, text) && !text.includes('Sinatra')))
    throw badCredentials(host, status, clientId)
  if (status !== 200) throw refusal(host, { kind: 'login' }, { status, contentType, text })
  const body = isJson(contentType, text) ? parseObject(text) : null
  const token = body?.['access_token']
  if (typeof token !== 'string' || token === '') throw notLooker(host, status, contentType)
  const seconds = body?.['expires_in']
  // Without a lifetime the first 401 tells.
  const goodUntilMs = typeof seconds === 'number' ? clock.now() + seconds * 1000 - EARLY_MS : Infinity
  return { token, goodUntilMs }
}

// Looker answers bad credentials with 404 "Not found", the same as a host that has no such API call.
function badCredentials(host: string, status: number, clientId: string): MlcError {
  const tail = clientId.length > 4 ? ` whose id ends in ${quote(clientId.slice(-4))}` : ''
  return new MlcError(
    'MLC-L004',
    `Looker at ${host} refused the API3 key${tail} (${status}): the client id or secret is wrong, or this is the wrong host`,
  )
}

async function logOut(options: SessionOptions, ports: SessionPorts, token: string): Promise<void> {
  const request = ports.http.send({
    method: 'DELETE',
    url: apiUrl(options.baseUrl, ['logout']),
    headers: { authorization: `token ${token}` },
    // An explicit empty body: without one the client would wait for a body to be piped in.
    body: '',
    headersTimeoutMs: LOGOUT_TIMEOUT_MS,
    idleTimeoutMs: LOGOUT_TIMEOUT_MS,
  })
  await request.catch(() => undefined)
}

/** Only queries may take their time. */
export const SMALL_TIMEOUT_MS = 60_000
const LOGOUT_TIMEOUT_MS = 5_000
