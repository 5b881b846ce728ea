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

/** The error for an answer that lets nobody in, by its status. */
export function turnedAway({ status, text }: HttpAnswer, attempt: Attempt): MlcError {
  const body = readExact(text)?.value ?? null
  if (status === 401 || ((status === 400 || status === 403) && isObject(body))) {
    return refused(attempt, readEnvelope(body).words || `HTTP ${status}`)
  }
  if (status === 403) return new MlcError('MLC-Q006', `${attempt.url} denies the login of ${attempt.who} (HTTP 403)`)
  return notALogin(attempt, `answers HTTP ${status}, not as the login of a QAD tenant`)
}

/** QAD looked at the credentials and said no; `words` are its own. */
export function refused({ who, secrets }: Pick<Attempt, 'who' | 'secrets'>, words: string): MlcError {
  const said = shown(conceal(words, secrets))
  if (!/\block/i.test(said)) return new MlcError('MLC-Q004', `QAD refused the login of ${who}: ${said}`)
  return new MlcError('MLC-Q004', `QAD refused the login of ${who}, who is locked: ${said}`, {
    fix: `Ask the QAD administrator to unlock ${who}, and why it was locked; mlc does not try again.`,
  })
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
