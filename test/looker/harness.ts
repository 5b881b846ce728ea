import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { createHttp } from '../../src/http/client.js'
import { createLooker, type LookerOptions } from '../../src/looker/looker.js'
import type { FigureSource, PullResult, SourceDefinition, SourceSpec } from '../../src/looker/source.js'
import type { Clock } from '../../src/model/clock.js'
import type { Row } from '../../src/model/row.js'
import { createLookerSandbox, type LookerOptions as SandboxOptions } from '../../src/sandbox/looker/sandbox.js'
import type { Explore, ExploreField, Look, LookerWorld, SourceRow } from '../../src/sandbox/looker/world.js'
import { serve } from '../../src/sandbox/serve.js'
import { complaints, recorded, type Exchange } from '../support/looker-judge.js'

export const KEY = { clientId: 'client-q4Zk', clientSecret: 's3cret & +%ü', name: 'mlc' }

/** A clock on which sleeping is instant and remembered. */
export interface FakeClock extends Clock {
  readonly slept: number[]
  pass(ms: number): void
}

export function fakeClock(startMs = Date.parse('2026-08-03T06:15:00Z')): FakeClock {
  let nowMs = startMs
  const slept: number[] = []
  return {
    now: () => nowMs,
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason as Error)
      slept.push(ms)
      nowMs += ms
      return Promise.resolve()
    },
    pass: (ms) => void (nowMs += ms),
    slept,
  }
}

const FIELDS: readonly ExploreField[] = [
  { name: 'gl.account', label: 'GL Account', type: 'string', kind: 'dimension', column: 'account' },
  { name: 'gl.centre', label: 'GL Cost Centre', type: 'string', kind: 'dimension', column: 'centre' },
  { name: 'gl.month', label: 'GL Month', type: 'date_month', kind: 'dimension', column: 'month' },
  { name: 'gl.net_amount', label: 'GL Net Amount', type: 'sum', kind: 'measure', column: 'amount' },
  { name: 'gl.count', label: 'GL Count', type: 'count', kind: 'measure', column: '' },
  { name: 'gl.ratio', label: 'GL Ratio', type: 'number', kind: 'measure', column: 'amount' },
]

/** So many accounts with one amount each: `0.10`, `1.10`, … */
export function ledger(count: number): readonly SourceRow[] {
  return Array.from({ length: count }, (_, index) => ({
    account: `A${String(index).padStart(7, '0')}`,
    centre: '1100',
    month: '2026-08',
    amount: { n: `${index}.10` },
  }))
}

export function explore(rows: Explore['rows'], changed: Partial<Explore> = {}): Explore {
  return { model: 'finance', name: 'gl', label: 'General Ledger', fields: FIELDS, rows, ...changed }
}

export const LOOK: Look = {
  id: '42',
  title: 'Plant GL',
  query: {
    model: 'finance',
    view: 'gl',
    fields: ['gl.account', 'gl.net_amount'],
    filters: { 'gl.month': '2026-08' },
    sorts: ['gl.account'],
    limit: '500',
  },
}

export function look(id: string, query: Partial<Look['query']>): Look {
  return { id, title: `Look ${id}`, query: { ...LOOK.query, ...query } }
}

/** Paging alone, with no control total after it unless a test asks for one. */
export function spec(changed: Partial<SourceSpec> = {}): SourceSpec {
  const bare = { look: null, query: null, slug: null }
  const source = 'query' in changed || 'slug' in changed ? bare : { ...bare, look: '42' }
  return {
    ...source,
    filters: {},
    sorts: [],
    timeZone: null,
    paging: 'auto',
    control: 'never',
    limit: 'all',
    ...changed,
  }
}

export const INLINE = { model: 'finance', explore: 'gl', fields: ['gl.account', 'gl.net_amount'] }

export interface Pulled {
  readonly rows: readonly Row[]
  readonly result: PullResult
  readonly definition: SourceDefinition
  /** How often everything so far was to be forgotten. */
  readonly restarts: number
  readonly batches: number
}

export async function pull(looker: FigureSource, changed: Partial<SourceSpec> = {}): Promise<Pulled> {
  const asked = spec(changed)
  const definition = await looker.describe(asked)
  const stream = looker.rows(asked, definition)
  let rows: Row[] = []
  let restarts = 0
  let batches = 0
  for await (const batch of stream) {
    batches++
    for (const row of batch) rows.push(row)
    if (batch.length > 0) continue
    rows = []
    restarts++
  }
  return { rows, result: stream.result(), definition, restarts, batches }
}

/** The error that a promise ends in, as `MLC-L004 message`. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code ?? (error as Error).name} ${message}`
  }
  return 'no error'
}

export interface Setting extends Partial<LookerOptions> {
  readonly world?: Partial<LookerWorld>
  readonly sandbox?: SandboxOptions
  readonly signal?: AbortSignal
  readonly credentials?: { readonly clientId: string; readonly clientSecret: string }
  readonly trace?: (line: string) => void
  readonly onProgress?: (rows: number) => void
  readonly warn?: (text: string) => void
}

/** A sandbox Looker behind real HTTP and a client of it, on one clock. */
export async function start(setting: Setting = {}) {
  const clock = fakeClock()
  const world: LookerWorld = {
    release: '26.12.3',
    keys: [KEY],
    explores: [explore(ledger(13))],
    looks: [LOOK],
    ...setting.world,
  }
  const sandbox = createLookerSandbox(world, { now: () => clock.now(), ...setting.sandbox })
  const exchanges: Exchange[] = []
  const served = await serve(recorded(sandbox, (exchange) => void exchanges.push(exchange)))
  const looker = client(served.url, clock, setting)
  onTestFinished(async () => {
    await looker.close()
    await served.close()
    expect(complaints(exchanges), "what Looker's specification has against the requests").toEqual([])
  })
  // Those that the quota counts.
  const runs = () => sandbox.requests.filter(({ path }) => /\/run\/|\/query_tasks|\/queries$/.test(path))
  return { sandbox, looker, clock, url: served.url, runs }
}

export function client(baseUrl: string, clock: Clock, setting: Setting = {}): FigureSource {
  const { requestsPerMinute = 10_000, maxConcurrent = 4, pageSize = 5000, timeZone = null, timeoutMs = 5000 } = setting
  return createLooker(
    { baseUrl, requestsPerMinute, maxConcurrent, pageSize, timeZone, timeoutMs },
    {
      http: createHttp({ userAgent: 'mlc/test', caFile: null, trace: setting.trace ?? null, over: 'node' }),
      clock,
      random: () => 0.5,
      credentials: () => Promise.resolve(setting.credentials ?? KEY),
      ...(setting.signal === undefined ? {} : { signal: setting.signal }),
      ...(setting.onProgress === undefined ? {} : { onProgress: setting.onProgress }),
      ...(setting.warn === undefined ? {} : { warn: setting.warn }),
    },
  )
}

/** A server that answers as a test says: for what the sandbox, which keeps to Looker's documents, does not do. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
