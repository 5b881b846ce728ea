/**
 * Refuses what JSON would change or drop without a word: a figure that became NaN must not be recorded as null.
 * @throws TypeError naming the place: a fault of the program, not of the user
 */
export function requirePlainJson(value: unknown, place: string, depth = 0): void {
  if (depth > DEEPEST) throw new TypeError(`${place} is nested deeper than ${DEEPEST}`)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${place} is ${value}`)
    return
  }
  if (typeof value !== 'object') throw new TypeError(`${place} is ${typeof value}`)
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) requirePlainJson(part, `${place}[${index}]`, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw new TypeError(`${place} is not a plain object`)
  for (const [key, part] of Object.entries(value)) requirePlainJson(part, `${place}.${key}`, depth + 1)
}

const DEEPEST = 64
