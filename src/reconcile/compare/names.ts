import { compareTexts, fold } from '../../model/fold.js'

/** Texts by number, so that an entry of numbers can name them: millions of amounts hold few distinct codes. 0 is no text. */
export interface Names {
  numberOf(text: string | null): number
  /** Null of 0. */
  textOf(number: number): string | null
  /** The number of the text folded: the same for codes that meet. */
  foldedOf(number: number): number
  /** Of the texts that are known by now. */
  inOrder(): Order
}

/** Where each text stands among all, by UTF-16 code unit. */
export interface Order {
  /** By number. */
  readonly rankOf: Int32Array
  textAt(rank: number): string
}

const CURRENCY_LENGTH = 3

export function createNames(): Names {
  const numbers = new Map<string, number>()
  const texts: (string | null)[] = [null]
  const folded: number[] = [0]
  // Most have the currency that the one before has.
  let last = ''
  let lastNumber = -1
  const numberOf = (text: string | null) => {
    if (text === null) return 0
    if (text.length === CURRENCY_LENGTH && text === last) return lastNumber
    const known = numbers.get(text)
    if (text.length === CURRENCY_LENGTH && known !== undefined) {
      last = text
      lastNumber = known
    }
    if (known !== undefined) return known
    const number = texts.push(text) - 1
    numbers.set(text, number)
    return number
  }
  return {
    numberOf,
    textOf: (number) => texts[number] ?? null,
    foldedOf: (number) => (folded[number] ??= numberOf(fold(texts[number] ?? ''))),
    inOrder() {
      const byRank = [...texts.keys()].sort((a, b) => compareTexts(texts[a] ?? '', texts[b] ?? ''))
      const rankOf = new Int32Array(texts.length)
      for (const [rank, number] of byRank.entries()) rankOf[number] = rank
      return { rankOf, textAt: (rank) => texts[byRank[rank] ?? 0] ?? '' }
    },
  }
}
