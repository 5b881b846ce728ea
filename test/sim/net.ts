import { TransportError, type Http, type HttpAnswer, type HttpRequest } from '../../src/http/http.js'
import { sessionEnded, type SimQad, type SimRequest } from './qad.js'
import type { Chance } from './random.js'
import type { Tally } from './tally.js'
import { LOGIN_PATH, WRITE_PATH, type Manners } from './tenant.js'
import type { Timeline } from './timeline.js'

/** What may happen to an exchange; each is switched on or off for a whole seed, so that none hides another. */
export const NET_FAULTS = [
  ...(['refused', 'lost request', 'lost response', 'late commit', 'twice', 'cut before', 'cut after'] as const),
  ...(['429', '429 with Retry-After', '50x before', '50x after', 'page before', 'page after', 'truncated'] as const),
  ...(['session end before', 'session end after'] as const),
]
export type NetFault = (typeof NET_FAULTS)[number]

/** How long QAD may still commit after the client has given up: what settleSeconds must cover, lagging reads included. */
const LATE_MS = 30_000

export interface SimNet {
  /** Share of exchanges that meet one of the faults. */
  trouble: number
  /** The way of one process. `dead` is aborted when it ends: what comes back later meets nobody. */
  http(dead: AbortSignal, step: (what: string) => boolean): Http
}

export interface NetNeeds {
  readonly timeline: Timeline
  readonly qad: SimQad
  readonly manners: Manners
  readonly faults: readonly NetFault[]
  readonly chance: Chance
  readonly tally: Tally
}

export function createSimNet(needs: NetNeeds): SimNet {
  const net: SimNet = {
    trouble: 0,
    http: (dead, step) => ({
      send: (request) => new Promise((resolve, reject) => exchange(request, { dead, step, resolve, reject })),
      open: () => Promise.reject(new Error('nothing is streamed from QAD')),
      close: () => undefined,
    }),
  }
  return net

  function exchange(request: HttpRequest, client: Client): void {
    if (!client.step(isWrite(request) ? 'write' : 'read')) return
    if (request.signal?.aborted) return client.reject(new TransportError('aborted', false, 'stopped'))
    // Most requests read; what can be lost or doubled is a write.
    const share = isWrite(request) ? net.trouble * 5 : net.trouble / 2
    const fault = needs.chance.hit(share) ? faultFor(request, needs) : null
    if (fault !== null) needs.tally.count(`net: ${fault}`)
    const trip = tripOf(fault, request, needs)
    needs.timeline.note(`  ${request.method} ${request.url.slice(28, 70)} ${fault ?? 'ok'}`)
    play(trip, request, client, needs)
  }
}

interface Client {
  readonly dead: AbortSignal
  readonly step: (what: string) => boolean
  readonly resolve: (answer: HttpAnswer) => void
  readonly reject: (error: TransportError) => void
}

/** One exchange as it goes: when the request arrives (more than once, or never), and what the client gets, when. */
interface Trip {
  readonly arrivals: readonly number[]
  /** It arrives so long after the client has given up, or died. */
  readonly lateMs?: number
  readonly answeredMs: number
  /** Makes the client's ending of QAD's answer; null where none arrived before. */
  readonly ending: (answer: HttpAnswer | null) => HttpAnswer | TransportError
}

function faultFor(request: HttpRequest, { faults, chance }: NetNeeds): NetFault | null {
  const isLogin = request.url.endsWith(LOGIN_PATH)
  const possible = faults.filter(
    (fault) => (isWrite(request) || !ONLY_WRITES.has(fault)) && !(isLogin && fault.startsWith('session')),
  )
  // What can double a record is rare among all that can happen, and what this is about.
  const weighed = [
    ...possible,
    ...possible.filter((fault) => fault === 'late commit').flatMap((fault) => [fault, fault, fault]),
  ]
  const [first, ...rest] = weighed
  return first === undefined ? null : chance.pick([first, ...rest])
}

function isWrite({ url }: HttpRequest): boolean {
  return url.includes(WRITE_PATH)
}

const ONLY_WRITES: ReadonlySet<NetFault> = new Set(['late commit', 'twice', 'session end after', 'page after'])

function tripOf(fault: NetFault | null, { headersTimeoutMs }: HttpRequest, { chance, manners }: NetNeeds): Trip {
  const up = chance.whole(5, 400)
  const down = up + chance.whole(5, 400)
  const arrives = { arrivals: [up], answeredMs: down }
  const never = { arrivals: [], answeredMs: down }
  const lost = { answeredMs: headersTimeoutMs, ending: () => new TransportError('timeout', true, 'no answer in time') }
  const cut = () => new TransportError('cut', true, 'the connection was cut (ECONNRESET)')
  const says = (answer: HttpAnswer) => () => answer
  switch (fault) {
    case null:
      return { ...arrives, ending: (answer) => answer ?? cut() }
    case 'refused':
      return { ...never, ending: () => new TransportError('refused', false, 'the connection was refused') }
    case 'lost request':
      return { ...lost, arrivals: [] }
    case 'lost response':
      return { ...lost, arrivals: [up] }
    case 'late commit': {
      const answeredMs = chance.hit(0.5) ? headersTimeoutMs : down
      return { arrivals: [], lateMs: chance.whole(0, LATE_MS), answeredMs, ending: cut }
    }
    case 'twice':
      return { arrivals: [up, down + chance.whole(0, LATE_MS)], answeredMs: down, ending: (answer) => answer ?? cut() }
    case 'cut before':
      return { ...never, ending: cut }
    case 'cut after':
      return { ...arrives, ending: cut }
    case '429':
      return { ...never, ending: says(reply(429, '{"message":"Too many requests"}')) }
    case '429 with Retry-After':
      return { ...never, ending: says(reply(429, '', { 'retry-after': String(chance.whole(1, 180)) })) }
    case '50x before':
      return { ...never, ending: says(gateway(chance)) }
    case '50x after':
      return { ...arrives, ending: says(gateway(chance)) }
    case 'page before':
      return { ...never, ending: says(reply(200, PAGE)) }
    case 'page after':
      return { ...arrives, ending: says(reply(200, PAGE)) }
    case 'truncated':
      return { ...arrives, ending: (answer) => (answer ? cutOff(answer, chance) : cut()) }
    case 'session end before':
      return { ...never, ending: says(sessionEnded(manners)) }
    case 'session end after':
      return { ...arrives, ending: says(sessionEnded(manners)) }
  }
}

function play(trip: Trip, request: HttpRequest, client: Client, { timeline, qad }: NetNeeds): void {
  const { method, url, headers, body = '', signal } = request
  const sent: SimRequest = { method, url, headers, body }
  let answer: HttpAnswer | null = null
  let over = false
  const arrive = (ms: number, again: boolean) =>
    timeline.after(ms, 'qad receives', () => {
      const given = qad.receive(sent, again)
      answer ??= given
    })
  for (const [index, ms] of trip.arrivals.entries()) arrive(ms, index > 0)
  const end = (ending: HttpAnswer | TransportError) => {
    if (over) return
    over = true
    signal?.removeEventListener('abort', stop)
    client.dead.removeEventListener('abort', die)
    if (trip.lateMs !== undefined) arrive(trip.lateMs, false)
    if (client.dead.aborted || !client.step(isWrite(request) ? 'write' : 'read')) return
    if (ending instanceof TransportError) client.reject(ending)
    else client.resolve(ending)
  }
  const stop = () => end(new TransportError('aborted', true, 'stopped'))
  const die = () => end(new TransportError('cut', true, 'nobody listens'))
  signal?.addEventListener('abort', stop)
  client.dead.addEventListener('abort', die)
  timeline.after(trip.answeredMs, 'client hears', () => end(trip.ending(answer)))
}

function reply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers, text }
}

function gateway(chance: Chance): HttpAnswer {
  return reply(chance.pick([502, 503, 504]), '<html><head><title>Bad Gateway</title></head></html>')
}

const PAGE = '<html><head><title>Maintenance</title></head><body>We are back soon.</body></html>'

function cutOff(answer: HttpAnswer, chance: Chance): HttpAnswer | TransportError {
  // A body without a length ends like any other; one with a length is known to be cut.
  if (answer.text === '' || chance.hit(0.5)) return new TransportError('cut', true, 'the connection was cut')
  return { ...answer, text: answer.text.slice(0, chance.whole(0, answer.text.length - 1)) }
}
