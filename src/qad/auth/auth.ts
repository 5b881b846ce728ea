import type { HttpAnswer } from '../../http/http.js'
import type { Clock } from '../../model/clock.js'
import type { AuthOptions } from '../options.js'
import { createBasic } from './basic.js'
import { createOauthPassword } from './oauth-password.js'

/** A way to be somebody at QAD. One file each. */
export interface Auth {
  /** The headers of the session; logs in first where there is none. Callers share one login. @throws MLC-Q004 … */
  headers(): Promise<SessionHeaders>
  /** QAD no longer takes these headers: one new login, shared by all who held them. @throws MLC-Q004 when there is none to be had */
  renew(refused: SessionHeaders): Promise<void>
  /** The headers in use; null before the first login. */
  held(): SessionHeaders | null
}

export type SessionHeaders = Readonly<Record<string, string>>

export interface Credentials {
  readonly clientId: string | null
  readonly username: string
  readonly password: string
}

export interface AuthPorts {
  readonly clock: Clock
  readonly credentials: () => Promise<Credentials>
  /** The tenant's address, for messages. */
  readonly baseUrl: string
  /** A POST under the base URL, paced, without a session; repeated only where QAD did not decide. @throws MlcError */
  readonly post: (path: string, headers: SessionHeaders, body: string) => Promise<HttpAnswer>
}

export function createAuth(options: AuthOptions, ports: AuthPorts): Auth {
  return options.type === 'basic' ? createBasic(ports) : createOauthPassword(options, ports)
}
