/**
 * Judges a body while it arrives: whether it is one JSON object in UTF-8 that looks like a delivery of Looker. It keeps nothing
 * but the nesting, so a body of any size costs the same memory.
 */
export interface EnvelopeJudge {
  /** @returns why it cannot be a delivery; null: it may still be one */
  push(chunk: Uint8Array): string | null
  end(): string | null
}

export function createEnvelopeJudge(): EnvelopeJudge {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const scanner = new Scanner()
  let fault: string | null = null
  const read = (decode: () => string) => {
    try {
      return scanner.push(decode())
    } catch {
      return 'it is not UTF-8'
    }
  }
  return {
    push: (chunk) => (fault ??= read(() => decoder.decode(chunk, { stream: true }))),
    end: () => (fault ??= read(() => decoder.decode()) ?? scanner.end()),
  }
}

/** Looker's envelope has three levels, a row in it one more. */
const MOST_LEVELS = 64
/** No figure and no code of a ledger comes near it. */
const LONGEST_SCALAR = 1_000
/** More columns than a query of Looker can have. */
const MOST_KEYS = 10_000
/** One of these every delivery has, the one of the test button included. */
const KNOWN = ['scheduled_plan', 'attachment', 'data']
const LONGEST_NAME = 64

const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
const NO_JSON = 'it is not JSON'
const NO_OBJECT = 'it is not one JSON object'

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end' | 'nothing'

interface Level {
  readonly isObject: boolean
  keys: number
}

/** JSON by its grammar (RFC 8259), a piece of text after another. */
class Scanner {
  private readonly levels: Level[] = []
  private readonly names = new Set<string>()
  private expected: Expected = 'value'
  private isInString = false
  private isKey = false
  /** Where in an escape: 0 in none, 1 behind the backslash, 5 … 2 before the digits of `uXXXX`. */
  private escape = 0
  private scalar = ''
  private name = ''

  push(text: string): string | null {
    for (let at = 0; at < text.length;) {
      const { length, fault } = this.isInString ? this.inString(text, at) : this.between(text, at)
      if (fault !== null) return fault
      at += length
    }
    return null
  }

  end(): string | null {
    if (this.expected !== 'nothing' || this.scalar !== '') return this.levels.length === 0 ? NO_OBJECT : NO_JSON
    return KNOWN.some((name) => this.names.has(name)) ? null : 'it is not a delivery of Looker'
  }

  private inString(text: string, at: number): Step {
    const char = text[at] ?? ''
    if (this.escape > 0) return { length: 1, fault: this.escaped(char) }
    const length = lengthOf(PLAIN, text, at)
    if (this.isKey && this.levels.length === 1 && this.name.length < LONGEST_NAME)
      this.name += text.slice(at, at + length)
    if (length > 0) return { length, fault: null }
    if (char === '"') return { length: 1, fault: this.endString() }
    this.escape = 1
    return { length: 1, fault: char === '\\' ? null : NO_JSON }
  }

  private escaped(char: string): string | null {
    if (this.escape > 1) {
      this.escape = this.escape === 2 ? 0 : this.escape - 1
      return /[0-9a-fA-F]/.test(char) ? null : NO_JSON
    }
    this.escape = char === 'u' ? 5 : 0
    return '"\\/bfnrtu'.includes(char) ? null : NO_JSON
  }

  private endString(): string | null {
    this.isInString = false
    const level = this.levels.at(-1)
    if (!this.isKey || !level) return this.endValue()
    this.expected = 'colon'
    if (++level.keys > MOST_KEYS) return 'an object in it has too many keys'
    if (this.levels.length > 1) return null
    if (this.names.has(this.name)) return 'a key stands in it twice'
    this.names.add(this.name)
    return null
  }

  private between(text: string, at: number): Step {
    const length = lengthOf(WORD, text, at)
    if (length > 0) {
      this.scalar += text.slice(at, at + length)
      return { length, fault: this.scalar.length > LONGEST_SCALAR ? 'a number in it is too long' : null }
    }
    const fault = this.scalar === '' ? null : this.endScalar()
    const blank = lengthOf(BLANK, text, at)
    if (blank > 0 || fault !== null) return { length: blank, fault }
    return { length: 1, fault: this.mark(text[at] ?? '') }
  }

  private endScalar(): string | null {
    if (this.levels.length === 0 && SCALAR.test(this.scalar)) return NO_OBJECT
    if (!this.isValueExpected() || !SCALAR.test(this.scalar)) return NO_JSON
    this.scalar = ''
    return this.endValue()
  }

  private mark(char: string): string | null {
    if (char === '"') return this.beginString()
    if (char === '{' || char === '[') return this.open(char === '{')
    if (char === '}' || char === ']') return this.close(char === '}')
    if (char === ':' && this.expected === 'colon') this.expected = 'value'
    else if (char === ',' && this.expected === 'comma or end')
      this.expected = this.levels.at(-1)?.isObject ? 'key' : 'value'
    else return NO_JSON
    return null
  }

  private beginString(): string | null {
    this.isKey = this.expected === 'key' || this.expected === 'key or }'
    if (!this.isKey && !this.isValueExpected()) return NO_JSON
    if (this.levels.length === 0) return NO_OBJECT
    this.isInString = true
    this.name = ''
    return null
  }

  private open(isObject: boolean): string | null {
    if (!this.isValueExpected()) return NO_JSON
    if (this.levels.length === 0 && !isObject) return NO_OBJECT
    if (this.levels.length === MOST_LEVELS) return 'it is nested too deeply'
    this.levels.push({ isObject, keys: 0 })
    this.expected = isObject ? 'key or }' : 'value or ]'
    return null
  }

  private close(isObject: boolean): string | null {
    const ends = this.expected === 'comma or end' || this.expected === (isObject ? 'key or }' : 'value or ]')
    if (this.levels.at(-1)?.isObject !== isObject || !ends) return NO_JSON
    this.levels.pop()
    return this.endValue()
  }

  private endValue(): null {
    this.expected = this.levels.length === 0 ? 'nothing' : 'comma or end'
    return null
  }

  private isValueExpected(): boolean {
    return this.expected === 'value' || this.expected === 'value or ]'
  }
}

interface Step {
  readonly length: number
  readonly fault: string | null
}

const PLAIN = /[^"\\\u0000-\u001f]*/y
const WORD = /[-+.\w]*/y
const BLANK = /[ \t\r\n]*/y

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
