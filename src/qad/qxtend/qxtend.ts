import { MlcError } from '../../errors.js'
import type { Chart } from '../../model/chart.js'
import type { CalendarPeriod } from '../../model/period.js'
import type { Reference } from '../../model/reference.js'
import { readBalances, readPosted } from '../books.js'
import { checkDaybook } from '../journal/daybook.js'
import { entryValues, requireDate } from '../journal/entry.js'
import type { Answer, Ledger, Readiness } from '../ledger.js'
import { readChart } from '../masters.js'
import type { JournalForm, ReadOptions, ReadsOptions } from '../options.js'
import type { QueryPlace } from '../rows.js'
import type { TemplateLine, TemplateValues } from '../template/names.js'
import type { Template } from '../template/template.js'
import type { QxtendOptions } from './options.js'
import { postQdoc, type QdocDesk } from './post.js'
import { createQueryPlace } from './query.js'
import { createReceiver, type QxtendPorts } from './receiver.js'

/** The documents of a site: what posts an entry, and what asks for rows. Null where it has none. */
export interface QxtendDocuments {
  readonly entry: (JournalForm & { readonly template: Template; readonly settleSeconds: number }) | null
  readonly query: Template | null
}

/**
 * QAD Enterprise Edition through QXtend Inbound: every reference is one QDoc, every read one query QDoc. The session context
 * carries user and password, so there is no login of its own and nothing to log out of. @throws MLC-C003, MLC-C007
 */
export function createQxtend(options: QxtendOptions, { entry, query }: QxtendDocuments, ports: QxtendPorts): Ledger {
  const receiver = createReceiver(options, ports)
  const { reads } = options
  const place = () => createQueryPlace(receiver, query)
  let known: Chart | null = null
  let readiness: Promise<Readiness> | null = null
  let isConsented = false
  const chart = async () => (known = await readChart(place(), reads))
  const knownChart = async () => known ?? (await chart())
  return {
    canReadBack: Boolean(reads.posted) && query !== null,
    // An entry is a transaction of its own; an answer about several would not tell which of them QAD took.
    batchSize: 1,
    chart,
    balances: (period, onStray) => readBalances(place(), reads, period, onStray),
    posted: (period) => readPosted(place(), reads, period, entry),
    async post(references) {
      if (entry === null)
        throw new MlcError('MLC-C012', 'mlc.yaml has no journal in qad.write, so nothing can be posted')
      const desk = deskOf(entry, options, (await knownChart()).periods ?? [], place())
      const answers: Answer[] = []
      for (const reference of references) answers.push(await postQdoc(reference, receiver, desk))
      return answers
    },
    ready: async () => {
      if (entry === null || isConsented) return { caution: null }
      return (readiness ??= askReadiness(entry, place(), reads, knownChart))
    },
    consent: () => void (isConsented = true),
    close: async () => undefined,
  }
}

type Entry = NonNullable<QxtendDocuments['entry']>

async function askReadiness(
  entry: Entry,
  place: QueryPlace,
  reads: ReadsOptions,
  chart: () => Promise<Chart>,
): Promise<Readiness> {
  return checkDaybook(entry, place, reads, (await chart()).accounts)
}

function deskOf(
  entry: Entry,
  { reads, limits, qxtend }: QxtendOptions,
  calendar: readonly CalendarPeriod[],
  place: QueryPlace,
): QdocDesk {
  const { template, settleSeconds } = entry
  const values = (reference: Reference) => {
    const found = entryValues(reference, entry, calendar, limits.text ?? null)
    requireDate(reference, found, template.names)
    return withSeparator(found, qxtend.decimalSeparator)
  }
  return { template, values, place, reads, form: entry, settleMs: settleSeconds * 1000 }
}

/** The reads of a session that writes decimals so. */
export function separated(reads: ReadsOptions, decimalSeparator: '.' | ','): ReadsOptions {
  const entries: readonly [string, ReadOptions | null | undefined][] = Object.entries(reads)
  return Object.fromEntries(entries.map(([name, read]) => [name, read ? { ...read, decimalSeparator } : null]))
}

/** Amounts as a session of that locale reads them: digit for digit, with its own sign before the decimals. */
function withSeparator({ lines, ...values }: TemplateValues, separator: '.' | ','): TemplateValues {
  const spelled = (amount = '') => amount.replace('.', separator)
  const spelledLine = (line: TemplateLine) => ({ ...line, debit: spelled(line.debit), credit: spelled(line.credit) })
  return { ...values, amount: spelled(values.amount), lines: (lines ?? []).map(spelledLine) }
}
