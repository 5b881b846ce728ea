import { visibleLine } from './sanitise.js'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/**
 * A table without borders: titles in capitals, two blanks between columns, wide characters counted as two.
 * Control characters in a cell are shown escaped. Ends with a line feed.
 */
export async function table(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const drawn = new Table({
    colAligns: columns.map(({ align }) => align),
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  drawn.push(columns.map(({ title }) => visibleLine(title).toUpperCase()))
  for (const row of rows) drawn.push(columns.map((_, index) => visibleLine(row[index] ?? '')))
  const lines = drawn.toString().split('\n')
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

const NO_BORDERS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}
