import { lookup } from 'node:dns/promises'
import net from 'node:net'
import tls from 'node:tls'

/** Names and connections, below HTTP. */
export interface Network {
  /** The addresses of a host name. @throws LinkFault `dns` */
  resolve(host: string): Promise<readonly string[]>
  /** Opens a connection, checks the certificate, sends nothing of ours, closes. @throws LinkFault */
  open(target: Target): Promise<Opened>
}

export interface Target {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  /** Authorities that are trusted; null: those of Node. */
  readonly authorities: readonly string[] | null
  readonly proxy: URL | null
}

export interface Opened {
  /** Last day of the certificate, ISO; null without TLS. */
  readonly validTo: string | null
}

export type Trouble =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'silent'
  | 'cut'
  | 'proxy'
  | 'expired'
  | 'too-early'
  | 'wrong-host'
  | 'unknown-ca'
  | 'not-tls'
  | 'tls'

/** What is wrong with the way to a host. The message is ours; `cause` is the system's word such as ECONNREFUSED. */
export class LinkFault extends Error {
  override readonly name = 'LinkFault'
  readonly trouble: Trouble

  constructor(trouble: Trouble, message: string) {
    super(message)
    this.trouble = trouble
  }
}

/** As long as a person waits for an answer to "is it there?". */
const PATIENCE_MS = 10_000

export function createNetwork(signal?: AbortSignal, patienceMs = PATIENCE_MS): Network {
  return {
    async resolve(host) {
      try {
        return (await within(patienceMs, lookup(host, { all: true }), 'dns', signal)).map(({ address }) => address)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof LinkFault) throw error
        throw new LinkFault('dns', codeOf(error))
      }
    },
    async open(target) {
      signal?.throwIfAborted()
      const sockets: net.Socket[] = []
      try {
        return await within(patienceMs, connect(target, sockets), 'silent', signal)
      } catch (error) {
        signal?.throwIfAborted()
        throw error instanceof LinkFault ? error : new LinkFault(troubleOf(error), codeOf(error))
      } finally {
        // The outermost takes those inside along; Node 20 crashes when an inner one goes first.
        sockets.at(-1)?.destroy()
      }
    },
  }
}

async function connect(target: Target, sockets: net.Socket[]): Promise<Opened> {
  const { proxy, isTls, host, port, authorities } = target
  const tunnel = proxy === null ? null : await through(proxy, target, sockets)
  if (!isTls) {
    if (tunnel === null) await plain(host, port, sockets)
    return { validTo: null }
  }
  const secured = await secure(tunnel ?? { port }, host, authorities, sockets)
  const validTo = Date.parse(secured.getPeerCertificate().valid_to)
  return { validTo: Number.isNaN(validTo) ? null : new Date(validTo).toISOString().slice(0, 10) }
}

async function plain(host: string, port: number, sockets: net.Socket[]): Promise<net.Socket> {
  const socket = net.connect({ host, port })
  sockets.push(socket)
  await event(socket, 'connect')
  return socket
}

/** @param way a connection that is there already, or the port to make one to */
async function secure(
  way: net.Socket | { readonly port: number },
  host: string,
  authorities: readonly string[] | null,
  sockets: net.Socket[],
): Promise<tls.TLSSocket> {
  const secured = tls.connect({
    ...(way instanceof net.Socket ? { socket: way } : way),
    host,
    // An address is not allowed in the name that TLS sends; the certificate is checked against it all the same.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(authorities === null ? {} : { ca: [...authorities] }),
  })
  sockets.push(secured)
  await event(secured, 'secureConnect')
  return secured
}

/** Asks a proxy for a way to the host. Nothing but the proxy's own login, where its address carries one, leaves. */
async function through(proxy: URL, { host, port }: Target, sockets: net.Socket[]): Promise<net.Socket> {
  const proxyHost = withoutBrackets(proxy.hostname)
  const isTls = proxy.protocol === 'https:'
  const proxyPort = Number(proxy.port) || (isTls ? 443 : 80)
  const socket = await plain(proxyHost, proxyPort, sockets).catch((error: unknown) => {
    throw new LinkFault('proxy', `the proxy ${proxy.host} cannot be reached (${codeOf(error)})`)
  })
  const line = isTls ? await secure(socket, proxyHost, null, sockets) : socket
  const place = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`
  line.write(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${authorizationOf(proxy)}\r\n`)
  const [first] = (await event(line, 'data')) as [Buffer]
  const status = /^HTTP\/1\.\d (\d{3})/.exec(first.toString('latin1'))?.[1]
  if (status === '200') return line
  throw new LinkFault('proxy', `the proxy ${proxy.host} ${refusal(status, proxy)} (${status ?? 'no HTTP answer'})`)
}

function refusal(status: string | undefined, { username }: URL): string {
  if (status !== '407') return 'does not let mlc through'
  return username === '' ? 'wants a user and password' : 'refuses the user or password'
}

function authorizationOf({ username, password }: URL): string {
  if (username === '') return ''
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Proxy-Authorization: Basic ${Buffer.from(pair, 'utf8').toString('base64')}\r\n`
}

/** `URL` writes an IPv6 address in brackets; sockets want it without. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function event(socket: net.Socket, name: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    socket.once(name, (...values: unknown[]) => resolve(values))
    socket.once('error', reject)
    socket.once('close', () => reject(new LinkFault('cut', 'the connection was closed')))
  })
}

/** Ends as well when the whole command is to. */
async function within<T>(ms: number, work: Promise<T>, trouble: Trouble, signal?: AbortSignal): Promise<T> {
  const timer = AbortSignal.timeout(ms)
  const ending = AbortSignal.any(signal ? [timer, signal] : [timer])
  const late = new Promise<never>((_resolve, reject) => {
    ending.addEventListener('abort', () => reject(new LinkFault(trouble, `no answer within ${ms / 1000} s`)))
  })
  // What goes on failing after its time has nobody to tell.
  work.catch(() => undefined)
  return Promise.race([work, late])
}

function troubleOf(error: unknown): Trouble {
  const code = codeOf(error)
  return (
    TROUBLES[code] ??
    (/CERT|ISSUER|SIGNATURE|SELF_SIGNED/.test(code) ? 'unknown-ca' : /SSL|TLS|EPROTO/.test(code) ? 'tls' : 'cut')
  )
}

const TROUBLES: Readonly<Partial<Record<string, Trouble>>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'silent',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'too-early',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_HTTP_REQUEST: 'not-tls',
}

/** The system's own word for it. With several addresses tried, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
