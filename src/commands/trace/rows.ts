import type { Context } from '../../context.js'
import { MlcError } from '../../errors.js'
import { planHash } from '../../mapping/planner.js'
import type { FigureSpec } from '../../model/job.js'
import {
  absolute,
  add,
  compare,
  isPlainDecimal,
  money,
  negate,
  subtract,
  toText,
  ZERO,
  type Money,
} from '../../model/money.js'
import type { PlanEntry } from '../../model/plan.js'
import { parseKey, type Reference } from '../../model/reference.js'
import type { Row } from '../../model/row.js'
import type { RunHead, RunStore } from '../../pipeline/ports.js'
import { belongingTo, type MapUsed } from './maps.js'

/** The rows behind a reference, and whether they add up to it. */
export interface Figured {
  /** By number, ascending; at most MOST_ROWS. */
  readonly rows: readonly NumberedRow[]
  /** How many were summed; null where it cannot be told. */
  readonly rowCount: number | null
  /** Exact sum with Looker's sign; null where not all rows are known. */
  readonly sum: string | null
  /** What rounding took away: signed sum minus amount. */
  readonly residue: string | null
  /** Whether sum, sign and rounding give the amount; null where it cannot be told. */
  readonly ties: boolean | null
  /** What could not be told, and why. */
  readonly remarks: readonly string[]
}

export interface NumberedRow {
  /** 1-based, in the order in which Looker sent them. */
  readonly number: number
  readonly row: Row
}

export interface FigureAsked {
  /** The run whose figures the reference carries. */
  readonly run: string
  readonly reference: Reference
  /** What the rows come to: the amount; of a journal what all its revisions amount to with this one. */
  readonly amount: string
  /** Row numbers as the audit lists them. */
  readonly listed: readonly number[]
  /** Hashes of the rows and of the plan as the audit has them; null where it has none. */
  readonly rowsHash: string | null
  readonly planHash: string | null
  readonly maps: readonly MapUsed[]
}

/** Of a reference of more rows, audit and plan list the first of them. */
const MOST_LISTED = 50
/** More rows than this are counted and summed, not shown. */
const MOST_ROWS = 1_000

/** Reads the rows of a run that became a reference from its folder. What is gone or was changed is said, never guessed. */
export async function figureOf(asked: FigureAsked, context: Context): Promise<Figured> {
  const store = await context.runs()
  const head = await attempt(async () => store.head(asked.run))
  if (head instanceof MlcError) return untold(asked, goneOrUnreadable(head, asked.run))
  if (asked.rowsHash !== null && head.rowsHash !== asked.rowsHash)
    return untold(
      asked,
      `the rows kept for run ${asked.run} are not the ones that the audit speaks of; they are not shown`,
    )
  const entry = await entryOf(asked, store)
  const listed = asked.listed.length > 0 ? asked.listed : (entry?.rows ?? [])
  if (listed.length === 0) return untold(asked, 'which rows were summed is recorded nowhere')
  try {
    const read = await readRows({ asked, head, listed }, store)
    return judge(read, asked.amount, head.figure.sign, entry?.residue ?? null)
  } catch (error) {
    return untold(asked, `the rows of run ${asked.run} are gone or were changed: ${wordsOf(error)}`)
  }
}

function untold({ listed }: FigureAsked, remark: string): Figured {
  const rowCount = listed.length > 0 && listed.length < MOST_LISTED ? listed.length : null
  return { rows: [], rowCount, sum: null, residue: null, ties: null, remarks: [remark] }
}

function goneOrUnreadable(error: MlcError, run: string): string {
  if (error.cause !== undefined) return error.message
  return `the folder of run ${run} is gone: the rows themselves are no longer there, the audit has their numbers`
}

/** The plan's line about the reference; null when the plan is not the one that the audit speaks of. */
async function entryOf(
  { run, reference, planHash: expected }: FigureAsked,
  store: RunStore,
): Promise<PlanEntry | null> {
  const saved = await attempt(async () => store.plan(run))
  if (saved instanceof MlcError || saved.hash !== (expected ?? saved.hash) || planHash(saved.plan) !== saved.hash)
    return null
  const base = baseOf(reference.key)
  return (
    saved.plan.entries.find(
      (entry) => baseOf(entry.reference.key) === base && entry.reference.amount === reference.amount,
    ) ?? null
  )
}

function baseOf(key: string): string {
  return parseKey(key)?.baseKey ?? key
}

interface Sum {
  readonly rows: NumberedRow[]
  count: number
  /** Null: a cell is no plain decimal. */
  total: Money | null
}

interface RowsRead {
  readonly listed: Sum
  /** All rows that the maps lead to the reference; null where that need not or cannot be told. */
  readonly all: Sum | null
}

async function readRows(
  { asked, head, listed }: { asked: FigureAsked; head: RunHead; listed: readonly number[] },
  store: RunStore,
): Promise<RowsRead> {
  const column = columnOf(head.figure, asked.reference)
  const wanted = new Set(listed)
  const belongs = listed.length < MOST_LISTED ? null : belongingTo(asked.reference, head, asked.maps)
  const read: RowsRead = { listed: emptySum(), all: belongs && emptySum() }
  let number = 0
  // To the end, even when all are found: only the whole file can be compared with its hash.
  for await (const batch of store.rows(asked.run)) {
    for (const row of batch) {
      number += 1
      if (wanted.has(number)) take(read.listed, { number, row }, column)
      if (read.all && belongs?.(row, number)) take(read.all, { number, row }, column)
    }
  }
  return read
}

function columnOf({ measures }: FigureSpec, { measure }: Reference): string {
  return measures[measure] ?? ''
}

function emptySum(): Sum {
  return { rows: [], count: 0, total: ZERO }
}

function take(sum: Sum, one: NumberedRow, column: string): void {
  const cell = one.row[column]
  sum.count += 1
  if (sum.rows.length < MOST_ROWS) sum.rows.push(one)
  sum.total = sum.total && typeof cell === 'string' && isPlainDecimal(cell) ? add(sum.total, money(cell)) : null
}

function judge({ listed, all }: RowsRead, amount: string, sign: 1 | -1, planned: string | null): Figured {
  const tied = [listed, ...(all ? [all] : [])].map((sum) => ({ sum, ...arithmetic(sum, amount, sign, planned) }))
  const found = tied.find(({ ties }) => ties) ?? (listed.count < MOST_LISTED ? tied[0] : undefined)
  if (found && found.residue !== null) {
    const { sum, residue, ties } = found
    return { rows: sum.rows, rowCount: sum.count, sum: toText(sum.total ?? ZERO), residue, ties, remarks: [] }
  }
  const remark = `the first ${listed.count} rows are listed; which others were summed cannot be told without the map files of that run`
  return { rows: listed.rows, rowCount: null, sum: null, residue: planned, ties: null, remarks: [remark] }
}

/** Signed sum minus amount, and whether that is what the plan says; without the plan, whether rounding explains it. */
function arithmetic({ total, count }: Sum, amount: string, sign: 1 | -1, planned: string | null) {
  if (total === null || count === 0 || !isPlainDecimal(amount)) return { residue: null, ties: false }
  const residue = subtract(sign === -1 ? negate(total) : total, money(amount))
  const ties =
    planned === null ? compare(absolute(residue), oneUnitOf(amount)) < 0 : compare(residue, money(planned)) === 0
  return { residue: toText(residue), ties }
}

/** The smallest step at the amount's scale: 0.01 for 12.50. */
function oneUnitOf(amount: string): Money {
  const scale = amount.split('.')[1]?.length ?? 0
  return money(scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`)
}

/** What the store has, or why it has it not: the audit tells the rest. */
export async function attempt<T>(read: () => Promise<T>): Promise<T | MlcError> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof MlcError) return error
    throw error
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof MlcError) return error.message
  if (error instanceof Error && 'code' in error) return String(error.code)
  throw error
}
