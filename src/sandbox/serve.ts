import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Broken, Core, Reply } from './core.js'

export interface Served {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string
  readonly port: number
  /** Ends every connection, the hanging ones too. */
  close(): Promise<void>
}

/** Mounts a core on 127.0.0.1. Port 0, the default, takes any free port. Bodies are streamed, never gathered. */
export async function serve(core: Core, options: { readonly port?: number } = {}): Promise<Served> {
  let url = ''
  const server = createServer((incoming, outgoing) => {
    answer(core, url, incoming, outgoing).catch((fault: unknown) => refuse(outgoing, fault))
  })
  // Longer than any pause of a client: an idle connection that we close first looks to the client like a reset.
  server.keepAliveTimeout = 75_000
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, port, close }
}

async function answer(core: Core, base: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const reply = await core.handle(await toRequest(base, incoming))
  if (!isBroken(reply)) return send(reply, outgoing, Infinity)
  if (reply.broken === 'reset') incoming.socket.resetAndDestroy()
  if (reply.broken === 'cut') {
    await send(reply.response ?? new Response(''), outgoing, reply.afterBytes ?? 0)
    incoming.socket.destroy()
  }
  // hang: nothing is sent; the connection stays open until the client or close() ends it.
}

function isBroken(reply: Reply): reply is Broken {
  return 'broken' in reply
}

async function toRequest(base: string, incoming: IncomingMessage): Promise<Request> {
  const headers = new Headers()
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? '')
  }
  const method = incoming.method ?? 'GET'
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
  const hasBody = chunks.length > 0 && method !== 'GET' && method !== 'HEAD'
  return new Request(`${base}${incoming.url ?? '/'}`, {
    method,
    headers,
    body: hasBody ? Buffer.concat(chunks) : null,
  })
}

/** Sends at most `maxBytes` of the body; ends the answer properly only when there was no such bound. */
async function send(response: Response, outgoing: ServerResponse, maxBytes: number): Promise<void> {
  outgoing.writeHead(response.status, response.statusText, headerList(response.headers))
  outgoing.flushHeaders()
  if (response.body !== null) await pump(response.body, outgoing, maxBytes)
  if (maxBytes === Infinity) outgoing.end()
}

function headerList(headers: Headers): [string, string][] {
  return [...headers]
}

async function pump(body: ReadableStream<Uint8Array>, outgoing: ServerResponse, maxBytes: number): Promise<void> {
  const reader = body.getReader()
  const gone = () => void reader.cancel().catch(() => undefined)
  outgoing.once('close', gone)
  let left = maxBytes
  while (left > 0) {
    const { done, value } = await reader.read()
    if (done || outgoing.destroyed) break
    const chunk = value.length > left ? value.subarray(0, left) : value
    left -= chunk.length
    await written(outgoing, chunk, left === 0)
  }
  outgoing.off('close', gone)
  if (left === 0) await reader.cancel()
}

/** Resolves when more may be written; with `flush`, when these bytes have left the process. A closed connection resolves too. */
function written(outgoing: ServerResponse, chunk: Uint8Array, flush: boolean): Promise<void> | void {
  if (flush) return new Promise((resolve) => outgoing.write(chunk, () => resolve()))
  if (outgoing.write(chunk)) return
  return new Promise((resolve) => {
    const proceed = () => {
      outgoing.off('drain', proceed)
      outgoing.off('close', proceed)
      resolve()
    }
    outgoing.once('drain', proceed)
    outgoing.once('close', proceed)
  })
}

/** A fault of the sandbox itself must be seen, not mistaken for one of the system it plays. */
function refuse(outgoing: ServerResponse, fault: unknown): void {
  if (outgoing.headersSent) {
    outgoing.destroy()
    return
  }
  outgoing.writeHead(500, { 'content-type': 'text/plain' })
  outgoing.end(`The sandbox itself failed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`)
}
