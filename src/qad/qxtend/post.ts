import { MlcError } from '../../errors.js'
import { TransportError } from '../../http/http.js'
import { withRetries } from '../../http/retry.js'
import type { Posted, Reference } from '../../model/reference.js'
import { unknownDuplicate } from '../answers.js'
import { shown } from '../exact.js'
import type { Answer } from '../ledger.js'
import { answerFromFound, lookUp, type Found } from '../lookup.js'
import type { JournalForm, ReadsOptions } from '../options.js'
import type { QueryPlace } from '../rows.js'
import type { TemplateValues } from '../template/names.js'
import type { Template } from '../template/template.js'
import type { Receiver } from './receiver.js'
import { contextOf } from './soap.js'
import { judge, type Verdict } from './verdict.js'
import { allNamed, child, type XmlElement } from '../xml.js'

/** What posting needs besides the receiver. */
export interface QdocDesk {
  readonly template: Template
  /** What the template is filled with for one reference. */
  readonly values: (reference: Reference) => TemplateValues
  /** Where QAD can be asked what it holds. */
  readonly place: QueryPlace
  readonly reads: ReadsOptions
  /** The prefix of the keys, and the account of the other side. */
  readonly form: JournalForm
  /** How long QAD may still commit after its answer was lost. */
  readonly settleMs: number
}

/**
 * Posts one reference as one QDoc and says what became of it. Sent again is only what certainly did not arrive, or what QXtend says
 * it did not come to and QAD, asked after it had time to commit, does not show.
 * @throws MLC-Q004, MLC-Q006
 */
export async function postQdoc(reference: Reference, receiver: Receiver, desk: QdocDesk): Promise<Answer> {
  let said = ''
  for (let sends = 0; sends < 2; sends++) {
    const verdict = await sendUntilTaken(reference, receiver, desk)
    if ('status' in verdict) return verdict
    if (verdict.kind !== 'not-processed') return answerOf(reference, verdict, receiver, desk)
    said = verdict.words
    const there = await askLater(reference, said, receiver, desk)
    if (there !== null) return there
  }
  return { status: 'unsent', code: 'MLC-Q503', reason: `QXtend did not come to it: ${said}` }
}

/** What QAD shows once nothing can be under way any more; null when it shows nothing under that key. */
async function askLater(
  reference: Reference,
  words: string,
  { clock, signal }: Receiver,
  desk: QdocDesk,
): Promise<Answer | null> {
  if (desk.reads.posted) await clock.sleep(desk.settleMs, signal)
  const found = await lookUp([reference], desk.place, desk.reads, desk.form)
  if (found !== null) return answerFromFound(reference, found)
  return { status: 'unknown', code: 'MLC-Q021', reason: `${words}; QAD cannot be asked whether it has it` }
}

/** Repeats what certainly did not arrive (no byte left, or HTTP 429) as often as http.retries allows, and nothing else. */
async function sendUntilTaken(
  reference: Reference,
  receiver: Receiver,
  { template, values }: QdocDesk,
): Promise<Verdict | Answer> {
  const { retries, clock, signal, options } = receiver
  try {
    // Named by one message id, however often it has to be sent until it leaves.
    const envelope = await receiver.document(template, values(reference), 'SAVE')
    const { verdict } = await withRetries(retries, clock, signal, async () => {
      const outcome = await receiver.send(envelope).catch(asTransport)
      if (outcome instanceof TransportError && !outcome.sent) throw outcome
      const verdict = judge(outcome, receiver.secrets(), options.qxtend.scopeTransaction)
      const headers = outcome instanceof TransportError ? {} : outcome.headers
      // Status 0 is final for withRetries: only being throttled is worth another try.
      return { status: verdict.kind === 'throttled' ? 429 : 0, headers, verdict }
    })
    return verdict
  } catch (error) {
    if (error instanceof TransportError) return judge(error, [], true)
    // What cannot be made was not sent: the figures of the others are as sound as ever.
    if (error instanceof MlcError && NOT_MADE.has(error.code))
      return { status: 'rejected', code: error.code, message: error.message }
    // Between two tries, or in the gap before the first: nothing is under way.
    if (signal?.aborted) return { status: 'unsent', code: 'MLC-Q503', reason: 'stopped' }
    throw error
  }
}

const NOT_MADE: ReadonlySet<string> = new Set(['MLC-C018', 'MLC-P001', 'MLC-Q032'])

function asTransport(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  throw error
}

async function answerOf(
  reference: Reference,
  verdict: Exclude<Verdict, { kind: 'not-processed' }>,
  receiver: Receiver,
  { place, reads, form }: QdocDesk,
): Promise<Answer> {
  switch (verdict.kind) {
    case 'stored':
      return storedAnswer(reference, verdict.response, verdict.warning)
    case 'truncated':
      return { status: 'conflict', posted: postedOf(reference), message: `QAD cut what was sent: ${verdict.words}` }
    case 'refused':
      if (!verdict.isDuplicate) return { status: 'rejected', code: 'MLC-Q020', message: verdict.words }
      return duplicateAnswer(
        reference,
        verdict.words,
        await lookUp([reference], place, reads, form),
        Boolean(reads.posted),
      )
    case 'throttled':
      return { status: 'unsent', code: 'MLC-Q007', reason: 'QXtend is throttling (HTTP 429)' }
    case 'unsent':
      return { status: 'unsent', code: verdict.code, reason: verdict.reason }
    case 'unclear':
      return { status: 'unknown', code: 'MLC-Q021', reason: verdict.reason }
    case 'credentials':
      throw receiver.turnedAway(verdict.words)
    case 'forbidden':
      throw new MlcError('MLC-Q006', `${receiver.name} denies posting: ${verdict.words}`)
  }
}

/** QXtend answers with the session context it used: a QDoc that went to another company is a matter for a person. */
function storedAnswer(reference: Reference, response: XmlElement, warning: string | null): Answer {
  const qadRef = voucherIn(response)
  const context = child(response, 'dsSessionContext')
  const used = context === undefined ? new Map<string, string>() : contextOf(context)
  const elsewhere = (['domain', 'entity'] as const).filter((name) => {
    const found = used.get(name) ?? ''
    return found !== '' && found.toUpperCase() !== reference[name].toUpperCase()
  })
  if (elsewhere.length === 0) return { status: 'posted', qadRef, ...(warning === null ? {} : { remark: warning }) }
  const places = elsewhere.map((name) => `${name} ${used.get(name) ?? ''} instead of ${reference[name]}`).join(', ')
  return {
    status: 'conflict',
    posted: postedOf(reference, qadRef),
    message: `QAD posted ${reference.key} in ${shown(places)}`,
  }
}

/** The number that QAD gave the entry, where the answer shows it. */
function voucherIn(response: XmlElement): string | null {
  const found = ['PostingVoucher', 'tcPostingVoucher'].flatMap((name) => allNamed(response, name))
  const number = found.map(({ text }) => text.trim()).find((text) => text !== '' && !/^0+$/.test(text))
  return number === undefined ? null : shown(number)
}

function duplicateAnswer(reference: Reference, words: string, found: Found | null, canAsk: boolean): Answer {
  const there = found === null ? null : answerFromFound(reference, found)
  return there ?? unknownDuplicate(words, { canAsk, wasAsked: found !== null }, true)
}

function postedOf(reference: Reference, qadRef: string | null = null): Posted {
  const { key, year, period, account, costCentre, currency, measure, amount, revision } = reference
  return { key, year, period, account, costCentre, currency, measure, amount, revision, qadRef }
}
