import type { HttpAnswer } from '../../http/http.js'
import type { Clock } from '../../model/clock.js'
import type { AuthOptions } from '../options.js'
import { createBasic } from './basic.js'
import { createOauth } from './oauth.js'
import { createSessionForm } from './session-form.js'
import { createSessionJson } from './session-json.js'

/** A way to be somebody at QAD. One file each. */
export interface Auth {
  /** The session to send calls in; logs in first where there is none. Callers share one login. @throws MLC-Q004, MLC-S001 … */
  session(): Promise<Session>
  /**
   * QAD no longer takes this session, `words` are its own: one new login, shared by all who held it.
   * @throws MLC-Q004 when there is none to be had
   */
  renew(refused: Session, words: string): Promise<void>
  /** The session to send a call in that had to wait since it was given this one. @throws MLC-Q004 when it was refused meanwhile */
  latest(given: Session): Session
  /** What came of a call, before any other call is sent; null when no answer came. */
  heard(answer: HttpAnswer | null, sent: Session): void
  /** Forgets the session and hands it over to be logged out; null where there is none, and where there is nothing to log out of. */
  end(): Session | null
}

/** What makes a call one of a user's. Its identity tells a session that has ended from the one in use. */
export interface Session {
  readonly headers: CallHeaders
  /** What of it must never be shown. */
  readonly secrets: readonly string[]
  /** Milliseconds since 1970; Infinity when QAD does not tell how long it lives. */
  readonly renewAt: number
}

export type CallHeaders = Readonly<Record<string, string>>

/** Null: not set. Which of them a flow needs, the flow knows. */
export interface Credentials {
  readonly clientId: string | null
  readonly clientSecret?: string | null
  readonly username: string | null
  readonly password: string | null
}

export interface AuthPorts {
  readonly clock: Clock
  readonly credentials: () => Promise<Credentials>
  /** The tenant's address, without a slash at the end. */
  readonly baseUrl: string
  /** A POST under the base URL, paced, without a session; repeated only where QAD did not decide. @throws MlcError */
  readonly post: (path: string, headers: CallHeaders, body: string) => Promise<HttpAnswer>
}

export function createAuth(options: AuthOptions, ports: AuthPorts): Auth {
  switch (options.type) {
    case 'oauth_password':
    case 'oauth_client_credentials':
      return createOauth(options, ports)
    case 'session_json':
      return createSessionJson(options, ports)
    case 'session_form':
      return createSessionForm(options, ports)
    case 'basic':
      return createBasic(ports)
  }
}
