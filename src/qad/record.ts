import { LosslessNumber, stringify } from 'lossless-json'
import { MlcError } from '../errors.js'
import { isPlainDecimal } from '../model/money.js'
import type { Reference } from '../model/reference.js'
import type { BdocOptions, LimitOptions } from './options.js'

/**
 * The body of a write: a JSON array of records, each with the fields that `write.fields` names and the constants, nothing
 * else. Amounts are written digit for digit.
 */
export function renderRecords(references: readonly Reference[], write: BdocOptions, limits: LimitOptions): string {
  const body = stringify(references.map((reference) => record(reference, write, limits)))
  if (body === undefined) throw new RangeError('records did not render')
  return body
}

function record(reference: Reference, write: BdocOptions, limits: LimitOptions): Record<string, unknown> {
  const values = fieldValues(reference, write, limits.text ?? null)
  const named = Object.entries(write.fields).flatMap(([ours, theirs]) =>
    theirs ? [[theirs, values[ours]] as const] : [],
  )
  return Object.fromEntries([
    ...Object.entries(write.constants ?? {}),
    ...named.filter(([, value]) => value !== undefined),
  ])
}

function fieldValues(reference: Reference, write: BdocOptions, textLimit: number | null): Record<string, unknown> {
  const { key, domain, entity, year, period, account, subAccount, costCentre, project, site, currency } = reference
  const { measure, revision, run } = reference
  return {
    ...{ key, domain, entity, year, period, account, subAccount, costCentre, project, site, currency, measure },
    amount: exactAmount(reference, write.amountAs),
    revision,
    description: cut(reference.description, textLimit),
    source: cut(reference.source, textLimit),
    run,
  }
}

function exactAmount({ key, amount }: Reference, as: 'number' | 'string'): LosslessNumber | string {
  if (!isPlainDecimal(amount)) throw new MlcError('MLC-P001', `the amount ${amount} of ${key} is not a plain decimal`)
  return as === 'string' ? amount : new LosslessNumber(amount)
}

/** A text that is too long ends in an ellipsis, so that nobody takes it for whole; QAD itself would cut it silently. */
export function cut(text: string, limit: number | null): string {
  if (limit === null || text.length <= limit) return text
  // Never half a surrogate pair.
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
