import { MlcError } from '../errors.js'
import { compare, money } from '../model/money.js'
import { samePeriod, type Period } from '../model/period.js'
import type { Posted, Reference } from '../model/reference.js'
import { readPosted } from './books.js'
import type { Answer } from './ledger.js'
import type { JournalForm, ReadsOptions } from './options.js'
import type { Place } from './rows.js'

/** What QAD shows under each key (upper case); a key may be there twice. */
export type Found = ReadonlyMap<string, readonly Posted[]>

/**
 * Asks QAD which of these references it holds; null when it cannot be asked.
 * @throws MLC-Q004 when the credentials are refused
 */
export async function lookUp(
  references: readonly Reference[],
  place: Place,
  reads: ReadsOptions,
  form: JournalForm | null = null,
): Promise<Found | null> {
  if (!reads.posted) return null
  const found = new Map<string, Posted[]>()
  try {
    for (const period of distinctPeriods(references)) {
      // A read without a period filter shows every period each time: a key counts in the read of its own period only.
      const wanted = new Set(
        references.filter((other) => samePeriod(other, period)).map(({ key }) => key.toUpperCase()),
      )
      for await (const posted of readPosted(place, reads, period, form)) {
        if (wanted.has(posted.key)) found.set(posted.key, [...(found.get(posted.key) ?? []), posted])
      }
    }
  } catch (error) {
    if (error instanceof MlcError && error.code === 'MLC-Q004') throw error
    // The record is in doubt either way; a read that fails must not end the run before that is written down.
    return null
  }
  return found
}

function distinctPeriods(references: readonly Period[]): readonly Period[] {
  return references.filter((period, index) => references.findIndex((other) => samePeriod(other, period)) === index)
}

/** `exists` when QAD holds exactly this once, `conflict` when it holds something else or twice; null when it shows nothing. */
export function answerFromFound(reference: Reference, found: Found): Answer | null {
  const held = found.get(reference.key.toUpperCase()) ?? []
  const [posted] = held
  if (posted === undefined) return null
  if (held.length > 1) return { status: 'conflict', posted, message: `QAD holds ${reference.key} ${held.length} times` }
  const differences = differencesOf(reference, posted)
  if (differences.length === 0) return { status: 'exists', posted }
  return { status: 'conflict', posted, message: `QAD holds ${reference.key} with ${differences.join(', ')}` }
}

function differencesOf(reference: Reference, posted: Posted): string[] {
  const codes = (['account', 'costCentre', 'currency'] as const).flatMap((name) =>
    posted[name] === null || posted[name].toUpperCase() === reference[name].toUpperCase()
      ? []
      : [`${name} ${posted[name] || '(none)'} instead of ${reference[name] || '(none)'}`],
  )
  const numbers = (['year', 'period'] as const).flatMap((name) =>
    posted[name] === null || posted[name] === reference[name]
      ? []
      : [`${name} ${posted[name]} instead of ${reference[name]}`],
  )
  const sameAmount = compare(money(posted.amount), money(reference.amount)) === 0
  return [...(sameAmount ? [] : [`amount ${posted.amount} instead of ${reference.amount}`]), ...codes, ...numbers]
}
