import { MlcError } from '../errors.js'
import { TransportError, type Http, type HttpRequest, type HttpStream } from '../http/http.js'
import { retryAfterMs, withRetries, type RetryPolicy } from '../http/retry.js'
import { boundedBy, WHOLE_TIMEOUT_MS } from '../http/whole.js'
import type { Clock } from '../model/clock.js'
import type { Pace } from './pace.js'
import { isJson, refusal, TOO_SLOW, transportFailure, type Refused, type Subject } from './refusal.js'
import { SMALL_TIMEOUT_MS, type Session } from './session.js'
import { isObject, parseObject, parseText } from './words.js'

/** Looker's API with session, pace and retries. All but a change is a read and safe to repeat. */
export interface Api {
  readonly baseUrl: string
  /** @throws the MlcError that the answer comes to */
  object(call: Call): Promise<Json>
  /** As object, for what a Looker may lack: null for an answer that is no object, and a refusal that tells whether it is an outage. */
  attempt(call: Call, sent: () => void): Promise<Attempt>
  /** The objects of an answer that is a list. @param what was asked for: `its Looks` @throws as object, and MLC-L015 for another answer */
  list(call: Call, what: string): Promise<readonly Json[]>
  /** A query run whose body is still to be read, or Looker's refusal. `sent` is called for each request that leaves. */
  stream(call: Call, sent: () => void): Promise<Outcome<HttpStream>>
  /**
   * Changes something that Looker keeps. It is sent once: who asks again looks first at what is there.
   * @returns null for an answer without an object @throws the MlcError that the answer comes to
   */
  change(call: Change): Promise<Json | null>
  /** Deletes what is under way there, even when this run is being stopped. Never throws: nobody waits for it. */
  abandon(url: string): Promise<void>
}

type Json = Readonly<Record<string, unknown>>

export type Outcome<T> =
  { readonly value: T; readonly refused: null } | { readonly refused: Refused; readonly error: MlcError }

export type Attempt =
  | { readonly value: Json | null; readonly refused: null }
  | { readonly refused: Refused; readonly error: MlcError; readonly isOutage: boolean }

export interface Call {
  readonly subject: Subject
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: string
}

export interface Change extends Omit<Call, 'method'> {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
}

export interface ApiOptions {
  readonly baseUrl: string
  readonly timeoutMs: number
  readonly retries: RetryPolicy
}

export interface ApiPorts {
  readonly http: Http
  readonly clock: Clock
  readonly pace: Pace
  readonly session: Session
  readonly signal: AbortSignal | undefined
}

export function createApi(options: ApiOptions, ports: ApiPorts): Api {
  const host = new URL(options.baseUrl).host

  async function authorised(call: Call | Change, sent: () => void): Promise<HttpStream> {
    const token = await ports.session.token()
    await ports.pace.turn(ports.signal)
    sent()
    const answer = await ports.http.open(request(call, token, options, ports))
    if (answer.status === 429) ports.pace.refused()
    if (answer.status === 401) ports.session.reject(token)
    else if (answer.status < 500) ports.session.accept(token)
    return answer
  }

  /** A token may end at any time, so a 401 is answered by one login and one repeat. */
  async function withFreshToken(call: Call | Change, sent: () => void): Promise<HttpStream> {
    const answer = await authorised(call, sent)
    if (answer.status !== 401) return answer
    await readBeginning(answer)
    return authorised(call, sent)
  }

  async function tryOnce<T>(call: Call, sent: () => void, read: (answer: HttpStream) => Promise<T>): Promise<Try<T>> {
    const answer = await withFreshToken(call, sent)
    const { status, headers } = answer
    const contentType = headers['content-type'] ?? ''
    if (isGood(call.method, status) && (contentType === '' || isJson(contentType, ''))) {
      return { status, headers, good: { value: await read(answer) }, refused: null }
    }
    const waitMs = retryAfterMs(headers['retry-after'], ports.clock.now())
    const refused = { status, contentType, text: await readBeginning(answer), waitMs }
    // A page where JSON was promised is a gateway's or a dead instance's, and a request that came too slowly or too early may
    // come again: as good as a 503.
    const isPassing = /\bhtml\b/i.test(contentType) || TOO_SLOW.has(status)
    return { status: isPassing ? 503 : status, headers, good: null, refused }
  }

  async function ask<T>(call: Call, sent: () => void, read: (answer: HttpStream) => Promise<T>): Promise<Outcome<T>> {
    const outcome = await withRetries(options.retries, ports.clock, ports.signal, () =>
      tryOnce(call, sent, read),
    ).catch((error: unknown) => {
      ports.signal?.throwIfAborted()
      throw error instanceof TransportError ? transportFailure(host, error) : error
    })
    if (outcome.good !== null) return { value: outcome.good.value, refused: null }
    const { refused } = outcome
    return { refused, error: refusal(host, call.subject, refused) }
  }

  return {
    baseUrl: options.baseUrl,
    async object(call) {
      return valueOf(await ask(call, () => undefined, readObject))
    },
    async attempt(call, sent) {
      const outcome = await ask(call, sent, async (answer) => parseObject(await read(answer, MAX_OBJECT_BYTES)))
      return outcome.refused === null ? outcome : { ...outcome, isOutage: isOutage(outcome.refused.status) }
    },
    async list(call, what) {
      return valueOf(
        await ask(
          call,
          () => undefined,
          (answer) => readList(answer, what),
        ),
      )
    },
    async change(call) {
      const answer = await withFreshToken(call, () => undefined).catch((error: unknown) => {
        ports.signal?.throwIfAborted()
        throw error instanceof TransportError ? transportFailure(host, error) : error
      })
      const text = await readBeginning(answer)
      if (answer.status >= 200 && answer.status < 300) return parseObject(text)
      const refused = { status: answer.status, contentType: answer.headers['content-type'] ?? '', text, waitMs: null }
      throw refusal(host, call.subject, refused)
    },
    async abandon(url) {
      try {
        const headers = { authorization: `token ${await ports.session.token()}`, accept: 'application/json' }
        const limits = { headersTimeoutMs: ABANDON_MS, idleTimeoutMs: ABANDON_MS }
        await readBeginning(await ports.http.open({ method: 'DELETE', url, headers, ...limits }))
      } catch {
        // It ends by itself, at the latest with the database's own limits.
      }
    },
    stream: (call, sent) => ask(call, sent, (answer) => Promise.resolve(answer)),
  }
}

/** What is made by a POST may be told as made. */
function isGood(method: Call['method'], status: number): boolean {
  return status === 200 || (status === 201 && method === 'POST')
}

/** It would answer otherwise tomorrow, or after another login. */
function isOutage(status: number): boolean {
  return status >= 500 || status === 429 || status === 401 || TOO_SLOW.has(status)
}

/** A person has pressed Ctrl-C and waits. */
const ABANDON_MS = 3_000

/** One try: either a good answer, or what is known of another. `status` is what decides on a retry. */
type Try<T> = {
  readonly status: number
  readonly headers: HttpStream['headers']
} & (
  { readonly good: { readonly value: T }; readonly refused: null } | { readonly good: null; readonly refused: Refused }
)

function request(call: Call | Change, token: string, options: ApiOptions, ports: ApiPorts): HttpRequest {
  const isQuery = call.url.includes('/run/') || call.url.includes('/query_tasks/')
  const timeoutMs = isQuery ? options.timeoutMs : Math.min(options.timeoutMs, SMALL_TIMEOUT_MS)
  const json = call.body === undefined ? {} : { 'content-type': 'application/json' }
  return {
    method: call.method,
    url: call.url,
    headers: { authorization: `token ${token}`, accept: 'application/json', ...json },
    headersTimeoutMs: timeoutMs,
    idleTimeoutMs: timeoutMs,
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.refused !== null) throw outcome.error
  return outcome.value
}

async function readObject(answer: HttpStream): Promise<Json> {
  const parsed = parseText(await read(answer, MAX_OBJECT_BYTES))
  // A body that ends early without an error of the connection reads as broken JSON; asking again is safe.
  if (parsed === undefined) throw new TransportError('cut', true, 'its answer is not a whole JSON object')
  if (isObject(parsed)) return parsed
  throw new MlcError('MLC-L015', 'Looker was asked for an object and sent something else')
}

async function readList(answer: HttpStream, what: string): Promise<readonly Json[]> {
  const parsed = parseText(await read(answer, MAX_OBJECT_BYTES))
  if (parsed === undefined) throw new TransportError('cut', true, 'its answer is not a whole JSON list')
  if (Array.isArray(parsed)) return (parsed as readonly unknown[]).filter(isObject)
  throw new MlcError('MLC-L015', `Looker was asked for ${what} and sent something else than a list`)
}

/** What an error says, as far as it may matter; then the connection is let go. */
export function readBeginning(answer: HttpStream): Promise<string> {
  return read(answer, MAX_ERROR_BYTES).catch(() => '')
}

async function read(answer: HttpStream, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  // One that sends a byte now and then is never silent.
  for await (const chunk of boundedBy(WHOLE_TIMEOUT_MS, answer.body)) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxBytes) break
  }
  return text + decoder.decode()
}

/** The metadata of the largest Explores is some megabytes. */
const MAX_OBJECT_BYTES = 64 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024
