import { readSavedQuery, type SavedQuery } from '../query.js'
import { isObject } from '../words.js'
import { createJsonReader, type Json, type Span } from './json.js'
import { plain } from './json-table.js'
import { asUnfit, unreadable } from './unfit.js'

/** The body of a webhook, before its figures are looked at. */
export interface Envelope {
  readonly type: string | null
  readonly plan: DeliveredPlan
  /** The query that the plan ran, as far as it is told. */
  readonly query: SavedQuery | null
  readonly attachment: Attachment | null
  /** Where top-level `data` stands; null where it is null. */
  readonly data: Span | null
}

export interface DeliveredPlan {
  /** An opaque text: Looker has sent numbers and texts. */
  readonly id: string | null
  readonly title: string | null
  /** `Look`, `Dashboard`, `LookMLDashboard` */
  readonly kind: string | null
  readonly url: string | null
  /** The plan has filters of its own, so its rows are not those of the Look. */
  readonly differsFromLook: boolean
}

export interface Attachment {
  readonly mimetype: string
  readonly extension: string
  /** Where its `data` stands, most often a text. */
  readonly data: Span | null
}

/** Names that tell an envelope from rows of json_detail. */
const OURS: ReadonlySet<string> = new Set(['scheduled_plan', 'attachment', 'form_params'])

/** The envelope that a JSON object is; null when it is something else, such as json_detail. @throws MLC-I010 */
export function readEnvelope(json: Buffer): Envelope | null {
  const spans = membersOf(json)
  if (![...spans.keys()].some((name) => OURS.has(name))) return null
  const plan = recordAt(json, spans.get('scheduled_plan')) ?? {}
  const type = textOf(plain(smallAt(json, spans.get('type'))))
  return {
    type,
    plan: {
      id: textOf(plan['scheduled_plan_id']) ?? textOf(plan['id']),
      title: textOf(plan['title']),
      kind: textOf(plan['type']),
      url: textOf(plan['url']),
      differsFromLook: plan['filters_differ_from_look'] === true,
    },
    query: queryOf(plan['query'] ?? null),
    attachment: attachmentOf(json, spans.get('attachment')),
    data: present(json, spans.get('data')),
  }
}

/** Every member is passed over once, so a broken envelope is refused wherever it breaks. */
function membersOf(json: Buffer, from = 0): ReadonlyMap<string, Span> {
  const reader = createJsonReader(json, from)
  const spans = new Map<string, Span>()
  for (const name of reader.members()) spans.set(name, reader.skip())
  if (from === 0) reader.end()
  return spans
}

function attachmentOf(json: Buffer, span: Span | undefined): Attachment | null {
  if (present(json, span) === null || span === undefined) return null
  if (json[span.start] !== OPEN) throw unreadable('its attachment is no object')
  const spans = membersOf(json, span.start)
  const word = (name: string) => (textOf(plain(smallAt(json, spans.get(name)))) ?? '').trim().toLowerCase()
  return { mimetype: word('mimetype'), extension: word('extension'), data: present(json, spans.get('data')) }
}

const OPEN = 0x7b

/** Null for what is absent or null. */
function present(json: Buffer, span: Span | undefined): Span | null {
  return span === undefined || json.toString('latin1', span.start, span.end) === 'null' ? null : span
}

/** A delivered query may be told in part. Then it proves nothing, and is as good as none. */
function queryOf(value: unknown): SavedQuery | null {
  if (!isObject(value)) return null
  try {
    return readSavedQuery({ ...value, model: textOf(value['model']) ?? UNTOLD, view: textOf(value['view']) ?? UNTOLD })
  } catch (error) {
    throw asUnfit(error, 'MLC-I010')
  }
}

/** Model or Explore of a query that does not tell it. */
export const UNTOLD = '?'

function recordAt(json: Buffer, span: Span | undefined): Readonly<Record<string, unknown>> | null {
  const value = plain(smallAt(json, span))
  return isObject(value) ? value : null
}

function smallAt(json: Buffer, span: Span | undefined): Json {
  if (span === undefined) return null
  if (span.end - span.start > MAX_BYTES) throw unreadable('what it says of its plan is larger than a megabyte')
  return createJsonReader(json, span.start).value()
}

const MAX_BYTES = 1024 * 1024

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
