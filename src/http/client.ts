import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import got, { type Request, type Response } from 'got'
import { TransportError, isSafeUrl, type Http, type HttpAnswer, type HttpRequest, type HttpStream } from './http.js'
import { describeFault } from './fault.js'

export interface HttpOptions {
  readonly userAgent: string
  /** PEM file of an additional certificate authority. */
  readonly caFile: string | null
  /** Called once an exchange, for --debug: method, address without query, status or fault, milliseconds. */
  readonly trace: ((line: string) => void) | null
}

/** No answer that is read as a whole may be larger; row streams have no such cap. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** The HTTP door over got: TLS always verified, redirects never followed, nothing retried here. */
export function createHttp(options: HttpOptions): Http {
  const ca = options.caFile === null ? undefined : [...rootCertificates, readFileSync(options.caFile, 'utf8')]
  const open = (request: HttpRequest) => openStream(request, options, ca)
  return {
    open,
    send: async (request) => readWhole(await open(request)),
    close: () => undefined,
  }
}

async function openStream(request: HttpRequest, options: HttpOptions, ca: string[] | undefined): Promise<HttpStream> {
  if (!isSafeUrl(new URL(request.url))) throw new TransportError('tls', false, 'plain http to another host is refused')
  const started = performance.now()
  const trace = (end: string) =>
    options.trace?.(
      `${request.method} ${withoutQuery(request.url)} ${end} ${Math.round(performance.now() - started)} ms`,
    )
  const exchange = start(request, options, ca)
  try {
    const response = await exchange.response
    trace(String(response.statusCode))
    return { status: response.statusCode, headers: flatten(response), body: bytes(exchange.stream, exchange.wasSent) }
  } catch (error) {
    const fault = describeFault(error, exchange.wasSent())
    trace(fault.fault)
    throw fault
  }
}

function start(request: HttpRequest, options: HttpOptions, ca: string[] | undefined) {
  let sent = false
  const stream = got.stream(request.url, {
    method: request.method,
    headers: { 'user-agent': options.userAgent, ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
    timeout: {
      lookup: 10_000,
      connect: 10_000,
      secureConnect: 10_000,
      response: request.headersTimeoutMs,
      socket: request.idleTimeoutMs,
    },
    https: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca ? { certificateAuthority: ca } : {}) },
  })
  // got would wait for a body to be written to a DELETE or POST that has none.
  if (request.method !== 'GET' && request.body === undefined) stream.end()
  stream.on('request', (outgoing: ClientRequest) => watchSending(outgoing, () => (sent = true)))
  const response = new Promise<Response>((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', reject)
  })
  return { stream, response, wasSent: () => sent }
}

/** Marks the request as sent from the moment its bytes can leave: when the socket is connected and, for https, verified. */
function watchSending(outgoing: ClientRequest, markSent: () => void): void {
  outgoing.once('socket', (socket: Socket) => {
    if (!socket.connecting && !(socket instanceof TLSSocket && !socket.authorized)) markSent()
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', markSent)
  })
}

async function* bytes(stream: Request, wasSent: () => boolean): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    throw describeFault(error, wasSent())
  } finally {
    stream.destroy()
  }
}

async function readWhole(stream: HttpStream): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream.body) {
    size += chunk.byteLength
    if (size > MAX_TEXT_BYTES)
      throw new TransportError('too-large', true, `the answer is larger than ${MAX_TEXT_BYTES} bytes`)
    chunks.push(chunk)
  }
  return { status: stream.status, headers: stream.headers, text: decode(Buffer.concat(chunks)) }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new TransportError('encoding', true, 'the answer is not valid UTF-8')
  }
}

function flatten(response: Response): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join('\n') : value
  }
  return headers
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
