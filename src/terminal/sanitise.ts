/**
 * Text that is safe to show: everything that could move the cursor, colour, hide or reorder what a person reads is
 * written as `\u{1b}`. Only line feeds stay.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeCharacter)
}

/** As `visible`, for one line: line feeds are written out too. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\\u{a}')
}

/** The character in words that no terminal acts upon: `\u{202e}`. */
function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/**
 * Control characters but the line feed (C0 with ESC, DEL, C1), format characters (bidirectional controls, zero width,
 * soft hyphen, tags, byte-order mark), line and paragraph separators, lone surrogates, and letters that show as nothing.
 */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]/gu
