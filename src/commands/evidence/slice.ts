import { companyName, companySaid } from '../../audit/companies.js'
import { readAudit, type AuditLine } from '../../audit/read.js'
import type { Target } from '../../pipeline/map.js'
import { textIn } from '../trace/read.js'
import { selectRecords } from '../audit/select.js'

export interface SliceRequest {
  readonly folder: string
  readonly job: string
  /** `YYYY-PP` */
  readonly period: string
  /** What was posted into, or said of, another is none of it. */
  readonly target: Pick<Target, 'tenant' | 'domain' | 'entity'>
  /** Lines of the audit that were verified: none behind them is taken. */
  readonly records: number
}

export interface Slice {
  readonly slice: readonly AuditLine[]
  readonly elsewhere: readonly string[]
}

/**
 * The lines that speak of a job's period, oldest first: its references, the runs that made or sent them, replays included, and what
 * people said. `elsewhere` names the other companies that runs of the job and period posted into.
 * @throws as `readAudit`
 */
export async function sliceOf({ folder, job, period, target, records }: SliceRequest): Promise<Slice> {
  const chosen = new Set<number>()
  const [runs, foreign] = [new Set<string>(), new Map<string, string>()]
  for await (const { seq, run, data } of selectRecords(folder, { job, period, event: [] })) {
    const other = otherThan(target, data)
    if (run !== null && other !== null) foreign.set(run, other)
    chosen.add(seq)
    for (const one of [run, textIn(data, 'replay')]) if (one !== null) runs.add(one)
  }
  const isOfRun = ({ key, run }: AuditLine) => key === null && run !== null && runs.has(run)
  const slice: AuditLine[] = []
  for await (const line of readAudit(folder)) {
    if (line.seq > records) break
    if (otherThan(target, line.data) !== null || (line.run !== null && foreign.has(line.run))) continue
    if (chosen.has(line.seq) || isOfRun(line) || isCarriedNote(line, job, period)) slice.push(line)
  }
  return { slice, elsewhere: [...new Set(foreign.values())] }
}

/** The tenant or company that a line names, when it is another; most lines name none, and go where the plan of their run does. */
function otherThan(target: SliceRequest['target'], data: AuditLine['data']): string | null {
  const { tenant, domain, entity } = { ...target, ...companySaid(data) }
  const isOurs = tenant === target.tenant && domain === target.domain && entity === target.entity
  return isOurs ? null : companyName({ tenant, domain, entity })
}

/** A note of an earlier period that speaks of this one too. */
function isCarriedNote({ event, job, data }: AuditLine, ofJob: string, period: string): boolean {
  if (event !== 'note.added' || job !== ofJob) return false
  const [from, until] = [textIn(data, 'period'), textIn(data, 'until')]
  return from !== null && until !== null && from <= period && period <= until
}
