import { bareErrors, json, refused } from './answers.js'
import type { Books } from './books.js'
import { isObject, readJson, type Json } from './cells.js'
import type { Entry, EntryLine } from './entries.js'
import { faultOf, type Fault } from './faults.js'
import { keepEntry, numberOf } from './postings.js'
import { faultsOfEntry, type EntryFault } from './validate-entry.js'
import type { QadCompany, QadJournal, QadUser } from './world.js'

export interface JournalPost {
  readonly user: QadUser
  readonly workspace: string
  readonly query: URLSearchParams
  readonly body: string
  readonly faults: readonly Fault[]
  /** False: the entry is checked and nothing saved. */
  readonly isSave: boolean
}

/** `POST /api/erp/<plural>?viewUri=…`: 200 whatever comes of it, and only `submitResult.success` tells. All entries or none. */
export function postJournal(journal: QadJournal, books: Books, post: JournalPost): Response {
  if (post.query.get('viewUri') !== journal.viewUri) return bareErrors(400, 'Invalid URI')
  if (post.user.role !== 'writer') return bareErrors(403, 'Access is denied')
  const moved = faultOf(post.faults, 'defaultWorkspace') !== undefined
  const workspace = moved ? (post.user.workspaces[0] ?? post.workspace) : post.workspace
  const company = books.company(workspace)
  if (!company) return bareErrors(403, 'Access is denied')
  const body = readJson(post.body)
  const records = isObject(body) ? body[journal.plural] : undefined
  if (!Array.isArray(records) || records.length === 0) return bareErrors(400, `Field is mandatory. (${journal.plural})`)
  const entries = (records as readonly Json[]).map((record) => entryOf(record, journal, workspace))
  const faults = entries.flatMap((entry) => allFaults(entry, journal, company, books))
  if (faults.length > 0) return refused(faults.map((fault) => complaint(fault, journal)))
  const stored = post.isSave ? entries.map((entry) => keepEntry(entry, books.entries, post.faults)) : entries
  return saved(stored, journal, company)
}

function allFaults(entry: Entry, journal: QadJournal, company: QadCompany, books: Books): readonly EntryFault[] {
  const book = company.daybooks.find(({ code }) => code.toLowerCase() === entry.daybook.toLowerCase())
  if (book && journal.isTransient && book.layerType !== 'TRANSIENT')
    return [
      { code: 'SIM-014', field: 'daybook', message: `Layer ${book.layer} of daybook ${book.code} is not transient.` },
    ]
  const texts = (['text', 'secondText'] as const).filter((word) => [...entry[word]].length > MOST)
  const long = texts.map((field) => ({
    code: 'SIM-080',
    field,
    message: `${field} is longer than ${MOST} characters.`,
  }))
  const isTaken = entry.voucher !== 0 && books.entries.holds(entry.workspace, entry.daybook, entry.voucher)
  const taken = { code: 'SIM-070', field: 'voucher', message: `Voucher ${entry.voucher} already exists.` }
  return [...long, ...faultsOfEntry(entry, company), ...(isTaken ? [taken] : [])]
}

const MOST = 40

function complaint({ code, field, message }: EntryFault, { header, line }: QadJournal) {
  return { code, message, fieldName: header[field] ?? line[field] ?? field, fieldValue: '' }
}

function saved(
  stored: readonly Entry[],
  { plural, header, viewUri }: QadJournal,
  { domain, entity }: QadCompany,
): Response {
  const echo = stored.map((entry) => {
    const words = {
      ...entry,
      voucher: { n: `${entry.voucher}` },
      year: { n: `${entry.year}` },
      period: { n: `${entry.period}` },
    }
    const fields = Object.entries(header).map(([word, name]) => [
      name,
      (words as Record<string, unknown>)[word] as Json,
    ])
    return {
      ...(Object.fromEntries(fields) as Record<string, Json>),
      ...{ domainCode: domain, entityCode: entity, uri: `${viewUri}:${entity}.${numberOf(entry)}` },
      ...{ dataOperation: '', concurrencyHash: '' },
    }
  })
  const submitResult = { success: true, errorSeverity: { n: '0' }, errors: [] }
  return json(200, { data: { [plural]: echo }, submitResult, supplementaryMessages: [] })
}

function entryOf(record: Json, { header, lines, line }: QadJournal, workspace: string): Entry {
  const word = (name: string) => textOf(record, header[name] ?? name)
  const rows = isObject(record) ? record[lines] : undefined
  const whole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN)
  return {
    ...{ workspace, daybook: word('daybook'), year: whole(word('year')), period: whole(word('period')) },
    ...{ date: word('date').slice(0, 10), voucher: whole(word('voucher') || '0') },
    ...{ text: word('text'), secondText: word('secondText'), isVerified: true },
    lines: Array.isArray(rows) ? (rows as readonly Json[]).map((row) => lineOf(row, line)) : [],
  }
}

function lineOf(row: Json, names: Readonly<Record<string, string>>): EntryLine {
  const word = (name: string) => textOf(row, names[name] ?? name)
  return {
    ...{ account: word('account'), subAccount: word('subAccount'), costCentre: word('costCentre') },
    ...{ project: word('project'), currency: word('currency'), text: word('text') },
    ...{ debit: word('debit') || '0', credit: word('credit') || '0' },
  }
}

/** A number for a code arrives as its digits: a code that lost its leading zeros is another code. */
function textOf(record: Json, name: string): string {
  const value = isObject(record) && Object.hasOwn(record, name) ? record[name] : undefined
  if (typeof value === 'string') return value
  return isObject(value) && typeof value['n'] === 'string' ? value['n'] : ''
}
