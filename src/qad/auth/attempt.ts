import { MlcError } from '../../errors.js'
import type { HttpAnswer } from '../../http/http.js'
import { conceal } from '../conceal.js'
import { readEnvelope } from '../envelope.js'
import { isObject, own, readExact, shown, type Exact } from '../exact.js'
import type { Credentials } from './auth.js'

/** One try to log in, as messages speak of it. */
export interface Attempt {
  /** `mlc`, or `the client that ends …cdef`. */
  readonly who: string
  readonly url: string
  /** The setting that leads to `url`. */
  readonly setting: 'tokenPath' | 'loginPath'
  /** What was sent and must not be shown. */
  readonly secrets: readonly string[]
  /** What to do when it is the client that QAD does not take; absent where the flow has none. */
  readonly clientFix?: string
}

/** The credentials that a flow lives on. @throws MLC-S001 that names each one missing */
export function need<N extends keyof Credentials>(
  type: string,
  names: readonly N[],
  credentials: Credentials,
): Record<N, string> {
  const missing = names.filter((name) => !credentials[name]).map((name) => VARIABLES[name])
  if (missing.length > 0)
    throw new MlcError('MLC-S001', `qad.auth.type ${type} needs ${missing.join(' and ')}, which nothing provides`)
  return Object.fromEntries(names.map((name) => [name, credentials[name]])) as Record<N, string>
}

const VARIABLES: Record<keyof Credentials, string> = {
  clientId: 'the client id (MLC_QAD_CLIENT_ID)',
  clientSecret: 'the client secret (MLC_QAD_CLIENT_SECRET)',
  username: 'the user name (MLC_QAD_USERNAME)',
  password: 'the password (MLC_QAD_PASSWORD)',
}

/** The error for an answer that lets nobody in, by its status and by what it says. */
export function turnedAway({ status, text }: HttpAnswer, attempt: Attempt): MlcError {
  const body = readExact(text)?.value ?? null
  const { words } = readEnvelope(body)
  if (status === 401 || saysNo(status, body, attempt)) return refused(attempt, words || `HTTP ${status}`, body)
  if (status === 403 && attempt.setting === 'loginPath' && !isObject(body))
    return new MlcError('MLC-Q006', `${attempt.url} denies the login of ${attempt.who} (HTTP 403)`)
  const said = words === '' ? '' : ` (${words})`
  return notALogin(attempt, `answers HTTP ${status}${said}, not as the login of a QAD tenant`)
}

/** Any server may answer 403, and in JSON: only an error in the words of OAuth or of QAD is a verdict on the credentials. */
function saysNo(status: number, body: Exact, { setting }: Attempt): boolean {
  if (status !== 400 && status !== 403) return false
  if (status === 400 && setting === 'loginPath') return isObject(body)
  return refusalInside(body) !== null
}

/** QAD looked at the credentials and said no; `words` are its own, `body` the whole of what it said. */
export function refused(
  { who, secrets, clientFix }: Pick<Attempt, 'who' | 'secrets' | 'clientFix'>,
  words: string,
  body: Exact = null,
): MlcError {
  const said = shown(conceal(words, secrets))
  if (clientFix !== undefined && isAboutClient(body))
    return new MlcError('MLC-Q004', `QAD refused the client of the login of ${who}: ${said}`, { fix: clientFix })
  if (!/\block/i.test(said)) return new MlcError('MLC-Q004', `QAD refused the login of ${who}: ${said}`)
  return new MlcError('MLC-Q004', `QAD refused the login of ${who}, who is locked: ${said}`, {
    fix: `Ask the QAD administrator to unlock ${who}, and why it was locked; mlc does not try again.`,
  })
}

/** OAuth tells a client that it does not know from a wrong password. (RFC 6749, 5.2) */
function isAboutClient(body: Exact): boolean {
  const error = isObject(body) ? own(body, 'error') : undefined
  return error === 'invalid_client' || error === 'unauthorized_client'
}

/** The address answers, but this is no login. */
export function notALogin({ url, setting, secrets }: Attempt, what: string): MlcError {
  return new MlcError('MLC-Q005', `${url} ${shown(conceal(what, secrets))}`, {
    fix: `Check qad.baseUrl with its context root and environment segment, then qad.auth.${setting} and qad.auth.type.`,
  })
}

/** Why a body with a good status is a refusal all the same; null when it does not say so. */
export function refusalInside(body: Exact): string | null {
  if (!isObject(body)) return null
  const { success, complaints, words } = readEnvelope(body)
  const saysNo = success === false || complaints.length > 0 || typeof own(body, 'error') === 'string'
  return saysNo ? words || 'no reason given' : null
}
