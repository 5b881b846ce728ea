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
