import type { MlcError } from '../../errors.js'
import { isSessionEnd, sessionEndWords } from '../login-page.js'
import { need, refused } from './attempt.js'
import type { Auth, AuthPorts, Session } from './auth.js'

/**
 * User and password on every call. There is nothing to renew: a refusal is final, since every further try counts as a bad
 * login. There is nothing to log out of either.
 */
export function createBasic({ credentials }: AuthPorts): Auth {
  let user = ''
  let refusal: MlcError | null = null
  let proved: Session | null = null
  // Until QAD has taken the password once, one call at a time carries it: a wrong one is one bad login, not eight.
  let proof: { readonly done: Promise<void>; readonly end: () => void } | null = null

  const make = async (): Promise<Session> => {
    const { username, password } = need('basic', ['username', 'password'], await credentials())
    const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
    user = username
    return { headers: { authorization: `Basic ${encoded}` }, secrets: [encoded, password], renewAt: Infinity }
  }
  const refuse = ({ secrets }: Session, words: string) => (refusal ??= refused({ who: user, secrets }, words))
  const release = () => {
    proof?.end()
    proof = null
  }
  return {
    async session() {
      while (proof !== null) await proof.done
      if (refusal) throw refusal
      if (proved) return proved
      proof = createProof()
      return make().catch((error: unknown) => {
        release()
        throw error
      })
    },
    async renew(session, words) {
      throw refuse(session, words)
    },
    latest(given) {
      if (refusal) throw refusal
      return given
    },
    heard(answer, sent) {
      if (answer !== null && isSessionEnd(answer)) refuse(sent, sessionEndWords(answer))
      else if (answer !== null && answer.status < 500) proved = sent
      release()
    },
    end: () => null,
  }
}

function createProof() {
  let end = (): void => undefined
  const done = new Promise<void>((resolve) => (end = resolve))
  return { done, end }
}
