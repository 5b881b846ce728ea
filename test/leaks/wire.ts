import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A request as its bytes came in. */
export interface Raw {
  readonly line: string
  /** The lines after the first, up to the empty one. */
  readonly headers: readonly string[]
  readonly body: string
}

export interface Wire {
  readonly origin: string
  readonly host: string
  readonly requests: readonly Raw[]
  /** Bytes that were no request. */
  readonly strays: readonly string[]
  forget(): void
  close(): Promise<void>
}

/**
 * A server without a parser of HTTP between it and the test: it cuts only at an empty line and by content-length, so that a
 * line that was smuggled in is seen. @param answer the body of the answer to a path
 */
export async function openWire(answer: (path: string) => unknown): Promise<Wire> {
  const requests: Raw[] = []
  const strays: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    let pending = ''
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1')
      for (let next = cut(pending); next !== null; next = cut(pending)) {
        pending = next.rest
        requests.push(next.raw)
        socket.write(reply(answer(next.raw.line.split(' ')[1] ?? '')))
      }
    })
    socket.once('close', () => void (pending !== '' && strays.push(pending)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...{ origin: `http://${host}`, host, requests, strays },
    forget: () => void (requests.length = 0),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}

function cut(bytes: string): { readonly raw: Raw; readonly rest: string } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return null
  const [line = '', ...headers] = bytes.slice(0, end).split('\r\n')
  const length = headers.flatMap((header) => /^content-length: (\d+)$/i.exec(header)?.[1] ?? []).map(Number)
  const start = end + 4
  const size = length[0] ?? 0
  if (bytes.length < start + size) return null
  return { raw: { line, headers, body: bytes.slice(start, start + size) }, rest: bytes.slice(start + size) }
}

function reply(body: unknown): string {
  const text = JSON.stringify(body)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

/** What no request of mlc may look like; null when it is sound. @param named headers that the configuration adds */
export function wireFault({ line, headers }: Raw, host: string, named: readonly string[]): string | null {
  if (!/^(?:GET|POST|DELETE) \/[\x21-\x7e]* HTTP\/1\.1$/.test(line)) return `the request line ${JSON.stringify(line)}`
  const known = new Set([...OWN_HEADERS, ...named.map((name) => name.toLowerCase())])
  const odd = headers.find((header) => {
    const name = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?[\t\x20-\x7e]*$/.exec(header)?.[1]
    return name === undefined || !known.has(name.toLowerCase())
  })
  if (odd !== undefined) return `the header ${JSON.stringify(odd)}`
  const hosts = headers.filter((header) => /^host:/i.test(header))
  return hosts.length === 1 && hosts[0]?.toLowerCase() === `host: ${host}` ? null : `the hosts ${JSON.stringify(hosts)}`
}

const OWN_HEADERS = [
  ...['host', 'user-agent', 'accept', 'accept-encoding', 'content-type', 'content-length', 'connection'],
  ...['authorization', 'cookie', 'x-qad-workspace-id'],
]
