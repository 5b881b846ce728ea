import type { ClientRequest } from 'node:http'
import got, { type Response } from 'got'
import { STEP_TIMEOUT_MS, VERIFIED_TLS, whenReady, type Answered, type Start } from './exchange.js'

/** An exchange over got, with a deadline for each of its phases. */
export const startGot: Start = (request, agent) => {
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
    https: VERIFIED_TLS,
  })
  // got would wait for a body to be written to a DELETE or POST that has none.
  if (request.method !== 'GET' && request.body === undefined) stream.end()
  stream.on('request', (outgoing: ClientRequest) =>
    outgoing.once('socket', (socket) => whenReady(socket, () => (sent = true))),
  )
  const answer = new Promise<Answered>((resolve, reject) => {
    stream.once('response', ({ statusCode, headers }: Response) => {
      resolve({ status: statusCode, headers, body: stream as AsyncIterable<Uint8Array> })
    })
    stream.once('error', reject)
  })
  return { answer, wasSent: () => sent, end: () => void stream.destroy() }
}
