import { MlcError, type ErrorCode } from '../errors.js'
import type { Posted, Reference } from '../model/reference.js'
import { isPlainDecimal } from '../model/money.js'
import { wordsOf } from './envelope.js'
import { at, own, shown, type ExactObject } from './exact.js'
import type { Answer } from './ledger.js'
import { answerFromFound, lookUp } from './lookup.js'
import type { JournalForm, ReadsOptions } from './options.js'
import { saysDuplicate, type WriteResult } from './result.js'
import type { Tenant } from './tenant.js'

/** Where references are handed in, and how. */
export interface Desk {
  /** Under the base URL, with its query. */
  readonly path: string
  /** Checks the same body without saving it; null: the tenant has no such path. */
  readonly validatePath: string | null
  readonly settleSeconds: number
  readonly reads: ReadsOptions
  /** What journals are known by again; null for records of our own. */
  readonly form: JournalForm | null
  /** How the tenant names what is looked at in an echo of our record. */
  readonly echo: EchoFields
  /** The body of one write. */
  render(references: readonly Reference[]): Promise<string>
}

export interface EchoFields {
  /** Null: whichever field holds the key. */
  readonly key: string | null
  readonly domain: string
  readonly entity: string
  readonly amount: string
}

/** What a write's result means for each of its references, asking QAD where the result alone does not tell. */
export async function readAnswers(
  references: readonly Reference[],
  result: WriteResult,
  tenant: Tenant,
  desk: Desk,
): Promise<readonly Answer[]> {
  switch (result.kind) {
    case 'stored':
      return references.map((reference) => storedAnswer(reference, result, references.length, desk))
    case 'refused':
      return refusedAnswers(references, result, tenant, desk)
    case 'throttled':
      return unsentFor(references, 'MLC-Q007', 'QAD is throttling (HTTP 429)')
    case 'unsent':
      return unsentFor(references, result.code, result.reason)
    case 'forbidden':
      throw new MlcError('MLC-Q006', `QAD denies posting to ${desk.path}: ${result.words || 'HTTP 403'}`)
    case 'session-ended':
    case 'unclear':
      return unknownFor(references, result.kind === 'unclear' ? result.reason : 'QAD asks for a login')
  }
}

export function unknownFor(references: readonly Reference[], reason: string): readonly Answer[] {
  return references.map(() => ({ status: 'unknown', code: 'MLC-Q021', reason }))
}

function unsentFor(references: readonly Reference[], code: ErrorCode, reason: string): readonly Answer[] {
  return references.map(() => ({ status: 'unsent', code, reason }))
}

type Stored = Extract<WriteResult, { kind: 'stored' }>
type Refused = Extract<WriteResult, { kind: 'refused' }>

function storedAnswer(reference: Reference, { certain, echoes }: Stored, sent: number, desk: Desk): Answer {
  const echo = echoes.get(reference.key.toUpperCase()) ?? null
  if (echo === null && !certain) {
    return {
      status: 'unknown',
      code: 'MLC-Q021',
      reason: `QAD's answer shows only ${echoes.size} of the ${sent} records sent`,
    }
  }
  const elsewhere = echo === null ? null : workspaceOf(echo, reference, desk)
  if (echo === null || elsewhere === null) return { status: 'posted', qadRef: echo === null ? null : qadRefOf(echo) }
  const message = `QAD stored ${reference.key} in ${elsewhere}, not in ${reference.domain} ${reference.entity}`
  return { status: 'conflict', posted: postedFromEcho(reference, echo, desk), message }
}

/** Where QAD says that it stored the record, when that is not where it was meant for. */
function workspaceOf(echo: ExactObject, reference: Reference, { echo: fields }: Desk): string | null {
  const places = (['domain', 'entity'] as const).map((name) => {
    const field = fields[name]
    const echoed = field === '' ? undefined : own(echo, field)
    return typeof echoed === 'string' && echoed !== '' ? echoed : reference[name]
  })
  const differs = places.some(
    (place, index) => place.toUpperCase() !== [reference.domain, reference.entity][index]?.toUpperCase(),
  )
  return differs ? shown(places.join(' ')) : null
}

/** Names under which QAD's own identifier was seen in answers. */
const REF_FIELDS = ['uri', 'oid', 'id']

function qadRefOf(echo: ExactObject): string | null {
  const found = REF_FIELDS.map((name) => own(echo, name)).find((value) => typeof value === 'string' && value !== '')
  return typeof found === 'string' ? shown(found) : null
}

function postedFromEcho(reference: Reference, echo: ExactObject, { echo: fields }: Desk): Posted {
  const amount = at(echo, fields.amount)
  const { key, year, period, account, costCentre, currency, measure, revision } = reference
  const echoed = typeof amount === 'string' && isPlainDecimal(amount) ? amount : reference.amount
  return { key, year, period, account, costCentre, currency, measure, amount: echoed, revision, qadRef: qadRefOf(echo) }
}

async function refusedAnswers(
  references: readonly Reference[],
  refusal: Refused,
  tenant: Tenant,
  { reads, form }: Desk,
): Promise<readonly Answer[]> {
  const alone = references.length === 1
  if (alone && !refusal.duplicate) return [rejected(refusal.words)]
  const found = await lookUp(references, tenant, reads, form)
  const held = references.map((reference) => (found === null ? null : answerFromFound(reference, found)))
  // Whether QAD takes a batch as a whole or line by line is not documented: only what it shows, or names, is certain.
  const noneThere = found !== null && held.every((answer) => answer === null)
  return references.map((reference, index) => {
    const there = held[index] ?? null
    if (there !== null) return there
    const words = wordsAbout(reference, refusal)
    if (words !== null && !saysDuplicate(words)) return rejected(words)
    if (refusal.duplicate) {
      const asking = { canAsk: Boolean(reads.posted), wasAsked: found !== null }
      return unknownDuplicate(words ?? refusal.words, asking, alone || words !== null)
    }
    if (noneThere) return rejected(refusal.words)
    return { status: 'unknown', code: 'MLC-Q021', reason: `QAD refused the batch: ${refusal.words}` }
  })
}

/** QAD's complaints that name this record by its key. */
function wordsAbout({ key }: Reference, { complaints }: Refused): string | null {
  const about = complaints.filter(({ message, value }) => `${message} ${value ?? ''}`.toUpperCase().includes(key))
  return about.length === 0 ? null : shown(about.map(wordsOf).join('; '))
}

/**
 * What QAD says it holds and does not show is hidden like a record that it took: it is not sent again until a person has looked.
 * @param certain whether the complaint is about this record, and not about another one of its batch
 */
export function unknownDuplicate(
  words: string,
  { canAsk, wasAsked }: { readonly canAsk: boolean; readonly wasAsked: boolean },
  certain: boolean,
): Answer {
  const reason = wasAsked ? 'its read does not show it' : 'it cannot be asked for it'
  const code = canAsk && certain ? 'MLC-Q023' : 'MLC-Q021'
  return { status: 'unknown', code, reason: `QAD says: ${words}; ${reason}`, isAnswered: true }
}

function rejected(words: string): Answer {
  return { status: 'rejected', code: 'MLC-Q020', message: words }
}
