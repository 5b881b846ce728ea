import { MlcError, type ErrorCode } from '../errors.js'
import type { TransportError } from '../http/http.js'
import { MAX_RETRY_AFTER_MS } from '../http/retry.js'
import { errorText, quote } from './words.js'

/** What a request asks for: what a 404 or 403 then means. */
export type Subject =
  | { readonly kind: 'login' | 'versions' | 'looks' }
  | { readonly kind: 'look' | 'savedQuery' | 'dashboard'; readonly name: string }
  /** Scheduled plans: those there are, or one that is to change. */
  | { readonly kind: 'plans' | 'plan'; readonly name: string }
  /** `task`: what Looker is to compute by itself, or has. */
  | { readonly kind: 'explore' | 'run' | 'task'; readonly name: string }

export interface Refused {
  readonly status: number
  readonly contentType: string
  readonly text: string
  /** What its header Retry-After asks for; null: nothing. */
  readonly waitMs: number | null
}

/** The error that an answer other than a good one comes to. */
export function refusal(host: string, subject: Subject, { status, contentType, text, waitMs }: Refused): MlcError {
  const said = quote(errorText(text))
  const says = `${said === '' ? '' : `: ${said}`}${tooLong(waitMs)}`
  if (status === 429) return new MlcError('MLC-L007', `Looker at ${host} answered 429 (too many requests)${says}`)
  if (status >= 500 || TOO_SLOW.has(status))
    return new MlcError('MLC-L008', `Looker at ${host} answered ${status}${says}`)
  if (status >= 300 && status < 400)
    return new MlcError('MLC-L005', `${host} answered ${status}, a redirect; redirects are not followed`)
  if (status > 200 && status < 300)
    return new MlcError('MLC-L015', `Looker at ${host} answered ${status} where rows or an object were promised`)
  if (status === 200 || !isJson(contentType, text)) return notLooker(host, status, contentType)
  if (status === 401)
    return new MlcError('MLC-L004', `Looker at ${host} refused the session (401) again after a new login${says}`)
  if (status === 403) return new MlcError('MLC-L006', `Looker at ${host} answered 403 to ${wanted(subject)}${says}`)
  if (status === 404 && !said.includes('Sinatra')) return notFound(host, subject)
  if (status === 404 || status === 405)
    return new MlcError('MLC-L005', `${host} does not know the API call for ${named(subject)} (${status})${says}`)
  if (subject.kind === 'plan') return new MlcError('MLC-L041', `Looker refused ${named(subject)} (${status})${says}`)
  return new MlcError('MLC-L013', `Looker refused ${named(subject)} (${status})${says}`)
}

/** Statuses of a server in front of Looker, about the way of the request and not about what it asks. */
export const TOO_SLOW: ReadonlySet<number> = new Set([408, 425])

/** Such an answer was not asked for again, whatever tries were left. */
function tooLong(waitMs: number | null): string {
  if (waitMs === null || waitMs <= MAX_RETRY_AFTER_MS) return ''
  return `; it asks to wait ${Math.ceil(waitMs / 1000)} s, and mlc waits ${MAX_RETRY_AFTER_MS / 1000} s at most`
}

/** The address answers, but with a web page or the like. */
export function notLooker(host: string, status: number, contentType: string): MlcError {
  const kind = contentType === '' ? 'something' : quote(contentType.split(';')[0] ?? '', 60)
  return new MlcError(
    'MLC-L005',
    `${host} answered ${status} with ${kind} instead of JSON: no Looker API there, or the instance is down`,
  )
}

/** The error that a failure below HTTP comes to. */
export function transportFailure(host: string, error: TransportError): MlcError {
  return new MlcError(TRANSPORT_CODE[error.fault], `Looker at ${host}: ${error.message}`, { cause: error })
}

export function isJson(contentType: string, text: string): boolean {
  return contentType === '' ? /^\s*[[{]/.test(text) : /[/+]json\b/i.test(contentType)
}

const TRANSPORT_CODE: Record<TransportError['fault'], ErrorCode> = {
  dns: 'MLC-L001',
  refused: 'MLC-L001',
  unreachable: 'MLC-L001',
  proxy: 'MLC-L001',
  cut: 'MLC-L001',
  aborted: 'MLC-L001',
  timeout: 'MLC-L002',
  tls: 'MLC-L003',
  encoding: 'MLC-L015',
  'too-large': 'MLC-L015',
  unsendable: 'MLC-C003',
}

// Looker answers 404 rather than 403 for what the user may not see, so as not to reveal that it exists.
function notFound(host: string, subject: Subject): MlcError {
  switch (subject.kind) {
    case 'look':
      return new MlcError('MLC-L010', `Look ${subject.name} does not exist at ${host}, or the API user may not see it`)
    case 'dashboard':
      return new MlcError('MLC-L010', `dashboard ${subject.name} does not exist at ${host}, or may not be seen`)
    case 'plans':
    case 'plan':
      return new MlcError(
        'MLC-L010',
        `${named(subject)}: ${host} answered 404; it is not there, or the API user may not see it; it needs ${PLAN_PERMISSIONS}`,
      )
    case 'savedQuery':
      return new MlcError('MLC-L010', `saved query ${subject.name} does not exist at ${host}, or may not be seen`)
    case 'task':
      return new MlcError(
        'MLC-L010',
        `${named(subject)}: ${host} answered 404; it is gone, or the API user may not see it`,
      )
    case 'explore':
    case 'run':
      return new MlcError(
        'MLC-L011',
        `model or Explore ${subject.name} does not exist at ${host}, or the API user may not see it`,
      )
    case 'login':
    case 'versions':
    case 'looks':
      return new MlcError('MLC-L005', `${host} does not know the API call for ${named(subject)} (404)`)
  }
}

function named(subject: Subject): string {
  switch (subject.kind) {
    case 'login':
      return 'the login'
    case 'versions':
      return 'its versions'
    case 'looks':
      return 'its list of Looks'
    case 'look':
      return `Look ${subject.name}`
    case 'dashboard':
      return `dashboard ${subject.name}`
    case 'plans':
      return `the scheduled plans ${subject.name}`
    case 'plan':
      return `the scheduled plan ${subject.name}`
    case 'savedQuery':
      return `saved query ${subject.name}`
    case 'explore':
      return `Explore ${subject.name}`
    case 'run':
      return `the query on ${subject.name}`
    case 'task':
      return `the query task on ${subject.name}`
  }
}

/** To deliver to a webhook; and to see what is delivered. (Looker, Roles) */
const PLAN_PERMISSIONS = 'see_looks and send_outgoing_webhook'

function wanted(subject: Subject): string {
  const permission = {
    login: null,
    versions: null,
    looks: 'see_looks',
    dashboard: 'see_user_dashboards',
    look: 'see_looks',
    savedQuery: 'explore',
    explore: 'explore',
    plans: PLAN_PERMISSIONS,
    plan: PLAN_PERMISSIONS,
  }
  const needed =
    subject.kind === 'run' || subject.kind === 'task' ? 'access_data and explore' : permission[subject.kind]
  return named(subject) + (needed === null ? '' : `; the API user needs ${needed} on its model set`)
}
