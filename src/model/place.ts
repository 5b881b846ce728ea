const COLUMNS = { domain: /(^|[._])domain(code)?$/i, entity: /(^|[._])entity(code)?$/i } as const

/** Which domains and entities rows of QAD name, each once, by the names that such columns have. */
export function placesNamed(
  rows: readonly Readonly<Record<string, unknown>>[],
): Readonly<Record<'domain' | 'entity', readonly string[]>> {
  const named = (column: RegExp) => [...new Set(rows.flatMap((row) => cellsUnder(row, column)))]
  return { domain: named(COLUMNS.domain), entity: named(COLUMNS.entity) }
}

function cellsUnder(row: Readonly<Record<string, unknown>>, column: RegExp): readonly string[] {
  return Object.entries(row).flatMap(([name, value]) =>
    column.test(name) && typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [],
  )
}
