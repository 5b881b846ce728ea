import type { Level } from '../model/variance.js'

/** An amount at its place in QAD, in QAD's sign: of Looker's figures, or of the ledger. */
export interface LookerAmount {
  readonly account: string
  /** Empty for none. */
  readonly costCentre: string
  readonly currency: string
  /** Plain decimal text. */
  readonly amount: string
}

/** The codes that a line of the level carries: what it sums up is left empty. */
export function placeAt(
  level: Level,
  { account, costCentre }: { readonly account: string; readonly costCentre: string },
): { readonly account: string; readonly costCentre: string } {
  return {
    account: level === 'both' || level === 'account' ? account : '',
    costCentre: level === 'both' || level === 'costCentre' ? costCentre : '',
  }
}
