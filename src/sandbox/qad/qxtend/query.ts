import { shortest, type Cell, type Words } from '../cells.js'
import { text, type Books } from '../books.js'
import { sum } from '../validate-entry.js'
import type { QadUser } from '../world.js'
import { SERVICES, soapFault, type Outcome } from './answers.js'
import { textOf, type Qdoc } from './envelope.js'
import type { QueryQdoc, QueryTable } from './world.js'
import { escape, inside } from './xml.js'

export interface Asking {
  readonly qdoc: Qdoc
  readonly user: QadUser
  readonly workspace: string
  readonly separator: '.' | ','
  /** True: QAD answers without rows, as record-level security can make it. */
  readonly isEmpty: boolean
}

/** Answers the site's query QDoc: the masters whole, movements and entries of the periods asked for. */
export function answerQuery(
  spec: QueryQdoc,
  asking: Asking,
  books: Books,
): Pick<Outcome, 'result' | 'messages' | 'data'> | Response {
  const row = inside(inside(asking.qdoc.root, SERVICES, spec.dataSet), SERVICES, spec.row)
  const [from, to] = [textOf(inside(row, SERVICES, spec.from)), textOf(inside(row, SERVICES, spec.to))]
  if (!isPeriod(from) || !isPeriod(to))
    return soapFault('Client', `cvc-pattern-valid: ${spec.from} and ${spec.to} are YYYY-PP.`)
  const rows = (table: QueryTable) => (asking.isEmpty ? [] : rowsOf(table, asking, from, to, books))
  const data = (p: string) =>
    `<${p}:${spec.answer}>${spec.tables.flatMap((table) => rows(table).map((words) => element(words, table, asking.separator, p))).join('')}</${p}:${spec.answer}>`
  return { result: 'success', messages: [], data }
}

function isPeriod(text: string): boolean {
  return /^\d{4}-\d{2}$/.test(text)
}

function rowsOf(
  table: QueryTable,
  { user, workspace }: Asking,
  from: string,
  to: string,
  books: Books,
): readonly Words[] {
  const { of } = table
  if (user.hidden?.includes(of === 'entryLines' ? 'references' : of)) return []
  const rows = of === 'entryLines' ? entryRows(table, workspace, books) : books.rows(of, workspace)
  const isBound = of === 'entryLines' || of === 'balances' || table.isCut === true
  const bound = isBound ? rows.filter((words) => isWithin(words, from, to)) : rows
  // Balances that name no layer are those of the books.
  const isOfTheBooks = of === 'balances' && table.columns['layer'] === undefined
  return isOfTheBooks ? bound.filter((words) => text(words['layer']) === 'OFFICIAL') : bound
}

function isWithin(words: Words, from: string, to: string): boolean {
  const name = `${text(words['year'])}-${text(words['period']).padStart(2, '0')}`
  return name >= from && name <= to
}

function entryRows({ daybook, without = '' }: QueryTable, workspace: string, books: Books): readonly Words[] {
  const entries = books.entries.visible(workspace).filter((entry) => daybook === undefined || entry.daybook === daybook)
  return entries.flatMap(({ lines, ...header }) =>
    lines
      .filter(({ account }) => account.toLowerCase() !== without.toLowerCase())
      .map(({ debit, credit, text: lineText, ...line }): Words => {
        const { year, period, voucher, secondText, text: headText, date } = header
        const numbers = { year: { n: `${year}` }, period: { n: `${period}` }, voucher: { n: `${voucher}` } }
        const amounts = { debit: { n: debit }, credit: { n: credit }, amount: { n: sum([debit, minus(credit)]) } }
        return { ...line, ...numbers, ...amounts, secondText, text: headText, lineText, date, daybook: header.daybook }
      }),
  )
}

function minus(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`
}

function element(words: Words, { name, columns }: QueryTable, separator: '.' | ',', p: string): string {
  const fields = Object.entries(columns).map(([word, column]) => {
    const shown = escape(spelled(word, words[word] ?? null, separator))
    return `<${p}:${column}>${shown}</${p}:${column}>`
  })
  return `<${p}:${name}>${fields.join('')}</${p}:${name}>`
}

const DECIMALS = new Set(['amount', 'debit', 'credit'])

function spelled(word: string, cell: Cell, separator: '.' | ','): string {
  if (DECIMALS.has(word)) return shortest(text(cell)).replace('.', separator)
  // A date has no time of day in a QDoc.
  return text(cell).replace(/^(\d{4}-\d{2}-\d{2})T.*$/, '$1')
}
