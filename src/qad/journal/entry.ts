import { MlcError } from '../../errors.js'
import { isPlainDecimal } from '../../model/money.js'
import { formatPeriod, samePeriod, periodDates, type CalendarPeriod } from '../../model/period.js'
import type { Reference } from '../../model/reference.js'
import type { JournalForm } from '../options.js'
import { cut } from '../record.js'
import type { TemplateLine, TemplateValues } from '../template/names.js'

/**
 * A reference as an entry that balances: its account on one side, the offset account on the other, both to the digit. A positive
 * amount is a debit. The date is the last day of the period; empty where the calendar does not give it.
 * @param calendar QAD's periods; empty: a period is a calendar month
 * @param textLimit characters that QAD keeps of a text; null: all
 */
export function entryValues(
  reference: Reference,
  { daybook, offsetAccount, keyPrefix }: Pick<JournalForm, 'daybook' | 'offsetAccount' | 'keyPrefix'>,
  calendar: readonly CalendarPeriod[],
  textLimit: number | null,
): TemplateValues {
  const { domain, entity, year, period, currency, measure, amount, revision, run } = reference
  if (!isPlainDecimal(amount))
    throw new MlcError('MLC-P001', `the amount ${amount} of ${reference.key} is not a plain decimal`)
  const description = cut(reference.description, textLimit)
  return {
    ...{ key: `${keyPrefix}${reference.key}`, domain, entity, daybook, currency, measure, amount, description, run },
    ...{ year: String(year), period: String(period), revision: String(revision) },
    date: lastDay(reference, calendar) ?? '',
    source: cut(reference.source, textLimit),
    lines: linesOf(reference, offsetAccount, description),
  }
}

function linesOf(reference: Reference, offsetAccount: string, text: string): readonly TemplateLine[] {
  const { account, subAccount, costCentre, project, site, currency, amount } = reference
  const isCredit = amount.startsWith('-')
  const size = isCredit ? amount.slice(1) : amount
  const nothing = size.replace(/[1-9]/g, '0').replace(/^0+(?=0)/, '')
  const [debit, credit] = isCredit ? [nothing, size] : [size, nothing]
  return [
    { account, subAccount, costCentre, project, site, currency, text, debit, credit },
    { account: offsetAccount, currency, text, debit: credit, credit: debit },
  ]
}

function lastDay(reference: Reference, calendar: readonly CalendarPeriod[]): string | null {
  const known = calendar.find((candidate) => samePeriod(candidate, reference))
  if (known?.end) return known.end
  const after = periodDates(reference, calendar)?.end
  if (after === undefined) return null
  return new Date(Date.parse(`${after}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10)
}

const DAY_MS = 86_400_000

/** @throws MLC-Q032 when a template names a date that the calendar of QAD does not give: QAD would take today's instead */
export function requireDate(reference: Reference, { date }: TemplateValues, names: ReadonlySet<string>): void {
  if (date !== '' || !names.has('date')) return
  throw new MlcError('MLC-Q032', `the calendar of QAD gives no last day of ${formatPeriod(reference)}`)
}
