import { ROLES, type BreakNote, type SignOff } from '../model/break.js'
import { isPlainDecimal } from '../model/money.js'
import { parsePeriod } from '../model/period.js'
import type { AuditRecord } from './event.js'
import { readAudit } from './read.js'

/** What people said of a job's reconciliations, oldest first. @throws as `readAudit` */
export async function spokenIn(folder: string, job: string) {
  const notes: BreakNote[] = []
  const signoffs: SignOff[] = []
  for await (const record of readAudit(folder, { job, events: ['note.added', 'signoff'] })) {
    const note = noteOf(record)
    const signoff = signOffOf(record)
    if (note) notes.push(note)
    if (signoff) signoffs.push(signoff)
  }
  return { notes, signoffs }
}

/** Null for the other notes that the audit has, such as who approved a plan. */
function noteOf({ event, key, data, at, actor }: AuditRecord): BreakNote | null {
  const [text, variance, period] = [data['text'], data['variance'], periodIn(data['period'])]
  if (event !== 'note.added' || key === null || period === null) return null
  if (typeof text !== 'string' || typeof variance !== 'string' || !isPlainDecimal(variance)) return null
  return { ...viewIn(data), key, period, until: periodIn(data['until']), text, variance, by: actor.user, at }
}

function signOffOf({ event, data, at, actor }: AuditRecord): SignOff | null {
  const role = ROLES.find((one) => one === data['role'])
  const [period, open] = [periodIn(data['period']), data['open']]
  if (event !== 'signoff' || role === undefined || period === null) return null
  const [hash, figures] = [textIn(data['report']), textIn(data['figures'])]
  return { ...viewIn(data), role, period, hash, figures, open: typeof open === 'number' ? open : 0, by: actor.user, at }
}

function viewIn(data: AuditRecord['data']) {
  const [tenant, domain, entity] = [textIn(data['tenant']), textIn(data['domain']), textIn(data['entity'])]
  return { tenant, domain, entity, level: textIn(data['level']), basis: textIn(data['basis']) }
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function periodIn(value: unknown): string | null {
  return typeof value === 'string' && parsePeriod(value) !== null ? value : null
}
