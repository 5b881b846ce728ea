/** A text that stands before each of many values, such as `"name":`. */
export interface Prefix {
  readonly length: number
  /** The text four bytes at a time, and the last four once more where they overlap: most of an answer is names. */
  readonly words: Int32Array
  readonly lastWord: number
  /** Of the last four bytes. */
  readonly last: number
}

/** True when these very bytes stand there. The caller sees to it that there are so many, and four at least. */
export function isAt({ words, last, lastWord }: Prefix, view: DataView, at: number): boolean {
  if (view.getInt32(at + last, true) !== lastWord) return false
  for (let index = 0; index < words.length; index++) {
    if (view.getInt32(at + 4 * index, true) !== words[index]) return false
  }
  return true
}

export function createPrefix(bytes: Uint8Array): Prefix {
  // No row of an answer has a column without a name; where one has, it is never taken for the same again.
  const last = Math.max(0, bytes.length - 4)
  const view = new DataView(new Uint8Array([...bytes, 0, 0, 0, 0]).buffer)
  const words = Int32Array.from({ length: Math.ceil(last / 4) }, (_, index) => view.getInt32(4 * index, true))
  return { length: bytes.length, words, last, lastWord: view.getInt32(last, true) }
}
