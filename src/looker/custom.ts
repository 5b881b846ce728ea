import { MlcError } from '../errors.js'
import { canonicalJson } from '../model/canonical.js'
import { dynamicEntriesOf, type SavedQuery } from './query.js'
import { isObject, parseText, quote } from './words.js'

/**
 * A custom filter is applied as it was asked, or the figures are of other rows.
 * @param from the part that mlc added to it, which the rows themselves prove @throws MLC-L017
 */
export function checkExpression(asked: string, from: string | undefined, applied: string | null): void {
  const [own, used] = [withoutBlanks(asked), withoutBlanks(applied ?? '')]
  if (used === '') throw new MlcError('MLC-L017', `the custom filter ${quote(asked, 120)} was dropped by Looker`)
  const isApplied = from === undefined ? used === own || used === `(${own})` : used.includes(own)
  if (isApplied) return
  throw new MlcError(
    'MLC-L017',
    `the custom filter was asked as ${quote(asked, 120)} and applied as ${quote(applied ?? '', 120)}`,
  )
}

/**
 * What Looker keeps of the custom fields when it makes a query: one that lost a filter is another figure by the same name.
 * @returns whether it tells @throws MLC-L017
 */
export function checkCustomFields(asked: SavedQuery, made: Readonly<Record<string, unknown>>): boolean {
  if (!Object.hasOwn(made, 'dynamic_fields')) return false
  const text = made['dynamic_fields']
  const kept = typeof text === 'string' && text !== '' ? parseText(text) : []
  const entries = Array.isArray(kept) ? (kept as readonly unknown[]).filter(isObject) : []
  for (const entry of shownEntries(asked)) {
    const isKept = (other: Readonly<Record<string, unknown>>) => MEANT.every((key) => isSame(other[key], entry[key]))
    if (!entries.some(isKept))
      throw new MlcError('MLC-L017', `the custom field ${quote(nameOf(entry), 80)} was changed or dropped by Looker`)
  }
  return true
}

/** What makes a custom field the figure that it is. Labels, formats and hints for Looker's pages may come back otherwise. */
const MEANT = [
  ...['dimension', 'measure', 'based_on', 'type', 'expression', 'calculation_type', 'args'],
  ...['filters', 'filter_expression'],
]

/** Custom fields that are shown and filter by themselves. */
export function filteredFields(query: SavedQuery): readonly string[] {
  return shownEntries(query).filter(isFiltered).map(nameOf)
}

/** Fields of the Explore that custom filter and custom fields are made of, as far as their names can be read. */
export function fieldsWithin(query: SavedQuery): readonly string[] {
  const own = shownEntries(query).flatMap((entry) => [
    ...[entry['based_on']].filter((name) => typeof name === 'string' && FIELD.test(name)),
    ...(isObject(entry['filters']) ? Object.keys(entry['filters']) : []),
    ...[entry['filter_expression'], entry['expression']].flatMap(referred),
  ])
  return [...new Set([...referred(query.filterExpression), ...own.map(String)])]
}

const FIELD = /^\w+\.\w+$/

function referred(expression: unknown): readonly string[] {
  if (typeof expression !== 'string') return []
  return [...expression.matchAll(/\$\{(\w+\.\w+)\}/g)].map(([, name = '']) => name)
}

/** Looker keeps more of them with a query than are shown; those that are not change no figure. */
function shownEntries(query: SavedQuery): readonly Entry[] {
  return dynamicEntriesOf(query).filter((entry) => query.fields.includes(nameOf(entry)))
}

type Entry = Readonly<Record<string, unknown>>

function nameOf(entry: Entry): string {
  const name = entry['measure'] ?? entry['dimension']
  return typeof name === 'string' ? name : ''
}

function isFiltered({ filters, filter_expression: expression }: Entry): boolean {
  const has = isObject(filters) || Array.isArray(filters) ? Object.keys(filters).length > 0 : false
  return has || (typeof expression === 'string' && expression.trim() !== '')
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null)
}

/** Blanks count inside quotes alone. */
function withoutBlanks(expression: string): string {
  return expression.replace(/"[^"]*"|'[^']*'|\s+/g, (part) => (/^\s/.test(part) ? '' : part))
}
