import type { AuditLine } from '../../audit/read.js'
import { MlcError } from '../../errors.js'
import { formatPeriod } from '../../model/period.js'
import { parseKey } from '../../model/reference.js'
import { stoodBefore } from '../trace/read.js'
import type { AuditRow, Place } from './select.js'

/** A column of the records as a table: what it is called, and what a record has there; null for nothing. */
export interface Column {
  readonly name: string
  readonly isAmount: boolean
  /** Plain decimals in it are numbers, not text. */
  readonly isNumeric: boolean
  readonly of: (row: AuditRow) => string | null
}

export const TABLE_COLUMNS = 'seq,at,run,job,event,key,amount,who'

export const CSV_COLUMNS =
  'seq,at,run,job,event,key,period,account,costCentre,currency,measure,amount,before,revision,qadRef,code,message,' +
  'reason,user,host,mlc,file,line,hash,company'

/** The columns of a list such as `at,key,data.rows`. @throws MLC-C006 for a name that there is not */
export function columnsOf(list: string): readonly Column[] {
  return list.split(',').map((text) => {
    const name = text.trim()
    const of = NAMED[name] ?? (/^data(\.\w+)+$/.test(name) ? (row: AuditRow) => inside(row.record, name) : undefined)
    if (of !== undefined)
      return { name, of, isAmount: AMOUNTS.has(name), isNumeric: NUMERIC.has(name) || name.startsWith('data.') }
    throw new MlcError('MLC-C006', `--columns names ${JSON.stringify(name)}`, {
      fix: `Use ${Object.keys(NAMED).join(', ')}, or a place inside data, such as data.source.look.`,
    })
  })
}

const AMOUNTS: ReadonlySet<string> = new Set(['amount', 'before', 'total', 'data.amount', 'data.before.amount'])
const NUMERIC: ReadonlySet<string> = new Set(['seq', 'amount', 'before', 'total', 'revision', 'line'])

const place = (of: (place: Place) => string) => (row: AuditRow) => (row.reference === null ? null : of(row.reference))
const data = (path: string) => (row: AuditRow) => inside(row.record, `data.${path}`)

const NAMED: Readonly<Record<string, Column['of']>> = {
  seq: ({ record }) => String(record.seq),
  at: ({ record }) => record.at,
  run: ({ record }) => record.run,
  job: ({ record }) => record.job,
  event: ({ record }) => record.event,
  key: ({ record }) => record.key,
  company: ({ company }) => company,
  period: place(formatPeriod),
  account: place(({ account }) => account),
  costCentre: place(({ costCentre }) => costCentre),
  currency: place(({ currency }) => currency),
  measure: place(({ measure }) => measure),
  amount: data('amount'),
  before: ({ record }) => stoodBefore(record.data),
  total: data('total'),
  revision: ({ record }) => (record.key === null ? null : String(parseKey(record.key)?.revision ?? 1)),
  qadRef: data('qadRef'),
  code: data('code'),
  message: data('message'),
  reason: data('reason'),
  who: ({ record }) => `${record.actor.user}@${record.actor.host}`,
  user: ({ record }) => record.actor.user,
  host: ({ record }) => record.actor.host,
  mlc: ({ record }) => record.actor.mlc,
  file: ({ record }) => record.file,
  line: ({ record }) => String(record.line),
  hash: ({ record }) => record.hash,
}

/** What stands at a place inside the record; objects and lists as JSON. */
function inside(record: AuditLine, path: string): string | null {
  let value: unknown = record
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
    value = (value as Record<string, unknown>)[name]
  }
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
