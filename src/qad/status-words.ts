import type { Word } from './options.js'

/** Words that sites use for "yes, in use". Anything else is not active: an account is never posted to on a guess. */
const ACTIVE_WORDS = new Set(['true', 'yes', 'y', '1', 'active', 'a', 'on'])

export function meansActive(word: string | boolean | null): boolean {
  return typeof word === 'boolean' ? word : ACTIVE_WORDS.has(folded(word))
}

/** Whether a status means "open for posting": a boolean as it is, unless the config lists true or false as its words. */
export function meansOpen(word: string | boolean | null, openValues: readonly Word[] | null | undefined): boolean {
  const open = (openValues ?? ['open']).map(folded)
  if (typeof word === 'boolean' && !open.includes('true') && !open.includes('false')) return word
  return open.includes(folded(word))
}

function folded(word: Word | null): string {
  return String(word ?? '')
    .trim()
    .toLowerCase()
}
