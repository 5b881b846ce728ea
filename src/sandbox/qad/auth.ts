import { createHash } from 'node:crypto'
import { bareErrors, json, toLoginPage } from './answers.js'
import { isObject, readJson } from './cells.js'
import type { QadUser, QadWorld } from './world.js'

/** Who may come in: tokens, sessions and Basic, with the limits of QAD's Security Control. */
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
}

// The values of QAD's Security Control as its training shows them.
const MAX_FAILURES = 10
const IDLE_MS = 60 * 60_000
const ABSOLUTE_MS = 1440 * 60_000

interface Pass {
  readonly user: QadUser
  readonly endsAt: number
  usedAt: number
}

export function createGate(world: QadWorld, options: GateOptions): Gate {
  const tokens = new Map<string, Pass>()
  const refreshTokens = new Map<string, Pass>()
  const sessions = new Map<string, Pass>()
  const failures = new Map<string, number>()
  let issued = 0
  let logins = 0

  return { token, loginJson, loginForm, logout, admit, end, endAll, logins: () => logins }

  function token(request: Request, body: string): Response {
    const form = new URLSearchParams(body)
    if (new URL(request.url).search !== '')
      return refuse('invalid_request', 'Parameters in the query string are not allowed')
    if (!hasType(request, 'application/x-www-form-urlencoded')) return refuse('invalid_request', 'Missing grant type')
    const client = world.clients.find(({ clientId }) => clientId === form.get('client_id'))
    if (!client) return refuse('invalid_client', 'Bad client credentials')
    switch (form.get('grant_type')) {
      case 'password':
        return grant(checkPassword(form.get('username'), form.get('password')))
      case 'refresh_token':
        return renew(form.get('refresh_token') ?? '')
      case 'client_credentials': {
        if (client.secret === undefined || form.get('client_secret') !== client.secret) {
          return refuse('invalid_client', 'Bad client credentials')
        }
        return grant(world.users.find(({ username }) => username === client.username) ?? null)
      }
      default:
        return refuse('unsupported_grant_type', 'Unsupported grant type')
    }
  }

  function grant(user: QadUser | null): Response {
    if (!user) return refuse('invalid_grant', 'Username or password is invalid, please try again.')
    logins++
    return issue(user, options.now() + ABSOLUTE_MS)
  }

  function renew(refreshToken: string): Response {
    const pass = alive(refreshTokens, refreshToken)
    if (!pass) return refuse('invalid_grant', 'Invalid refresh token')
    refreshTokens.delete(refreshToken)
    return issue(pass.user, pass.endsAt)
  }

  function issue(user: QadUser, endsAt: number): Response {
    const access = opaque('access')
    const refresh = opaque('refresh')
    const now = options.now()
    tokens.set(access, { user, endsAt: Math.min(endsAt, now + options.tokenSeconds * 1000), usedAt: now })
    refreshTokens.set(refresh, { user, endsAt, usedAt: now })
    const expiry = options.tellExpiry ? { expires_in: { n: String(options.tokenSeconds) } } : {}
    return json(200, { access_token: access, token_type: 'bearer', refresh_token: refresh, ...expiry })
  }

  function loginJson(body: string): Response {
    const login = readJson(body)
    const user = isObject(login) ? checkPassword(text(login['username']), text(login['password'])) : null
    if (!user) return bareErrors(401, 'Username or password is invalid, please try again.')
    logins++
    return json(200, { sessionId: open(user) })
  }

  function loginForm(request: Request, body: string, mount: string): Response {
    const query = new URL(request.url).searchParams
    const form = new URLSearchParams(body)
    const field = (name: string) => form.get(name) ?? form.get(`j_${name}`) ?? query.get(name) ?? query.get(`j_${name}`)
    const user = checkPassword(field('username'), field('password'))
    if (user) logins++
    const answer = user ? toPage(`${mount}/#/view/webshell/home`) : toLoginPage(mount, '?error=1')
    // The container hands a cookie to everyone, also to whom it turns away: a cookie alone is no proof of a login.
    const session = user ? open(user) : opaque('anonymous')
    answer.headers.set('set-cookie', `JSESSIONID=${session}; Path=${mount}; HttpOnly`)
    return answer
  }

  function logout(request: Request, mount: string): Response {
    end(request)
    return toLoginPage(mount)
  }

  function admit(request: Request, mount: string): QadUser | Response {
    const authorization = request.headers.get('authorization') ?? ''
    if (authorization.toLowerCase().startsWith('bearer ')) {
      const value = authorization.slice(7)
      // Spring's resource server repeats the token in its complaint; a client must not print it.
      return alive(tokens, value)?.user ?? unauthorized(`Invalid access token: ${value}`)
    }
    if (options.basic && authorization.toLowerCase().startsWith('basic ')) {
      const [username, ...password] = Buffer.from(authorization.slice(6), 'base64').toString('utf8').split(':')
      const user = checkPassword(username ?? null, password.join(':'))
      return user ?? unauthorized('Bad credentials')
    }
    const session = cookie(request)
    if (session !== null) return alive(sessions, session)?.user ?? toLoginPage(mount)
    return unauthorized('Full authentication is required to access this resource')
  }

  function end(request: Request): void {
    tokens.delete((request.headers.get('authorization') ?? '').slice(7))
    sessions.delete(cookie(request) ?? '')
  }

  function endAll(): void {
    tokens.clear()
    refreshTokens.clear()
    sessions.clear()
  }

  function open(user: QadUser): string {
    const session = opaque('session').toUpperCase()
    sessions.set(session, { user, endsAt: options.now() + ABSOLUTE_MS, usedAt: options.now() })
    return session
  }

  function alive(passes: ReadonlyMap<string, Pass>, key: string): Pass | null {
    const pass = passes.get(key)
    if (!pass) return null
    const now = options.now()
    if (now >= pass.endsAt || now - pass.usedAt >= IDLE_MS) return null
    pass.usedAt = now
    return pass
  }

  function checkPassword(username: string | null, password: string | null): QadUser | null {
    const user = world.users.find((candidate) => candidate.username === username)
    const failed = failures.get(username ?? '') ?? 0
    // A locked user gets the same words as a wrong password, also with the right one.
    if (failed >= MAX_FAILURES) return null
    if (user?.password !== password || !user) {
      failures.set(username ?? '', failed + 1)
      return null
    }
    failures.delete(user.username)
    return user
  }

  function opaque(kind: string): string {
    issued++
    return createHash('sha256').update(`sandbox ${kind} ${issued}`).digest('hex').slice(0, 40)
  }
}

function refuse(error: string, description: string): Response {
  return json(400, { error, error_description: description })
}

function unauthorized(description: string): Response {
  const headers = { 'www-authenticate': `Bearer realm="qad", error="invalid_token"` }
  return json(401, { error: 'invalid_token', error_description: description }, headers)
}

function toPage(location: string): Response {
  return new Response(null, { status: 302, headers: { location } })
}

function cookie(request: Request): string | null {
  return /(?:^|;\s*)JSESSIONID=([^;]*)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null
}

function hasType(request: Request, type: string): boolean {
  return (request.headers.get('content-type') ?? '').toLowerCase().startsWith(type)
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
