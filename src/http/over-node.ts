import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP, type Socket } from 'node:net'
import { pipeline, type Readable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import zlib from 'node:zlib'
import { STEP_TIMEOUT_MS, VERIFIED_TLS, whenReady, type Agents, type Answered, type Start } from './exchange.js'
import type { HttpRequest } from './http.js'

/**
 * An exchange over Node's own client: what over-got does, for answers of many megabytes and for commands that are to start
 * quickly. got costs a tenth of a second and 20 MiB before its first byte.
 */
export const startNode: Start = (request, agents) => {
  let sent = false
  let failure: Error | null = null
  let received: IncomingMessage | null = null
  const outgoing = openRequest(request, agents)
  const fail = (error: Error) => {
    failure ??= error
    outgoing.destroy(error)
  }
  const aborted = () => fail(Object.assign(new Error('stopped'), { name: 'AbortError' }))
  request.signal?.addEventListener('abort', aborted, { once: true })
  const steps = createSteps(fail)
  outgoing.once('close', () => {
    steps.end()
    request.signal?.removeEventListener('abort', aborted)
  })
  outgoing.once('socket', (socket) => {
    watchSteps(socket, steps, new URL(request.url).hostname)
    whenReady(socket, () => {
      sent = true
      socket.setTimeout(request.idleTimeoutMs)
      steps.begin('response', request.headersTimeoutMs)
    })
  })
  outgoing.on('timeout', () => {
    // Of an answer that is all here, the silence is its reader's.
    if (received?.complete !== true) fail(tooLate('socket'))
  })
  const answer = new Promise<Answered>((resolve, reject) => {
    outgoing.once('response', (incoming) => {
      steps.end()
      received = incoming
      const { statusCode: status = 0, headers } = incoming
      resolve({ status, headers, body: bodyOf(incoming, () => failure) })
    })
    // Once there is an answer, its body tells the same.
    outgoing.on('error', (error) => reject(failure ?? error))
  })
  if (request.signal?.aborted) aborted()
  else outgoing.end(request.body)
  return { answer, wasSent: () => sent, end: () => void outgoing.destroy() }
}

function openRequest({ url, method, headers, idleTimeoutMs }: HttpRequest, agents: Agents): ClientRequest {
  const options = { method, headers: { 'accept-encoding': 'gzip, deflate, br', ...headers }, timeout: idleTimeoutMs }
  if (new URL(url).protocol === 'https:')
    return https.request(url, { ...options, ...VERIFIED_TLS, agent: agents.https })
  return http.request(url, { ...options, agent: agents.http })
}

type Step = 'lookup' | 'connect' | 'secureConnect' | 'response' | 'socket'

/** One step at a time, each with its own deadline. */
interface Steps {
  begin(step: Step, ms?: number): void
  end(): void
}

function createSteps(fail: (error: Error) => void): Steps {
  let timer: NodeJS.Timeout | undefined
  const end = () => clearTimeout(timer)
  return {
    end,
    begin(step, ms = STEP_TIMEOUT_MS) {
      end()
      timer = setTimeout(() => fail(tooLate(step)), ms)
    },
  }
}

function watchSteps(socket: Socket, steps: Steps, hostname: string): void {
  if (!socket.connecting) return
  steps.begin(isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? 'lookup' : 'connect')
  socket.once('lookup', () => steps.begin('connect'))
  if (socket instanceof TLSSocket) socket.once('connect', () => steps.begin('secureConnect'))
}

/** The words are describeFault's, which knows such an error by its name. */
function tooLate(event: Step): Error {
  return Object.assign(new Error('too late'), { name: 'TimeoutError', event })
}

/** Chunk by chunk, with as little between as can be: this is where a million rows pass. */
async function* bodyOf(incoming: IncomingMessage, failure: () => Error | null): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of decompressed(incoming)) yield chunk as Uint8Array
  } catch (error) {
    throw failure() ?? error
  }
  // What has arrived of a request that is destroyed, Node throws away, and ends it as if it had been read.
  const failed = failure()
  if (failed !== null) throw failed
}

function decompressed(incoming: IncomingMessage): Readable {
  const { statusCode, headers } = incoming
  const hasNoBody = statusCode === 204 || statusCode === 304 || headers['content-length'] === '0'
  const decoder = hasNoBody ? undefined : DECODERS[headers['content-encoding']?.trim().toLowerCase() ?? '']
  if (decoder === undefined) return incoming
  // What goes wrong on either side is thrown where the result is read.
  return pipeline(incoming, decoder(), () => undefined)
}

const DECODERS: Readonly<Record<string, () => zlib.Gunzip | zlib.BrotliDecompress | zlib.Unzip>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
}
