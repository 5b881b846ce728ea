/** What rows of one answer have in common: the names of their cells, in order. */
export interface Shape {
  readonly names: readonly string[]
  /** `"name":` of each, as Looker writes it. */
  readonly prefixes: readonly Prefix[]
}

interface Prefix {
  readonly length: number
  /** True when these very bytes stand there. The caller sees to it that there are so many. */
  isAt(view: DataView, at: number): boolean
}

export function createShape(names: readonly string[]): Shape {
  return { names, prefixes: names.map((name) => createPrefix(`${JSON.stringify(name)}:`)) }
}

/** Compared four bytes at a time, the last four once more where they overlap: most of an answer is names. */
function createPrefix(text: string): Prefix {
  const bytes = new TextEncoder().encode(text)
  const { length } = bytes
  if (length < 4)
    return { length, isAt: (view, at) => bytes.every((byte, index) => view.getUint8(at + index) === byte) }
  const own = new DataView(bytes.buffer)
  const last = length - 4
  const words = Int32Array.from({ length: Math.ceil(last / 4) }, (_, index) => own.getInt32(4 * index))
  const lastWord = own.getInt32(last)
  return {
    length,
    isAt(view, at) {
      if (view.getInt32(at + last) !== lastWord) return false
      for (let index = 0; index < words.length; index++) {
        if (view.getInt32(at + 4 * index) !== words[index]) return false
      }
      return true
    },
  }
}
