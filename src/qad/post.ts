import { MlcError } from '../errors.js'
import { TransportError } from '../http/http.js'
import { withRetries } from '../http/retry.js'
import type { Reference } from '../model/reference.js'
import { readAnswers, unknownFor, type Desk } from './answers.js'
import type { Session } from './auth/auth.js'
import type { Answer } from './ledger.js'
import { answerFromFound, lookUp } from './lookup.js'
import { renderRecords } from './record.js'
import { readWriteResult, type WriteResult } from './result.js'
import type { Tenant } from './tenant.js'

/**
 * Posts the references in one request and says what became of each, in their order. Sent again is only what certainly did
 * not arrive, or what QAD was asked about and does not show after it ended the session.
 * @throws MLC-Q004, MLC-Q006
 */
export async function postReferences(
  references: readonly Reference[],
  tenant: Tenant,
  desk: Desk,
): Promise<readonly Answer[]> {
  if (references.length === 0) return []
  const sent = await sendUntilTaken(references, tenant, desk)
  if (sent.session === null || sent.result.kind !== 'session-ended')
    return readAnswers(references, sent.result, tenant, desk)
  return await afterSessionEnd(references, sent.session, sent.result.words, tenant, desk)
}

/** QAD may ask for a login after it has committed the record, so it is asked before anything is sent again. */
async function afterSessionEnd(
  references: readonly Reference[],
  session: Session,
  words: string,
  tenant: Tenant,
  desk: Desk,
): Promise<readonly Answer[]> {
  try {
    await tenant.renew(session, words)
  } catch (error) {
    if (error instanceof MlcError && error.category === 'unavailable')
      return unknownFor(references, `QAD ended the session; ${error.message}`)
    throw error
  }
  // What was committed late, or shows late, is not to be sent a second time.
  await tenant.clock.sleep(desk.write.settleSeconds * 1_000, tenant.signal)
  const found = await lookUp(references, tenant, desk.reads)
  if (found === null)
    return unknownFor(
      references,
      'QAD ended the session when the record was sent, and cannot be asked whether it has it',
    )
  const missing = references.filter((reference) => answerFromFound(reference, found) === null)
  const again = await sendAgain(missing, tenant, desk)
  return references.map((reference) => answerFromFound(reference, found) ?? again[missing.indexOf(reference)] ?? LOST)
}

const LOST: Answer = { status: 'unknown', code: 'MLC-Q021', reason: 'no answer' }

async function sendAgain(references: readonly Reference[], tenant: Tenant, desk: Desk): Promise<readonly Answer[]> {
  if (references.length === 0) return []
  const { result } = await sendUntilTaken(references, tenant, desk)
  if (result.kind === 'session-ended') {
    throw new MlcError(
      'MLC-Q004',
      `QAD at ${tenant.baseUrl} takes the login, then asks for it again at ${desk.write.path}`,
    )
  }
  return readAnswers(references, result, tenant, desk)
}

interface Sent {
  readonly result: WriteResult
  /** The session it was sent in; null when it was not sent. */
  readonly session: Session | null
}

/** Repeats what certainly did not arrive (no byte left, or HTTP 429) as often as http.retries allows, and nothing else. */
async function sendUntilTaken(references: readonly Reference[], tenant: Tenant, desk: Desk): Promise<Sent> {
  const body = renderRecords(references, desk.write, desk.limits)
  const expected = { keys: references.map(({ key }) => key), keyField: desk.write.fields['key'] ?? '' }
  try {
    return await withRetries(tenant.retries, tenant.clock, tenant.signal, async () => {
      const { outcome, session } = await sendOnce(body, tenant, desk)
      const result = readWriteResult(outcome, expected)
      if (outcome instanceof TransportError && !outcome.sent) throw outcome
      const headers = outcome instanceof TransportError ? {} : outcome.headers
      // Status 0 is final for withRetries: only being throttled is worth another try.
      return { status: result.kind === 'throttled' ? 429 : 0, headers, result, session }
    })
  } catch (error) {
    return { result: notSent(error, tenant.signal), session: null }
  }
}

async function sendOnce(body: string, tenant: Tenant, { write }: Desk) {
  try {
    const { answer, session } = await tenant.send({ method: 'POST', path: write.path, body })
    return { outcome: answer, session }
  } catch (error) {
    if (error instanceof TransportError) return { outcome: error, session: null }
    throw error
  }
}

function notSent(error: unknown, signal: AbortSignal | undefined): WriteResult {
  if (error instanceof TransportError) return readWriteResult(error, { keys: [], keyField: '' })
  if (error instanceof MlcError && error.category === 'unavailable')
    return { kind: 'unsent', code: error.code, reason: error.message }
  // Between two tries, or in the gap before the first: nothing is under way.
  if (signal?.aborted) return { kind: 'unsent', code: 'MLC-Q503', reason: 'stopped' }
  throw error
}
