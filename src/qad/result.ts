import type { ErrorCode } from '../errors.js'
import { TransportError, type HttpAnswer } from '../http/http.js'
import { readEnvelope, type Complaint, type Redact } from './envelope.js'
import { isList, isObject, own, readExact, type Exact, type ExactObject } from './exact.js'
import { isSessionEnd, looksLikePage, sessionEndWords } from './login-page.js'
import { transportCode } from './transport.js'

/** What became of one write, read from its answer and nothing else. */
export type WriteResult =
  /** `certain`: QAD says so for all of them; otherwise only for those it echoed. `echoes`: records by upper-case key. */
  | { readonly kind: 'stored'; readonly certain: boolean; readonly echoes: ReadonlyMap<string, ExactObject> }
  /** QAD read it and said no. `duplicate`: because it holds such a record already. */
  | {
      readonly kind: 'refused'
      readonly duplicate: boolean
      readonly words: string
      readonly complaints: readonly Complaint[]
    }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'session-ended'; readonly words: string }
  | { readonly kind: 'forbidden'; readonly words: string }
  /** Certainly not one byte of the request left. */
  | { readonly kind: 'unsent'; readonly code: ErrorCode; readonly reason: string }
  /** Sent, and nothing that can be trusted came back. */
  | { readonly kind: 'unclear'; readonly reason: string }

/** The records that were sent, so that their echo is known when it comes. */
export interface Expected {
  readonly keys: readonly string[]
  /** Stands before each key in QAD; nothing unless told. */
  readonly keyPrefix?: string
  /** The tenant's field that holds the key; null: whichever does. */
  readonly keyField: string | null
}

/**
 * The outcome of a write. HTTP 200 does not mean saved, and a missing submitResult is no success: whatever is not a complete,
 * well-formed, business-level answer is `unclear`.
 */
export function readWriteResult(
  outcome: HttpAnswer | TransportError,
  expected: Expected,
  redact?: Redact,
): WriteResult {
  if (outcome instanceof TransportError) return readFault(outcome)
  if (isSessionEnd(outcome)) return { kind: 'session-ended', words: sessionEndWords(outcome) }
  const { status } = outcome
  if (status === 429) return { kind: 'throttled' }
  if (status >= 200 && status < 300) return readSuccess(outcome, expected, redact)
  if (status >= 400 && status < 500) return readRefusal(outcome)
  return { kind: 'unclear', reason: `HTTP ${status} after the record was sent` }
}

function readFault(fault: TransportError): WriteResult {
  if (fault.sent) return { kind: 'unclear', reason: `${fault.message}, after the record was sent` }
  return { kind: 'unsent', code: transportCode(fault), reason: fault.message }
}

function readSuccess({ status, text }: HttpAnswer, expected: Expected, redact?: Redact): WriteResult {
  // A created business document may come with an empty body: what bodies exist is not documented, the status is.
  if (status === 201 && text.trim() === '') return { kind: 'stored', certain: true, echoes: new Map() }
  const body = readExact(text)
  if (body === null) return { kind: 'unclear', reason: `HTTP ${status} with ${describeUnreadable(text)}` }
  const { success, complaints, hasFailed, words } = readEnvelope(body.value, redact)
  if (success === false || (success === null && complaints.length > 0)) return refused(words, complaints, false)
  // Who says so may not know what QAD did with the record.
  if (success === null && hasFailed)
    return { kind: 'unclear', reason: `HTTP ${status} that speaks of a failure: ${words || 'no reason given'}` }
  const echoes = findEchoes(body.value, expected)
  if (status === 201 || success === true) return { kind: 'stored', certain: true, echoes }
  if (echoes.size > 0 && !isObject(submitResult(body.value))) return { kind: 'stored', certain: false, echoes }
  return { kind: 'unclear', reason: `HTTP ${status} with neither submitResult nor the record` }
}

/** Statuses by which any web server says that it has not acted on the request, whatever page comes along. */
const NOT_PROCESSED = new Set([404, 405, 413])

function readRefusal({ status, text }: HttpAnswer): WriteResult {
  const body = readExact(text)
  const { complaints, words } = readEnvelope(body?.value ?? null)
  if (status === 403) return { kind: 'forbidden', words }
  if (status === 409) return refused(words || 'HTTP 409', complaints, true)
  if (status === 408) return { kind: 'unclear', reason: 'HTTP 408 after the record was sent' }
  if (body !== null && !NOT_PROCESSED.has(status)) return refused(words || `HTTP ${status}`, complaints, false)
  if (!NOT_PROCESSED.has(status)) return { kind: 'unclear', reason: `HTTP ${status} with ${describeUnreadable(text)}` }
  return refused(words || `HTTP ${status}, not from QAD's API; check qad.write.path`, complaints, false)
}

/** QAD has no code for a duplicate; programs against real tenants know it by these words. */
const DUPLICATE_WORDS = /already exists?\b|\bduplicate/i

export function saysDuplicate(words: string): boolean {
  return DUPLICATE_WORDS.test(words)
}

function refused(words: string, complaints: readonly Complaint[], duplicate: boolean): WriteResult {
  return {
    kind: 'refused',
    duplicate: duplicate || saysDuplicate(words) || complaints.some(({ message }) => saysDuplicate(message)),
    words: words || 'QAD gives no reason',
    complaints,
  }
}

function describeUnreadable(text: string): string {
  if (text.trim() === '') return 'an empty body'
  return looksLikePage(text) ? 'a web page' : 'a body that is not JSON, or breaks off'
}

function submitResult(body: Exact): Exact | undefined {
  return isObject(body) ? own(body, 'submitResult') : undefined
}

/** Records of ours anywhere in the answer: plural names, `data` and bare lists all occur. */
function findEchoes(body: Exact, { keys, keyPrefix = '', keyField }: Expected): ReadonlyMap<string, ExactObject> {
  const wanted = new Map(keys.map((key) => [`${keyPrefix}${key}`.toUpperCase(), key.toUpperCase()]))
  const echoes = new Map<string, ExactObject>()
  const visit = (value: Exact, depth: number): void => {
    if (depth > MAX_DEPTH) return
    if (isList(value)) for (const member of value) visit(member, depth + 1)
    if (!isObject(value)) return
    const texts = keyField === null ? Object.values(value) : [own(value, keyField)]
    const key = texts.flatMap((text) => (typeof text === 'string' ? (wanted.get(text.toUpperCase()) ?? []) : []))[0]
    if (key !== undefined) echoes.set(key, value)
    for (const member of Object.values(value)) visit(member, depth + 1)
  }
  visit(body, 0)
  return echoes
}

const MAX_DEPTH = 8
