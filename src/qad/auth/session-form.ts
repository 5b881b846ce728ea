import type { HttpAnswer } from '../../http/http.js'
import { readExact } from '../exact.js'
import { isLoginPage, isLoginPath } from '../login-page.js'
import type { SessionOptions } from '../options.js'
import { notALogin, refusalInside, refused, turnedAway, type Attempt } from './attempt.js'
import type { Auth, AuthPorts } from './auth.js'
import { createCookieLogin, type CookieLogin } from './cookie-login.js'

/** The login form of the web UI. It is answered by a redirect either way, and by a cookie either way: only where it leads tells. */
export function createSessionForm(options: SessionOptions, ports: AuthPorts): Auth {
  return createCookieLogin(options, ports, { headers: FORM, body, sessionId })
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' }

const body: CookieLogin['body'] = (username, password) => new URLSearchParams({ username, password }).toString()

const sessionId: CookieLogin['sessionId'] = (answer, cookie, attempt) => {
  const { status, text } = answer
  if (status < 200 || status > 399) throw turnedAway(answer, attempt)
  if (isLoginPage(text)) throw refused(attempt, `HTTP ${status} with the login page again`)
  if (status >= 300) checkTarget(answer, attempt)
  const words = refusalInside(readExact(text)?.value ?? null)
  if (words !== null) throw refused(attempt, words)
  if (cookie === null) throw notALogin(attempt, `answers HTTP ${status} without the cookie of qad.auth.cookieName`)
  return cookie
}

/** @throws MLC-Q004 when it is the login page, MLC-Q005 when it is no page of this tenant */
function checkTarget({ status, headers }: HttpAnswer, attempt: Attempt): void {
  const location = headers['location'] ?? ''
  if (location === '' || !URL.canParse(location, attempt.url))
    throw notALogin(attempt, `answers HTTP ${status} that leads nowhere`)
  const target = new URL(location, attempt.url)
  if (target.hostname !== new URL(attempt.url).hostname)
    throw notALogin(attempt, `sends the login on to ${target.host}: the tenant signs its users in elsewhere`)
  // The fragment is the page inside the web UI, and of no concern here.
  if (isLoginPath(target.pathname) || target.searchParams.has('error')) {
    const error = target.searchParams.get('error')
    throw refused(attempt, `sent back to ${target.pathname}${error === null ? '' : `?error=${error}`}`)
  }
}
