import type { MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { alike } from '../../model/nearest.js'
import { formatPeriod, parsePeriod, type Period } from '../../model/period.js'
import { at, type ExactObject } from '../exact.js'
import type { ReadOptions, ReadsOptions } from '../options.js'
import { rawRows, type Place, type QueryPlace } from '../rows.js'
import { factsOf, refusalOf, type Fact } from './fact.js'

export type ReadName = keyof ReadsOptions

/** What one read of QAD answered, as it came. */
export interface Sample {
  readonly name: ReadName
  readonly read: ReadOptions
  readonly rows: readonly ExactObject[]
  /** The period asked for; null for masters. */
  readonly period: Period | null
}

/** All rows of a read; the error of a read that fails. @throws what concerns QAD as a whole */
export async function takeSample(
  place: Place,
  name: ReadName,
  read: ReadOptions,
  period: Period | null,
): Promise<Sample | MlcError> {
  try {
    const rows: ExactObject[] = []
    for await (const row of rawRows(place, name, read, period)) rows.push(row)
    return { name, read, rows, period }
  } catch (error) {
    return refusalOf(error)
  }
}

/** The rows once more, as a company of their own: what mlc makes of them is judged without asking QAD again. */
export function replayed({ rows }: Sample, { domain, entity }: Pick<Place, 'domain' | 'entity'>): QueryPlace {
  return {
    ...{ domain, entity },
    async *rows() {
      yield* rows
    },
  }
}

/** The read without its filters: they have been applied. */
export function unfiltered(read: ReadOptions): ReadOptions {
  return { ...read, filters: null }
}

/** Enough rows to know the columns by. */
const LOOKED_AT = 500

/** Whether each configured column is there, with the names that are, where one is not. */
export function columnFact({ name, read, rows }: Sample): Fact | null {
  if (rows.length === 0) return null
  const facts = factsOf(`reads.${name}`)
  const configured = Object.entries(read.columns).flatMap(([ours, theirs]) => (theirs ? [[ours, theirs] as const] : []))
  const some = rows.slice(0, LOOKED_AT)
  const missing = configured.filter(([, column]) => some.every((row) => at(row, column) === undefined))
  const names = [...new Set(some.flatMap((row) => Object.keys(row)))].filter((one) => !/^local_variables\./.test(one))
  if (missing.length === 0)
    return facts.confirmed('columns', configured.map(([ours, theirs]) => `${ours} = ${theirs}`).join(', '))
  const told = missing.map(([ours, theirs]) => {
    const near = alike(theirs, names)
    return `${theirs} (${ours}) is not there${near.length === 0 ? '' : `; near it ${near.join(', ')}`}`
  })
  return facts.contradicted(
    'columns',
    `${told.join('; ')}. It has ${names.slice(0, 30).join(', ')}`,
    {
      meaning: 'a row without a configured column stops every run (MLC-Q011)',
      change: `Correct ${missing.map(([ours]) => `qad.reads.${name}.columns.${ours}`).join(', ')}.`,
    },
    'MLC-Q011',
  )
}

/** `12 rows in 2026-07`, where the read asks for one period. */
export function sizeOf(sample: Sample): string {
  const { rows, period } = sample
  return `${counted(rows.length, 'row')}${period !== null && asksPeriod(sample) ? ` in ${formatPeriod(period)}` : ''}`
}

/** A read without filters shows every period; a query QDoc, which has neither browse nor path, is asked for one. */
function asksPeriod({ read: { browse, path, filters } }: Sample): boolean {
  return (!browse && !path) || (filters ?? []).some(([, , value]) => /\{(year|period)\}/.test(String(value)))
}

/** The period that a row says it is of; null where its columns do not tell. */
export function periodOf(row: ExactObject, { columns }: ReadOptions): Period | null {
  const [year, period] = [columns['year'], columns['period']].map((column) => (column ? at(row, column) : undefined))
  if (typeof year !== 'string' || typeof period !== 'string') return null
  return parsePeriod(`${year}-${period.padStart(2, '0')}`)
}
