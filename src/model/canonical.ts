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
  for (const key of sortedKeys(members))
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key])}`
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
    for (const [index, key] of sortedKeys(members).entries()) {
      yield `${index === 0 ? '' : ','}${JSON.stringify(key)}:`
      yield* canonicalPieces(members[key])
    }
    yield '}'
  } else yield canonicalJson(value)
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

/** By code unit, as sort() compares texts; without those of undefined members. */
function sortedKeys(value: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(value).sort()
  return keys.every((key) => value[key] !== undefined) ? keys : keys.filter((key) => value[key] !== undefined)
}
