import { MlcError } from '../../errors.js'
import type { Reference } from '../../model/reference.js'
import { readBalances, readPosted } from '../books.js'
import type { Answer, Ledger } from '../ledger.js'
import { readChart } from '../masters.js'
import type { ReadOptions, ReadsOptions } from '../options.js'
import type { TemplateLine, TemplateValues } from '../template/names.js'
import type { Template } from '../template/template.js'
import type { QxtendOptions } from './options.js'
import { postQdoc } from './post.js'
import { createQueryPlace } from './query.js'
import { createReceiver, type QxtendPorts } from './receiver.js'

/** The documents of a site: what posts an entry, and what asks for rows. Null where it has none. */
export interface QxtendDocuments {
  readonly entry: {
    readonly template: Template
    readonly values: (reference: Reference) => TemplateValues
    readonly settleSeconds: number
  } | null
  readonly query: Template | null
}

/**
 * QAD Enterprise Edition through QXtend Inbound: every reference is one QDoc, every read one query QDoc. The session context
 * carries user and password, so there is no login of its own and nothing to log out of. @throws MLC-C003, MLC-C007
 */
export function createQxtend(options: QxtendOptions, { entry, query }: QxtendDocuments, ports: QxtendPorts): Ledger {
  const receiver = createReceiver(options, ports)
  const { decimalSeparator } = options.qxtend
  const reads = separated(options.reads, decimalSeparator)
  const place = () => createQueryPlace(receiver, query)
  return {
    canReadBack: Boolean(reads.posted) && query !== null,
    // An entry is a transaction of its own; an answer about several would not tell which of them QAD took.
    batchSize: 1,
    chart: () => readChart(place(), reads),
    balances: (period) => readBalances(place(), reads, period),
    posted: (period) => readPosted(place(), reads, period),
    async post(references) {
      if (entry === null) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad.write, so nothing can be posted')
      const { template, settleSeconds } = entry
      const values = (reference: Reference) => withSeparator(entry.values(reference), decimalSeparator)
      const desk = { template, values, place: place(), reads, settleMs: settleSeconds * 1000 }
      const answers: Answer[] = []
      for (const reference of references) answers.push(await postQdoc(reference, receiver, desk))
      return answers
    },
    close: async () => undefined,
  }
}

function separated(reads: ReadsOptions, decimalSeparator: '.' | ','): ReadsOptions {
  const entries: readonly [string, ReadOptions | null | undefined][] = Object.entries(reads)
  return Object.fromEntries(entries.map(([name, read]) => [name, read ? { ...read, decimalSeparator } : null]))
}

/** Amounts as a session of that locale reads them: digit for digit, with its own sign before the decimals. */
function withSeparator({ lines, ...values }: TemplateValues, separator: '.' | ','): TemplateValues {
  const spelled = (amount = '') => amount.replace('.', separator)
  const spelledLine = (line: TemplateLine) => ({ ...line, debit: spelled(line.debit), credit: spelled(line.credit) })
  return { ...values, amount: spelled(values.amount), lines: (lines ?? []).map(spelledLine) }
}
