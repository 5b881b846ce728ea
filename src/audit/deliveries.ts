import type { AuditEntry } from './event.js'

/** A delivery whose figures were posted, as the audit tells it. */
export interface TakenDelivery {
  readonly run: string
  readonly job: string
  /** `sha256:…` over the delivered bytes. */
  readonly digest: string
  /** Name of the file; null for what came without one. */
  readonly name: string | null
  /** `hand`, `folder` or `webhook`; null where no line tells. */
  readonly from: string | null
  /** The period asked for, `YYYY-PP`; null when the rows alone say it. */
  readonly period: string | null
  /** ISO time. */
  readonly receivedAt: string
}

/** A taken delivery as things stand now. */
export interface KnownDelivery extends TakenDelivery {
  /** Periods `YYYY-PP` that its run asked for or posted for. */
  readonly periods: readonly string[]
  /** A later run, whatever it was of, has posted for a period of it. */
  readonly isOvertaken: boolean
}

/** Deliveries as the audit tells them, in the order in which they were taken. */
export interface Deliveries {
  /** Received by a run that has not ended yet, by run. */
  readonly open: Map<string, TakenDelivery>
  readonly taken: TakenDelivery[]
}

/**
 * Takes one more line into account. A delivery is taken when its run posted: what of it failed is for a replay. One that was
 * refused, interrupted or only looked at is not, so that it can be taken when the reason is gone.
 */
export function foldDelivery({ open, taken }: Deliveries, { event, run, job, data }: AuditEntry): void {
  if (run === null || job === null) return
  const { digest, received, dryRun } = data
  if (event === 'delivery.received' && typeof digest === 'string' && dryRun !== true) {
    const named = { name: textOf(data['name']), from: textOf(data['from']), period: textOf(data['period']) }
    open.set(run, { run, job, digest, ...named, receivedAt: textOf(received) ?? '' })
  }
  if (event !== 'run.done') return
  const delivery = open.get(run)
  open.delete(run)
  const hasPosted = typeof data['push'] === 'object' && data['push'] !== null
  if (delivery && hasPosted && POSTED.has(data['exit_code'])) taken.push(delivery)
}

const POSTED: ReadonlySet<unknown> = new Set([0, 5])

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
