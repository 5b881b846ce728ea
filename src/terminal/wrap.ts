/**
 * One line as several of at most `width` columns, broken at blanks; what follows the first begins with `indent` blanks. A word
 * that is wider by itself, such as an address or a path, stays whole, so that it can be copied.
 */
export function wrap(line: string, width: number, indent: number): readonly string[] {
  const [, lead = '', text = ''] = /^(\s*)(.*)$/.exec(line) ?? []
  const lines: string[] = []
  let current = lead
  // Blanks inside of a line are kept as they are: two of them set a column or a code apart.
  for (const [part, gap = '', word = ''] of text.matchAll(/(\s*)(\S+)/g)) {
    const isFirst = current.trim() === ''
    if (!isFirst && widthOf(current + part) > width) {
      lines.push(current)
      current = ' '.repeat(indent) + word
    } else current += isFirst ? word : gap + word
  }
  return [...lines, current]
}

/** A cell as lines of at most `width` columns: broken at blanks where there are any, else behind a dot, slash or comma, else where it is full. */
export function wrapCell(text: string, width: number): readonly string[] {
  return wrap(text, width, 0).flatMap((line) => cut(line, width))
}

function cut(line: string, width: number): readonly string[] {
  const pieces: string[] = []
  let piece = ''
  for (const character of line) {
    if (piece !== '' && widthOf(piece + character) > width) {
      const full = upToPart(piece, width)
      pieces.push(full)
      piece = piece.slice(full.length)
    }
    piece += character
  }
  return [...pieces, piece]
}

/** A name or path reads on where one of its parts begins, unless that leaves most of the line empty. */
function upToPart(piece: string, width: number): string {
  const [parts = ''] = /^.*[./,]/.exec(piece) ?? []
  return widthOf(parts) > width / 2 ? parts : piece
}

/** Columns that a terminal gives to a text: two to wide characters, none to marks that combine. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

const MARK = /^\p{M}$/u
const WIDE =
  /^[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]$|^\p{Emoji_Presentation}$/u
