import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Core } from '../../src/sandbox/core.js'

/** The steps of an exchange as the server sees them, in order. At each one the client can be killed exactly. */
export const PHASES = [
  'accept',
  'headers in',
  'body in',
  'before commit',
  'after commit',
  'before response',
  'mid response',
  'after response',
] as const

export type Phase = (typeof PHASES)[number]

export interface Call {
  readonly side: 'looker' | 'qad'
  /** From 0, of this side since `play`. A connection counts as the call that it will carry. */
  readonly index: number
  /** Such as `POST /clouderp/oauth/token`; empty at `accept`, where nothing was read yet. */
  readonly line: string
}

export type Watcher = (phase: Phase, call: Call) => Promise<void> | void

/** A core behind a socket that tells its watcher of each step and goes on only when the watcher has. */
export interface WatchedServer {
  readonly url: string
  /** From now on this core answers; calls are counted from 0. @param oneCallEach every call on a connection of its own */
  play(core: Core, watcher: Watcher | null, oneCallEach: boolean): void
  /** No exchange is under way any more, also none whose client is dead. */
  idle(): Promise<void>
  close(): Promise<void>
}

export async function serveWatched(side: Call['side']): Promise<WatchedServer> {
  let playing: { core: Core; watcher: Watcher | null; oneCallEach: boolean } | null = null
  let connections = 0
  let calls = 0
  const underWay = new Set<Promise<void>>()
  const server = createServer((incoming, outgoing) => {
    const { core, watcher, oneCallEach } = playing ?? {}
    const call = { side, index: calls++, line: `${incoming.method} ${(incoming.url ?? '').split('?')[0]}` }
    outgoing.on('error', () => undefined)
    const extra: [string, string][] = oneCallEach ? [['connection', 'close']] : []
    if (!core) return
    const going = exchange(core, watcher ?? null, call, incoming, outgoing, extra)
      .catch(() => void outgoing.destroy())
      .finally(() => underWay.delete(going))
    underWay.add(going)
  })
  server.keepAliveTimeout = 75_000
  server.on('connection', (socket) => {
    socket.on('error', () => undefined)
    const index = connections++
    if (playing?.oneCallEach) void playing.watcher?.('accept', { side, index, line: '' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    play(core, watcher, oneCallEach) {
      playing = { core, watcher, oneCallEach }
      connections = 0
      calls = 0
    },
    idle: async () => void (await Promise.all(underWay)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What was received whole is done, whether the client still lives or not: so does a real server. */
async function exchange(
  core: Core,
  watcher: Watcher | null,
  call: Call,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  extraHeaders: readonly [string, string][],
): Promise<void> {
  const at = async (phase: Phase) => watcher?.(phase, call)
  await at('headers in')
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  await at('body in')
  const request = requestOf(incoming, Buffer.concat(chunks))
  await at('before commit')
  const reply = await core.handle(request)
  await at('after commit')
  const answer = reply instanceof Response ? reply : (reply.response ?? null)
  const broken = reply instanceof Response ? null : reply.broken
  if (broken === 'reset') incoming.socket.resetAndDestroy()
  if (answer === null) return
  const body = Buffer.from(await answer.arrayBuffer())
  await at('before response')
  outgoing.writeHead(answer.status, [...answer.headers, ...extraHeaders])
  const half = Math.ceil(body.length / 2)
  await written(outgoing, body.subarray(0, half))
  await at('mid response')
  if (broken !== null) return void incoming.socket.destroy()
  await written(outgoing, body.subarray(half))
  outgoing.end()
  await at('after response')
}

/** Resolves when the bytes have left this process, or the connection has ended. */
function written(outgoing: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('close', () => resolve())
    outgoing.write(bytes, () => resolve())
  })
}

function requestOf(incoming: IncomingMessage, body: Buffer): Request {
  const headers = new Headers()
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2)
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '')
  const method = incoming.method ?? 'GET'
  const hasBody = body.length > 0 && method !== 'GET' && method !== 'HEAD'
  return new Request(`http://${incoming.headers.host}${incoming.url ?? '/'}`, {
    method,
    headers,
    body: hasBody ? new Uint8Array(body) : null,
  })
}
