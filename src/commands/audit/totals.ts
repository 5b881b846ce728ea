import { add, isPlainDecimal, money, toText, ZERO, type Money } from '../../model/money.js'
import { formatPeriod } from '../../model/period.js'
import { parseKey } from '../../model/reference.js'
import { groupDigits } from '../../terminal/amount.js'
import { csvLine } from '../../terminal/formats.js'
import { visible } from '../../terminal/sanitise.js'
import type { Output } from '../../terminal/sink.js'
import { table } from '../../terminal/table.js'
import type { AuditRow } from './select.js'

/**
 * What was posted, summed: a revision replaces the amount before it, or of a journal adds to it, so both sums are told. Exact
 * decimal text.
 */
export interface Total {
  readonly period: string
  readonly job: string
  readonly measure: string
  readonly currency: string
  /** References, revisions of one counted once. */
  readonly references: number
  /** What stands of them: their newest amounts; of journals what all revisions come to. */
  readonly amount: string
  /** Postings, revisions each by itself. */
  readonly postings: number
  readonly posted: string
  /** Into which it was posted; null where no line says. */
  readonly company: string | null
}

/** Sums the records `record.posted` among the rows by period, job, measure, currency and company. */
export async function showTotals(
  rows: AsyncIterable<AuditRow>,
  format: 'table' | 'json' | 'ndjson' | 'csv',
  output: Output,
): Promise<void> {
  const totals = await totalsOf(rows)
  // One company goes without saying.
  const columns = new Set(totals.map(({ company }) => company)).size > 1 ? ([...COLUMNS, 'company'] as const) : COLUMNS
  if (format === 'json') await output.write(`${JSON.stringify({ schema: 'mlc/audit-totals/1', totals })}\n`)
  else if (format === 'ndjson') for (const total of totals) await output.write(`${JSON.stringify(total)}\n`)
  else if (format === 'csv') {
    const numeric = columns.map((name) => NUMERIC.includes(name))
    await output.write(csvLine(columns))
    for (const total of totals)
      await output.write(
        csvLine(
          columns.map((name) => String(total[name] ?? '')),
          { numeric },
        ),
      )
  } else {
    const heads = columns.map((name) => ({
      title: name.toUpperCase(),
      align: NUMERIC.includes(name) ? ('right' as const) : ('left' as const),
    }))
    const shown = (name: keyof Total, text: string) => (AMOUNTS.includes(name) ? groupDigits(text) : visible(text))
    const lines = totals.map((total) => columns.map((name) => shown(name, String(total[name] ?? ''))))
    await output.write(await table(heads, lines))
  }
}

const COLUMNS = ['period', 'job', 'measure', 'currency', 'references', 'amount', 'postings', 'posted'] as const
const AMOUNTS: readonly string[] = ['amount', 'posted']
const NUMERIC: readonly string[] = ['references', 'postings', ...AMOUNTS]

interface Group {
  readonly of: Pick<Total, 'period' | 'job' | 'measure' | 'currency' | 'company'>
  readonly newest: Map<string, { readonly revision: number; readonly amount: Money }>
  readonly postings: Map<string, Money>
}

/** By period, job, measure, currency and company. */
export async function totalsOf(rows: AsyncIterable<AuditRow>): Promise<readonly Total[]> {
  const groups = new Map<string, Group>()
  for await (const { record, reference, total, company } of rows) {
    const { event, key, data, job } = record
    const amount = data['amount']
    if (event !== 'record.posted' || key === null || typeof amount !== 'string' || !isPlainDecimal(amount)) continue
    const { measure = '', currency = '' } = reference ?? {}
    const of = { period: reference ? formatPeriod(reference) : '', job: job ?? '', measure, currency, company }
    const name = JSON.stringify(Object.values(of))
    const group: Group = groups.get(name) ?? { of, newest: new Map(), postings: new Map() }
    groups.set(name, group)
    const { baseKey, revision } = parseKey(key) ?? { baseKey: key, revision: 1 }
    // A posting that was confirmed by a later read is told twice, and is one posting.
    group.postings.set(key, money(amount))
    if ((group.newest.get(baseKey)?.revision ?? 0) <= revision)
      group.newest.set(baseKey, { revision, amount: money(total !== null && isPlainDecimal(total) ? total : amount) })
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => totalOf(group))
}

function totalOf({ of, newest, postings }: Group): Total {
  const sumOf = (amounts: readonly Money[]) => toText(amounts.reduce(add, ZERO))
  return {
    ...of,
    references: newest.size,
    amount: sumOf([...newest.values()].map(({ amount }) => amount)),
    postings: postings.size,
    posted: sumOf([...postings.values()]),
  }
}
