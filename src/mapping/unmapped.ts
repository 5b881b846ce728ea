import type { Figure } from '../model/figure.js'
import { toTextAtLeast, ZERO, type Money } from '../model/money.js'
import type { Problem } from '../model/plan.js'
import { compareTexts } from '../model/fold.js'
import { createTable } from '../model/table.js'
import type { ErrorCode } from '../errors.js'
import type { Resolution } from './resolve.js'
import { counted } from '../model/counted.js'

export type Dimension = 'account' | 'costCentre'

/** A value of Looker that the map does not settle, with all that hangs on it. */
export interface Unmapped {
  readonly dimension: Dimension
  /** `ambiguous`: several lines of the map match, those in `lines`. */
  readonly kind: 'unmapped' | 'ambiguous'
  /** As Looker has it; empty where the row has no value. */
  readonly value: string
  readonly lines: readonly number[]
  /** The map file; null when codes are taken as they are. */
  readonly path: string | null
  /** Rows of the Looker answer. */
  readonly rows: number
  /** Plain decimal text, Looker's sign, of the first of `amounts`. Amounts of different measures or currencies are not one sum. */
  readonly amount: string
  readonly amounts: readonly { readonly measure: string; readonly currency: string; readonly amount: string }[]
}

export interface UnmappedList {
  /** Where figures that have this value, of one measure and currency, are counted. */
  open(
    dimension: Dimension,
    value: string | null,
    why: Unsettled,
    figure: Pick<Figure, 'measure' | 'currency'>,
  ): OpenUnmapped
  /** By dimension, then value. */
  list(): readonly Unmapped[]
}

export interface OpenUnmapped {
  readonly entry: { rows: number }
  readonly sum: { total: Money }
}

export type Unsettled = Extract<Resolution, { kind: 'unmapped' | 'ambiguous' }>

export function createUnmappedList(): UnmappedList {
  const entries = createTable<Entry>()
  const known = new Set<string>()
  /** A value of its own as long as a person could read them; then they are counted together. */
  const nameOf = (dimension: Dimension, text: string) => {
    const name = `${dimension} ${text}`
    if (known.size >= MOST_VALUES && !known.has(name)) return OTHERS
    known.add(name)
    return text
  }
  return {
    open(dimension, value, why, { measure, currency }) {
      const text = nameOf(dimension, value === null || value.trim() === '' ? '' : value)
      const entry = entries.at([dimension, why.kind, text], () => newEntry(dimension, text, why))
      if (why.kind === 'ambiguous') for (const line of why.lines) entry.lines.add(line)
      return { entry, sum: entry.sums.at([measure, currency], () => ({ measure, currency, total: ZERO })) }
    },
    list: () =>
      [...entries.values()]
        .map(unmappedOf)
        .sort(
          (a, b) =>
            compareTexts(a.dimension, b.dimension) || compareTexts(a.value, b.value) || compareTexts(a.kind, b.kind),
        ),
  }
}

const MOST_VALUES = 5_000
const OTHERS = '… and others'

/** One problem a value, however many rows carry it: MLC-P010, or MLC-P021 when several lines of the map match. */
export function problemOf(unmapped: Unmapped): Problem {
  const { dimension, kind, value, lines, path, rows, amounts } = unmapped
  const sums = amounts.map(({ measure, currency, amount }) => `${measure} ${amount} ${currency}`).join(', ')
  const what = `${dimension === 'account' ? 'account' : 'cost centre'} ${value === '' ? '(empty)' : JSON.stringify(value)}`
  const size = `${counted(rows, 'row')}, ${sums}`
  if (kind === 'ambiguous') {
    return stop(
      'MLC-P021',
      `${what} matches lines ${lines.join(', ')} of ${path ?? 'the map'} but for case or spaces (${size})`,
    )
  }
  return stop('MLC-P010', path === null ? `${what} is no code (${size})` : `${what} is not in ${path} (${size})`)
}

function stop(code: ErrorCode, message: string): Problem {
  return { code, message, key: null }
}

interface Entry {
  readonly dimension: Dimension
  readonly kind: Unmapped['kind']
  readonly value: string
  readonly path: string | null
  readonly lines: Set<number>
  rows: number
  readonly sums: ReturnType<typeof createTable<Sum>>
}

interface Sum {
  readonly measure: string
  readonly currency: string
  total: Money
}

function newEntry(dimension: Dimension, value: string, { kind, path }: Unsettled): Entry {
  return { dimension, kind, value, path, lines: new Set(), rows: 0, sums: createTable<Sum>() }
}

function unmappedOf({ dimension, kind, value, path, lines, rows, sums }: Entry): Unmapped {
  const amounts = [...sums.values()]
    .map(({ measure, currency, total }) => ({ measure, currency, amount: toTextAtLeast(total, 2) }))
    .sort((a, b) => compareTexts(a.measure, b.measure) || compareTexts(a.currency, b.currency))
  const inOrder = [...lines].sort((a, b) => a - b)
  return { dimension, kind, value, path, lines: inOrder, rows, amounts, amount: amounts[0]?.amount ?? '0.00' }
}
