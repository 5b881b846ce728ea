import type { Variance } from '../../model/variance.js'

/** A reconciliation as a controller forwards it, whatever the form. Amounts are plain decimal text. */
export interface Report {
  /** Such as `plant-gl 2026-07`. */
  readonly title: string
  /** When it was made, ISO 8601 in UTC. */
  readonly at: string
  /** Under which conventions: sign, tolerance, level. One sentence each. */
  readonly conventions: readonly string[]
  /** What else a reader must know before trusting it. */
  readonly warnings: readonly string[]
  /** Where the figures come from: name and value, in order. */
  readonly origin: readonly (readonly [name: string, value: string])[]
  /** The Looker pages that show the figures: name and address. */
  readonly pages: readonly (readonly [name: string, url: string])[]
  readonly lines: readonly ReportLine[]
}

export interface ReportLine extends Variance {
  readonly period: string
}

export const VERDICT_WORDS = {
  equal: 'equal',
  within: 'within tolerance',
  outside: 'outside tolerance',
  onlyLooker: 'only in Looker',
  onlyLedger: 'only in QAD',
} as const satisfies Record<Variance['verdict'], string>

/** `5010/1200`, or the account alone. */
export function placeOf({ account, costCentre }: Pick<Variance, 'account' | 'costCentre'>): string {
  return costCentre === '' ? account : `${account}/${costCentre}`
}
