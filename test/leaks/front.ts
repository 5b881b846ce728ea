import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Core, Reply } from '../../src/sandbox/core.js'
import type { Canaries, CanaryName, Hit, Place } from './canaries.js'

/** Part of a request as a server saw it. */
interface Part {
  readonly server: 'looker' | 'qad' | 'proxy' | 'elsewhere'
  readonly path: string
  /** `target` for the request line, `body`, or the name of a header. */
  readonly part: string
  readonly text: string
}

type Scan = (places: Iterable<Place>) => Hit[]

/** Keeps what the servers of a scenario were sent, and knows where each credential belongs. */
export interface RequestLog {
  note(server: Part['server'], target: string, headers: Iterable<readonly [string, string]>, body: string): void
  /** Credentials that were sent to another origin, path or header than theirs. */
  strays(scan: Scan): Hit[]
  /** Credentials that reached their place: proof that they were in use, and that the scan sees them. */
  delivered(scan: Scan): ReadonlySet<CanaryName>
}

export function createRequestLog(): RequestLog {
  const parts: Part[] = []
  const found = (scan: Scan) =>
    parts.flatMap((part) =>
      scan([{ name: `request to ${part.server}: ${part.path}, ${part.part}`, content: part.text }]).map((hit) => ({
        hit,
        belongs: BELONGS[hit.canary]?.(part) ?? false,
      })),
    )
  return {
    note(server, target, headers, body) {
      const path = target.split('?')[0] ?? ''
      const all = [['target', target], ['body', body], ...headers] as const
      parts.push(...all.map(([part, text]) => ({ server, path, part: part.toLowerCase(), text })))
    },
    strays: (scan) =>
      found(scan)
        .filter(({ belongs }) => !belongs)
        .map(({ hit }) => hit),
    delivered: (scan) =>
      new Set(
        found(scan)
          .filter(({ belongs }) => belongs)
          .map(({ hit }) => hit.canary),
      ),
  }
}

/** The one origin, path and part of a request in which a credential is expected. */
const BELONGS: Partial<Record<CanaryName, (part: Part) => boolean>> = {
  lookerSecret: ({ server, path, part }) => server === 'looker' && path === '/api/4.0/login' && part === 'body',
  lookerToken: ({ server, part }) => server === 'looker' && part === 'authorization',
  qadPassword: ({ server, path, part }) =>
    server === 'qad' && (part === 'authorization' || (part === 'body' && QAD_LOGINS.has(path))),
  qadClientSecret: ({ server, path, part }) => server === 'qad' && path === '/clouderp/oauth/token' && part === 'body',
  qadRefreshToken: ({ server, path, part }) => server === 'qad' && path === '/clouderp/oauth/token' && part === 'body',
  qadToken: ({ server, part }) => server === 'qad' && part === 'authorization',
  qadSession: ({ server, part }) => server === 'qad' && part === 'cookie',
  proxyPassword: ({ server, part }) => server === 'proxy' && part === 'proxy-authorization',
}

const QAD_LOGINS: ReadonlySet<string> = new Set(['/clouderp/oauth/token', '/clouderp/api/login', '/clouderp/login'])
const LOGINS: ReadonlySet<string> = new Set(['/api/4.0/login', ...QAD_LOGINS])

/** Answers instead of the sandbox; null lets the request through. */
export type Meddle = (request: {
  readonly path: string
  readonly method: string
  readonly text: string
  readonly headers: Headers
}) => Reply | null

/** The sandbox behind a front that issues canaries in place of its tokens and cookies, and notes what comes in. */
export function withCanaries(
  core: Core,
  server: 'looker' | 'qad',
  canaries: Canaries,
  log: RequestLog,
  meddle: () => Meddle | null,
): Core {
  const issued = new Map<CanaryName, string>()
  const toReal = (text: string) => [...issued].reduce((clean, [name, real]) => swap(clean, canaries[name], real), text)
  const toCanary = (text: string) =>
    text.replace(ISSUED, (_all, before: string, field: string, mid: string, real: string) => {
      const name = nameOf(field, server)
      issued.set(name, real)
      return `${before}${field}${mid}${canaries[name]}`
    })
  return {
    async handle(request) {
      const { pathname, search } = new URL(request.url)
      const text = await request.text()
      log.note(server, pathname + search, request.headers, text)
      const instead = meddle()?.({ path: pathname, method: request.method, text, headers: request.headers })
      if (instead) return instead
      const headers = new Headers([...request.headers].map(([name, value]): [string, string] => [name, toReal(value)]))
      const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
      const reply = await core.handle(
        new Request(request.url, { method: request.method, headers, ...(hasBody ? { body: toReal(text) } : {}) }),
      )
      return reply instanceof Response && LOGINS.has(pathname) ? issueCanaries(reply, toCanary) : reply
    },
  }
}

const ISSUED = /("?)(access_token|refresh_token|sessionId|JSESSIONID)("\s*:\s*"|=)([^";,]+)/g

function nameOf(field: string, server: 'looker' | 'qad'): CanaryName {
  if (server === 'looker') return 'lookerToken'
  if (field === 'access_token') return 'qadToken'
  return field === 'refresh_token' ? 'qadRefreshToken' : 'qadSession'
}

/** Form bodies carry it percent-encoded. */
function swap(text: string, canary: string, real: string): string {
  return text.replaceAll(canary, real).replaceAll(encodeURIComponent(canary), real)
}

async function issueCanaries(reply: Response, toCanary: (text: string) => string): Promise<Response> {
  const headers = new Headers(reply.headers)
  const cookies = reply.headers.getSetCookie()
  headers.delete('set-cookie')
  for (const cookie of cookies) headers.append('set-cookie', toCanary(cookie))
  const body = reply.body === null ? null : toCanary(await reply.text())
  headers.delete('content-length')
  return new Response(body, { status: reply.status, headers })
}

export interface Elsewhere {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Another origin, to which nothing may ever be sent; it notes what is. */
export async function serveElsewhere(log: RequestLog): Promise<Elsewhere> {
  const server = createServer((request, answer) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        log.note('elsewhere', request.url ?? '', pairs(request.rawHeaders), Buffer.concat(chunks).toString())
        answer.end('{}')
      })
  })
  return started(server)
}

/** A proxy that notes what it is told, and refuses every tunnel but those to the names in `tunnels`, which lead to a port here. */
export async function serveProxy(log: RequestLog, tunnels: ReadonlyMap<string, number>): Promise<Elsewhere> {
  const server = createServer()
  server.on('connect', (request, socket) => {
    log.note('proxy', request.url ?? '', pairs(request.rawHeaders), '')
    socket.on('error', () => undefined)
    const port = tunnels.get(request.url ?? '')
    if (port === undefined)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  return started(server)
}

/** TLS before a server here, as the far end of a tunnel. */
export async function serveTls(
  pair: { readonly key: string; readonly cert: string },
  port: number,
): Promise<Elsewhere> {
  const sockets = new Set<Socket>()
  const server = createTlsServer(pair, (socket) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => (sockets.delete(one), other.destroy()))
    }
    upstream.pipe(socket).pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  const close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => void server.close(() => resolve()))
  }
  return { url: `https://127.0.0.1:${own}`, port: own, close }
}

async function started(server: Server): Promise<Elsewhere> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, port, close }
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []))
}
