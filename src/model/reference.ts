import { hash } from 'node:crypto'
import { crockford } from './base32.js'
import type { Period } from './period.js'

/**
 * What makes a reconciliation reference that one and no other. Never the amount, the query or the job: a restated figure
 * must meet its predecessor, and a renamed job must post nothing twice. Codes are QAD's own, as the chart spells them.
 */
export interface Identity extends Period {
  readonly domain: string
  readonly entity: string
  readonly account: string
  readonly subAccount: string
  readonly costCentre: string
  readonly project: string
  readonly site: string
  readonly currency: string
  readonly measure: string
}

/** A figure at its place in QAD: what is posted. Empty text means "none" for the optional codes. */
export interface Reference extends Identity {
  /** As posted: the identity's key for revision 1, `<key>-R2` and so on for a restated amount. */
  readonly key: string
  readonly revision: number
  /** Plain decimal text at the rounding scale of the job, QAD's sign (debit > 0). For a journal, the movement to post. */
  readonly amount: string
  readonly description: string
  /** Where it came from, short: `look 42` or `finance/gl`. */
  readonly source: string
  readonly run: string
}

/** What of a reference is posted, by our names: the tenant's own stand in `qad.write.fields`. */
export const REFERENCE_FIELDS = [
  ...['key', 'domain', 'entity', 'year', 'period'],
  ...['account', 'subAccount', 'costCentre', 'project', 'site', 'currency'],
  ...['measure', 'amount', 'revision', 'description', 'source', 'run'],
] as const satisfies readonly (keyof Reference)[]

/** A reference of ours as QAD holds it. Null where the tenant's read has no such column. */
export interface Posted {
  readonly key: string
  readonly year: number | null
  readonly period: number | null
  readonly account: string | null
  readonly costCentre: string | null
  readonly currency: string | null
  readonly measure: string | null
  /** Plain decimal text. */
  readonly amount: string
  readonly revision: number | null
  /** QAD's own identifier, when the read gives one. */
  readonly qadRef: string | null
  /** Absent where the read has no such column. */
  readonly description?: string
  readonly source?: string
}

/** `MLC` and 26 characters of Crockford base32 from SHA-256 over the canonical identity: the same on any machine. */
export function referenceKey(identity: Identity): string {
  return `MLC${crockford(hash('sha256', canonicalIdentity(identity), 'buffer'), 26)}`
}

/** A JSON array in a fixed order, texts in Unicode NFC: two spellings of one name are one identity. */
export function canonicalIdentity(identity: Identity): string {
  const { domain, entity, year, period, account, subAccount, costCentre, project, site, currency, measure } = identity
  const texts = [account, subAccount, costCentre, project, site, currency, measure]
  return JSON.stringify([
    1,
    domain.normalize('NFC'),
    entity.normalize('NFC'),
    year,
    period,
    ...texts.map((text) => text.normalize('NFC')),
  ])
}

/** Key under which revision `revision` of a reference is posted: `MLC…`, then `MLC…-R2`, `MLC…-R3`. */
export function revisionKey(baseKey: string, revision: number): string {
  return revision === 1 ? baseKey : `${baseKey}-R${revision}`
}

/** The key of revision 1; a key that is not one of ours stays as it is. */
export function baseKeyOf(key: string): string {
  return parseKey(key)?.baseKey ?? key
}

/** Splits a posted key into base key and revision; null when the key is not one of ours. */
export function parseKey(key: string): { baseKey: string; revision: number } | null {
  const match = /^(MLC[0-9A-HJKMNP-TV-Z]{26})(?:-R([1-9]\d{0,5}))?$/.exec(key)
  if (!match?.[1]) return null
  return { baseKey: match[1], revision: match[2] === undefined ? 1 : Number(match[2]) }
}
