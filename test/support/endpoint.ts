import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createDoor } from '../../src/ingest/door.js'
import { LIMITS, type Limits } from '../../src/ingest/limits.js'
import { startIngest, type Access, type IngestServer } from '../../src/ingest/server.js'
import { openSpool, type Spool, type SpoolOptions } from '../../src/ingest/spool.js'
import type { Clock } from '../../src/model/clock.js'

export const SECRET = 'f3b1c0de'.repeat(8)
export const OLD_SECRET = '0ddba11a'.repeat(8)

/** The endpoint on a socket of its own, over a spool in a folder of its own. */
export interface TestEndpoint {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly spool: Spool
  readonly accesses: readonly Access[]
  post(body: string | Uint8Array, options?: PostOptions): Promise<Response>
  /** Sends bytes as they are and reads until the other side ends. */
  raw(bytes: string | Buffer): Promise<string>
  stop(): Promise<void>
}

export interface PostOptions {
  readonly secret?: string
  readonly job?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface EndpointOptions {
  readonly limits?: Partial<Limits>
  readonly secrets?: readonly string[]
  readonly tokens?: readonly string[]
  readonly spool?: Partial<SpoolOptions>
}

const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-ingest-'))
  closers.push(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function endpoint(options: EndpointOptions = {}): Promise<TestEndpoint> {
  const folder = options.spool?.folder ?? temporaryFolder()
  const spool = await openSpool({ folder, clock: stillClock(), maxBytes: 1 << 28, ...options.spool })
  const accesses: Access[] = []
  const server: IngestServer = await startIngest({
    ...{ host: '127.0.0.1', port: 0, jobs: new Set(['plant-gl', 'ap']), spool },
    limits: { ...LIMITS, maxBodyBytes: 1 << 20, ...options.limits },
    door: createDoor(options.secrets ?? [SECRET], options.tokens ?? []),
    log: (access) => void accesses.push(access),
  })
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await server.stop()
    await spool.close()
  }
  closers.push(stop)
  const port = Number(new URL(server.url).port)
  return {
    ...{ url: server.url, port, folder, spool, accesses, stop },
    post: (body, { secret = SECRET, job = 'plant-gl', headers } = {}) =>
      fetch(`${server.url}/ingest/${secret}/${job}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }),
    raw: (bytes) => exchange(port, bytes),
  }
}

/** A time that stands still unless a test moves it. */
export function stillClock(now = Date.UTC(2026, 7, 3, 6)): Clock & { move(ms: number): void } {
  let at = now
  return {
    now: () => at,
    sleep: async () => undefined,
    move: (ms) => void (at += ms),
  }
}

/** A body as Looker sends it; each number makes another one. */
export function delivery(number = 0): string {
  const rows = [{ 'gl.account_code': '5010', 'gl.net_amount': `${number}.15` }]
  const plan = { scheduled_plan_id: '7', title: 'Plant', type: 'Look', url: null, query_id: '1', query: null }
  return JSON.stringify({ type: 'query', scheduled_plan: plan, attachment: null, data: rows, form_params: {} })
}

function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => void socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
  })
}
