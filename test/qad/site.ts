import { MlcError } from '../../src/errors.js'
import { createHttp } from '../../src/http/client.js'
import type { Clock } from '../../src/model/clock.js'
import { referenceKey, type Identity, type Reference } from '../../src/model/reference.js'
import { createAdaptive } from '../../src/qad/adaptive.js'
import type { Credentials } from '../../src/qad/auth/auth.js'
import type { Answer, Ledger } from '../../src/qad/ledger.js'
import type { AdaptiveOptions, BdocOptions, ReadOptions } from '../../src/qad/options.js'
import type { Core } from '../../src/sandbox/core.js'
import { createQadSandbox, type QadSandbox, type QadSandboxOptions } from '../../src/sandbox/qad/sandbox.js'
import type { QadWorld } from '../../src/sandbox/qad/world.js'
import { serve } from '../../src/sandbox/serve.js'
import { CLIENT_ID, FIELDS, PASSWORD, READS, world } from './world.js'

export const PERIOD = { year: 2026, period: 3 }

/** A clock that nobody waits for: sleeping moves it on. */
export function fastClock(
  start = Date.parse('2026-04-02T06:00:00Z'),
): Clock & { slept: number[]; advance(ms: number): void } {
  let now = start
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    advance: (ms) => void (now += ms),
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
    },
  }
}

export function options(baseUrl: string, changes: Partial<AdaptiveOptions> = {}): AdaptiveOptions {
  return {
    baseUrl,
    domain: '10USA',
    entity: '10USACO',
    auth: { type: 'oauth_password', tokenPath: '/oauth/token', logoutPath: null, headerPrefix: 'Bearer ' },
    workspace: { mode: 'header', header: 'x-qad-workspace-id', template: '{domain}_{entity}' },
    http: { readTimeoutMs: 400, minGapMs: 0, maxInFlight: 1, retries: 2, caFile: null, extraHeaders: {} },
    reads: READS,
    write: {
      target: 'bdoc',
      path: '/api/bdoc/acme/recon/ReconReference',
      batchSize: 1,
      fields: Object.fromEntries(FIELDS.map(({ word, name }) => [word, name])),
      constants: {},
      amountAs: 'number',
      settleSeconds: 60,
    },
    limits: { text: 40 },
    ...changes,
  }
}

export interface Site {
  readonly sandbox: QadSandbox
  readonly ledger: Ledger
  readonly clock: ReturnType<typeof fastClock>
  readonly url: string
}

export interface SiteSpec {
  readonly changes?: Partial<AdaptiveOptions>
  readonly sandbox?: QadSandboxOptions
  readonly world?: QadWorld
  readonly username?: string
  readonly password?: string
  readonly clientId?: string | null
  /** In place of the four above. */
  readonly credentials?: () => Promise<Credentials>
  readonly trace?: (line: string) => void
  readonly signal?: AbortSignal
  readonly warn?: (line: string) => void
  /** Stands before the sandbox, to spoil what the sandbox itself cannot. */
  readonly before?: (inner: Core) => Core
}

/** A sandbox tenant on 127.0.0.1 and an adapter that talks to it over HTTP, for as long as `use` takes. */
export async function withSite<T>(spec: SiteSpec, use: (site: Site) => Promise<T>): Promise<T> {
  const clock = fastClock()
  const sandbox = createQadSandbox(spec.world ?? world(), { now: () => clock.now(), ...spec.sandbox })
  const served = await serve(spec.before ? spec.before(sandbox) : sandbox)
  const url = `${served.url}/clouderp`
  const ledger = createAdaptive(options(url, spec.changes), ports(clock, spec))
  try {
    return await use({ sandbox, ledger, clock, url })
  } finally {
    await served.close()
  }
}

export function ports(clock: Clock, spec: SiteSpec = {}) {
  let calls = 0
  return {
    http: createHttp({ userAgent: 'mlc-test', caFile: null, trace: spec.trace ?? null }),
    clock,
    random: () => 0.5,
    uuid: () => `call-${++calls}`,
    signal: spec.signal,
    ...(spec.warn ? { warn: spec.warn } : {}),
    credentials:
      spec.credentials ??
      (async () => ({
        clientId: spec.clientId === undefined ? CLIENT_ID : spec.clientId,
        username: spec.username ?? 'mlc',
        password: spec.password ?? PASSWORD,
      })),
  }
}

export function reference(changes: Partial<Reference> = {}): Reference {
  const identity: Identity = {
    domain: '10USA',
    entity: '10USACO',
    ...PERIOD,
    account: '5010',
    subAccount: '',
    costCentre: '1100',
    project: '',
    site: '',
    currency: 'USD',
    measure: 'net_amount',
    ...changes,
  }
  return {
    ...identity,
    key: referenceKey(identity),
    revision: 1,
    amount: '412880.15',
    description: 'Material, Austin',
    source: 'look 42',
    run: '01J9Z80000000000000000000A',
    ...changes,
  }
}

export async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

/** Only these reads are configured. */
export const reading = (reads: AdaptiveOptions['reads']) => ({ changes: { reads } })

/** One read of the site, changed. */
export const only = (name: keyof typeof READS, changes: Partial<ReadOptions> = {}): AdaptiveOptions['reads'] => ({
  [name]: { ...READS[name], ...changes },
})

/** The write section, changed. */
export function writing(changes: Partial<BdocOptions>): Partial<AdaptiveOptions> {
  const { write } = options('https://x')
  if (write?.target !== 'bdoc') throw new Error('the site writes records')
  return { write: { ...write, ...changes } }
}

export async function postOne({ ledger }: Site, changes: Partial<Reference> = {}): Promise<Answer> {
  const [answer] = await ledger.post([reference(changes)])
  if (!answer) throw new Error('no answer')
  return answer
}

/** Business documents sent so far. */
export const posts = ({ sandbox }: Site) =>
  sandbox.requests.filter(({ path, method }) => method === 'POST' && path.startsWith('/api/bdoc/')).length

export async function failure(work: Promise<unknown>): Promise<MlcError> {
  const error: unknown = await work.catch((caught: unknown) => caught)
  if (error instanceof MlcError) return error
  throw new Error('it did not fail with an MlcError')
}
