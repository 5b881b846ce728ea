import { MlcError } from '../errors.js'
import { TransportError, type HttpAnswer } from '../http/http.js'
import { withRetries } from '../http/retry.js'
import type { Session } from './auth/auth.js'
import { readEnvelope } from './envelope.js'
import { readExact, type Exact } from './exact.js'
import { isSessionEnd, looksLikePage, sessionEndWords } from './login-page.js'
import type { Tenant } from './tenant.js'
import { transportFailure } from './transport.js'

/**
 * The JSON that QAD answers to a GET. Reads are safe to repeat, so faults are retried, and an ended session is renewed once.
 * @param path under the base URL, with its query
 * @param what names the read in messages: `reads.balances (browse urn:…)`
 * @throws MLC-Q002 … MLC-Q007, MLC-Q013, MLC-Q503
 */
export async function readAnswer(tenant: Tenant, path: string, what: string): Promise<Exact> {
  const first = await sendRead(tenant, path, what)
  if (!isSessionEnd(first)) return takeJson(first, tenant, what)
  await tenant.renew(first.session, sessionEndWords(first))
  const second = await sendRead(tenant, path, what)
  if (!isSessionEnd(second)) return takeJson(second, tenant, what)
  throw new MlcError('MLC-Q004', `QAD at ${tenant.baseUrl} takes the login, then asks for it again at ${what}`)
}

interface ReadReply extends HttpAnswer {
  readonly session: Session
  /** The body as JSON; null when it is none. */
  readonly body: { readonly value: Exact } | null
}

async function sendRead(tenant: Tenant, path: string, what: string): Promise<ReadReply> {
  try {
    return await withRetries(tenant.retries, tenant.clock, tenant.signal, async () => {
      const { answer, session } = await tenant.send({ method: 'GET', path })
      const body = readExact(answer.text)
      if (body === null && breaksOff(answer)) throw new TransportError('cut', true, 'the answer breaks off')
      return { ...answer, session, body }
    })
  } catch (error) {
    const where = `QAD at ${tenant.baseUrl}, ${what}`
    throw error instanceof TransportError ? transportFailure(error, where, tenant.signal) : error
  }
}

/** JSON that began and does not end is a fault of the way, not of QAD: it is asked for again. */
function breaksOff({ status, text }: HttpAnswer): boolean {
  return status === 200 && /^\uFEFF?\s*[[{]/.test(text)
}

function takeJson({ status, text, body }: ReadReply, { baseUrl, redact }: Tenant, what: string): Exact {
  const { success, complaints, hasFailed, words } = readEnvelope(body?.value ?? null, redact)
  const where = `QAD at ${baseUrl}, ${what}`
  if (status !== 200) throw statusFailure(status, words, where)
  if (body === null) {
    const found = looksLikePage(text) ? 'a web page' : text.trim() === '' ? 'an empty answer' : 'no JSON'
    throw new MlcError('MLC-Q013', `${where}: ${found} with HTTP 200`)
  }
  if (success === false || complaints.length > 0 || hasFailed) {
    throw new MlcError('MLC-Q013', `${where}: QAD says: ${words || 'no reason given'}`)
  }
  return body.value
}

function statusFailure(status: number, words: string, where: string): MlcError {
  const said = words === '' ? `${where}: HTTP ${status}` : `${where}: HTTP ${status}: ${words}`
  if (status === 403) return new MlcError('MLC-Q006', said)
  if (status === 404 || (status >= 300 && status < 400)) return new MlcError('MLC-Q005', said)
  if (status === 429) return new MlcError('MLC-Q007', said)
  return new MlcError(status >= 500 ? 'MLC-Q503' : 'MLC-Q013', said)
}
