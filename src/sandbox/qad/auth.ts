import { bareErrors, json, toLoginPage } from './answers.js'
import { isObject, readJson } from './cells.js'
import { createPasses, createPasswordCheck, type Passes, type PasswordCheck } from './passes.js'
import type { QadUser, QadWorld } from './world.js'

/** Who may come in: tokens, sessions and Basic. */
export interface Gate {
  /** `POST /oauth/token` */
  token(request: Request, body: string): Response
  /** `POST /api/login`, JSON. */
  loginJson(body: string): Response
  /** `POST /login` and the older `j_spring_security_check`. */
  loginForm(request: Request, body: string, mount: string): Response
  logout(request: Request, mount: string): Response
  /** The user of an API call, or the answer that turns it away. */
  admit(request: Request, mount: string): QadUser | Response
  /** The cookie of this call is exchanged for a new one; null where it carries none, or cookies stay as they are. */
  rotate(request: Request, mount: string): string | null
  /** The token or session of this call ends now. */
  end(request: Request): void
  endAll(): void
  /** Times that a user came in with a password or secret. */
  logins(): number
}

export interface GateOptions {
  readonly now: () => number
  /** Life of an access token. */
  readonly tokenSeconds: number
  /** True: the token answer carries `expires_in`, which no public program relies on. */
  readonly tellExpiry: boolean
  readonly basic: boolean
  /** Security Control's idle timeout and session length. */
  readonly idleMinutes: number
  readonly sessionMinutes: number
  /** True: each good answer changes the id of a cookie session. */
  readonly rotateSessions: boolean
  /** What a locked user is told: not public, so the words for a wrong password unless told. */
  readonly lockedWords: string
}

export function createGate(world: QadWorld, options: GateOptions): Gate {
  const desk: Desk = {
    ...options,
    world,
    tokens: createPasses('access', options.now, options.idleMinutes * 60_000),
    refreshTokens: createPasses('refresh', options.now, options.idleMinutes * 60_000),
    sessions: createPasses('session', options.now, options.idleMinutes * 60_000),
    check: createPasswordCheck(world.users),
    logins: 0,
  }
  const end = (request: Request) => {
    desk.tokens.end(bearer(request) ?? '')
    desk.sessions.end(cookie(request) ?? '')
  }
  return {
    token: (request, body) => grantToken(desk, request, body),
    loginJson: (body) => loginJson(desk, body),
    loginForm: (request, body, mount) => loginForm(desk, request, body, mount),
    logout: (request, mount) => (end(request), toLoginPage(mount)),
    admit: (request, mount) => admit(desk, request, mount),
    rotate: (request, mount) => rotate(desk, request, mount),
    end,
    endAll: () => [desk.tokens, desk.refreshTokens, desk.sessions].forEach((passes) => passes.clear()),
    logins: () => desk.logins,
  }
}

interface Desk extends GateOptions {
  readonly world: QadWorld
  readonly tokens: Passes
  readonly refreshTokens: Passes
  readonly sessions: Passes
  readonly check: PasswordCheck
  logins: number
}

function grantToken(desk: Desk, request: Request, body: string): Response {
  const form = new URLSearchParams(body)
  const field = (name: string) => form.get(name) ?? ''
  if (new URL(request.url).search !== '') return refuse('invalid_request', 'Parameters in the query are not allowed')
  if (!isForm(request)) return refuse('invalid_request', 'Missing grant type')
  const client = desk.world.clients.find(({ clientId }) => clientId === field('client_id'))
  if (!client) return refuse('invalid_client', 'Bad client credentials')
  switch (field('grant_type')) {
    case 'password':
      return enter(desk, desk.check.find(field('username'), field('password')), field('username'))
    case 'refresh_token':
      return renew(desk, field('refresh_token'))
    case 'client_credentials': {
      const isGenuine = client.secret !== undefined && field('client_secret') === client.secret
      if (!isGenuine) return refuse('invalid_client', 'Bad client credentials')
      return enter(desk, desk.world.users.find(({ username }) => username === client.username) ?? null, '')
    }
    default:
      return refuse('unsupported_grant_type', 'Unsupported grant type')
  }
}

function enter(desk: Desk, user: QadUser | null, username: string): Response {
  if (!user) return refuse('invalid_grant', wrongWords(desk, username))
  desk.logins++
  return issue(desk, user, endOf(desk))
}

function endOf({ now, sessionMinutes }: Desk): number {
  return now() + sessionMinutes * 60_000
}

function wrongWords({ check, lockedWords }: Desk, username: string): string {
  return check.isLocked(username) ? lockedWords : WRONG_PASSWORD
}

function renew(desk: Desk, refreshToken: string): Response {
  const pass = desk.refreshTokens.alive(refreshToken)
  if (!pass) return refuse('invalid_grant', 'Invalid refresh token')
  desk.refreshTokens.end(refreshToken)
  return issue(desk, pass.user, pass.endsAt)
}

function issue(
  { tokens, refreshTokens, now, tokenSeconds, tellExpiry }: Desk,
  user: QadUser,
  endsAt: number,
): Response {
  const expiry = tellExpiry ? { expires_in: { n: String(tokenSeconds) } } : {}
  return json(200, {
    access_token: tokens.issue(user, Math.min(endsAt, now() + tokenSeconds * 1000)),
    token_type: 'bearer',
    refresh_token: refreshTokens.issue(user, endsAt),
    ...expiry,
  })
}

export const WRONG_PASSWORD = 'Username or password is invalid, please try again.'

function loginJson(desk: Desk, body: string): Response {
  const login = readJson(body)
  const text = (name: string) => {
    const value = isObject(login) ? login[name] : undefined
    return typeof value === 'string' ? value : ''
  }
  const user = desk.check.find(text('username'), text('password'))
  if (!user) return bareErrors(401, wrongWords(desk, text('username')))
  desk.logins++
  return json(200, { sessionId: desk.sessions.issue(user, endOf(desk)) })
}

/** Fields in the body or, as old programs send them, in the query; 302 either way. */
function loginForm(desk: Desk, request: Request, body: string, mount: string): Response {
  const given = [...new URL(request.url).searchParams, ...new URLSearchParams(body)]
  const field = (name: string) => new Map(given).get(name) ?? new Map(given).get(`j_${name}`) ?? ''
  const user = desk.check.find(field('username'), field('password'))
  if (user) desk.logins++
  const location = user ? `${mount}/#/view/webshell/home` : `${mount}/resources/login.jsp?error=1`
  // The container hands a cookie to everyone, also to whom it turns away: a cookie alone is no proof of a login.
  const session = user ? desk.sessions.issue(user, endOf(desk)) : 'F00D'.repeat(8)
  return new Response(null, { status: 302, headers: { location, 'set-cookie': cookieFor(session, mount) } })
}

function cookieFor(session: string, mount: string): string {
  return `JSESSIONID=${session}; Path=${mount}; HttpOnly`
}

function rotate({ sessions, rotateSessions }: Desk, request: Request, mount: string): string | null {
  const old = cookie(request)
  const pass = rotateSessions && old !== null ? sessions.alive(old) : null
  if (old === null || pass === null) return null
  sessions.end(old)
  return cookieFor(sessions.issue(pass.user, pass.endsAt), mount)
}

function admit(desk: Desk, request: Request, mount: string): QadUser | Response {
  const token = bearer(request)
  // Spring's resource server repeats the token in its complaint; a client must not print it.
  if (token !== null) return desk.tokens.alive(token)?.user ?? unauthorized(`Invalid access token: ${token}`)
  const basic = /^basic (.*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (desk.basic && basic !== undefined) {
    const [username = '', ...password] = Buffer.from(basic, 'base64').toString('utf8').split(':')
    const user = desk.check.find(username, password.join(':'))
    return user ?? unauthorized(desk.check.isLocked(username) ? desk.lockedWords : 'Bad credentials')
  }
  const session = cookie(request)
  if (session !== null) return desk.sessions.alive(session)?.user ?? toLoginPage(mount)
  return unauthorized('Full authentication is required to access this resource')
}

function refuse(error: string, description: string): Response {
  return json(400, { error, error_description: description })
}

function unauthorized(description: string): Response {
  const headers = { 'www-authenticate': `Bearer realm="qad", error="invalid_token"` }
  return json(401, { error: 'invalid_token', error_description: description }, headers)
}

function bearer(request: Request): string | null {
  return /^bearer (.*)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? null
}

function cookie(request: Request): string | null {
  return /(?:^|;\s*)JSESSIONID=([^;]*)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
}

function isForm(request: Request): boolean {
  return (request.headers.get('content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
}
