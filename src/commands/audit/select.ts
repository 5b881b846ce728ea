import { AUDIT_EVENTS, type AuditEvent } from '../../audit/event.js'
import { companiesIn } from '../../audit/companies.js'
import { foldRecord, type Outcome, type OutcomeState } from '../../audit/outcomes.js'
import { meets, readAudit, type AuditFilter, type AuditLine } from '../../audit/read.js'
import { MlcError } from '../../errors.js'
import { formatPeriod, parsePeriod, samePeriod, type Period } from '../../model/period.js'
import { parseKey, type Reference } from '../../model/reference.js'
import type { CommonFlags } from '../flags.js'

/** Which records: those that meet all that is given. */
export interface SelectFlags extends CommonFlags {
  readonly run?: string
  readonly job?: string
  readonly key?: string
  readonly event: readonly string[]
  readonly period?: string
  readonly since?: string
  readonly until?: string
  /** Only the last word on each reference that is not settled. */
  readonly open?: boolean
  /** Only references whose amount replaced an earlier one. */
  readonly revised?: boolean
}

/** A record, and the reference that it speaks of where one line about its key carries it. */
export interface AuditRow {
  readonly record: AuditLine
  readonly reference: Place | null
  /** Of a journal: what its revisions amount to with this one. */
  readonly total: string | null
  /** The company that it speaks of; null where no line says. */
  readonly company: string | null
}

/** The part of a reference that tables show. */
export type Place = Pick<Reference, 'year' | 'period' | 'account' | 'costCentre' | 'currency' | 'measure'>

/** @throws MLC-C006 for a flag that cannot be read; MLC-A002, MLC-A004 at a line that was changed or cannot be read */
export async function* selectRows(folder: string, flags: SelectFlags): AsyncGenerator<AuditRow> {
  const filter = filterOf(flags)
  const isWanted = meets(filter)
  const period = periodOf(flags.period)
  const places = createPlaces(period)
  const companyOf = await companiesIn(folder)
  const open = flags.open ? createOpen() : null
  // What a line about a key does not say itself, an earlier line says: of another run, or before --since.
  for await (const record of readAudit(folder)) {
    const row = { record, ...places.see(record), company: companyOf(record) }
    const isRevised = !flags.revised || (record.key !== null && (parseKey(record.key)?.revision ?? 1) > 1)
    const isShown = isWanted(record) && isRevised && (period === null || places.isOfPeriod(record, row.reference))
    if (open) open.see(row, isShown)
    else if (isShown) yield row
  }
  if (open) yield* open.rows()
}

/** The records alone, without reading what the flags leave out. */
export async function* selectRecords(folder: string, flags: SelectFlags): AsyncGenerator<AuditLine> {
  if (flags.period !== undefined || flags.open || flags.revised) {
    for await (const { record } of selectRows(folder, flags)) yield record
  } else {
    yield* readAudit(folder, filterOf(flags))
  }
}

function filterOf({ run, job, key, event, since, until }: SelectFlags): AuditFilter {
  return {
    ...(run === undefined ? {} : { run }),
    ...(job === undefined ? {} : { job }),
    ...(key === undefined ? {} : { key }),
    ...(event.length === 0 ? {} : { events: event.map(eventOf) }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

function eventOf(name: string): AuditEvent {
  const found = AUDIT_EVENTS.find((event) => event === name)
  if (found !== undefined) return found
  throw new MlcError('MLC-C006', `--event is ${JSON.stringify(name)}`, {
    fix: `Use one of ${AUDIT_EVENTS.join(', ')}.`,
  })
}

function periodOf(text: string | undefined): Period | null {
  if (text === undefined) return null
  const period = parsePeriod(text)
  if (period) return period
  throw new MlcError('MLC-C006', `--period is ${JSON.stringify(text)}`, { fix: 'Write --period YYYY-PP.' })
}

/** What each key stands for, and which runs were about the period. */
function createPlaces(asked: Period | null) {
  const byKey = new Map<string, Place>()
  const totals = new Map<string, string>()
  const runs = new Set<string>()
  return {
    see({ key, data, run }: AuditLine): Pick<AuditRow, 'reference' | 'total'> {
      const named = typeof data['period'] === 'string' ? parsePeriod(data['period']) : null
      if (asked && named && run !== null && samePeriod(named, asked)) runs.add(run)
      if (key === null) return { reference: null, total: null }
      if (typeof data['total'] === 'string') totals.set(key, data['total'])
      const { reference } = data
      if (isReference(reference)) {
        const { year, period, account, costCentre, currency, measure } = reference
        byKey.set(key, { year, period, account, costCentre, currency, measure })
      }
      const place = byKey.get(key) ?? byKey.get(parseKey(key)?.baseKey ?? key) ?? null
      return { reference: place, total: totals.get(key) ?? null }
    },
    isOfPeriod({ key, run, data }: AuditLine, place: Place | null): boolean {
      // What people say of a reconciliation belongs to no run.
      if (run === null && asked !== null && data['period'] === formatPeriod(asked)) return true
      if (key === null || place === null) return run !== null && runs.has(run)
      return asked !== null && samePeriod(place, asked)
    },
  }
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'key' in value && 'year' in value && 'period' in value
}

const UNSETTLED: ReadonlySet<OutcomeState> = new Set(['open', 'unknown', 'failed', 'conflict', 'skipped'])

/** The line that last changed what is known of a key, for keys that are not settled. */
function createOpen() {
  const outcomes = new Map<string, Outcome>()
  const last = new Map<string, { readonly row: AuditRow; readonly isShown: boolean }>()
  return {
    see(row: AuditRow, isShown: boolean) {
      const { key } = row.record
      if (key === null) return
      const before = outcomes.get(key)
      foldRecord(outcomes, row.record)
      const now = outcomes.get(key)
      if (now === undefined || now === before) return
      if (UNSETTLED.has(now.state) || now.isReleased) last.set(key, { row, isShown })
      else last.delete(key)
    },
    *rows(): Generator<AuditRow> {
      for (const { row, isShown } of last.values()) if (isShown) yield row
    },
  }
}
