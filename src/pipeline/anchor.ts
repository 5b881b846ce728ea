import type { PlanEntry } from '../model/plan.js'
import type { Reference } from '../model/reference.js'
import type { Ports } from './ports.js'

/** How many hex digits of a hash QAD's texts have room for: 64 bits. */
const DIGITS = 16

/** Characters that QAD keeps of each text of a reference that may carry an anchor; null: the text is not posted. */
export interface AnchorRoom {
  readonly description: number | null
  readonly source: number | null
}

/** No text of a reference is posted, so none carries an anchor. */
export const NO_ANCHOR: AnchorRoom = { description: null, source: null }

/**
 * The last reference of a run carries the head of the audit into QAD's books, behind its description or else behind its source:
 * what stands before it in the audit can then be changed or cut no more without QAD showing it. No text is shortened for it: whoever
 * reads it in QAD needs its account and cost centre more. Neither key nor amount depends on these texts.
 */
export function anchored(entry: PlanEntry, room: AnchorRoom, { journal: { head }, say }: Ports): PlanEntry {
  const posted = TEXTS.filter((name) => room[name] !== null)
  if (posted.length === 0 || head === undefined) return entry
  // A reference that is sent again carried one already.
  const reference = { ...entry.reference, ...plainTexts(entry.reference) }
  const anchor = `${MARK}${head.slice(0, DIGITS)}`
  const place = posted.find((name) => withAnchor(reference[name], anchor).length <= (room[name] ?? 0))
  if (place !== undefined)
    return { ...entry, reference: { ...reference, [place]: withAnchor(reference[place], anchor) } }
  say(
    `No text of ${reference.key} has room for the head of the audit, so QAD keeps no anchor of this run; mlc audit anchor prints one`,
  )
  return { ...entry, reference }
}

const TEXTS = ['description', 'source'] as const
const MARK = 'audit:'

function plainTexts({ description, source }: Reference): Pick<Reference, 'description' | 'source'> {
  const plain = (text: string) => text.replace(/ ?audit:[0-9a-f]{16}$/, '')
  return { description: plain(description), source: plain(source) }
}

function withAnchor(text: string, anchor: string): string {
  return text === '' ? anchor : `${text} ${anchor}`
}
