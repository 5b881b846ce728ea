import { MlcError, type ErrorCode } from '../../errors.js'
import type { HttpAnswer } from '../../http/http.js'
import type { Clock } from '../../model/clock.js'
import { isSessionEnd } from '../login-page.js'
import type { Auth, Session } from './auth.js'

/**
 * One login for all callers, made when first needed and again only when its session has ended.
 * @param follow the session that an answer changes `held` into; `held` itself when it changes nothing
 */
export function createOneLogin(
  logIn: () => Promise<Session>,
  clock: Clock,
  follow: (answer: HttpAnswer, held: Session) => Session = (_, held) => held,
): Auth {
  let session: Session | null = null
  let login: Promise<Session> | null = null
  let refusal: MlcError | null = null

  const enter = async (): Promise<Session> => {
    if (refusal) throw refusal
    login ??= logIn().finally(() => (login = null))
    try {
      return (session = await login)
    } catch (error) {
      if (error instanceof MlcError && DECIDED.has(error.code)) refusal = error
      throw error
    }
  }
  return {
    session: async () => (session !== null && clock.now() < session.renewAt ? session : enter()),
    async renew(refused) {
      if (session === refused) session = null
      if (session === null) await enter()
    },
    latest: (given) => session ?? given,
    heard(answer, sent) {
      // Of two answers that change the same session, the second speaks of one that is no longer in use. Who is turned away
      // gets a cookie too, but a stranger's.
      if (answer !== null && sent === session && answer.status < 400 && !isSessionEnd(answer))
        session = follow(answer, sent)
    },
    end() {
      const ended = session
      session = null
      return ended
    },
  }
}

/** QAD has seen the credentials and did not let them in. Ten bad logins lock a QAD user, so they are never tried again. */
const DECIDED: ReadonlySet<ErrorCode> = new Set(['MLC-Q004', 'MLC-Q005', 'MLC-Q006', 'MLC-Q013'])
