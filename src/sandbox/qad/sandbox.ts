import type { Core, Reply } from '../core.js'
import { notFound } from './answers.js'
import { createGate, WRONG_PASSWORD, type Gate } from './auth.js'
import { createBooks, type Books, type PlantedReference, type StoredReference } from './books.js'
import type { Entry } from './entries.js'
import { createFaultPlan, faultOf, type FaultSpec, type PlannedFault } from './faults.js'
import { answerFirst, answerInstead, damaged } from './harm.js'
import { logged, type LoggedRequest } from './log.js'
import { createPasswordCheck } from './passes.js'
import { createEndpoint, qdocIn, type Endpoint } from './qxtend/endpoint.js'
import { createRouter, type Call } from './routes.js'
import type { QadCompany, QadWorld } from './world.js'

export type { Fault } from './faults.js'

export interface QadSandboxOptions {
  /** Milliseconds since 1970; the wall clock unless told. */
  readonly now?: () => number
  /** Context roots at which the tenant answers, environment segment included; `/clouderp` unless told. */
  readonly mounts?: readonly string[]
  /** Life of an access token; 3600 unless told. */
  readonly tokenSeconds?: number
  /** True: the token answer carries `expires_in`. */
  readonly tellExpiry?: boolean
  /** False: the tenant refuses Basic. */
  readonly basic?: boolean
  /** Minutes after which an unused token or session ends; 60 unless told. */
  readonly idleMinutes?: number
  /** Minutes after which a session ends in any case; 1440 unless told. */
  readonly sessionMinutes?: number
  /** True: each good answer to a cookie session sets a new session id, and the old one ends. */
  readonly rotateSessions?: boolean
  /** What a locked user is told. */
  readonly lockedWords?: string
  /** False: no unique primary key, a key may be stored twice. */
  readonly uniqueKeys?: boolean
  readonly duplicateAnswer?: 'refused-in-200' | '409'
  /** False: the good records of an array are stored though others are refused. */
  readonly atomic?: boolean
  readonly createdBody?: 'envelope' | 'array' | 'empty'
  readonly unknownBrowse?: 'error-in-200' | '500'
  /** 25 unless told. */
  readonly defaultPageSize?: number
}

/** A QAD Adaptive tenant as a function, with its books open to tests. */
export interface QadSandbox extends Core {
  /** References stored, of all workspaces, oldest first; late commits that are due are in. */
  readonly books: readonly StoredReference[]
  /** Journal entries stored, of all workspaces and whatever the door, oldest first. */
  readonly entries: readonly Entry[]
  /** Sessions that QXtend's container had to open. */
  qxtendSessions(): number
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
  /** Puts a reference into the books as if somebody had posted it, unchecked; in the first workspace unless told. */
  plant(reference: PlantedReference, workspace?: string): StoredReference
  /** Takes every record of a key out of the books, as an administrator can. Returns how many there were. */
  remove(key: string): number
}

export function createQadSandbox(world: QadWorld, options: QadSandboxOptions = {}): QadSandbox {
  const settings = { ...DEFAULTS, ...options }
  const books = createBooks(world, settings.now, settings.uniqueKeys)
  const gate = createGate(world, settings)
  const plan = createFaultPlan()
  const requests: LoggedRequest[] = []
  const route = createRouter(world, books, gate, settings)
  const mountOf = createMounts(settings.mounts)
  const endpoint = endpointOf(world, books)
  const handle = async (request: Request): Promise<Reply> => {
    const { pathname, searchParams } = new URL(request.url)
    if (endpoint !== null && pathname === world.qxtend?.path) {
      const body = await request.text()
      const qdoc = qdocIn(body, world.qxtend)
      const entry = { ...logged(request, pathname, '', world.workspace.header, settings.now()), browseId: qdoc }
      requests.push(entry)
      return answerQdoc(
        { request, mount: '', path: pathname, query: searchParams, body, faults: plan.take(entry) },
        endpoint,
        gate,
      )
    }
    const mount = mountOf(pathname)
    if (mount === undefined) return notFound(pathname)
    const path = pathname.slice(mount.length)
    const body = await request.text()
    const entry = logged(request, path, body, world.workspace.header, settings.now())
    requests.push(entry)
    const faults = plan.take(entry)
    const reply = await answer({ request, mount, path, query: searchParams, body, faults }, route, gate)
    return dated(reply, settings.now() + (faultOf(faults, 'clockSkew')?.ms ?? 0))
  }
  return {
    handle,
    requests,
    get books() {
      return books.references()
    },
    get entries() {
      return books.entries.all()
    },
    qxtendSessions: () => endpoint?.sessions() ?? 0,
    fault: (spec) => plan.plan(spec),
    clearFaults: () => plan.clear(),
    browseCalls: (browseId) => requests.filter((request) => request.browseId === browseId).length,
    logins: () => gate.logins(),
    endSessions: () => gate.endAll(),
    company: (workspace) => books.company(workspace),
    replaceCompany: (company) => books.replaceCompany(company),
    plant: (reference, workspace) => books.plant(reference, workspace),
    remove: (key) => books.remove(key),
  }
}

const DEFAULTS = {
  now: Date.now,
  mounts: ['/clouderp'],
  tokenSeconds: 3600,
  tellExpiry: false,
  basic: true,
  // QAD's Security Control as its training shows it.
  idleMinutes: 60,
  sessionMinutes: 1440,
  rotateSessions: false,
  lockedWords: WRONG_PASSWORD,
  uniqueKeys: true,
  duplicateAnswer: 'refused-in-200',
  atomic: true,
  createdBody: 'envelope',
  unknownBrowse: 'error-in-200',
  defaultPageSize: 25,
} as const

/** The longest first: `/clouderp/test` is another tenant than `/clouderp`. */
function createMounts(mounts: readonly string[]): (path: string) => string | undefined {
  const longestFirst = [...mounts].sort((a, b) => b.length - a.length)
  return (path) => longestFirst.find((root) => path === root || path.startsWith(`${root}/`))
}

async function answer(call: Call, route: (call: Call) => Response, gate: Gate): Promise<Reply> {
  const first = answerFirst(call.faults, call, gate)
  if (first) return first
  const real = route(call)
  const cookie = real.ok ? gate.rotate(call.request, call.mount) : null
  if (cookie !== null) real.headers.append('set-cookie', cookie)
  return answerInstead(call.faults, call) ?? (await damaged(real, call.faults))
}

function endpointOf(world: QadWorld, books: Books): Endpoint | null {
  return world.qxtend ? createEndpoint(world, world.qxtend, books, createPasswordCheck(world.users)) : null
}

async function answerQdoc(call: Call, endpoint: Endpoint, gate: Gate): Promise<Reply> {
  const first = answerFirst(call.faults, call, gate)
  if (first) return first
  const real = endpoint.answer(call.request, call.body, call.faults)
  return answerInstead(call.faults, call) ?? (await damaged(real, call.faults))
}

function dated(reply: Reply, time: number): Reply {
  const response = reply instanceof Response ? reply : reply.response
  response?.headers.set('date', new Date(time).toUTCString())
  return reply
}
