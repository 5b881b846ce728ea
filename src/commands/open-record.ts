import type { Outcome, OutcomeState } from '../audit/outcomes.js'
import { formatPeriod } from '../model/period.js'
import { groupDigits } from '../terminal/amount.js'
import { visible } from '../terminal/sanitise.js'

/** A record that is not settled, as people and scripts are told of it. */
export interface OpenRecord {
  readonly key: string
  readonly state: OutcomeState
  readonly code: string | null
  readonly account: string | null
  readonly costCentre: string | null
  readonly period: string | null
  readonly amount: string | null
  readonly currency: string | null
  readonly run: string | null
  readonly since: string
}

export function openRecord({ key, state, code, reference, amount, run, at }: Outcome): OpenRecord {
  const { account = null, costCentre = null, currency = null } = reference ?? {}
  const period = reference && formatPeriod(reference)
  return { key, state, code, account, costCentre, period, amount, currency, run, since: at }
}

/** One line, indented: the key, the figure, what is wrong. */
export function recordLine({ key, state, code, account, costCentre, period, amount, currency }: OpenRecord): string {
  const place = costCentre ? `${account ?? ''}/${costCentre}` : (account ?? '')
  const figure = amount === null ? '' : `${groupDigits(amount)} ${currency ?? ''}`
  const words = state === 'open' ? 'in doubt' : state
  return visible(`  ${[key, period ?? '', place, figure, words, code ?? ''].filter((word) => word !== '').join('  ')}`)
}
