interface Needle {
  readonly bytes: Uint8Array
}

/** Which of the needles a text holds, each once. All are looked for in one pass, so that every process of the suite can be searched. */
export function createSearch<T extends Needle>(needles: readonly T[]): (text: Uint8Array) => T[] {
  const short = needles.find(({ bytes }) => bytes.length < PREFIX)
  if (short) throw new Error(`a needle of ${short.bytes.length} bytes would be found everywhere`)
  const begins = new Uint8Array(1 << 16)
  const byPrefix = new Map<number, T[]>()
  for (const needle of needles) {
    begins[pair(needle.bytes, 0)] = 1
    const key = prefix(needle.bytes, 0)
    byPrefix.set(key, [...(byPrefix.get(key) ?? []), needle])
  }
  return (text) => {
    const found = new Set<T>()
    for (let at = 0; at + PREFIX <= text.length; at++) {
      if (begins[pair(text, at)] === 0) continue
      for (const needle of byPrefix.get(prefix(text, at)) ?? []) if (standsAt(needle.bytes, text, at)) found.add(needle)
    }
    return needles.filter((needle) => found.has(needle))
  }
}

/** Bytes by which needles are told apart. */
const PREFIX = 4

function pair(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) | (byte(bytes, at + 1) << 8)
}

function prefix(bytes: Uint8Array, at: number): number {
  return pair(bytes, at) + pair(bytes, at + 2) * 65_536
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function standsAt(needle: Uint8Array, text: Uint8Array, at: number): boolean {
  if (at + needle.length > text.length) return false
  for (let offset = PREFIX; offset < needle.length; offset++) if (needle[offset] !== text[at + offset]) return false
  return true
}
