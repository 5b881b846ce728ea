import type { Credentials } from '../../src/qad/auth/auth.js'
import type { AuthOptions } from '../../src/qad/options.js'
import { options } from './site.js'
import { CLIENT_ID, CLIENT_SECRET, PASSWORD, READS } from './world.js'

/** A way to log in, with no more than it needs, and what shows from outside that it is used. */
export interface Flow {
  readonly type: AuthOptions['type']
  readonly auth: AuthOptions
  readonly credentials: Credentials
  /** The same with the secret wrong. */
  readonly wrong: Credentials
  /** Where it logs in; null: with each call. */
  readonly loginPath: string | null
}

/** With characters that change under every encoding. */
export const WRONG = 'wrong &+"Secret\u00e9 1'

const NOTHING: Credentials = { clientId: null, clientSecret: null, username: null, password: null }
const USER = { ...NOTHING, username: 'mlc', password: PASSWORD }
const WRONG_USER = { ...USER, password: WRONG }
const CLIENT = { ...NOTHING, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }
const OAUTH = { tokenPath: '/oauth/token', logoutPath: '/logout', headerPrefix: 'Bearer ' }
const COOKIE = { cookieName: 'JSESSIONID', logoutPath: '/logout' }

export const FLOWS: readonly Flow[] = [
  {
    type: 'oauth_password',
    auth: { type: 'oauth_password', ...OAUTH },
    credentials: { ...USER, clientId: CLIENT_ID },
    wrong: { ...WRONG_USER, clientId: CLIENT_ID },
    loginPath: '/oauth/token',
  },
  {
    type: 'oauth_client_credentials',
    auth: { type: 'oauth_client_credentials', ...OAUTH },
    credentials: CLIENT,
    wrong: { ...CLIENT, clientSecret: WRONG },
    loginPath: '/oauth/token',
  },
  {
    type: 'session_json',
    auth: { type: 'session_json', loginPath: '/api/login', ...COOKIE },
    credentials: USER,
    wrong: WRONG_USER,
    loginPath: '/api/login',
  },
  {
    type: 'session_form',
    auth: { type: 'session_form', loginPath: '/login', ...COOKIE },
    credentials: USER,
    wrong: WRONG_USER,
    loginPath: '/login',
  },
  {
    type: 'basic',
    auth: { type: 'basic', logoutPath: '/logout' },
    credentials: USER,
    wrong: WRONG_USER,
    loginPath: null,
  },
]

/** Those that hold a session, which can end. */
export const SESSIONS = FLOWS.filter(({ loginPath }) => loginPath !== null)

export const ONE_READ = { reads: { glAccounts: READS.glAccounts } }

/** Eight calls may be under way at once. */
export const MANY_AT_ONCE = { http: { ...options('https://x').http, maxInFlight: 8 } }

export function flowOf(type: Flow['type']): Flow {
  const flow = FLOWS.find((one) => one.type === type)
  if (!flow) throw new Error(`no ${type}`)
  return flow
}

/** A tenant that repeats all that it was sent, in every place where a client looks for words. */
export async function echo(request: Request, status: number): Promise<Response> {
  const said = [request.url, ...[...request.headers].map((pair) => pair.join(': ')), await request.text()].join(' ')
  const location = `/clouderp/resources/login.jsp?error=${encodeURIComponent(said)}`
  const body = JSON.stringify({ errors: [{ message: said, fieldValue: said }], error: said, error_description: said })
  return new Response(body, { status, headers: { 'content-type': 'application/json', location } })
}

/** Token, session id or Basic credentials of a call. */
export function sessionOf({ headers }: Request): string[] {
  return ['authorization', 'cookie'].flatMap(
    (name) => headers.get(name)?.replace(/^(Bearer |Basic |[A-Z]+=)/, '') ?? [],
  )
}

/** The secrets of the flow, and of its calls, that a text holds. */
export function secretsIn({ credentials, wrong }: Flow, text: string, sent: readonly string[] = []): string[] {
  const secrets = [PASSWORD, CLIENT_SECRET, WRONG, ...sent]
  const forms = [credentials, wrong]
    .flatMap(({ password, clientSecret }) => [password ?? '', clientSecret ?? ''])
    .concat(secrets)
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice(2)])
  return forms.filter((form) => text.includes(form) || text.includes(JSON.stringify(form).slice(1, -1)))
}
