import { MlcError } from '../../errors.js'
import type { Auth, AuthPorts, SessionHeaders } from './auth.js'

/** User and password on every call. There is nothing to renew: a refusal is final, since every further try counts as a bad login. */
export function createBasic({ credentials, baseUrl }: AuthPorts): Auth {
  let headers: SessionHeaders | null = null
  let refusal: MlcError | null = null
  return {
    held: () => headers,
    async headers() {
      if (refusal) throw refusal
      if (headers === null) {
        const { username, password } = await credentials()
        headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}` }
      }
      return headers
    },
    async renew() {
      const { username } = await credentials()
      refusal ??= new MlcError('MLC-Q004', `QAD at ${baseUrl} refused the user ${username}`)
      throw refusal
    },
  }
}
