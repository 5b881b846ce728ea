import { MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { at, type ExactObject } from '../exact.js'
import type { ReadOptions } from '../options.js'
import { factsOf, type Fact } from './fact.js'
import { narrowed, type Shelf } from './paging.js'
import type { Sample } from './rows.js'

/** What no code of a site is. */
const NOWHERE = 'ZZ-NOT-THERE'
/** Rows that `narrowed` asks for at most. */
const PAGE = 50

interface Trial {
  readonly op: string
  readonly value: string
  readonly holds: (cell: string) => boolean
}

/** Whether a browse looks at filters: asked for something that must leave rows out, and for something that nothing is. */
export async function filterFacts(shelf: Shelf, sample: Sample): Promise<readonly Fact[]> {
  const { name, read } = shelf
  const facts = factsOf(`reads.${name}`)
  const field = distinguishing(sample)
  const relied = reliedOn(read)
  if (field === null) return relied.length === 0 ? [] : [facts.assumed('filters', NO_COLUMN, { meaning: COUNTS })]
  const cells = sample.rows.map((row) => textAt(row, field))
  const outcomes: { op: string; outcome: string }[] = []
  for (const trial of trialsOn(cells)) {
    const rows = await narrowed(shelf, { field, op: trial.op, value: trial.value, isNumber: false })
    outcomes.push({ op: trial.op, outcome: judge(rows, field, trial, cells) })
  }
  const nothing = await narrowed(shelf, { field, op: 'eq', value: NOWHERE, isNumber: false })
  return [operatorFact(shelf, field, outcomes), impossibleFact(shelf, field, nothing, sample.rows.length)]
}

const COUNTS = 'this read counts on its filters: without them it shows what does not belong to it'
const NO_COLUMN = 'no column tells the rows apart, so no filter could show'
const HARMLESS = 'no filter is configured that mlc does not check by itself, so nothing hangs on it'

/** A column of codes that has at least two values, none with a comma: how a browse takes one is not known. */
function distinguishing({ read, rows }: Sample): string | null {
  const codes = ['code', 'account', 'key', 'costCentre', 'currency'].flatMap((name) => read.columns[name] ?? [])
  return codes.find((column) => new Set(rows.map((row) => textAt(row, column)).filter(isPlain)).size > 1) ?? null
}

function textAt(row: ExactObject, column: string): string {
  const cell = at(row, column)
  return typeof cell === 'string' ? cell : ''
}

function isPlain(text: string): boolean {
  return /^[\w.-]+$/.test(text)
}

/** Every operator that browses were seen to take, each with a value that leaves something out. Progress compares without case. */
function trialsOn(cells: readonly string[]): readonly Trial[] {
  const sorted = [...new Set(cells.filter(isPlain).map((cell) => cell.toLowerCase()))].sort()
  const [low = '', high = ''] = [sorted[0], sorted.at(-1)]
  const last = high.slice(-2)
  return [
    { op: 'eq', value: high, holds: (cell) => cell === high },
    { op: 'gt', value: low, holds: (cell) => cell > low },
    { op: 'ge', value: high, holds: (cell) => cell >= high },
    { op: 'lt', value: high, holds: (cell) => cell < high },
    { op: 'le', value: low, holds: (cell) => cell <= low },
    { op: 'sw', value: high, holds: (cell) => cell.startsWith(high) },
    { op: 'ew', value: last, holds: (cell) => cell.endsWith(last) },
    { op: 'cn', value: high, holds: (cell) => cell.includes(high) },
    { op: 'rg', value: `${high},${high}`, holds: (cell) => cell === high },
  ]
}

function judge(
  rows: readonly ExactObject[] | MlcError,
  field: string,
  { holds }: Trial,
  cells: readonly string[],
): string {
  if (rows instanceof MlcError) return 'refused'
  const expected = Math.min(PAGE, cells.filter((cell) => holds(cell.toLowerCase())).length)
  const strange = rows.filter((row) => !holds(textAt(row, field).toLowerCase())).length
  if (strange === 0 && rows.length === expected) return 'honoured'
  if (strange > 0 && rows.length === Math.min(PAGE, cells.length)) return 'ignored'
  return 'otherwise'
}

/** Conditions on which the figures hang: those on year, period, domain and entity mlc checks by itself where it has their column. */
function reliedOn({ filters, columns }: ReadOptions): readonly (readonly [string, string])[] {
  const checked = ['year', 'period', 'domain', 'entity'].map((name) => columns[name])
  return (filters ?? []).filter(([field]) => !checked.includes(field)).map(([field, op]) => [field, op] as const)
}

function operatorFact(
  { name, read }: Shelf,
  field: string,
  outcomes: readonly { op: string; outcome: string }[],
): Fact {
  const facts = factsOf(`reads.${name}`)
  const by = (outcome: string) => outcomes.filter((one) => one.outcome === outcome).map(({ op }) => op)
  const told = ['honoured', 'ignored', 'refused', 'otherwise'].flatMap((outcome) => {
    const ops = by(outcome)
    return ops.length === 0 ? [] : [`${outcome}: ${ops.join(' ')}`]
  })
  const seen = `on ${field}, ${told.join('; ')}`
  const used = new Set((read.filters ?? []).map(([, op]) => op))
  const bad = outcomes.filter(({ op, outcome }) => outcome !== 'honoured' && used.has(op)).map(({ op }) => op)
  const relied = reliedOn(read).filter(([, op]) => bad.includes(op))
  if (relied.length > 0) {
    const change = `Use another operator for ${relied.map(([one]) => one).join(', ')} in qad.reads.${name}.filters, or a browse that is cut to it.`
    return facts.contradicted('filters', seen, { meaning: COUNTS, change })
  }
  if (by('honoured').includes('eq')) return facts.confirmed('filters', seen)
  return facts.assumed('filters', seen, { meaning: HARMLESS })
}

function impossibleFact(
  { name, read }: Shelf,
  field: string,
  rows: readonly ExactObject[] | MlcError,
  all: number,
): Fact {
  const facts = factsOf(`reads.${name}`)
  const asked = `asked for ${field} eq ${NOWHERE}`
  if (rows instanceof MlcError)
    return facts.assumed('impossible filter', `${asked}, QAD refuses: ${rows.message}`, { meaning: HARMLESS })
  if (rows.length === 0) return facts.confirmed('impossible filter', `${asked}, QAD shows nothing`)
  const seen = `${asked}, QAD shows ${counted(rows.length, 'row')} of ${all}`
  if (reliedOn(read).length > 0) return facts.contradicted('impossible filter', seen, { meaning: COUNTS })
  return facts.assumed('impossible filter', seen, { meaning: HARMLESS })
}
