import { Agent as HttpAgent, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import got, { type Request, type Response } from 'got'
import { credentialsIn, unfitReason } from './headers.js'
import { describeFault } from './fault.js'
import { TransportError, isSafeUrl, type Http, type HttpRequest, type HttpStream } from './http.js'
import type { Proxy, ProxyRules } from './proxy.js'
import { trustedAuthorities } from './trust.js'
import { createTunnel } from './tunnel.js'
import { boundedBy, readWhole, redacted, WHOLE_TIMEOUT_MS } from './whole.js'

export interface HttpOptions {
  readonly userAgent: string
  /** PEM file of an additional certificate authority. */
  readonly caFile: string | null
  /** What NODE_EXTRA_CA_CERTS names: a caFile must not push it out. */
  readonly extraCaFile?: string | null
  /** Called once an exchange, for --debug: method, address without query, status or fault, milliseconds. */
  readonly trace: ((line: string) => void) | null
  /** Direct unless told. */
  readonly proxy?: ProxyRules
  /** Told each token, session cookie and key that is about to be sent, so that messages can be kept free of it. */
  readonly onCredential?: (credential: string) => void
  /** Applied to what an answer says that is no success: servers repeat the credential that they refuse. */
  readonly redact?: (text: string) => string
}

/**
 * The HTTP door over got: TLS always verified, redirects never followed, nothing retried here, connections used again.
 * @throws MLC-C011 when the caFile is unfit
 */
export function createHttp(options: HttpOptions): Http {
  const lines = createLines(trustedAuthorities(options.caFile, options.extraCaFile ?? null))
  const open = (request: HttpRequest) => openStream(request, options, lines)
  return {
    open,
    send: async (request) => {
      const { status, headers, body } = await open(request)
      return { status, headers, text: await readWhole(boundedBy(request.wholeTimeoutMs ?? WHOLE_TIMEOUT_MS, body)) }
    },
    close: () => lines.close(),
  }
}

/** The pools of connections: straight ones, and one of tunnels for each proxy. */
interface Lines {
  readonly direct: { readonly http: HttpAgent; readonly https: HttpsAgent }
  through(proxy: Proxy): { readonly https: HttpsAgent }
  close(): void
}

/**
 * Unused connections are closed after four seconds: earlier than any server does (Node's own closes first of all, after five),
 * so that a record is not sent into a connection that is just being closed, where nobody could say whether it arrived.
 */
const IDLE_CONNECTION_MS = 4_000

function createLines(ca: string[] | undefined): Lines {
  const pool: AgentOptions = { keepAlive: true, timeout: IDLE_CONNECTION_MS, ...(ca ? { ca } : {}) }
  const direct = { http: new HttpAgent(pool), https: new HttpsAgent(pool) }
  const tunnels = new Map<string, HttpsAgent>()
  return {
    direct,
    through: (proxy) => {
      const tunnel = tunnels.get(proxy.url.href) ?? createTunnel(proxy, pool)
      tunnels.set(proxy.url.href, tunnel)
      return { https: tunnel }
    },
    close: () => {
      for (const agent of [direct.http, direct.https, ...tunnels.values()]) agent.destroy()
    },
  }
}

async function openStream(request: HttpRequest, options: HttpOptions, lines: Lines): Promise<HttpStream> {
  const target = new URL(request.url)
  if (!isSafeUrl(target)) throw new TransportError('tls', false, 'plain http to another host is refused')
  const headers = { 'user-agent': options.userAgent, ...request.headers }
  const unfit = unfitReason(target, headers)
  if (unfit !== null) throw new TransportError('unsendable', false, unfit)
  const proxy = options.proxy?.(target) ?? null
  if (options.onCredential) for (const credential of credentialsIn(headers)) options.onCredential(credential)
  const started = performance.now()
  const trace = (end: string) =>
    options.trace?.(`${request.method} ${target.origin}${target.pathname} ${end} ${since(started)} ms`)
  const exchange = start({ ...request, headers }, proxy ? lines.through(proxy) : lines.direct)
  try {
    const response = await exchange.response
    trace(String(response.statusCode))
    const body = bytes(exchange.stream, exchange.wasSent)
    const isSuccess = response.statusCode >= 200 && response.statusCode < 300
    return {
      status: response.statusCode,
      headers: flatten(response),
      body: isSuccess || !options.redact ? body : redacted(body, options.redact),
    }
  } catch (error) {
    const fault = describeFault(error, exchange.wasSent(), proxy?.name ?? null)
    trace(fault.fault)
    throw fault
  }
}

/** For each of: the name, the connection, the TLS handshake. */
const STEP_TIMEOUT_MS = 10_000

function start(request: HttpRequest, agent: { readonly http?: HttpAgent; readonly https: HttpsAgent }) {
  let sent = false
  const stream = got.stream(request.url, {
    method: request.method,
    headers: request.headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    agent,
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    timeout: {
      lookup: STEP_TIMEOUT_MS,
      connect: STEP_TIMEOUT_MS,
      secureConnect: STEP_TIMEOUT_MS,
      response: request.headersTimeoutMs,
      socket: request.idleTimeoutMs,
    },
    // Explicit, so that it also holds when NODE_TLS_REJECT_UNAUTHORIZED=0 is set.
    https: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
  })
  // got would wait for a body to be written to a DELETE or POST that has none.
  if (request.method !== 'GET' && request.body === undefined) stream.end()
  stream.on('request', (outgoing: ClientRequest) => watchSending(outgoing, () => (sent = true)))
  const response = new Promise<Response>((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', reject)
  })
  const late = () => new TransportError('timeout', sent, 'no answer in time')
  return { stream, response: inTime(response, stream, request.headersTimeoutMs, late), wasSent: () => sent }
}

/** got's timeouts begin when a step does; this one also ends an exchange that never reaches the next step. */
async function inTime<T>(answer: Promise<T>, stream: Request, headersMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), 3 * STEP_TIMEOUT_MS + headersMs)
  })
  try {
    return await Promise.race([answer, tooLate])
  } catch (error) {
    stream.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Marks the request as sent from the moment its bytes can leave: when the socket is connected and, for https, verified. */
function watchSending(outgoing: ClientRequest, markSent: () => void): void {
  outgoing.once('socket', (socket: Socket) => {
    // The pool's timeout is for unused connections; while one is made, got's own steps hold.
    if (socket.connecting) socket.setTimeout(0)
    if (!socket.connecting && !(socket instanceof TLSSocket && !socket.authorized)) markSent()
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', markSent)
  })
}

async function* bytes(stream: Request, wasSent: () => boolean): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    throw describeFault(error, wasSent(), null)
  } finally {
    stream.destroy()
  }
}

function flatten(response: Response): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join('\n') : value
  }
  return headers
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}
