import { isObject, own, readExact, type Exact } from '../exact.js'
import type { OauthOptions } from '../options.js'
import { need, notALogin, refusalInside, refused, turnedAway, type Attempt } from './attempt.js'
import type { Auth, AuthPorts, Session } from './auth.js'
import { createOneLogin } from './one-login.js'

/** OAuth's password and client credentials grants, fields in the form body: in the query string they would end up in access logs. */
export function createOauth(options: OauthOptions, ports: AuthPorts): Auth {
  return createOneLogin(() => requestToken(options, ports), ports.clock)
}

async function requestToken(options: OauthOptions, ports: AuthPorts): Promise<Session> {
  const { fields, who, secrets, clientFix } = await grantOf(options, ports)
  const attempt: Attempt = {
    ...{ who, secrets, clientFix },
    ...{ url: `${ports.baseUrl}${options.tokenPath}`, setting: 'tokenPath' },
  }
  const answer = await ports.post(options.tokenPath, FORM, new URLSearchParams(fields).toString())
  if (answer.status !== 200) throw turnedAway(answer, attempt)
  return readSession(readExact(answer.text)?.value ?? null, options, attempt, ports.clock.now())
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }

async function grantOf({ type }: OauthOptions, { credentials }: AuthPorts) {
  const known = await credentials()
  if (type === 'oauth_password') {
    const { clientId, username, password } = need(type, ['clientId', 'username', 'password'], known)
    const fields = { client_id: clientId, grant_type: 'password', username, password }
    const clientFix = 'Check the client id (MLC_QAD_CLIENT_ID): QAD asks for it before user and password.'
    return { fields, who: username, secrets: [password], clientFix }
  }
  const { clientId, clientSecret } = need(type, ['clientId', 'clientSecret'], known)
  const fields = { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials' }
  const clientFix = 'Check client id and secret (MLC_QAD_CLIENT_ID, MLC_QAD_CLIENT_SECRET).'
  return { fields, who: `the client that ends …${clientId.slice(-4)}`, secrets: [clientSecret], clientFix }
}

function readSession(body: Exact, options: OauthOptions, attempt: Attempt, nowMs: number): Session {
  const token = isObject(body) ? own(body, 'access_token') : undefined
  // The token is opaque; only what cannot stand in a header is refused.
  if (!isObject(body) || typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    const words = refusalInside(body)
    throw words === null
      ? notALogin(attempt, 'answers HTTP 200 without an access_token')
      : refused(attempt, words, body)
  }
  return {
    headers: { authorization: `${options.headerPrefix}${token}` },
    secrets: [token],
    renewAt: nowMs + tokenLifeMs(own(body, 'expires_in')),
  }
}

/** Renew a minute early: clocks differ, and long reads outlive tokens. A token of two minutes or less is used for half its life. */
function tokenLifeMs(expiresIn: Exact | undefined): number {
  if (typeof expiresIn !== 'string' || !/^[1-9]\d{0,8}$/.test(expiresIn)) return Infinity
  const lifeMs = Number(expiresIn) * 1000
  return Math.max(lifeMs - 60_000, lifeMs / 2)
}
