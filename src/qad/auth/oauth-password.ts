import { MlcError } from '../../errors.js'
import type { HttpAnswer } from '../../http/http.js'
import { readEnvelope } from '../envelope.js'
import { isObject, own, readExact, type Exact } from '../exact.js'
import type { OauthPasswordOptions } from '../options.js'
import type { Auth, AuthPorts, Credentials, SessionHeaders } from './auth.js'

interface Session {
  readonly headers: SessionHeaders
  /** Milliseconds since 1970; Infinity when QAD does not tell how long the token lives. */
  readonly renewAt: number
}

/** OAuth's password grant with the fields in the form body: in the query string they would end up in access logs. */
export function createOauthPassword(options: OauthPasswordOptions, ports: AuthPorts): Auth {
  let session: Session | null = null
  let login: Promise<Session> | null = null
  // Ten bad logins lock a QAD user, so a refusal is remembered and never tried again.
  let refusal: MlcError | null = null

  const logIn = async (): Promise<Session> => {
    if (refusal) throw refusal
    login ??= requestToken(options, ports).finally(() => (login = null))
    try {
      return (session = await login)
    } catch (error) {
      if (error instanceof MlcError && error.code === 'MLC-Q004') refusal = error
      throw error
    }
  }
  return {
    held: () => session?.headers ?? null,
    async headers() {
      return (session !== null && ports.clock.now() < session.renewAt ? session : await logIn()).headers
    },
    async renew(refused) {
      if (session === null || session.headers === refused) await logIn()
    },
  }
}

async function requestToken(options: OauthPasswordOptions, ports: AuthPorts): Promise<Session> {
  const credentials = await ports.credentials()
  const { clientId, username, password } = credentials
  if (clientId === null) throw new MlcError('MLC-S001', 'the QAD client id is missing: set MLC_QAD_CLIENT_ID')
  const form = new URLSearchParams({ client_id: clientId, grant_type: 'password', username, password })
  const answer = await ports.post(
    options.tokenPath,
    { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    form.toString(),
  )
  const body = readExact(answer.text)?.value ?? null
  if (answer.status !== 200) throw refusalOf(answer, body, credentials, `${ports.baseUrl}${options.tokenPath}`)
  return readSession(body, options, ports)
}

function refusalOf({ status }: HttpAnswer, body: Exact, { username, password }: Credentials, url: string): MlcError {
  const words = readEnvelope(body).words.replaceAll(password || '\0', '***')
  if (status === 401 || ((status === 400 || status === 403) && isObject(body))) {
    return new MlcError('MLC-Q004', `QAD refused the login of ${username}: ${words || `HTTP ${status}`}`)
  }
  if (status === 403) return new MlcError('MLC-Q006', `${url} denies the login of ${username} (HTTP 403)`)
  return new MlcError('MLC-Q005', `${url} answers HTTP ${status}, not as the login of a QAD tenant`)
}

function readSession(body: Exact, options: OauthPasswordOptions, ports: AuthPorts): Session {
  const token = isObject(body) ? own(body, 'access_token') : undefined
  // The token is opaque; only what cannot stand in a header is refused.
  if (!isObject(body) || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new MlcError('MLC-Q005', `${ports.baseUrl}${options.tokenPath} answers HTTP 200 without an access_token`)
  }
  return {
    headers: { authorization: `${options.headerPrefix}${token}` },
    renewAt: ports.clock.now() + tokenLifeMs(own(body, 'expires_in')),
  }
}

/** Renew a minute early: clocks differ, and long reads outlive tokens. A token of two minutes or less is used for half its life. */
function tokenLifeMs(expiresIn: Exact | undefined): number {
  if (typeof expiresIn !== 'string' || !/^[1-9]\d{0,8}$/.test(expiresIn)) return Infinity
  const lifeMs = Number(expiresIn) * 1000
  return Math.max(lifeMs - 60_000, lifeMs / 2)
}
