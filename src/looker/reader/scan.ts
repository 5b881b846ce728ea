import { CLOSE, COMMA, INCOMPLETE, MINUS, POINT, ZERO } from './bytes.js'

/**
 * Looks at four bytes at a time. Each sum sets the highest bit of a byte that is looked for; what it carries over reaches bytes
 * after that one alone, so the first is right. What is read must end with four bytes of zero, which end every search.
 */

/** Index of the first byte from `at` that is a quote, a backslash, or no printable ASCII. */
export function plainEnd(view: DataView, at: number): number {
  for (;;) {
    const four = view.getInt32(at, true)
    const beyond = four | (four + 0x01010101) | (four - 0x20202020)
    const marks = (beyond | ((four ^ 0x22222222) - 0x01010101) | ((four ^ 0x5c5c5c5c) - 0x01010101)) & HIGHEST_BITS
    if (marks !== 0) return at + firstOf(marks)
    at += 4
  }
}

/** Index of the first byte from `at` that is no digit. */
function digitsEnd(view: DataView, at: number): number {
  for (;;) {
    const four = view.getInt32(at, true) ^ 0x30303030
    const marks = (((four & 0x7f7f7f7f) + 0x76767676) | four) & HIGHEST_BITS
    if (marks !== 0) return at + firstOf(marks)
    at += 4
  }
}

const HIGHEST_BITS = 0x80808080 | 0

/** The lowest byte of those that have their highest bit, and nothing else. */
function firstOf(marks: number): number {
  return 3 - (Math.clz32(marks & -marks) >> 3)
}

/**
 * Index after digits with at most one point inside, no needless zero before them, not −0: nothing to rewrite. INCOMPLETE when
 * it is anything else, or when more of it may follow.
 */
export function plainDecimalEnd(view: DataView, start: number): number {
  const first = view.getUint8(start) === MINUS ? start + 1 : start
  let at = digitsEnd(view, first)
  let next = view.getUint8(at)
  const isZero = view.getUint8(first) === ZERO
  if (at === first || (isZero && at > first + 1)) return INCOMPLETE
  if (next === POINT) {
    const fraction = at + 1
    at = digitsEnd(view, fraction)
    if (at === fraction) return INCOMPLETE
    next = view.getUint8(at)
  }
  if (isZero && first > start && !hasOtherThanZero(view, first + 2, at)) return INCOMPLETE
  return next === COMMA || next === CLOSE || (next <= BLANK && next > 0) ? at : INCOMPLETE
}

function hasOtherThanZero(view: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (view.getUint8(at) !== ZERO) return true
  return false
}

/** No byte above it is blank. */
const BLANK = 0x20
