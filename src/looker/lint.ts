import { MlcError } from '../errors.js'
import type { Field } from '../model/row.js'
import { quote } from './words.js'

/**
 * Refuses filters that mean something else than they seem to, given the type of their field: Looker takes them, and answers
 * with no rows, or with all. (Looker filter expressions: `-NULL` is for strings, `NOT NULL` for numbers and dates.)
 * @throws MLC-L027
 */
export function lintFilters(fields: ReadonlyMap<string, Field>, filters: Readonly<Record<string, string>>): void {
  for (const [name, expression] of Object.entries(filters)) {
    const field = fields.get(name)
    const instead = field && meant(field.type, expression.trim())
    if (instead)
      throw new MlcError(
        'MLC-L027',
        `filter ${quote(name, 120)} is ${quote(expression, 60)} on a ${field.type}; ${instead}`,
      )
  }
}

/** What to write instead; null when the expression means what it says. */
function meant(type: string, expression: string): string | null {
  // A template is filled in by Looker, for the user who asks.
  if (/\{[{%]/.test(expression)) return null
  const says = termsOf(expression)
  if (TEXTS.has(type)) return first(says, meantAsText)
  if (type === 'yesno') return expression === '' ? null : first(says, meantAsYesNo)
  if (OTHERS.has(type)) return null
  return first(says, (term) => meantAsNumber(term) ?? (type.startsWith('date') ? meantAsDate(term) : null))
}

const TEXTS: ReadonlySet<string> = new Set(['string', 'zipcode'])
/** Types whose filters follow rules of their own, or are not known. */
const OTHERS: ReadonlySet<string> = new Set([
  '',
  'unknown',
  'tier',
  'bin',
  'enumeration',
  'unquoted',
  'location',
  'list',
])

function meantAsText(term: string): string | null {
  if (/^not\s+null$/i.test(term)) return 'for a value that is there write -NULL'
  if (/^not\s+/i.test(term))
    return 'NOT is a word of the text here; to leave a value out write -VALUE, and a text that begins so in quotes'
  return null
}

function meantAsYesNo(term: string): string | null {
  if (/^(yes|no|true|false|any value)$/i.test(term)) return null
  return 'write Yes or No: anything else is ignored, and the filter with it'
}

function meantAsNumber(term: string): string | null {
  return /^-\s*(null|empty)$/i.test(term) ? 'for a value that is there write NOT NULL' : null
}

/** Looker takes `2018-1` for one year before 2018. */
function meantAsDate(term: string): string | null {
  const month = /(?:^|\s)(\d{4})-(\d)(?=\s|$)/.exec(term)
  return month && `it means ${month[2]} years before ${month[1]}; for the month write ${month[1]}-0${month[2]}`
}

/** The parts between commas; a comma in quotes or after ^ belongs to the text. */
function termsOf(expression: string): readonly string[] {
  return [...expression.matchAll(/(?:\^.|"(?:\^.|[^"^])*"|[^,])+/gs)].map(([term]) => term.trim())
}

function first(terms: readonly string[], says: (term: string) => string | null): string | null {
  return terms.map(says).find((instead) => instead !== null) ?? null
}
