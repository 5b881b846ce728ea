import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who may come in. The only place where a secret is compared. */
export interface Door {
  /** Which of the live secrets it is, from 1; 0: none of them. */
  secretNumber(given: string): number
  /** True where no token is wanted, or this is one of those that are live. */
  knowsToken(given: string | undefined): boolean
}

/**
 * @param secrets of the path; two while they are being changed
 * @param tokens of the header X-Looker-Webhook-Token; none: it is not looked at
 */
export function createDoor(secrets: readonly string[], tokens: readonly string[]): Door {
  // Only digests are kept, under a key that dies with the process; of equal length, whatever was given.
  const key = randomBytes(32)
  const digest = (text: string) => createHmac('sha256', key).update(text, 'utf8').digest()
  const digests = (texts: readonly string[]) => texts.map(digest)
  const [known, wanted] = [digests(secrets), digests(tokens)]
  return {
    secretNumber: (given) => numberOf(digest(decoded(given)), known) || numberOf(digest(given), known),
    knowsToken: (given) => wanted.length === 0 || numberOf(digest(given ?? ''), wanted) > 0,
  }
}

/** All of them are compared, whichever it is: how long that takes tells nothing. */
function numberOf(given: Buffer, known: readonly Buffer[]): number {
  let found = 0
  for (const [index, one] of known.entries()) if (timingSafeEqual(given, one)) found = index + 1
  return found
}

/** A sender may write `%2B` for `+`, or not. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
