import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { bytesOf, end, HEALTHY, NOTHING_HERE, refused, write, type Answer } from './answers.js'
import { createBuckets } from './bucket.js'
import { keepRoom } from './connections.js'
import type { Door } from './door.js'
import type { Limits } from './limits.js'
import { SpoolFull } from './quota.js'
import { receive, tooLarge } from './receive.js'
import { routeOf, type Route } from './route.js'
import type { Spool } from './spool.js'

/** A request as the log tells of it: never its address, nor where it came from, both of which may hold the secret. */
export interface Access {
  readonly method: string
  readonly route: Route['name']
  /** Null: the sender went away. */
  readonly status: number | null
  /** Of the body. */
  readonly bytes: number
  readonly ms: number
  /** Number of the secret that it came with; 0: none. */
  readonly secret: number
  readonly job: string | null
  readonly remark: string
}

export interface IngestOptions {
  readonly host: string
  readonly port: number
  readonly limits: Limits
  /** Names of the jobs that are served. */
  readonly jobs: ReadonlySet<string>
  readonly door: Door
  readonly spool: Spool
  readonly log: (access: Access) => void
}

export interface IngestServer {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string
  /** Takes no more; resolves when what had begun is answered, or its time is up. */
  stop(): Promise<void>
}

/** Starts the endpoint. Rejects with the system's error when the address cannot be had. */
export async function startIngest(options: IngestOptions): Promise<IngestServer> {
  const { host, port, limits } = options
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    // Of bodies `receive` has its own, by their size.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.checkMs,
  })
  server.maxRequestsPerSocket = limits.requestsPerConnection
  const state = { isStopping: false }
  keepRoom(server, limits.connections)
  answerRequests(server, state, options)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerUnread(error, socket))
  server.on('connect', (_request, socket: Socket) => socket.end(bytesOf(NOTHING_HERE)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    url: urlOf(server),
    stop: () => {
      state.isStopping = true
      return stopServer(server, limits.drainMs)
    },
  }
}

function answerRequests(server: Server, state: { readonly isStopping: boolean }, options: IngestOptions): void {
  const now = () => performance.now()
  const buckets = createBuckets({ ...options.limits, now })
  const handle = (request: IncomingMessage, response: ServerResponse, expects: 'nothing' | 'continue' | 'more') => {
    const started = now()
    const { route, secret, job } = whoAsks(request, options)
    const send = (what: Answer) =>
      reply(request, response, { ...what, isKept: what.isKept && !state.isStopping }, options.limits)
    const tell = (status: number | null, bytes = 0, remark = '') => {
      const { method = '' } = request
      options.log({ method, route, status, bytes, ms: now() - started, secret, job, remark })
    }
    const early =
      route === 'healthz' ? healthOf(request) : refusalOf(request, job, options, expects === 'more', buckets.take)
    if (early !== null) {
      tell(early.status)
      return send(early)
    }
    if (expects === 'continue') response.writeContinue()
    void takeIn(request, job ?? '', secret, options).then((received) => {
      tell(received.answer?.status ?? null, received.bytes, received.remark)
      if (received.answer) send(received.answer)
    })
  }
  server.on('request', (request, response) => handle(request, response, 'nothing'))
  server.on('checkContinue', (request, response) => handle(request, response, 'continue'))
  server.on('checkExpectation', (request, response) => handle(request, response, 'more'))
}

/** A body that nobody wants would keep the connection. */
function healthOf({ headers }: IncomingMessage): Answer {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  return { ...HEALTHY, isKept: !hasBody }
}

interface Asking {
  readonly route: Route['name']
  readonly secret: number
  /** Null: whoever asks is to learn nothing. */
  readonly job: string | null
}

function whoAsks(request: IncomingMessage, { door, jobs }: IngestOptions): Asking {
  const route = routeOf(request.url ?? '')
  if (route.name === 'healthz' && (request.method === 'GET' || request.method === 'HEAD'))
    return { route: 'healthz', secret: 0, job: null }
  const { secret: given, job: asked } = route.name === 'ingest' ? route : { secret: '', job: '' }
  // All three are looked at, whatever the first says.
  const secret = door.secretNumber(given)
  const token = door.knowsToken(request.headersDistinct['x-looker-webhook-token']?.join(', '))
  const job = jobs.has(asked) ? asked : null
  return { route: route.name, secret, job: secret > 0 && token ? job : null }
}

/** Why it is not even read; null: it may come in. */
function refusalOf(
  { method, headers, socket }: IncomingMessage,
  job: string | null,
  { limits }: IngestOptions,
  expectsMore: boolean,
  take: (source: string) => number,
): Answer | null {
  if (job === null) return NOTHING_HERE
  if (method !== 'POST') return refused(405, 'deliveries come by POST', { Allow: 'POST' })
  if (expectsMore) return refused(417, 'only 100-continue can be expected')
  if (!isPlainJson(headers['content-type'], headers['content-encoding']))
    return refused(415, 'a delivery is application/json in UTF-8, without a content encoding')
  if (Number(headers['content-length'] ?? 0) > limits.maxBodyBytes) return tooLarge(limits)
  const wait = take(socket.remoteAddress ?? '')
  return wait === 0 ? null : refused(429, 'too many deliveries at once', { 'Retry-After': `${wait}` })
}

function isPlainJson(type = '', encoding = 'identity'): boolean {
  const isJson = /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(type)
  return isJson && /^\s*identity\s*$/i.test(encoding)
}

async function takeIn(request: IncomingMessage, job: string, secret: number, { spool, limits }: IngestOptions) {
  try {
    return await receive(request, spool.draft(job, secret), limits)
  } catch (error) {
    if (!(error instanceof SpoolFull)) throw error
    const answer = refused(503, 'it cannot be kept at present', { 'Retry-After': '60' })
    return { answer, bytes: 0, remark: error.message }
  }
}

/**
 * Answers at once. Where the connection is to end and the sender is still writing, the rest is read for a moment: a connection
 * that is closed on unread bytes is reset, and the sender would never see the answer.
 */
function reply(request: IncomingMessage, response: ServerResponse, what: Answer, { lingerMs }: Limits): void {
  const answer = request.method === 'HEAD' ? { ...what, body: null } : what
  if (what.isKept || request.readableEnded) return end(response, answer)
  write(response, answer)
  const timer = setTimeout(() => {
    response.end()
    request.destroy()
  }, lingerMs)
  const finish = () => {
    clearTimeout(timer)
    response.end()
  }
  request.once('end', finish).once('error', finish).once('close', finish).resume()
}

/** What Node's parser does not take. An address or a method it cannot read may be a wrong secret as well. */
function answerUnread({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy()
  const isAddress = UNREADABLE_ADDRESS.has(code)
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  socket.end(bytesOf(isAddress ? NOTHING_HERE : { status, body: null, isKept: false }), () => socket.destroy())
}

/** Of a first line that is none. */
const UNREADABLE_ADDRESS: ReadonlySet<string> = new Set([
  'HPE_INVALID_URL',
  'HPE_INVALID_METHOD',
  'HPE_INVALID_CONSTANT',
  'HPE_INVALID_VERSION',
])

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function stopServer(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearTimeout(timer)
}
