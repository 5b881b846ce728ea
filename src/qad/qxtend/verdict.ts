import type { ErrorCode } from '../../errors.js'
import { TransportError, type HttpAnswer } from '../../http/http.js'
import { saysDuplicate } from '../result.js'
import { transportCode } from '../transport.js'
import { readQdocAnswer, type QdocAnswer } from './answer.js'
import type { XmlElement } from '../xml.js'

/** What became of one posted QDoc, read from its answer and nothing else. */
export type Verdict =
  /** Committed. `warning`: what QAD remarked. */
  | { readonly kind: 'stored'; readonly response: XmlElement; readonly warning: string | null }
  /** Committed, but cut: what stands in QAD may not carry our key. */
  | { readonly kind: 'truncated'; readonly words: string }
  | { readonly kind: 'refused'; readonly words: string; readonly isDuplicate: boolean }
  /** QXtend says that it did not come to it. Sent again is it only after QAD has been asked. */
  | { readonly kind: 'not-processed'; readonly words: string }
  | { readonly kind: 'credentials'; readonly words: string }
  | { readonly kind: 'forbidden'; readonly words: string }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'unsent'; readonly code: ErrorCode; readonly reason: string }
  /** Sent, and nothing that can be trusted came back. */
  | { readonly kind: 'unclear'; readonly reason: string }

/** @param isWhole scopeTransaction: all or nothing, so that an error means that nothing is stored */
export function judge(outcome: HttpAnswer | TransportError, secrets: readonly string[], isWhole: boolean): Verdict {
  if (outcome instanceof TransportError) return ofTransport(outcome)
  const answer = readQdocAnswer(outcome.text, secrets)
  switch (answer.kind) {
    case 'response':
      return ofResponse(answer, isWhole)
    case 'fault':
      return ofFault(answer)
    case 'unreadable':
      return ofStatus(outcome.status, answer.reason)
  }
}

function ofTransport(fault: TransportError): Verdict {
  if (fault.sent) return { kind: 'unclear', reason: `${fault.message}, after the QDoc was sent` }
  return { kind: 'unsent', code: transportCode(fault), reason: fault.message }
}

function ofResponse(answer: Extract<QdocAnswer, { kind: 'response' }>, isWhole: boolean): Verdict {
  const { result, response, messages, words } = answer
  if (result === 'error') return ofError(answer, isWhole)
  // QAD commits what it cut, and then says so. (QXtend User Guide, QDoc responses)
  if (messages.some(({ text }) => SAYS_CUT.test(text))) return { kind: 'truncated', words }
  if (messages.some(({ severity }) => severity === 'error') && result === 'success')
    return { kind: 'unclear', reason: `QXtend says success, and in the same answer: ${words}` }
  return { kind: 'stored', response, warning: words === '' ? null : words }
}

const SAYS_CUT = /\btruncat/i

/** What the exception codes of QXtend mean for a record that was sent. (QXtend User Guide, exceptions) */
const UNCERTAIN: Readonly<Record<string, string>> = {
  'process-002': 'sending to QAD failed',
  'process-003': 'sending to QAD failed',
  'process-009': 'QXtend did not hear from QAD in time',
  'transaction-007': 'the transaction was rolled back in part',
}
const ROLLED_BACK = 'transaction-001'
const NO_SESSION = 'process-001'

function ofError({ codes, words, messages }: Extract<QdocAnswer, { kind: 'response' }>, isWhole: boolean): Verdict {
  const said = words || 'QXtend gives no reason'
  const uncertain = Object.keys(UNCERTAIN).find((code) => codes.has(code))
  if (uncertain !== undefined) return { kind: 'unclear', reason: `${UNCERTAIN[uncertain] ?? ''}: ${said}` }
  if (aboutCredentials(said)) return { kind: 'credentials', words: said }
  if (codes.has(NO_SESSION)) return { kind: 'not-processed', words: said }
  const isDuplicate = messages.some(({ text }) => saysDuplicate(text))
  if (isWhole || codes.has(ROLLED_BACK) || isDuplicate) return { kind: 'refused', words: said, isDuplicate }
  return {
    kind: 'unclear',
    reason: `QXtend says error with scopeTransaction false, which may leave a part stored: ${said}`,
  }
}

/** Faults come before QAD is asked to do anything; only these codes may come later. */
function ofFault({ by, words, codes }: Extract<QdocAnswer, { kind: 'fault' }>): Verdict {
  const uncertain = Object.keys(UNCERTAIN).find((code) => codes.has(code))
  if (uncertain !== undefined) return { kind: 'unclear', reason: `${UNCERTAIN[uncertain] ?? ''}: ${words}` }
  if (aboutCredentials(words)) return { kind: 'credentials', words }
  if (by === 'server') return { kind: 'not-processed', words }
  return { kind: 'refused', words, isDuplicate: false }
}

/** Ten wrong passwords lock a user, and QXtend has no code for it: words that speak of a login stop the run. */
export function aboutCredentials(words: string): boolean {
  return ABOUT_LOGIN.test(words) && REFUSES.test(words)
}

const ABOUT_LOGIN = /\b(passw|log-?in\b|logon\b|credential|authenticat|user ?(id|name)\b)/i
const REFUSES =
  /\b(invalid|wrong|incorrect|expired|locked|denied|disabled|unknown|refused|fail|not (valid|authori[sz]ed|found|allowed))/i

/** Statuses by which any web server says that it has not acted on the request, whatever page comes along. */
const NOT_PROCESSED = new Set([404, 405, 413, 415])

function ofStatus(status: number, reason: string): Verdict {
  if (status === 401) return { kind: 'credentials', words: 'HTTP 401' }
  if (status === 403) return { kind: 'forbidden', words: 'HTTP 403' }
  if (status === 429) return { kind: 'throttled' }
  if (NOT_PROCESSED.has(status))
    return { kind: 'refused', words: `HTTP ${status}, not from QXtend; check qad.qxtend.url`, isDuplicate: false }
  return { kind: 'unclear', reason: `HTTP ${status} with ${reason}, after the QDoc was sent` }
}
