import { didYouMean } from '../model/nearest.js'

/** What `{…}` in a filter value can stand for. */
export const FILTER_PLACEHOLDERS = ['period', 'year', 'pp', 'start', 'end'] as const

/** What is wrong with the placeholders of one text; null when nothing is. */
export function placeholderFault(value: string, known: readonly string[]): string | null {
  const list = known.map((name) => `{${name}}`).join(' ')
  for (const [whole, name = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
    if (!known.includes(name)) return `unknown placeholder ${whole}; allowed: ${list}${didYouMean(name, known)}`
  }
  return /[{}]/.test(value.replace(/\{[^{}]*\}/g, '')) ? `a brace without its partner; allowed: ${list}` : null
}
