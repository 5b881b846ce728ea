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
  const isText = type === 'string' || type === 'zipcode' || type === 'location'
  if (isText && /^not\s+null$/i.test(expression)) return 'for a value that is there write -NULL'
  if (isText && /^not\s+/i.test(expression)) return 'NOT is a word of the text here; to leave a value out write -VALUE'
  if (!isText && type !== 'yesno' && type !== 'unknown' && /^-\s*(null|empty)$/i.test(expression))
    return 'for a value that is there write NOT NULL'
  if (type === 'yesno' && expression !== '' && !/^(yes|no|true|false|any value)$/i.test(expression))
    return 'write Yes or No: anything else is ignored, and the filter with it'
  return null
}
