/** Headers that decide where a message ends, or whose certificate is expected: HTTP's own, nobody else may set them. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name.toLowerCase())
}

const RESERVED: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade'])

/** What a header's value may hold: a line break begins another header, and beyond ASCII servers disagree. */
export const HEADER_VALUE = /^[\t\x20-\x7e]*$/
