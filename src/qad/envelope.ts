import { isList, isObject, own, shown, type Exact, type ExactObject } from './exact.js'

/** What an answer of QAD says about its own success. */
export interface Envelope {
  /** `submitResult.success`; null when the answer does not say. */
  readonly success: boolean | null
  readonly complaints: readonly Complaint[]
  /** True: it speaks of a failure in words that are not QAD's, such as those of a server in front of it. */
  readonly hasFailed: boolean
  /** All complaints in QAD's words, fit to be shown; empty when there are none. */
  readonly words: string
}

export interface Complaint {
  readonly message: string
  readonly field: string | null
  readonly value: string | null
}

/** Takes credentials out of a text: a server may repeat them in an answer that is good, too. */
export type Redact = (text: string) => string

/**
 * Reads the two shapes that QAD answers errors in, whatever the HTTP status: `submitResult {success, errors[]}`, and bare
 * `errors[]` or `message` at the top. Programs written against real tenants meet both.
 */
export function readEnvelope(answer: Exact, redact: Redact = asItIs): Envelope {
  if (!isObject(answer)) return { success: null, complaints: [], hasFailed: false, words: '' }
  const submit = own(answer, 'submitResult')
  const inner = isObject(submit) ? complaintsIn(submit, redact) : []
  const complaints = inner.length > 0 ? inner : complaintsIn(answer, redact)
  const words = complaints.length > 0 ? complaints.map(wordsOf).join('; ') : redact(topMessage(answer))
  const success = isObject(submit) ? readSuccess(own(submit, 'success')) : null
  return { success, complaints, hasFailed: speaksOfFailure(answer), words: shown(words) }
}

function asItIs(text: string): string {
  return text
}

export function wordsOf({ message, field, value }: Complaint): string {
  if (field === null || message.includes(field)) return message
  return value === null || value === '' ? `${message} (${field})` : `${message} (${field}: ${value})`
}

function readSuccess(value: Exact | undefined): boolean | null {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : null
}

function complaintsIn(holder: ExactObject, redact: Redact): Complaint[] {
  const errors = own(holder, 'errors')
  if (!isList(errors)) return []
  return errors.map((error) => {
    if (!isObject(error)) return { message: redact(text(error) ?? 'no message'), field: null, value: null }
    const said = (...names: readonly string[]) => {
      const found = firstText(error, names)
      return found === null ? null : redact(found)
    }
    return {
      message: said('message', 'errorMessage', 'code') ?? 'no message',
      field: said('fieldName', 'field', 'name'),
      value: said('fieldValue', 'value'),
    }
  })
}

/** `success: false` at the top, or an `error` or `errors` that is one text or record and no list. */
function speaksOfFailure(answer: ExactObject): boolean {
  const isTold = (value: Exact | undefined) =>
    isObject(value) ? Object.keys(value).length > 0 : /[a-z]/i.test(text(value) ?? '')
  return (
    readSuccess(own(answer, 'success') ?? null) === false ||
    ['error', 'errors'].some((name) => isTold(own(answer, name)))
  )
}

function topMessage(answer: ExactObject): string {
  const inner = [own(answer, 'error'), own(answer, 'errors')].find((one) => isObject(one))
  const outer = firstText(answer, ['error_description', 'message', 'error', 'errors'])
  return outer ?? (isObject(inner) ? firstText(inner, ['message', 'errorMessage', 'code']) : null) ?? ''
}

function firstText(holder: ExactObject, names: readonly string[]): string | null {
  for (const name of names) {
    const found = text(own(holder, name))
    if (found !== null && found !== '') return found
  }
  return null
}

function text(value: Exact | undefined): string | null {
  return typeof value === 'string' ? value : null
}
