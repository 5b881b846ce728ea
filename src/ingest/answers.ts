import { STATUS_CODES, type ServerResponse } from 'node:http'

/** An answer of the endpoint. */
export interface Answer {
  readonly status: number
  /** For the sender's log; null: no body at all. Never what was sent. */
  readonly body: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** False: the connection ends with it. */
  readonly isKept: boolean
}

/** Looker's own actions answer so. */
export const TAKEN: Answer = { status: 200, body: '{"looker":{"success":true}}', isKept: true }
export const HEALTHY: Answer = { status: 200, body: '{"status":"ok"}', isKept: true }

/** One and the same for a wrong secret, an unknown job, a wrong token and any other address: it tells nobody anything. */
export const NOTHING_HERE: Answer = { status: 404, body: null, isKept: false }

/** For a sender that knew the secret: why it was not taken. */
export function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: JSON.stringify({ looker: { success: false, message } }), headers, isKept: false }
}

/** Writes all of an answer and ends it. Every answer carries the same headers, none of them a time. */
export function end(response: ServerResponse, answer: Answer): void {
  response.sendDate = false
  response.writeHead(answer.status, headersOf(answer)).end(answer.body)
}

/** The same, and leaves it to the caller to end it. */
export function write(response: ServerResponse, answer: Answer): void {
  response.sendDate = false
  response.writeHead(answer.status, headersOf(answer))
  if (answer.body === null) response.flushHeaders()
  else response.write(answer.body)
}

/** The same bytes for a request that Node itself could not read. */
export function bytesOf(answer: Answer): string {
  const lines = Object.entries(headersOf(answer)).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('')}\r\n${answer.body ?? ''}`
}

function headersOf({ body, headers, isKept }: Answer): Record<string, string> {
  return {
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
    'Content-Length': `${Buffer.byteLength(body ?? '')}`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
    ...(isKept ? {} : { Connection: 'close' }),
  }
}
