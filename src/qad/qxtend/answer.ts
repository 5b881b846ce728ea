import { conceal } from '../conceal.js'
import { shown } from '../exact.js'
import { allNamed, child, childText, readXml, type XmlElement } from '../xml.js'

/** What came back for a QDoc, read by local names. */
export type QdocAnswer =
  | {
      readonly kind: 'response'
      readonly result: 'success' | 'warning' | 'error'
      /** The response element, which holds result, session context, exceptions and data sets. */
      readonly response: XmlElement
      readonly messages: readonly Message[]
      readonly words: string
      readonly codes: ReadonlySet<string>
    }
  /** A SOAP Fault. client: the document is at fault; server: QXtend or QAD is. */
  | {
      readonly kind: 'fault'
      readonly by: 'client' | 'server'
      readonly words: string
      readonly codes: ReadonlySet<string>
    }
  /** Nothing that can be trusted. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly isEarlyEnd: boolean }

/** One row of dsExceptions. */
export interface Message {
  readonly text: string
  /** `itemMaster#1(key) field(x)` */
  readonly context: string
  readonly severity: 'information' | 'warning' | 'error'
  readonly number: string
}

/**
 * @param secrets that QXtend may repeat in its words
 * HTTP status plays no part: faults come with 500, business errors with 200, and only `result` tells which is which.
 */
export function readQdocAnswer(text: string, secrets: readonly string[]): QdocAnswer {
  const read = readXml(text)
  if (!read.ok) return unreadable(text, read.why, read.isEarlyEnd)
  const body = read.root.name === 'Envelope' ? child(read.root, 'Body') : undefined
  if (body === undefined)
    return { kind: 'unreadable', reason: 'XML that is no SOAP envelope with a body', isEarlyEnd: false }
  const fault = child(body, 'Fault')
  if (fault) return readFault(fault, secrets)
  const [response, ...more] = body.children
  if (response === undefined || more.length > 0)
    return { kind: 'unreadable', reason: `a SOAP body with ${body.children.length} elements`, isEarlyEnd: false }
  const result = childText(response, 'result').toLowerCase()
  if (result !== 'success' && result !== 'warning' && result !== 'error')
    return { kind: 'unreadable', reason: 'a response that says neither success, warning nor error', isEarlyEnd: false }
  const messages = allNamed(response, 'temp_err_msg').map(messageOf)
  const said = wordsOf(messages, secrets)
  return { kind: 'response', result, response, messages, words: said, codes: codesIn(messages.map(allOf).join(' ')) }
}

function unreadable(text: string, why: string, isEarlyEnd: boolean): QdocAnswer {
  if (text.trim() === '') return { kind: 'unreadable', reason: 'an empty body', isEarlyEnd: true }
  const isPage = /^\s*(<!doctype html|<html)/i.test(text)
  const reason = isPage ? 'a web page' : isEarlyEnd ? 'XML that breaks off' : `no XML (${why})`
  return { kind: 'unreadable', reason, isEarlyEnd: isEarlyEnd && !isPage }
}

/** SOAP 1.1 has `faultcode` and `faultstring`, 1.2 `Code` and `Reason`: some servers answer in the wrong one. */
function readFault(fault: XmlElement, secrets: readonly string[]): QdocAnswer {
  const code = childText(fault, 'faultcode') || childText(child(fault, 'Code'), 'Value')
  const said = childText(fault, 'faultstring') || childText(child(fault, 'Reason'), 'Text')
  const details = child(fault, 'detail') ?? child(fault, 'Detail')
  const detail = details === undefined ? '' : leavesOf(details).join(' ')
  const local = code.slice(code.lastIndexOf(':') + 1)
  const words = shown(conceal([said || local, detail].filter((text) => text !== '').join('; '), secrets))
  const isServer = /^(server|receiver)\b/i.test(local)
  return {
    kind: 'fault',
    by: isServer ? 'server' : 'client',
    words: `${local}: ${words}`,
    codes: codesIn(`${said} ${detail}`),
  }
}

function leavesOf(element: XmlElement): readonly string[] {
  if (element.children.length > 0) return element.children.flatMap(leavesOf)
  return element.text.trim() === '' ? [] : [element.text.trim()]
}

function messageOf(row: XmlElement): Message {
  const severity = childText(row, 'tt_msg_sev').toLowerCase()
  return {
    text: childText(row, 'tt_msg_desc') || childText(row, 'tt_msg_data'),
    context: childText(row, 'tt_msg_context') || childText(row, 'tt_msg_field'),
    // A message without one is an error. (QXtend User Guide, QDoc responses)
    severity: severity === 'information' || severity === 'warning' ? severity : 'error',
    number: childText(row, 'tt_msg_nbr'),
  }
}

function wordsOf(messages: readonly Message[], secrets: readonly string[]): string {
  const words = messages.map(({ text, context, number }) => {
    const said = [number, text || 'no message'].filter((part) => part !== '').join(' ')
    return context === '' ? said : `${said} (${context})`
  })
  return shown(conceal(words.join('; '), secrets))
}

function allOf({ text, context, number }: Message): string {
  return `${number} ${text} ${context}`
}

/** `TransactionException007` and its like, wherever they stand, with three digits. */
function codesIn(text: string): ReadonlySet<string> {
  const found = text.matchAll(/\b(Transaction|Process|Event)Exception[ _-]?0*(\d{1,3})\b/gi)
  return new Set([...found].map(([, family = '', digits = '']) => `${family.toLowerCase()}-${digits.padStart(3, '0')}`))
}
