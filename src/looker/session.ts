import { MlcError } from '../errors.js'
import { TransportError, type Http, type HttpAnswer, type HttpRequest } from '../http/http.js'
import { retryAfterMs, withRetries, type RetryPolicy } from '../http/retry.js'
import type { Clock } from '../model/clock.js'
import { apiUrl } from './address.js'
import type { Pace } from './pace.js'
import { isJson, notLooker, refusal, transportFailure } from './refusal.js'
import { errorText, parseObject, quote } from './words.js'

export interface Session {
  /** A token that is good for another minute at least; logs in when there is none. One login serves all who wait. */
  token(): Promise<string>
  /** Looker refused this token: it is not handed out again. */
  reject(token: string): void
  /** Looker took this token for a call. */
  accept(token: string): void
  /** Ends the session at Looker, unless its token is kept. Never fails: a token that stays behind expires by itself. */
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
  readonly credentials: () => Promise<Key>
  /** Absent: each run logs in, and logs out at its end. */
  readonly tokens?: TokenKeeper | undefined
}

interface Key {
  readonly clientId: string
  readonly clientSecret: string
}

/** Keeps a token from one run to the next, where that is safe. Neither call fails: a run can always log in. */
export interface TokenKeeper {
  /** The token last kept for this key; null when there is none. */
  load(clientId: string): Promise<KeptToken | null>
  /** Null drops what is kept. @returns whether the token is kept: then it must outlive the run */
  save(clientId: string, token: KeptToken | null): Promise<boolean>
}

export interface KeptToken {
  readonly token: string
  readonly expiresAtMs: number
}

/** Renew a minute early: clocks differ, and a query that waits in Looker's queue outlives a token that was about to end. */
const EARLY_MS = 60_000
/** A kept token with less to live would end in the first long query. */
const WORTH_TAKING_MS = 120_000

export function createSession(options: SessionOptions, ports: SessionPorts): Session {
  const desk = createDesk(options, ports)
  let current: Held | null = null
  let pending: Promise<string> | null = null
  const renew = async () => (current = await desk.obtain()).token
  return {
    token() {
      if (current !== null && ports.clock.now() < current.expiresAtMs - EARLY_MS) return Promise.resolve(current.token)
      pending ??= renew().finally(() => (pending = null))
      return pending
    },
    reject(token) {
      if (current?.token !== token) return
      desk.drop(current)
      current = null
    },
    accept(token) {
      if (current?.token === token) desk.proven()
    },
    async close() {
      const ending = current
      current = null
      // Waiting for a turn only to say goodbye could take a minute.
      if (ending === null || ending.isKept || !(await ports.pace.takeIfFree())) return
      await logOut(options, ports, ending.token)
    },
  }
}

interface Held extends KeptToken {
  /** The next run will want it. */
  readonly isKept: boolean
  /** Issued to this run. */
  readonly isNew: boolean
}

/** Where tokens come from: one that is kept, else a login. */
interface Desk {
  /** @throws MLC-L004 once and for all when the key is refused */
  obtain(): Promise<Held>
  /** Looker refused it, so it is not to be kept. */
  drop(token: Held): void
  /** A token was good for a call. */
  proven(): void
}

function createDesk(options: SessionOptions, ports: SessionPorts): Desk {
  const { tokens, clock } = ports
  let refused: MlcError | null = null
  let kept: 'not asked' | 'asked' | 'refused' = 'not asked'
  // Tokens in a row that were issued and then taken for nothing.
  let useless = 0

  async function takeKept({ clientId }: Key): Promise<Held | null> {
    if (kept === 'refused') await tokens?.save(clientId, null)
    const found = kept === 'not asked' ? await tokens?.load(clientId) : null
    kept = 'asked'
    return found && found.expiresAtMs - clock.now() > WORTH_TAKING_MS ? { ...found, isKept: true, isNew: false } : null
  }

  async function logInAnew(key: Key): Promise<Held> {
    const made = await logIn(options, ports, key)
    // Without a lifetime nobody could tell whether the next run may use it.
    const isKept = Number.isFinite(made.expiresAtMs) && ((await tokens?.save(key.clientId, made)) ?? false)
    return { ...made, isKept, isNew: true }
  }

  return {
    async obtain() {
      // Credentials that were refused once are not tried again: a locked account would be the next thing.
      if (refused !== null) throw refused
      if (useless >= MOST_USELESS) throw refusesItsOwn(options)
      const key = await ports.credentials()
      try {
        return (await takeKept(key)) ?? (await logInAnew(key))
      } catch (error) {
        if (error instanceof MlcError && error.code === 'MLC-L004') refused = error
        throw error
      }
    },
    drop({ isKept, isNew }) {
      if (isKept) kept = 'refused'
      if (isNew) useless++
    },
    proven: () => void (useless = 0),
  }
}

/** A second login may meet another server of the instance; a third one will not. */
const MOST_USELESS = 2

function refusesItsOwn({ baseUrl }: SessionOptions): MlcError {
  const { host } = new URL(baseUrl)
  return new MlcError(
    'MLC-L004',
    `Looker at ${host} takes the login and then refuses its own token, ${MOST_USELESS} times in a row; not tried again`,
    { fix: 'Check looker.baseUrl and what stands in front of Looker: a gateway may drop the Authorization header.' },
  )
}

async function logIn(options: SessionOptions, ports: SessionPorts, key: Key): Promise<KeptToken> {
  const host = new URL(options.baseUrl).host
  const timeoutMs = Math.min(options.timeoutMs, SMALL_TIMEOUT_MS)
  const { clientId, clientSecret } = key
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

function readToken(answer: HttpAnswer, host: string, clientId: string, clock: Clock): KeptToken {
  const contentType = answer.headers['content-type'] ?? ''
  const { status, text } = answer
  if (status === 401 || (status === 404 && isJson(contentType, text) && !text.includes('Sinatra')))
    throw badCredentials(host, status, clientId)
  if ((status === 400 || status === 422) && isJson(contentType, text)) throw badLogin(host, status, text)
  if (status !== 200 && status !== 201) {
    const waitMs = retryAfterMs(answer.headers['retry-after'], clock.now())
    throw refusal(host, { kind: 'login' }, { status, contentType, text, waitMs })
  }
  const body = isJson(contentType, text) ? parseObject(text) : null
  const token = body?.['access_token']
  if (typeof token !== 'string' || token === '') throw notLooker(host, status, contentType)
  // It goes into a header of every call.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new MlcError('MLC-L005', `${host} answered the login with a token that holds blanks or other than ASCII`)
  const seconds = body?.['expires_in']
  // Without a lifetime the first 401 tells.
  const expiresAtMs = typeof seconds === 'number' ? clock.now() + seconds * 1000 : Infinity
  return { token, expiresAtMs }
}

// Looker answers bad credentials with 404 "Not found", the same as a host that has no such API call.
function badCredentials(host: string, status: number, clientId: string): MlcError {
  const tail = clientId.length > 4 ? ` whose id ends in ${quote(clientId.slice(-4))}` : ''
  return new MlcError(
    'MLC-L004',
    `Looker at ${host} refused the API3 key${tail} (${status}): the client id or secret is wrong, or this is the wrong host`,
  )
}

/** It did not even look the key up. */
function badLogin(host: string, status: number, text: string): MlcError {
  const said = quote(errorText(text))
  return new MlcError('MLC-L004', `Looker at ${host} refused the login (${status})${said === '' ? '' : `: ${said}`}`)
}

/** Ends a session by its token. Never fails. @returns whether Looker says that it ended it */
export async function logOut(
  { baseUrl }: Pick<SessionOptions, 'baseUrl'>,
  { http }: Pick<SessionPorts, 'http'>,
  token: string,
): Promise<boolean> {
  const request = http.send({
    method: 'DELETE',
    url: apiUrl(baseUrl, ['logout']),
    headers: { authorization: `token ${token}` },
    // An explicit empty body: without one the client would wait for a body to be piped in.
    body: '',
    headersTimeoutMs: LOGOUT_TIMEOUT_MS,
    idleTimeoutMs: LOGOUT_TIMEOUT_MS,
  })
  return request.then(({ status }) => status >= 200 && status < 300).catch(() => false)
}

/** Only queries may take their time. */
export const SMALL_TIMEOUT_MS = 60_000
const LOGOUT_TIMEOUT_MS = 5_000
