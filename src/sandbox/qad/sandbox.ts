import type { Core, Reply } from '../core.js'
import { notFound } from './answers.js'
import { createGate } from './auth.js'
import { createBooks, type StoredJournal, type StoredReference } from './books.js'
import { createFaultPlan, type Fault, type FaultSpec, type PlannedFault } from './faults.js'
import { answerFirst, answerInstead, damaged } from './harm.js'
import { createRouter, type Call } from './routes.js'
import type { QadCompany, QadWorld } from './world.js'

export type { Fault, FaultSpec } from './faults.js'
export type { StoredReference } from './books.js'

export interface QadSandboxOptions {
  /** Milliseconds since 1970; the wall clock unless told. */
  readonly now?: () => number
  /** Context roots at which the tenant answers, environment segment included. */
  readonly mounts?: readonly string[]
  readonly tokenSeconds?: number
  readonly tellExpiry?: boolean
  /** False: the tenant refuses Basic. */
  readonly basic?: boolean
  /** False: no unique primary key, a key may be stored twice. */
  readonly uniqueKeys?: boolean
  readonly duplicateAnswer?: 'refused-in-200' | '409'
  readonly atomic?: boolean
  readonly createdBody?: 'envelope' | 'array' | 'empty'
  readonly unknownBrowse?: 'error-in-200' | '500'
  readonly defaultPageSize?: number
}

/** A QAD Adaptive tenant as a function, with its books open to tests. */
export interface QadSandbox extends Core {
  /** References stored, of all workspaces, oldest first; late commits that are due are in. */
  readonly books: readonly StoredReference[]
  readonly journals: readonly StoredJournal[]
  /** Every call in order, without credentials. */
  readonly requests: readonly LoggedRequest[]
  fault(spec: FaultSpec): PlannedFault
  clearFaults(): void
  /** Calls of a browse so far, every page counted. */
  browseCalls(browseId: string): number
  /** Times somebody came in with a password or secret: each may take a licence. */
  logins(): number
  /** Every token and session ends now. */
  endSessions(): void
  company(workspace: string): QadCompany | undefined
  /** Replaces the masters of a workspace: a period locked or an account closed in mid-run. */
  replaceCompany(company: QadCompany): void
  /** Puts a reference into the books as if somebody had posted it, unchecked. */
  plant(reference: Partial<Planted> & Pick<Planted, 'key' | 'amount'>, workspace?: string): StoredReference
}

type Planted = Omit<StoredReference, 'workspace' | 'uri' | 'words'>

export interface LoggedRequest {
  readonly method: string
  /** After the mount. */
  readonly path: string
  readonly query: string
  readonly browseId: string | null
  /** As sent; null when the call carried none. */
  readonly workspace: string | null
  readonly contentType: string | null
  /** Of business documents and journals only: a login's body is never kept. */
  readonly body: string | null
  readonly at: number
}

export function createQadSandbox(world: QadWorld, options: QadSandboxOptions = {}): QadSandbox {
  const now = options.now ?? Date.now
  // The longest first: `/clouderp/test` is another tenant than `/clouderp`.
  const mounts = [...(options.mounts ?? ['/clouderp'])].sort((a, b) => b.length - a.length)
  const books = createBooks(world, now, options.uniqueKeys ?? true)
  const gate = createGate(world, {
    now,
    tokenSeconds: options.tokenSeconds ?? 3600,
    tellExpiry: options.tellExpiry ?? false,
    basic: options.basic ?? true,
  })
  const plan = createFaultPlan()
  const requests: LoggedRequest[] = []
  const route = createRouter(world, books, gate, {
    uniqueKeys: options.uniqueKeys ?? true,
    duplicateAnswer: options.duplicateAnswer ?? 'refused-in-200',
    atomic: options.atomic ?? true,
    createdBody: options.createdBody ?? 'envelope',
    unknownBrowse: options.unknownBrowse ?? 'error-in-200',
    defaultPageSize: options.defaultPageSize ?? 25,
  })

  return {
    handle,
    get books() {
      return books.references()
    },
    get journals() {
      return books.journals()
    },
    requests,
    fault: (spec) => plan.plan(spec),
    clearFaults: () => plan.clear(),
    browseCalls: (browseId) => requests.filter((request) => request.browseId === browseId).length,
    logins: () => gate.logins(),
    endSessions: () => gate.endAll(),
    company: (workspace) => books.company(workspace),
    replaceCompany: (company) => books.replaceCompany(company),
    plant: (reference, workspace) => plant(reference, workspace),
  }

  async function handle(request: Request): Promise<Reply> {
    const url = new URL(request.url)
    const mount = mounts.find((root) => url.pathname === root || url.pathname.startsWith(`${root}/`))
    if (mount === undefined) return notFound(url.pathname)
    const path = url.pathname.slice(mount.length)
    const body = await request.text()
    const browseId = path.includes('/browses') ? url.searchParams.get('browseId') : null
    requests.push(logged(request, url, path, browseId, body))
    const faults = plan.take({ method: request.method, path, browseId })
    return answer({ request, mount, path, query: url.searchParams, body, faults }, faults)
  }

  async function answer(call: Call, faults: readonly Fault[]): Promise<Reply> {
    const first = answerFirst(faults, call, gate)
    if (first) return dated(first, faults)
    const real = route(call)
    return dated(answerInstead(faults) ?? (await damaged(real, faults)), faults)
  }

  function dated(reply: Reply, faults: readonly Fault[]): Reply {
    const skew = faults.find((fault) => fault.is === 'clockSkew')?.ms ?? 0
    const response = reply instanceof Response ? reply : reply.response
    response?.headers.set('date', new Date(now() + skew).toUTCString())
    return reply
  }

  function logged(request: Request, url: URL, path: string, browseId: string | null, body: string): LoggedRequest {
    const carriesRecord = request.method === 'POST' && (path.startsWith('/api/bdoc/') || path.startsWith('/api/erp/'))
    return {
      method: request.method,
      path,
      query: [...url.searchParams.keys()].some((name) => /password|secret|token/i.test(name))
        ? '(redacted)'
        : url.search,
      browseId,
      workspace: request.headers.get(world.workspace.header),
      contentType: request.headers.get('content-type'),
      body: carriesRecord ? body : null,
      at: now(),
    }
  }

  function plant(reference: Partial<Planted> & Pick<Planted, 'key' | 'amount'>, workspace?: string): StoredReference {
    const home = world.companies.find((company) => company.workspace === workspace) ?? world.companies[0]
    if (!home) throw new RangeError('a tenant without a company keeps no books')
    const { amount, year = 0, period = 0, revision = 1, ...texts } = reference
    const numbers = { year: { n: `${year}` }, period: { n: `${period}` }, amount: { n: amount } }
    const words = {
      domain: home.domain,
      entity: home.entity,
      ...texts,
      ...numbers,
      revision: revision === null ? '' : { n: `${revision}` },
    }
    return books.store(words, home.workspace)
  }
}
