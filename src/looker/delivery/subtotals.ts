import { MlcError } from '../../errors.js'
import { add, isPlainDecimal, isZero, money, round, subtract, ZERO, type Money } from '../../model/money.js'
import type { Row } from '../../model/row.js'

/** Rows in which some dimensions are blank: they may be subtotals of others. */
export interface Suspects {
  add(row: Row): void
  /** Goes through all rows once more where there are any. @throws MLC-I014 for a row that is the sum of several others */
  judge(rows: Iterable<readonly Row[]> | AsyncIterable<readonly Row[]>): Promise<void>
}

/** Subtotals are few. Where more rows are blank somewhere, that is how the figures are. */
const MOST = 1_000

export function createSuspects(measures: readonly string[], dimensions: readonly string[]): Suspects {
  const sums = new Map<string, Sum>()
  const kinds = new Set<string>()
  let count = 0

  /** The dimensions that the row names; null when it names all of them, or none. */
  function named(row: Row): readonly string[] | null {
    const names = dimensions.filter((name) => row[name] !== null && row[name] !== '' && row[name] !== undefined)
    return names.length === dimensions.length || names.length === 0 ? null : names
  }

  function tally(row: Row): void {
    const own = kindOf(named(row) ?? [])
    for (const kind of kinds) {
      if (kind === own) continue
      const sum = sums.get(keyOf(row, kind))
      if (sum) sum.rows++
      for (const measure of measures)
        sum?.amounts.set(measure, add(sum.amounts.get(measure) ?? ZERO, amountOf(row, measure)))
    }
  }

  return {
    add(row) {
      const names = named(row)
      if (names === null || ++count > MOST) return
      const kind = kindOf(names)
      kinds.add(kind)
      sums.set(keyOf(row, kind), { row, rows: 0, amounts: new Map() })
    },
    async judge(rows) {
      if (count === 0 || count > MOST) return
      for await (const batch of rows) batch.forEach(tally)
      const found = [...sums.values()].find((sum) => isSubtotal(sum, measures))
      if (!found) return
      const shown = dimensions.map((name) => `${name} ${JSON.stringify(found.row[name] ?? '')}`).join(', ')
      throw new MlcError(
        'MLC-I014',
        `the delivery is not the figures alone: a row is the subtotal of ${found.rows} others (${shown})`,
      )
    },
  }
}

interface Sum {
  readonly row: Row
  rows: number
  readonly amounts: Map<string, Money>
}

function isSubtotal({ row, rows, amounts }: Sum, measures: readonly string[]): boolean {
  const isSum = (measure: string) => {
    const difference = subtract(amounts.get(measure) ?? ZERO, amountOf(row, measure))
    return isZero(round(difference, 6, 'half-even'))
  }
  return rows > 1 && measures.every(isSum) && measures.some((measure) => !isZero(amountOf(row, measure)))
}

function kindOf(names: readonly string[]): string {
  return names.join('\n')
}

function keyOf(row: Row, kind: string): string {
  return `${kind}\n\n${JSON.stringify(kind.split('\n').map((name) => row[name] ?? null))}`
}

function amountOf(row: Row, measure: string): Money {
  const cell = row[measure]
  return typeof cell === 'string' && isPlainDecimal(cell) ? money(cell) : ZERO
}
