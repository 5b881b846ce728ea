const MARK = Uint8Array.of(0xef, 0xbb, 0xbf)

/** Takes a byte-order mark off the beginning of an answer, however it is cut into chunks: JSON may begin with one. (RFC 8259, 8.1) */
export function withoutMark(): (chunk: Uint8Array) => Uint8Array {
  let seen = 0
  let isOver = false
  return (chunk) => {
    if (isOver) return chunk
    const before = seen
    let at = 0
    while (at < chunk.length && seen < MARK.length && chunk[at] === MARK[seen]) {
      at++
      seen++
    }
    isOver = seen === MARK.length || at < chunk.length
    if (seen === MARK.length || !isOver) return chunk.subarray(at)
    // It only began like one.
    return Uint8Array.of(...MARK.subarray(0, before), ...chunk)
  }
}
