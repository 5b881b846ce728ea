import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { createHttp, type HttpOptions } from '../../src/http/client.js'
import { TransportError, type Http, type HttpRequest } from '../../src/http/http.js'

let over: 'got' | 'node' = 'got'

/** What carries the requests of every client from here on. */
export function carryOver(what: 'got' | 'node'): void {
  over = what
}

const open: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

export function client(options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({ userAgent: 'mlc/test', caFile: null, trace: null, over, ...options })
  open.push(() => http.close())
  return http
}

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, headers: {}, headersTimeoutMs: 5_000, idleTimeoutMs: 5_000, ...more }
}

export function post(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return get(url, { method: 'POST', body: '{"amount":"1.00"}', ...more })
}

/** The fault of an exchange that has to fail. */
export async function faultOf(exchange: Promise<unknown>): Promise<TransportError> {
  const ended: unknown = await exchange.catch((error: unknown) => error)
  if (ended instanceof TransportError) return ended
  throw new Error(`the exchange did not fail below HTTP: ${String(ended)}`)
}

export interface Recorder {
  readonly port: number
  /** What came in, start lines, headers and bodies as one text each. */
  readonly seen: string[]
  /** Connections made so far. */
  readonly connections: () => number
  /** Breaks every connection that is open. */
  cut(): void
}

/** A web server on 127.0.0.1 that keeps what it is sent; with TLS when it is given a certificate. */
export async function serve(
  handle: RequestListener = (_, answer) => answer.end('{}'),
  tls?: ServerOptions,
): Promise<Recorder> {
  const seen: string[] = []
  const listener: RequestListener = (request, answer) => {
    void bodyOf(request).then((body) => {
      seen.push([request.method, request.url, ...request.rawHeaders, body].join('\n'))
      handle(request, answer)
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  return { seen, ...(await listen(server)) }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** A TCP server: what happens to each connection is up to the test. */
export async function serveTcp(onConnection: (socket: Socket) => void): Promise<Omit<Recorder, 'seen'>> {
  return listen(createTcpServer((socket) => onConnection(socket.on('error', () => undefined))))
}

export interface ProxyServer extends Omit<Recorder, 'seen'> {
  /** Authority and Proxy-Authorization of every CONNECT. */
  readonly tunnels: { readonly target: string; readonly authorization: string | undefined }[]
}

/** A proxy that opens every tunnel, whatever the name, to the port asked for on 127.0.0.1; or refuses it with a status, or never answers. */
export async function serveProxy(verdict: number | 'silent' = 200, tls?: ServerOptions): Promise<ProxyServer> {
  const tunnels: { target: string; authorization: string | undefined }[] = []
  const server = tls ? createTlsServer(tls) : createServer()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    tunnels.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    socket.on('error', () => undefined)
    if (verdict === 'silent') return
    if (verdict !== 200) return void socket.end(`HTTP/1.1 ${verdict} No\r\ncontent-length: 0\r\n\r\n`)
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  return { tunnels, ...(await listen(server)) }
}

async function listen(server: Server): Promise<Omit<Recorder, 'seen'>> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => sockets.forEach((socket) => socket.resetAndDestroy())
  open.push(() => {
    cut()
    return new Promise<void>((resolve) => void server.close(() => resolve()))
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections, cut }
}

/** A port at which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return port
}
