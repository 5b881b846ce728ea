import { MlcError } from '../errors.js'
import { TransportError } from '../http/http.js'
import { withRetries } from '../http/retry.js'
import type { Reference } from '../model/reference.js'
import { readAnswers, unknownFor, type Desk } from './answers.js'
import type { Session } from './auth/auth.js'
import type { Answer } from './ledger.js'
import { answerFromFound, lookUp } from './lookup.js'
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
  const body = await rendered(references, desk)
  if (typeof body !== 'string') return body
  const refused = await validate(references, body, tenant, desk)
  if (refused !== null) return refused
  const sent = await sendUntilTaken(references, body, tenant, desk)
  if (sent.session === null || sent.result.kind !== 'session-ended')
    return readAnswers(references, sent.result, tenant, desk)
  return await afterSessionEnd(references, sent.session, sent.result.words, tenant, desk)
}

/** What cannot be rendered certainly did not leave. */
async function rendered(references: readonly Reference[], desk: Desk): Promise<string | readonly Answer[]> {
  try {
    return await desk.render(references)
  } catch (error) {
    if (!(error instanceof MlcError)) throw error
    const { code, message: reason } = error
    return references.map(() => ({ status: 'unsent', code, reason }))
  }
}

/** What the tenant's own check says before anything is saved; null when there is none, or nothing speaks against it. */
async function validate(
  references: readonly Reference[],
  body: string,
  tenant: Tenant,
  desk: Desk,
): Promise<readonly Answer[] | null> {
  const { validatePath } = desk
  if (validatePath === null) return null
  const check = { ...desk, path: validatePath }
  let { result, session } = await sendUntilTaken(references, body, tenant, check)
  if (result.kind === 'session-ended' && session !== null) {
    await tenant.renew(session, result.words)
    ;({ result, session } = await sendUntilTaken(references, body, tenant, check))
  }
  if (result.kind === 'stored') return null
  if (result.kind === 'unclear' || result.kind === 'session-ended') {
    // A check saves nothing, so whatever became of it, the entry is not there.
    const words = result.kind === 'unclear' ? result.reason : result.words
    const reason = `QAD's check of the entry (${validatePath}) gives no answer: ${words}`
    return references.map(() => ({ status: 'unsent', code: 'MLC-Q503', reason }))
  }
  return readAnswers(references, result, tenant, check)
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
  await tenant.clock.sleep(desk.settleSeconds * 1_000, tenant.signal)
  const found = await lookUp(references, tenant, desk.reads, desk.form)
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
  const { result } = await sendUntilTaken(references, await desk.render(references), tenant, desk)
  if (result.kind === 'session-ended') {
    throw new MlcError('MLC-Q004', `QAD at ${tenant.baseUrl} takes the login, then asks for it again at ${desk.path}`)
  }
  return readAnswers(references, result, tenant, desk)
}

interface Sent {
  readonly result: WriteResult
  /** The session it was sent in; null when it was not sent. */
  readonly session: Session | null
}

/** Repeats what certainly did not arrive (no byte left, or HTTP 429) as often as http.retries allows, and nothing else. */
async function sendUntilTaken(
  references: readonly Reference[],
  body: string,
  tenant: Tenant,
  desk: Desk,
): Promise<Sent> {
  const keys = references.map(({ key }) => key)
  const expected = { keys, keyPrefix: desk.form?.keyPrefix ?? '', keyField: desk.echo.key }
  try {
    return await withRetries(tenant.retries, tenant.clock, tenant.signal, async () => {
      const { outcome, session } = await sendOnce(body, tenant, desk)
      const result = readWriteResult(outcome, expected, tenant.redact)
      if (outcome instanceof TransportError && !outcome.sent) throw outcome
      const headers = outcome instanceof TransportError ? {} : outcome.headers
      // Status 0 is final for withRetries: only being throttled is worth another try.
      return { status: result.kind === 'throttled' ? 429 : 0, headers, result, session }
    })
  } catch (error) {
    return { result: notSent(error, tenant.signal), session: null }
  }
}

async function sendOnce(body: string, tenant: Tenant, { path }: Desk) {
  try {
    const { answer, session } = await tenant.send({ method: 'POST', path, body })
    return { outcome: answer, session }
  } catch (error) {
    if (error instanceof TransportError) return { outcome: error, session: null }
    throw error
  }
}

function notSent(error: unknown, signal: AbortSignal | undefined): WriteResult {
  if (error instanceof TransportError) return readWriteResult(error, { keys: [], keyPrefix: '', keyField: null })
  if (error instanceof MlcError && error.category === 'unavailable')
    return { kind: 'unsent', code: error.code, reason: error.message }
  // Between two tries, or in the gap before the first: nothing is under way.
  if (signal?.aborted) return { kind: 'unsent', code: 'MLC-Q503', reason: 'stopped' }
  throw error
}
