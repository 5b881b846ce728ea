import { isObject, own, readExact } from '../exact.js'
import type { SessionOptions } from '../options.js'
import { notALogin, refusalInside, refused, turnedAway } from './attempt.js'
import type { Auth, AuthPorts } from './auth.js'
import { isSessionId } from './cookie.js'
import { createCookieLogin, type CookieLogin } from './cookie-login.js'

/** A JSON login: `{username, password}` is answered by `{sessionId}`, which then travels as a cookie. */
export function createSessionJson(options: SessionOptions, ports: AuthPorts): Auth {
  return createCookieLogin(options, ports, { headers: JSON_BODY, body, sessionId })
}

const JSON_BODY = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' }

const body: CookieLogin['body'] = (username, password) => JSON.stringify({ username, password })

const sessionId: CookieLogin['sessionId'] = (answer, cookie, attempt) => {
  if (answer.status < 200 || answer.status > 299) throw turnedAway(answer, attempt)
  const said = readExact(answer.text)?.value ?? null
  const words = refusalInside(said)
  if (words !== null) throw refused(attempt, words)
  const id = isObject(said) ? own(said, 'sessionId') : undefined
  if (typeof id === 'string' && isSessionId(id)) return id
  // A container hands its cookie to everyone; only beside JSON that does not complain does it stand for a login.
  if (isObject(said) && id === undefined && cookie !== null) return cookie
  throw notALogin(attempt, `answers HTTP ${answer.status} without a sessionId`)
}
