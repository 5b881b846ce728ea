import type { Agent, AgentOptions, RequestOptions } from 'node:https'
import { Duplex } from 'node:stream'
import { HttpsProxyAgent } from 'hpagent'
import { TransportError } from './http.js'
import type { Proxy } from './proxy.js'

/** For the tunnel, and again for the TLS handshake through it. */
const CONNECT_TIMEOUT_MS = 10_000

/** TLS to the target inside a CONNECT tunnel. What the proxy refuses, and a proxy that is dead, are told apart from the target. */
export function createTunnel(proxy: Proxy, options: AgentOptions, connectTimeoutMs = CONNECT_TIMEOUT_MS): Agent {
  return new Tunnel(proxy, options, connectTimeoutMs)
}

type Connected = (error: Error | null, socket: Duplex) => void

/** What node:http is handed beside an error, and does not look at. */
const NO_SOCKET = new Duplex()

/** Invariant: every connection that is handed out is TLS to the target, verified by the options, or no connection at all. */
class Tunnel extends HttpsProxyAgent {
  readonly #proxy: Proxy
  readonly #timeoutMs: number
  readonly #tls: AgentOptions
  readonly #pending = new Set<AbortController>()
  /** A refused password is not tried again: some directories lock the user after a few. */
  #refused: TransportError | null = null

  constructor(proxy: Proxy, options: AgentOptions, timeoutMs: number) {
    super({ ...options, proxy: proxy.url })
    this.#proxy = proxy
    this.#timeoutMs = timeoutMs
    // Explicit for the proxy's own certificate too: NODE_TLS_REJECT_UNAUTHORIZED=0 changes only defaults.
    this.#tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(options.ca ? { ca: options.ca } : {}) }
  }

  override createConnection(options: RequestOptions, callback?: Connected): undefined {
    if (this.#refused) return void callback?.(this.#refused, NO_SOCKET)
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(), this.#timeoutMs)
    this.#pending.add(ending)
    // hpagent reads these when it opens a tunnel; the signal is for this one.
    Reflect.set(this, 'proxyRequestOptions', { ...this.#tls, signal: ending.signal })
    super.createConnection({ ...options, timeout: 0 }, (error, socket) => {
      clearTimeout(timer)
      this.#pending.delete(ending)
      if (error) callback?.(this.#describe(error), NO_SOCKET)
      else callback?.(null, withinTime(socket, this.#timeoutMs))
    })
  }

  override destroy(): void {
    for (const ending of this.#pending) ending.abort()
    super.destroy()
  }

  #describe(error: Error): TransportError {
    const { name } = this.#proxy
    const status = Number(/^Bad response: (\d{3})$/.exec(error.message)?.[1] ?? 0)
    if (status >= 500) return new TransportError('unreachable', false, `the proxy ${name} cannot reach it (${status})`)
    if (status !== 0) {
      this.#refused = new TransportError(
        'proxy',
        false,
        `the proxy ${name} ${refusal(status, this.#proxy)} (${status})`,
      )
      return this.#refused
    }
    const { code = 'no answer' } = error as NodeJS.ErrnoException
    const reason = code === 'ABORT_ERR' ? `did not open a tunnel within ${this.#timeoutMs / 1000} seconds` : null
    return new TransportError('proxy', false, `the proxy ${name} ${reason ?? `cannot be used (${code})`}`)
  }
}

function refusal(status: number, { url }: Proxy): string {
  if (status === 407) return url.username === '' ? 'wants a user and password' : 'refuses the user or password'
  if (status === 403) return 'does not allow this host'
  return 'refuses the tunnel'
}

function withinTime(socket: Duplex, timeoutMs: number): Duplex {
  const late = new TransportError('timeout', false, `no TLS handshake within ${timeoutMs / 1000} seconds`)
  const timer = setTimeout(() => socket.destroy(late), timeoutMs)
  const done = () => clearTimeout(timer)
  socket.once('secureConnect', done).once('close', done)
  return socket
}
