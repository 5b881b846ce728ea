import { MlcError } from '../../errors.js'
import type { CalendarPeriod } from '../../model/period.js'
import type { Desk } from '../answers.js'
import type { AdaptiveOptions, JournalOptions } from '../options.js'
import { entryValues, requireDate } from './entry.js'

/** References as entries in a daybook, one a request: a template names one key. */
export function journalDesk(
  write: JournalOptions,
  { reads, limits }: AdaptiveOptions,
  calendar: readonly CalendarPeriod[],
): Desk {
  const { path, validatePath, viewUri, settleSeconds, template } = write
  return {
    ...{ settleSeconds, reads, form: write },
    path: withView(path, viewUri),
    validatePath: validatePath ? withView(validatePath, viewUri) : null,
    // The names that records of the standard components were seen to use.
    echo: { key: null, domain: 'domainCode', entity: 'entityCode', amount: '' },
    async render([reference, ...more]) {
      if (!reference || more.length > 0) throw new MlcError('MLC-X001', 'a journal carries one reference')
      const values = entryValues(reference, write, calendar, limits.text ?? null)
      requireDate(reference, values, template.names)
      return template.render(values)
    },
  }
}

function withView(path: string, viewUri: string | null | undefined): string {
  if (!viewUri) return path
  return `${path}${path.includes('?') ? '&' : '?'}viewUri=${encodeURIComponent(viewUri)}`
}
