import { readAudit, type AuditLine } from '../../audit/read.js'
import { textIn } from '../trace/read.js'
import { selectRecords } from '../audit/select.js'

export interface SliceRequest {
  readonly folder: string
  readonly job: string
  /** `YYYY-PP` */
  readonly period: string
  /** Lines of the audit that were verified: none behind them is taken. */
  readonly records: number
}

/**
 * The lines that speak of a job's period, oldest first: its references, the runs that made or sent them, replays included, and what
 * people said. @throws as `readAudit`
 */
export async function sliceOf({ folder, job, period, records }: SliceRequest): Promise<readonly AuditLine[]> {
  const chosen = new Set<number>()
  const runs = new Set<string>()
  for await (const { seq, run, data } of selectRecords(folder, { job, period, event: [] })) {
    chosen.add(seq)
    for (const one of [run, textIn(data, 'replay')]) if (one !== null) runs.add(one)
  }
  const isOfRun = ({ key, run }: AuditLine) => key === null && run !== null && runs.has(run)
  const slice: AuditLine[] = []
  for await (const line of readAudit(folder)) {
    if (line.seq > records) break
    if (chosen.has(line.seq) || isOfRun(line) || isCarriedNote(line, job, period)) slice.push(line)
  }
  return slice
}

/** A note of an earlier period that speaks of this one too. */
function isCarriedNote({ event, job, data }: AuditLine, ofJob: string, period: string): boolean {
  if (event !== 'note.added' || job !== ofJob) return false
  const [from, until] = [textIn(data, 'period'), textIn(data, 'until')]
  return from !== null && until !== null && from <= period && period <= until
}
