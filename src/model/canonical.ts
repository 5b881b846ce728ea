import { createHash } from 'node:crypto'

/**
 * `sha256:` and the hash, in hex, of the value's canonical JSON: keys sorted by code unit, no spaces, UTF-8. The text is hashed
 * piece by piece, since the JSON of a plan of a million references is longer than a JavaScript string can be.
 */
export function canonicalHash(value: unknown): string {
  const hash = createHash('sha256')
  let held = ''
  for (const piece of canonicalPieces(value)) {
    held += piece
    if (held.length < PIECE_LENGTH) continue
    hash.update(held, 'utf8')
    held = ''
  }
  return `sha256:${hash.update(held, 'utf8').digest('hex')}`
}

const PIECE_LENGTH = 65_536

/** JSON with sorted keys. Members that are undefined are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  let text = ''
  if (Array.isArray(value)) {
    // Most of a plan are the numbers of its rows.
    if (value.every(Number.isSafeInteger)) return `[${value.join(',')}]`
    for (const member of value) text += `${text === '' ? '' : ','}${canonicalJson(member ?? null)}`
    return `[${text}]`
  }
  const members = value as Readonly<Record<string, unknown>>
  const { sorted, heads } = namesOf(members)
  for (let index = 0; index < sorted.length; index++) {
    const member = members[sorted[index] as string]
    if (member !== undefined) text += (heads[text === '' ? 0 : 1][index] as string) + canonicalJson(member)
  }
  return `{${text}}`
}

/** Cut at the members of the outer object and at the elements of its arrays, or of what gives its elements one by one. */
function* canonicalPieces(value: unknown): Iterable<string> {
  if (isIterable(value)) {
    let comma = '['
    for (const member of value) {
      yield `${comma}${canonicalJson(member)}`
      comma = ','
    }
    yield comma === '[' ? '[]' : ']'
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Readonly<Record<string, unknown>>
    yield '{'
    let isFirst = true
    for (const key of namesOf(members).sorted) {
      if (members[key] === undefined) continue
      yield `${isFirst ? '' : ','}${JSON.stringify(key)}:`
      isFirst = false
      yield* canonicalPieces(members[key])
    }
    yield '}'
  } else yield canonicalJson(value)
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** The names of an object's members, and what stands before their values: `"name":`, with a comma in the second list. */
interface Names {
  readonly given: readonly string[]
  /** By code unit, as sort() compares texts. */
  readonly sorted: readonly string[]
  readonly heads: readonly [readonly string[], readonly string[]]
}

/** By how many they are: a plan has ten thousand objects of two or three kinds. */
const KNOWN = new Map<number, Names>()

function namesOf(value: object): Names {
  const given = Object.keys(value)
  const known = KNOWN.get(given.length)
  if (known !== undefined && known.given.every((name, at) => name === given[at])) return known
  const sorted = given.toSorted()
  const heads = sorted.map((name) => `${JSON.stringify(name)}:`)
  const names: Names = { given, sorted, heads: [heads, heads.map((head) => `,${head}`)] }
  KNOWN.set(given.length, names)
  return names
}
