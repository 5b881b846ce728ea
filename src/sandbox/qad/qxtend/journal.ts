import type { Books } from '../books.js'
import type { Entry, EntryLine } from '../entries.js'
import type { Fault } from '../faults.js'
import { keepEntry } from '../postings.js'
import { faultsOfEntry } from '../validate-entry.js'
import type { QadCompany } from '../world.js'
import { SERVICES, soapFault, type Message, type Outcome } from './answers.js'
import { textOf, type Qdoc } from './envelope.js'
import type { EntryQdoc } from './world.js'
import { escape, inside, type Element } from './xml.js'

export interface Posting {
  readonly qdoc: Qdoc
  readonly company: QadCompany
  readonly workspace: string
  readonly separator: '.' | ','
  readonly faults: readonly Fault[]
}

type Result = Pick<Outcome, 'result' | 'messages' | 'data'>

/** Takes the entries of a QDoc: all of them or none where scopeTransaction is true, else those that are sound. */
export function postEntries(spec: EntryQdoc, posting: Posting, books: Books): Result | Response {
  const { qdoc, company, workspace, faults } = posting
  const action = (qdoc.context.get('action') ?? '').toUpperCase()
  if (action !== 'SAVE' && action !== 'VALIDATE')
    return refused([error(`Action ${action} is not known.`, spec.name, '')])
  const headers = inside(qdoc.root, SERVICES, spec.dataSet)?.children ?? []
  if (headers.length === 0) return soapFault('Client', `cvc-complex-type: ${spec.name} has no ${spec.dataSet}.`)
  const strange = headers.flatMap((header) => strangers(header, spec))[0]
  if (strange !== undefined) return soapFault('Client', `cvc-complex-type: invalid content: ${strange}.`)
  const entries = headers.map((header) => entryOf(header, spec, posting))
  const judged = entries.map((entry, at) => ({ entry, messages: messagesOf(entry, at, spec, company, books) }))
  const errors = judged.flatMap(({ messages }) => messages)
  const isWhole = qdoc.context.get('scopeTransaction') === 'true'
  const sound = isWhole && errors.length > 0 ? [] : judged.filter(({ messages }) => messages.length === 0)
  const kept = sound.map(({ entry }) => ({ entry, cut: fitted(entry) }))
  const stored =
    action === 'VALIDATE' ? [] : kept.map(({ cut }) => keepEntry({ ...cut, workspace }, books.entries, faults))
  const cuts = kept.filter(({ entry, cut }) => entry.text !== cut.text || entry.secondText !== cut.secondText)
  const warnings = cuts.map(({ entry }) => truncated(entry, spec))
  if (errors.length > 0) {
    const rolledBack = isWhole ? [error('TransactionException001: the transaction was rolled back', '', '')] : []
    return { result: 'error', messages: [...errors, ...rolledBack, ...warnings], data: () => '' }
  }
  const result = warnings.length > 0 ? 'warning' : 'success'
  return { result, messages: warnings, data: (p) => echo(stored, spec, p) }
}

function refused(messages: readonly Message[]): Result {
  return { result: 'error', messages, data: () => '' }
}

/** Elements that the schema does not know, or in another namespace. */
function strangers(header: Element, spec: EntryQdoc): readonly string[] {
  const known = [...Object.values(spec.headerFields), ...spec.ignored, spec.line]
  const ofLines = [...Object.values(spec.lineFields), ...spec.ignored]
  const isOdd = (allowed: readonly string[]) => (one: Element) => one.uri !== SERVICES || !allowed.includes(one.name)
  if (header.name !== spec.header || header.uri !== SERVICES) return [header.name]
  const lines = header.children.filter(({ name }) => name === spec.line)
  return [
    ...header.children.filter(isOdd(known)),
    ...lines.flatMap((line) => line.children.filter(isOdd(ofLines))),
  ].map(({ name }) => name)
}

function entryOf(header: Element, spec: EntryQdoc, { workspace, separator }: Posting): Entry {
  const word = (name: string) => textOf(inside(header, SERVICES, spec.headerFields[name] ?? ''))
  const lines = header.children.filter(({ name }) => name === spec.line)
  const whole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN)
  return {
    ...{ workspace, daybook: word('daybook'), year: whole(word('year')), period: whole(word('period')) },
    ...{
      date: word('date'),
      voucher: whole(word('voucher') || '0'),
      text: word('text'),
      secondText: word('secondText'),
    },
    isVerified: true,
    lines: lines.map((line) => lineOf(line, spec, separator)),
  }
}

function lineOf(line: Element, { lineFields }: EntryQdoc, separator: '.' | ','): EntryLine {
  const word = (name: string) => textOf(inside(line, SERVICES, lineFields[name] ?? ''))
  const amount = (name: string) => plain(word(name) || '0', separator)
  return {
    ...{ account: word('account'), subAccount: word('subAccount'), costCentre: word('costCentre') },
    ...{ project: word('project'), currency: word('currency'), text: word('text') },
    ...{ debit: amount('debit'), credit: amount('credit') },
  }
}

/** A session of that locale takes the other sign for one of thousands: what is not in its way of writing is no number. */
function plain(amount: string, separator: '.' | ','): string {
  const isOurs = separator === '.' ? /^\d+(\.\d+)?$/.test(amount) : /^\d+(,\d+)?$/.test(amount)
  return isOurs ? amount.replace(',', '.') : `?${amount}`
}

function messagesOf(entry: Entry, at: number, spec: EntryQdoc, company: QadCompany, books: Books): readonly Message[] {
  const faults = faultsOfEntry(entry, company)
  const isTaken = entry.voucher !== 0 && books.entries.holds(entry.workspace, entry.daybook, entry.voucher)
  const all = isTaken
    ? [...faults, { code: 'SIM-070', field: 'voucher', message: `Voucher ${entry.voucher} already exists.` }]
    : faults
  return all.map(({ code, field, message }) =>
    error(message, `${spec.header}#${at + 1}(${entry.secondText}) field(${spec.headerFields[field] ?? field})`, code),
  )
}

function error(text: string, context: string, number: string): Message {
  return { text, context, severity: 'error', number }
}

const MOST = 40

/** QAD keeps forty characters of a text, and says that it did. */
function fitted(entry: Entry): Entry {
  const cut = (text: string) => [...text].slice(0, MOST).join('')
  return { ...entry, text: cut(entry.text), secondText: cut(entry.secondText) }
}

function truncated({ secondText }: Entry, { header, headerFields }: EntryQdoc): Message {
  const context = `${header}#1(${secondText}) field(${headerFields['secondText'] ?? ''})`
  return { text: 'Submitted data was truncated', context, severity: 'warning', number: '' }
}

function echo(stored: readonly Entry[], { dataSet, header, headerFields }: EntryQdoc, p: string): string {
  const rows = stored.map(({ voucher, secondText }) => {
    const fields = {
      [headerFields['voucher'] ?? 'voucher']: String(voucher),
      [headerFields['secondText'] ?? 'text']: secondText,
    }
    const inside = Object.entries(fields).map(([name, value]) => `<${p}:${name}>${escape(value)}</${p}:${name}>`)
    return `<${p}:${header}>${inside.join('')}</${p}:${header}>`
  })
  return `<${p}:${dataSet}>${rows.join('')}</${p}:${dataSet}>`
}
