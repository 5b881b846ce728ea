import { MlcError } from '../../errors.js'
import { didYouMean } from '../../model/nearest.js'
import { quote } from '../words.js'

/** A field and what Looker calls it: its label, and the short one that stands where the view's name is left out. */
export interface LabelledField {
  readonly name: string
  readonly labels: readonly string[]
}

/** Delivered header → the column of the job that it is. Headers of no column of the job are not among them. */
export type ColumnNames = ReadonlyMap<string, string>

/**
 * Which delivered header is which column of the job: the one of that very name, else the one that is its label. A label that two
 * fields have, or two headers, tells nothing.
 * @param fields what metadata tells; only those that may have been delivered
 * @throws MLC-I012 naming the column and the headers there are
 */
export function resolveColumns(
  wanted: readonly string[],
  headers: readonly string[],
  fields: readonly LabelledField[],
): ColumnNames {
  const found = [...new Set(wanted)].map((column) => [headerOf(column, headers, fields), column] as const)
  const names = new Map<string, string>()
  for (const [header, column] of found) {
    const other = names.get(header)
    if (other !== undefined) throw unresolved(`${column} and ${other} are both called ${quote(header, 80)}`, headers)
    names.set(header, column)
  }
  return names
}

function headerOf(column: string, headers: readonly string[], fields: readonly LabelledField[]): string {
  const byName = headers.filter((header) => isNamed(header, column))
  if (byName.length === 1) return byName[0] ?? ''
  if (byName.length > 1) throw unresolved(`${byName.length} columns are called ${quote(column, 80)}`, headers)
  const own = fields.find(({ name }) => name === column)?.labels ?? []
  const byLabel = own.flatMap((label) => headers.filter((header) => isNamed(header, label)).map(() => label))
  if (byLabel.length === 0) throw missing(column, own, headers)
  // The whole label before the short one.
  const label = byLabel[0] ?? ''
  const others = fields.filter(({ name, labels }) => name !== column && labels.includes(label))
  if (byLabel.filter((other) => other === label).length > 1 || others.length > 0) {
    const also = others.length > 0 ? `, and so is ${others.map(({ name }) => name).join(', ')}` : ' more than once'
    throw unresolved(`${column} is called ${quote(label, 80)}${also}`, headers)
  }
  return label
}

/** A header that came twice has its place behind its name. */
function isNamed(header: string, name: string): boolean {
  return (
    header === name || (header.startsWith(`${name} (column `) && /^ \(column \d+\)$/.test(header.slice(name.length)))
  )
}

function missing(column: string, labels: readonly string[], headers: readonly string[]): MlcError {
  const called =
    labels.length > 0 ? ` (which Looker calls ${labels.map((label) => quote(label, 80)).join(' or ')})` : ''
  return unresolved(`it has no column ${column}${called}${didYouMean(column, headers)}`, headers)
}

function unresolved(what: string, headers: readonly string[]): MlcError {
  const shown = headers
    .slice(0, 20)
    .map((header) => quote(header, 60))
    .join(', ')
  return new MlcError(
    'MLC-I012',
    `the columns of the delivery cannot be told: ${what}; delivered are ${shown || 'none'}`,
  )
}
