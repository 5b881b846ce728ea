import type { NoteShown } from '../../model/break.js'
import type { Lines } from '../../model/lines.js'
import type { Variance } from '../../model/variance.js'
import { groupDigits } from '../amount.js'

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
  /** By measure and currency: neither is added to another. */
  readonly totals: readonly {
    readonly measure: string
    readonly currency: string
    readonly net: string
    readonly gross: string
  }[]
  readonly lines: Lines<ReportLine>
}

export interface ReportLine extends Variance {
  readonly period: string
  readonly note: NoteShown | null
}

export const VERDICT_WORDS = {
  equal: 'equal',
  within: 'within tolerance',
  outside: 'outside tolerance',
  onlyLooker: 'only in Looker',
  onlyLedger: 'only in QAD',
} as const satisfies Record<Variance['verdict'], string>

/** `5010/1200`, or the one that the level leaves. */
export function placeOf({ account, costCentre }: Pick<Variance, 'account' | 'costCentre'>): string {
  const codes = [account, costCentre].filter((code) => code !== '')
  return codes.length === 0 ? 'all' : codes.join('/')
}

/** What a person wrote, and whether it still explains the break. */
export function noteWords({ text, by, at, until, period, variance, state }: NoteShown): string {
  const words = {
    explains: `explained${until === null ? '' : ` until ${until}`}`,
    moved: `open again, the note was written on ${groupDigits(variance)}`,
    lapsed: `open again, the note was for ${period}${until === null ? '' : ` until ${until}`}`,
  }
  return `${words[state]}: ${text} (${by}, ${at.slice(0, 10)})`
}
