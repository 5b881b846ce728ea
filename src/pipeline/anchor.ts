import type { PlanEntry } from '../model/plan.js'
import type { Reference } from '../model/reference.js'
import type { Ports } from './ports.js'

/** How many hex digits of a hash QAD's description has room for: 64 bits. */
const DIGITS = 16

/**
 * The last reference of a run carries the head of the audit into QAD's books, at the end of its description: what stands before it
 * in the audit can then be changed or cut no more without QAD showing it. Neither key nor amount depends on a description.
 * @param textLimit characters that QAD keeps of a description; null where none is posted
 */
export function anchored(entry: PlanEntry, textLimit: number | null, { journal: { head } }: Ports): PlanEntry {
  if (textLimit === null || head === undefined || textLimit < MARK.length + DIGITS) return entry
  return { ...entry, reference: withAnchor(entry.reference, head.slice(0, DIGITS), textLimit) }
}

const MARK = 'audit:'

function withAnchor(reference: Reference, digits: string, textLimit: number): Reference {
  const anchor = `${MARK}${digits}`
  const room = textLimit - anchor.length - 1
  // A reference that is sent again carried one already.
  const text = reference.description.replace(/ ?audit:[0-9a-f]{16}$/, '')
  const kept = text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`
  return { ...reference, description: room < 1 || kept === '' ? anchor : `${kept} ${anchor}` }
}
