import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import { STEP_TIMEOUT_MS, type Agents, type Answered, type Exchange, type Start } from './exchange.js'
import { credentialsIn, unfitReason } from './headers.js'
import { describeFault } from './fault.js'
import { TransportError, isSafeUrl, type Http, type HttpRequest, type HttpStream } from './http.js'
import type { Proxy, ProxyRules } from './proxy.js'
import { trustedAuthorities } from './trust.js'
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
  /** How long an unused connection is kept, in milliseconds. */
  readonly idleConnectionMs?: number
  /** What carries the requests: got unless told. */
  readonly over?: 'got' | 'node'
}

/**
 * The HTTP door: TLS always verified, redirects never followed, nothing retried here, connections used again.
 * @throws MLC-C011 when the caFile is unfit
 */
export function createHttp(options: HttpOptions): Http {
  const authorities = trustedAuthorities(options.caFile, options.extraCaFile ?? null)
  const lines = createLines(authorities, options.idleConnectionMs ?? IDLE_CONNECTION_MS)
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
  readonly direct: Required<Agents>
  through(proxy: Proxy): Promise<Agents>
  close(): void
}

/**
 * Unused connections are closed after four seconds: earlier than any server does (Node's own closes first of all, after five),
 * so that a record is not sent into a connection that is just being closed, where nobody could say whether it arrived.
 */
const IDLE_CONNECTION_MS = 4_000

function createLines(ca: string[] | undefined, idleMs: number): Lines {
  const pool: AgentOptions = { keepAlive: true, timeout: idleMs, ...(ca ? { ca } : {}) }
  const direct = { http: new HttpAgent(pool), https: new HttpsAgent(pool) }
  const tunnels = new Map<string, HttpsAgent>()
  return {
    direct,
    through: async (proxy) => {
      const { createTunnel } = await import('./tunnel.js')
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
  const [start, agents] = await Promise.all([starter(options.over), proxy ? lines.through(proxy) : lines.direct])
  const started = performance.now()
  const trace = (end: string) =>
    options.trace?.(`${request.method} ${target.origin}${target.pathname} ${end} ${since(started)} ms`)
  const exchange = start({ ...request, headers }, agents)
  try {
    const answer = await inTime(exchange, request.headersTimeoutMs)
    trace(String(answer.status))
    const body = bytes(answer.body, exchange)
    const isSuccess = answer.status >= 200 && answer.status < 300
    return {
      status: answer.status,
      headers: flatten(answer),
      body: isSuccess || !options.redact ? body : redacted(body, options.redact),
    }
  } catch (error) {
    const fault = describeFault(error, exchange.wasSent(), proxy?.name ?? null)
    trace(fault.fault)
    throw fault
  }
}

/** Loaded when it is needed: a command that never asks QAD has no use for got. */
async function starter(over: HttpOptions['over']): Promise<Start> {
  return over === 'node' ? (await import('./over-node.js')).startNode : (await import('./over-got.js')).startGot
}

/** Timeouts begin when a step does; this one also ends an exchange that never reaches the next step. */
async function inTime(exchange: Exchange, headersMs: number): Promise<Answered> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const late = () => reject(new TransportError('timeout', exchange.wasSent(), 'no answer in time'))
    timer = setTimeout(late, 3 * STEP_TIMEOUT_MS + headersMs)
  })
  try {
    return await Promise.race([exchange.answer, tooLate])
  } catch (error) {
    exchange.end()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function* bytes(body: AsyncIterable<Uint8Array>, exchange: Exchange): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw describeFault(error, exchange.wasSent(), null)
  } finally {
    exchange.end()
  }
}

function flatten(answer: Answered): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join('\n')
  }
  return headers
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}
