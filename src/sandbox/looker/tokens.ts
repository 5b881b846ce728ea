/** A piece of a Looker expression: `${view.field}`, a text in double quotes, a number, a word, a sign. */
export interface Token {
  readonly kind: 'field' | 'text' | 'number' | 'word' | 'sign'
  /** A field's name, a text without its quotes, else as it stands. */
  readonly text: string
}

const PATTERN =
  /\s*(?:\$\{([a-z_][\w.]*)\}|"([^"\\\n]*)"|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z_]\w*)|(!=|>=|<=|=|>|<|\(|\)|,))/y

/** How a quote stands inside a text is not documented, so a text with a backslash is refused rather than guessed at. */
export function tokensOf(text: string, refuse: (why: string) => never): readonly Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(PATTERN)
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (match === null) return refuse(`it cannot be read from ${JSON.stringify(text.slice(at, at + 20))} on`)
    const [, field, quoted, number, word, sign] = match
    if (field !== undefined) tokens.push({ kind: 'field', text: field })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}
