import type { AuditEvent } from '../audit/event.js'
import { baseKeyOf, type Reference } from '../model/reference.js'
import type { Ports } from './ports.js'

/** What became of one reference. `posted` means read back and equal. */
export interface RecordOutcome {
  readonly reference: Reference
  readonly status: RecordStatus
  readonly qadRef: string | null
  readonly code: string | null
  readonly message: string | null
}

export type RecordStatus = 'posted' | 'posted_unverified' | 'same' | 'failed' | 'unknown' | 'conflict' | 'skipped'

/** A record that the run did not come to. */
export function skipped(reference: Reference): RecordOutcome {
  return { reference, status: 'skipped', qadRef: null, code: 'MLC-Q024', message: 'the run stopped before this record' }
}

/** One audit line about one reference. */
export async function record(
  event: AuditEvent,
  reference: Reference,
  details: Readonly<Record<string, unknown>>,
  ports: Ports,
  options?: { durable: boolean },
): Promise<void> {
  const job = ports.jobName
  await ports.journal.append(
    {
      event,
      run: reference.run,
      job,
      key: reference.key,
      data: { ...details, baseKey: baseKeyOf(reference.key) },
    },
    options,
  )
}
