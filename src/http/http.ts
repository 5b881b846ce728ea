/** The one HTTP door, as the adapters see it. An implementation never retries, never follows a redirect, never decodes JSON. */
export interface Http {
  /** Sends and reads the whole answer as text (UTF-8, refused if it is not). @throws TransportError */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Sends and hands over the body as it arrives. A body that ends early throws TransportError while iterating. */
  open(request: HttpRequest): Promise<HttpStream>
  close(): void
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Until the answer's headers. */
  readonly headersTimeoutMs: number
  /** Longest silence while the body arrives. */
  readonly idleTimeoutMs: number
  /** `send` only: from the answer's headers to its last byte, five minutes unless told. Rows that are streamed have no such bound. */
  readonly wholeTimeoutMs?: number
  readonly signal?: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names; several values joined by `, `. `set-cookie` joined by newline. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export interface HttpStream {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** `proxy`: the proxy itself refuses or is dead. `unsendable`: the request is unfit and was held back. */
export type TransportFault =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'proxy'
  | 'tls'
  | 'timeout'
  | 'cut'
  | 'encoding'
  | 'too-large'
  | 'aborted'
  | 'unsendable'

/** The exchange failed below HTTP. Carries neither headers nor body, so it can be shown and logged. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly fault: TransportFault
  /** False: certainly no byte of the request left this machine. True: it may have arrived. */
  readonly sent: boolean

  constructor(fault: TransportFault, sent: boolean, message: string) {
    super(message)
    this.fault = fault
    this.sent = sent
  }
}

/** True when the address is https, or http to a loopback address: secrets never cross a network in the clear. */
export function isSafeUrl(url: URL): boolean {
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && isLoopback(url.hostname)
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}
