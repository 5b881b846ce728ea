/**
 * A code or name with what people type differently folded away: outer and doubled spaces, Unicode forms (NFKC) and case.
 * Two texts with the same fold are the same to a reader. Leading zeros and punctuation stay: `0100` is not `100`.
 */
export function fold(text: string): string {
  // Upper before lower: only so do `ß` and `SS`, or the two small sigmas, come out equal.
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/\s+/g, ' ').trim()
}

/** By UTF-16 code unit, so the same on any machine whatever its locale. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** As people number files: gl_9 before gl_10. Else, and of two that differ by leading zeros alone, by UTF-16 code unit. */
export function compareNumbered(a: string, b: string): number {
  return compareTexts(padded(a), padded(b)) || compareTexts(a, b)
}

function padded(text: string): string {
  return text.replace(/\d+/g, (digits) => digits.replace(/^0+(?=\d)/, '').padStart(LONGEST_NUMBER, '0'))
}

/** Digits of a number in a name; the names of files have 255 characters at most. */
const LONGEST_NUMBER = 40

/** `fold` that remembers: a million amounts hold few distinct codes. */
export function createFold(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const seen = known.get(text)
    if (seen !== undefined) return seen
    const folded = fold(text)
    known.set(text, folded)
    return folded
  }
}
