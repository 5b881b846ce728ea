import { MlcError } from '../errors.js'
import { TransportError, type HttpAnswer } from '../http/http.js'
import { withRetries } from '../http/retry.js'
import { readEnvelope } from './envelope.js'
import { readExact, type Exact } from './exact.js'
import { isSessionEnd, looksLikePage } from './login-page.js'
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
  if (!isSessionEnd(first.answer)) return takeJson(first.answer, tenant, what)
  await tenant.renew(first.session)
  const second = await sendRead(tenant, path, what)
  if (!isSessionEnd(second.answer)) return takeJson(second.answer, tenant, what)
  throw new MlcError('MLC-Q004', `QAD at ${tenant.baseUrl} takes the login, then asks for it again at ${what}`)
}

async function sendRead(tenant: Tenant, path: string, what: string): ReturnType<Tenant['send']> {
  try {
    const sent = await withRetries(tenant.retries, tenant.clock, tenant.signal, async () => {
      const { answer, session } = await tenant.send({ method: 'GET', path })
      if (breaksOff(answer)) throw new TransportError('cut', true, 'the answer breaks off')
      return { ...answer, session }
    })
    return { answer: sent, session: sent.session }
  } catch (error) {
    throw error instanceof TransportError
      ? transportFailure(error, `QAD at ${tenant.baseUrl}, ${what}`, tenant.signal)
      : error
  }
}

/** JSON that began and does not end is a fault of the way, not of QAD: it is asked for again. */
function breaksOff({ status, text }: HttpAnswer): boolean {
  return status === 200 && /^\uFEFF?\s*[[{]/.test(text) && readExact(text) === null
}

function takeJson(answer: HttpAnswer, { baseUrl }: Tenant, what: string): Exact {
  const body = readExact(answer.text)
  const { success, complaints, words } = readEnvelope(body?.value ?? null)
  const where = `QAD at ${baseUrl}, ${what}`
  if (answer.status !== 200) throw statusFailure(answer.status, words, where)
  if (body === null) {
    const found = looksLikePage(answer.text) ? 'a web page' : answer.text.trim() === '' ? 'an empty answer' : 'no JSON'
    throw new MlcError('MLC-Q013', `${where}: ${found} with HTTP 200`)
  }
  if (success === false || complaints.length > 0) {
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
