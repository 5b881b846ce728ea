import { MlcError } from '../../errors.js'
import type { Job } from '../../model/job.js'
import type { Level } from '../../model/variance.js'
import type { Basis } from './ledger.js'

/** What is compared with what. */
export interface How {
  readonly level: Level
  readonly measures: readonly string[]
  readonly basis: Basis
  /** The figures are year-to-date themselves. */
  readonly cumulative: boolean
}

export interface HowFlags {
  readonly level?: Level
  readonly ytd?: boolean
}

/** mlc.yaml's word, and the flags over it. @throws MLC-C006 */
export function howOf({ name, figure, reconcile }: Job, flags: HowFlags): How {
  const { measures, cumulative } = reconcile
  const hasCostCentres = figure.costCentre !== null
  const level = flags.level ?? reconcile.level ?? (hasCostCentres ? 'both' : 'account')
  if (!hasCostCentres && (level === 'both' || level === 'costCentre')) {
    throw new MlcError('MLC-C006', `--level ${level} needs cost centres, and job ${name} names no column of them`, {
      fix: 'Write --level account or --level total.',
    })
  }
  const first = Object.keys(figure.measures).slice(0, 1)
  return { level, measures: measures ?? first, basis: flags.ytd ? 'ytd' : reconcile.basis, cumulative }
}
