import type { HttpAnswer } from '../../http/http.js'
import type { SessionOptions } from '../options.js'
import { need, type Attempt } from './attempt.js'
import type { Auth, AuthPorts } from './auth.js'
import { cookieIn, cookieSession } from './cookie.js'
import { createOneLogin } from './one-login.js'

/** How one kind of login asks, and what it takes for a session id. */
export interface CookieLogin {
  readonly headers: Readonly<Record<string, string>>
  readonly body: (username: string, password: string) => string
  /**
   * The session id in the answer to a login.
   * @param cookie what the answer sets the configured cookie to
   * @throws MLC-Q004 refused, MLC-Q005 no login, MLC-Q006
   */
  readonly sessionId: (answer: HttpAnswer, cookie: string | null, attempt: Attempt) => string
}

/** A login with user and password that is remembered by one cookie. */
export function createCookieLogin(options: SessionOptions, ports: AuthPorts, how: CookieLogin): Auth {
  const { type, loginPath, cookieName } = options
  const { clock, baseUrl } = ports
  const base = new URL(baseUrl)
  const logIn = async () => {
    const { username, password } = need(type, ['username', 'password'], await ports.credentials())
    const attempt: Attempt = {
      ...{ who: username, url: `${baseUrl}${loginPath}`, setting: 'loginPath', secrets: [password] },
    }
    const answer = await ports.post(loginPath, how.headers, how.body(username, password))
    return cookieSession(cookieName, how.sessionId(answer, cookieIn(answer, cookieName, base, clock.now()), attempt))
  }
  return createOneLogin(logIn, clock, (answer, held) => {
    const id = cookieIn(answer, cookieName, base, clock.now())
    return id === null || held.secrets.includes(id) ? held : cookieSession(cookieName, id)
  })
}
