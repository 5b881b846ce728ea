import type { Company } from './company.js'
import { isPersonal, secretKind, type Secrets } from './secrets.js'
import { check, question, type Setting } from './section.js'
import { fitsOf, matchNames, type Choice, type Ours } from './words.js'

/** A field of the saved document: its name and its value as text. */
export interface Field {
  readonly name: string
  readonly value: string
  readonly isNumber: boolean
}

/**
 * What stands in a field of a template: a name of mlc with what follows it; what the capture had; what it had on the first of
 * two lines and on the other; or nothing.
 */
export type Place =
  | { readonly kind: 'tag'; readonly before: string; readonly name: string; readonly after: string }
  | { readonly kind: 'same'; readonly value: string }
  | { readonly kind: 'turns'; readonly first: string; readonly other: string }
  | { readonly kind: 'blank' }

export interface Places {
  readonly header: ReadonlyMap<string, Place>
  readonly line: ReadonlyMap<string, Place>
  /** Our words → the value that the capture had for them. */
  readonly texts: Readonly<Partial<Record<Ours, string>>>
  readonly settings: readonly Setting[]
}

const HEADER: readonly Ours[] = [
  ...([
    'domain',
    'entity',
    'daybook',
    'year',
    'period',
    'date',
    'key',
    'currency',
    'measure',
    'description',
    'source',
  ] as const),
  ...(['run', 'revision', 'voucher'] as const),
]
const LINE: readonly Ours[] = [
  ...([
    'account',
    'subAccount',
    'costCentre',
    'project',
    'site',
    'currency',
    'debit',
    'credit',
    'description',
  ] as const),
]

/** What becomes of each field of an entry and its lines. */
export function placesOf(
  header: readonly Field[],
  lines: readonly (readonly Field[])[],
  company: Company,
  secrets: Secrets,
): Places {
  const settings: Setting[] = []
  const say = (text: string) => settings.push(question(text))
  const known: Known = { company, secrets, say }
  const above = keyed(header, matched(header, HEADER))
  const [first = []] = lines
  const below = matched(first, LINE)
  const texts = { ...textsOf(header, above), ...textsOf(first, below) }
  if (!above.has('key'))
    say('which text of the entry can carry the key of mlc, and be read back? put {{key}} there in the template')
  else settings.push(...keyRemark(above.get('key')))
  for (const word of ['account', 'debit', 'credit'] as const)
    if (!below.has(word)) say(`which field of a line is its ${word}? put {{${word}}} there in the template`)
  return {
    header: new Map(header.map((field) => [field.name, placeOf(field, above, known)])),
    line: new Map(first.map((field) => [field.name, linePlace(field, lines, below, known)])),
    ...{ texts, settings },
  }
}

interface Known {
  readonly company: Company
  readonly secrets: Secrets
  readonly say: (text: string) => void
}

type Choices = ReadonlyMap<Ours, Choice>

function matched(fields: readonly Field[], asked: readonly Ours[]): Choices {
  return matchNames(
    fields.map(({ name }) => name),
    asked,
    (name) => [fields.find((one) => one.name === name)?.value ?? ''],
  )
}

/** Who writes `mlc:` into a field of the record that they save says outright that the key belongs there. */
export function keyed(fields: readonly Field[], choices: Choices): Choices {
  const shown = fields.find(({ value }) => /^mlc/i.test(value))
  if (shown === undefined) return choices
  const others = [...choices].filter(([, { name }]) => name !== shown.name)
  return new Map([...others, ['key', { name: shown.name, rank: 0, rivals: [] }]])
}

function keyRemark(choice: Choice | undefined): readonly Setting[] {
  if (choice === undefined || choice.rank < 2) return []
  const remark = check(
    `the key goes into ${choice.name}, by its name; it has to keep 37 characters, and to be read back`,
  )
  return [{ key: '', value: null, remark }]
}

function textsOf(fields: readonly Field[], choices: Choices): Readonly<Partial<Record<Ours, string>>> {
  return Object.fromEntries(
    [...choices].map(([ours, { name }]) => [ours, fields.find((one) => one.name === name)?.value ?? '']),
  )
}

/** Figures may stand without quotes; whatever else mlc fills in is text. */
const FIGURES: ReadonlySet<string> = new Set(['year', 'period', 'revision', 'debit', 'credit', 'amount'])

function placeOf(field: Field, choices: Choices, known: Known): Place {
  const ours = [...choices].find(([, { name }]) => name === field.name)?.[0]
  if (ours === undefined) return samePlace(field, known)
  if (ours === 'voucher') return voucherPlace(field, known)
  const name = ours
  if (field.isNumber && !FIGURES.has(name))
    known.say(`${field.name} was saved as a number; mlc writes a code as text: does QAD take it so?`)
  // A timestamp keeps its time.
  const after = ours === 'date' ? field.value.slice(10) : ''
  return { kind: 'tag', before: '', name, after: /^[\w:.+-]*$/.test(after) ? after : '' }
}

/** QAD numbers an entry whose number is 0. */
function voucherPlace({ name, value, isNumber }: Field, { say }: Known): Place {
  if (/^0*$/.test(value)) return { kind: 'same', value }
  say(`${name} had a number of its own; 0 lets QAD give one: is that right?`)
  return isNumber ? { kind: 'same', value: '0' } : { kind: 'blank' }
}

function linePlace(field: Field, lines: readonly (readonly Field[])[], choices: Choices, known: Known): Place {
  const ours = [...choices].find(([, { name }]) => name === field.name)?.[0]
  if (ours === 'description') return { kind: 'tag', before: '', name: 'text', after: '' }
  if (ours !== undefined) return placeOf(field, choices, known)
  const values = lines.map((line) => line.find(({ name }) => name === field.name)?.value ?? '')
  if (/debit|credit|amount|amt|rate/i.test(field.name) && values.some((value) => /[1-9]/.test(value))) {
    known.say(`${field.name} of a line had an amount besides its debit and credit; left empty: does QAD work it out?`)
    return { kind: 'blank' }
  }
  const [first = '', other = ''] = values
  if (lines.length < 2 || values.every((value) => value === first)) return samePlace(field, known)
  const isPlain = [first, other].every(
    (value) => /^[\w.-]{0,20}$/.test(value) && constantFault(field.name, value, known.secrets) === null,
  )
  if (lines.length === 2 && isPlain) {
    if ([first, other].some((value) => SIDE.test(value)))
      known.say(
        `${field.name} was ${first || 'empty'} on the first line and ${other || 'empty'} on the other: does it tell debit from credit? a negative figure turns the sides, and the template does not`,
      )
    return { kind: 'turns', first, other }
  }
  known.say(`${field.name} differs from line to line; left empty: what belongs there?`)
  return { kind: 'blank' }
}

const SIDE = /^(true|false|d|c|dr|cr|s|h|debit|credit|soll|haben|-1)$/i

/** What the capture had, with the company's codes in it replaced by names. */
export function samePlace(field: Field, { company, secrets, say }: Known): Place {
  const { name, value } = field
  const fault = constantFault(name, value, secrets)
  if (fault !== null) {
    if (fault.isAsked) say(`${name} ${fault.why}; left empty: what belongs there?`)
    return { kind: 'blank' }
  }
  for (const word of ['entity', 'domain'] as const) {
    const code = company[word]?.value ?? ''
    const at =
      code.length < 2 || field.isNumber
        ? -1
        : value.search(new RegExp(`(?<![A-Za-z0-9])${escaped(code)}(?![A-Za-z0-9])`))
    if (at >= 0 && !/[{}]/.test(value))
      return { kind: 'tag', before: value.slice(0, at), name: word, after: value.slice(at + code.length) }
  }
  return { kind: 'same', value }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

/** Why a value may not stand in a file as it is; null when it may. `isAsked`: a person should know. */
export function constantFault(
  name: string,
  value: string,
  secrets: Secrets,
): { readonly why: string; readonly isAsked: boolean } | null {
  if (value === '' || /^(true|false)$/.test(value)) return null
  if (secretKind(name) !== null) return { why: 'held a secret', isAsked: true }
  if (/hash$|^uri$|rowversion|timestamp|^(last)?(modified|created|changed)/i.test(name))
    return { why: 'is of one record alone', isAsked: false }
  if (isPersonal(name) || /^\S+@\S+\.\w+$/.test(value)) return { why: 'named a person', isAsked: true }
  if (secrets.taints(value)) return { why: 'looked like a secret', isAsked: true }
  if (/\{\{|\}\}|\$\{/.test(value)) return { why: 'held braces that mlc reads as its own', isAsked: true }
  if (A_DATE.test(value)) return { why: 'held a date of its own', isAsked: true }
  if (/[^0.,-]/.test(value) && isOfFigure(name))
    return { why: 'goes by the name of what differs from figure to figure', isAsked: true }
  return value.length > 500 || /\p{Cc}/u.test(value) ? { why: 'held a long text', isAsked: true } : null
}

const A_DATE = /^\d{4}[-./]\d\d[-./]\d\d|^\d{1,2}[-./]\d{1,2}[-./]\d{2,4}$/

/** What no field may keep from the capture: it would give every figure the period or the account of that one record. */
const OF_FIGURE: readonly Ours[] = [
  ...(['account', 'subAccount', 'costCentre', 'project', 'site', 'currency'] as const),
  ...(['year', 'period', 'date', 'amount', 'debit', 'credit'] as const),
]

/** The number of a line may go by a word that elsewhere means a period. */
function isOfFigure(name: string): boolean {
  return fitsOf(name, OF_FIGURE).some(({ ours, rank }) => rank < 2 || ours !== 'period')
}
