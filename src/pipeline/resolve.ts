import type { Outcome } from '../audit/outcomes.js'
import { MlcError } from '../errors.js'
import { differenceFrom, sameAmount } from '../mapping/posted.js'
import type { Posted, Reference } from '../model/reference.js'
import type { Target } from './map.js'
import { record } from './outcome.js'
import type { Ports } from './ports.js'
import { readHeld } from './posted.js'

export type Resolution = 'posted' | 'not-posted'

/** A record that only a person can settle, and what QAD shows of it where it can be asked. */
export interface Doubt {
  readonly reference: Reference
  /** `accepted`: QAD does not show it, and a person said before that it holds it; that may be taken back. */
  readonly state: 'open' | 'unknown' | 'conflict' | 'accepted'
  readonly run: string | null
  readonly job: string | null
  /** Null: not shown. */
  readonly held: Posted | null
  /** Whether QAD was asked, and showed references of ours at all. */
  readonly isProven: boolean
  /** Revisions add up, as journals do: a later one can set an amount right, not the place of an earlier one. */
  readonly addsUp: boolean
}

/**
 * What is known of a record in doubt. Where QAD can be asked, it is asked.
 * @throws MLC-C010 no such key, MLC-C015 there is nothing in doubt about it
 */
export async function findDoubt(key: string, target: Target, ports: Ports): Promise<Doubt> {
  const outcome = await ports.history.outcome(key)
  if (!outcome) throw new MlcError('MLC-C016', `the audit has no record of ${key}`)
  const { reference, run, job } = outcome
  const state = doubtOf(outcome)
  if (reference === null || state === null) {
    throw new MlcError('MLC-C015', `${key} is not in doubt: it is ${IN_WORDS[outcome.state] ?? outcome.state}`)
  }
  const asked = ports.ledger().canReadBack ? await readHeld([reference], target.settleMs, ports) : null
  const held = asked === null || asked.accepted.has(key) ? null : (asked.held.get(key)?.[0] ?? null)
  return { reference, state, run, job, held, isProven: asked?.proven ?? false, addsUp: target.movements ?? false }
}

function doubtOf({ state, isAccepted }: Outcome): Doubt['state'] | null {
  if (isAccepted) return 'accepted'
  return state === 'open' || state === 'unknown' || state === 'conflict' ? state : null
}

const IN_WORDS: Readonly<Record<string, string>> = {
  posted: 'posted',
  same: 'in QAD',
  failed: 'failed, so QAD does not have it',
  skipped: 'not sent yet',
  resolved: 'resolved already',
}

/** Writes what the person found. @throws MLC-Q025 when QAD itself says otherwise */
export async function resolveDoubt(doubt: Doubt, resolution: Resolution, ports: Ports): Promise<void> {
  refuseContradiction(doubt, resolution)
  const { reference, state, held } = doubt
  if (state === 'accepted' && resolution === 'posted')
    throw new MlcError('MLC-C015', `${reference.key} is not in doubt: a person has said already that QAD holds it`)
  const accepted = state === 'conflict' && held ? asHeld(reference, held) : null
  const { amount } = accepted ?? reference
  const data = { resolution, was: state, amount, held, reason: ports.reason }
  await record('record.resolved', reference, accepted ? { ...data, reference: accepted } : data, ports)
}

/** What stands in QAD from now on by a person's word: later runs compare with that. */
function asHeld(reference: Reference, held: Posted): Reference {
  const { account, costCentre, currency, measure, year, period, revision } = reference
  return {
    ...reference,
    amount: held.amount,
    account: held.account ?? account,
    costCentre: held.costCentre ?? costCentre,
    currency: held.currency ?? currency,
    measure: held.measure ?? measure,
    year: held.year ?? year,
    period: held.period ?? period,
    revision: held.revision ?? revision,
  }
}

function refuseContradiction({ reference, state, held, addsUp }: Doubt, resolution: Resolution): void {
  if (held === null) return
  const difference = differenceFrom(reference, held)
  if (resolution === 'not-posted')
    throw new MlcError('MLC-Q025', `QAD holds ${held.key} with ${held.amount}: it is posted`)
  if (addsUp && difference !== null)
    throw new MlcError(
      'MLC-Q025',
      `QAD holds ${held.key} with ${difference}: no later journal sets that right, so correct it in QAD`,
    )
  const isEqual = sameAmount(held.amount, reference.amount) && difference === null
  // Of a record in conflict, "posted" says that what QAD holds may stand; the next sync then revises it.
  if (state !== 'conflict' && !isEqual)
    throw new MlcError(
      'MLC-Q025',
      `QAD holds ${held.key} with another content (${held.amount}, sent ${reference.amount})`,
    )
}
