import type { Reply } from '../core.js'
import { instancePage, JSON_TYPE, nginx, refusal } from './answers.js'
import type { ExchangeFault } from './faults.js'

/** The answer that a planned fault gives instead of Looker's own; null when it only touches that one. */
export function replacement(fault: ExchangeFault, route: string): Reply | null {
  switch (fault.kind) {
    case 'status':
      return withHeaders(
        refusal(fault.status, fault.message ?? MESSAGES[fault.status] ?? 'Error', route),
        fault.headers,
      )
    case 'nginx':
      return withHeaders(nginx(fault.status ?? 502), fault.headers)
    case 'instance-page':
      return withHeaders(
        instancePage(fault.status),
        fault.contentType === undefined ? {} : { 'content-type': fault.contentType },
      )
    case 'redirect':
      return new Response('', { status: fault.status ?? 302, headers: { location: fault.location } })
    case 'accepted':
      return new Response('', { status: 202, headers: { 'content-type': JSON_TYPE } })
    case 'hang':
    case 'reset':
      return { broken: fault.kind }
    case 'headers':
    case 'cut':
    case 'short':
    case 'slow':
    case 'drip':
    case 'tokens-expire':
      return null
  }
}

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Database OAuth Error',
  404: 'Not found',
  409: 'Resource Already Exists',
  422: 'Validation Failed',
  429: 'Too many requests',
  500: 'An error has occurred.',
  503: 'Service Unavailable',
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>> = {}): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

/** Looker's own answer, cut, shortened or slowed down as planned. */
export function touched(reply: Reply, fault: ExchangeFault | null, delay: (ms: number) => Promise<void>): Reply {
  if (!(reply instanceof Response) || fault === null) return reply
  if (fault.kind === 'headers') return withHeaders(reply, fault.headers)
  if (fault.kind === 'cut') return { broken: 'cut', response: reply, afterBytes: fault.afterBytes }
  if (fault.kind === 'short') return withBody(reply, pieces(reply, fault.afterBytes, fault.afterBytes))
  if (fault.kind === 'drip')
    return withBody(
      reply,
      pieces(reply, fault.bytes, Infinity, () => delay(fault.ms)),
    )
  return reply
}

function withBody(reply: Response, body: AsyncGenerator<Uint8Array>): Response {
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await body.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    cancel: () => void body.return(undefined),
  })
  return new Response(stream, { status: reply.status, headers: reply.headers })
}

/** At most `total` bytes, in pieces of at most `size`. */
async function* pieces(
  reply: Response,
  size: number,
  total: number,
  wait: () => Promise<void> = async () => undefined,
): AsyncGenerator<Uint8Array> {
  let left = total
  for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    for (let at = 0; at < chunk.length && left > 0; at += size) {
      const piece = chunk.subarray(at, Math.min(at + size, at + left, chunk.length))
      left -= piece.length
      await wait()
      yield piece
    }
    if (left <= 0) return
  }
}

/** Compressed when the client accepts it. */
export function zipped(reply: Reply, request: Request): Reply {
  const accepts = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (!(reply instanceof Response) || reply.body === null || !accepts) return reply
  const headers = new Headers(reply.headers)
  headers.set('content-encoding', 'gzip')
  return new Response(reply.body.pipeThrough(new CompressionStream('gzip')), { status: reply.status, headers })
}
