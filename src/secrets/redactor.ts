import { CATALOGUE } from '../catalogue.js'
import { formsOf } from './forms.js'

/**
 * Replaces every secret in a text by `[secret]`, in whatever form it travels. One that is a common word is taken out where it stands as
 * a secret and left where it stands as a word: nothing could be read any more, and a gap in a sentence tells the word all the same.
 * @param shownAnyway values such as the name of the user: a password may be the same
 */
export function redactor(secrets: readonly string[], shownAnyway: readonly string[] = []): (text: string) => string {
  const forms = [...new Set(secrets)]
    .filter((secret) => secret !== '')
    .flatMap((secret) => needlesOf(secret, shownAnyway))
  return (text) => without(spansOf(text, forms), text)
}

interface Needle {
  readonly form: string
  /** Whether it is the secret, and not a word that looks like it. */
  readonly stands: (before: string, after: string) => boolean
}

interface Span {
  readonly start: number
  readonly end: number
}

function needlesOf(secret: string, shownAnyway: readonly string[]): Needle[] {
  const isPlain = /^[\p{L}\p{N}_]+$/u.test(secret)
  const isWord =
    secret.length <= EVERYWHERE || [...shownAnyway, ...ownWords()].some((word) => lower(word) === lower(secret))
  const stands = !isPlain || (!isWord && secret.length >= UNLIKELY) ? anywhere : isWord ? asSecret : asWord
  return formsOf(secret).map((form) => ({ form, stands: form === secret ? stands : anywhere }))
}

/** So many letters and digits in a row are in no text by chance. */
const UNLIKELY = 8
/** So few are in every text. */
const EVERYWHERE = 3

const anywhere = () => true

function asWord(before: string, after: string): boolean {
  return !/[\p{L}\p{N}_]$/u.test(before) && !/^[\p{L}\p{N}_]/u.test(after)
}

/** Behind a name that says so, or between `user:` and `@host`. */
function asSecret(before: string, after: string): boolean {
  return asWord(before, after) && (SAYS_SO.test(before) || (/:\/\/[^\s/@:]*:$/.test(before) && after.startsWith('@')))
}

const SAYS_SO = /(?:pass(?:word|wd|phrase)?|pwd|secret|token|key)["'\\]*\s*(?:[=:>]|&gt;)\s*["'<\\]*$/i

let words: readonly string[] | null = null

/** What mlc itself says in its errors. */
function ownWords(): readonly string[] {
  const texts = Object.values(CATALOGUE).flatMap(({ title, fix }) => [title, fix])
  return (words ??= [...new Set(texts.join(' ').match(/\p{L}+/gu) ?? [])])
}

/** As many characters before a secret as say what it is. */
const CONTEXT = 80

/** Not one pattern of all forms: of a few hundred tokens it would be too large to be one. */
function spansOf(text: string, needles: readonly Needle[]): Span[] {
  const found: Span[] = []
  for (const { form, stands } of needles) {
    for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
      const end = start + form.length
      if (stands(text.slice(Math.max(0, start - CONTEXT), start), text.slice(end, end + 2))) found.push({ start, end })
    }
  }
  return found.sort((a, b) => a.start - b.start || b.end - a.end)
}

/** Secrets that overlap, one inside the other above all, are one gap. */
function without(spans: readonly Span[], text: string): string {
  let [clean, at] = ['', 0]
  for (const { start, end } of spans) {
    if (end <= at) continue
    if (start >= at) clean += `${text.slice(at, start)}[secret]`
    at = end
  }
  return `${clean}${text.slice(at)}`
}

function lower(text: string): string {
  return text.toLowerCase()
}
