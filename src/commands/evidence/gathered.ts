import type { AuditLine } from '../../audit/read.js'
import type { AuditCheck } from '../../audit/verify.js'
import type { Job } from '../../model/job.js'
import type { LivingReport } from '../../pipeline/breaks.js'
import type { Target } from '../../pipeline/map.js'
import type { Total } from '../audit/totals.js'
import type { MapCopy } from './maps.js'
import type { Told } from './told.js'

/** All that the evidence of one job and period is made of. */
export interface Gathered {
  readonly job: Job
  /** `YYYY-PP` */
  readonly period: string
  readonly report: LivingReport
  readonly target: Target
  /** When and by whom it was gathered. */
  readonly at: string
  readonly by: string
  readonly version: string
  readonly slice: readonly AuditLine[]
  /** Other companies that runs of the job and period posted into. */
  readonly elsewhere: readonly string[]
  readonly told: Told
  /** What was posted for the period. */
  readonly posted: readonly Total[]
  readonly maps: readonly MapCopy[]
  readonly audit: { readonly check: AuditCheck; readonly verdict: string; readonly remarks: readonly string[] }
}
