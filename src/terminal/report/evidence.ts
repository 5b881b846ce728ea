import { counted } from '../../model/counted.js'
import { pageHead, text } from './html.js'

/** A page that answers an auditor's questions. Whatever comes from Looker, QAD or a person is text, never markup. */
export interface EvidencePage {
  /** Such as `plant-gl 2026-07`. */
  readonly title: string
  /** When it was made, ISO 8601 in UTC. */
  readonly at: string
  readonly answers: readonly Answer[]
  /** What else is in the archive: name and what it is. */
  readonly files: readonly (readonly [name: string, what: string])[]
}

export interface Answer {
  readonly question: string
  /** One sentence each. */
  readonly says: readonly string[]
  readonly tables: readonly AnswerTable[]
}

export interface AnswerTable {
  readonly columns: readonly { readonly title: string; readonly isAmount?: boolean }[]
  readonly rows: readonly (readonly string[])[]
}

/** Columns of text, then columns of amounts and counts. */
export function columns(texts: readonly string[], amounts: readonly string[] = []): AnswerTable['columns'] {
  return [...texts.map((title) => ({ title })), ...amounts.map((title) => ({ title, isAmount: true }))]
}

/** One self-contained page, well-formed XML too. */
export function* evidencePage({ title, at, answers, files }: EvidencePage): Generator<string> {
  yield pageHead(`Evidence ${title}`)
  yield `<h1>Evidence ${text(title)}</h1>\n<p class="soft">made ${text(at)}</p>\n`
  for (const [index, answer] of answers.entries()) yield* answered(index + 1, answer)
  yield '<h2>What is in the archive</h2>\n'
  yield tableOf({ columns: [{ title: 'File' }, { title: 'What it is' }], rows: files })
  yield '</body>\n</html>\n'
}

/** More do not help a reader; report.csv and audit.jsonl have them all, and the page says so. */
const MOST_ROWS = 500

function* answered(number: number, { question, says, tables }: Answer): Generator<string> {
  yield `<h2>${number}. ${text(question)}</h2>\n`
  for (const sentence of says) yield `<p>${text(sentence)}</p>\n`
  for (const table of tables.filter(({ rows }) => rows.length > 0)) yield tableOf(table)
}

function tableOf({ columns, rows }: AnswerTable): string {
  const kind = (index: number) => (columns[index]?.isAmount ? ' class="amount"' : '')
  const heads = columns.map(({ title }, index) => `<th scope="col"${kind(index)}>${text(title)}</th>`).join('')
  const body = rows
    .slice(0, MOST_ROWS)
    .map((row) => `<tr>${row.map((cell, index) => `<td${kind(index)}>${text(cell)}</td>`).join('')}</tr>\n`)
  const rest = rows.length - MOST_ROWS
  const more =
    rest > 0 ? `<p class="warning">${counted(rest, 'more line is', 'more lines are')} in the files only.</p>\n` : ''
  return `<div class="wide">\n<table>\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${body.join('')}</tbody>\n</table>\n</div>\n${more}`
}
