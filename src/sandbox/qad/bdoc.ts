import { bareErrors, json, refused } from './answers.js'
import { text, type Books, type StoredReference } from './books.js'
import { isObject, readJson, shortest, type Cell, type Json, type Words } from './cells.js'
import { faultOf, type Fault } from './faults.js'
import { alreadyExists, faultsOf } from './validate.js'
import type { QadCompany, QadComponent, QadUser, QadWorld } from './world.js'

export interface BdocOptions {
  /** False: the component has no unique primary key, so a second record with our key is stored too. */
  readonly uniqueKeys: boolean
  readonly duplicateAnswer: 'refused-in-200' | '409'
  /** True: one bad record of an array and nothing is stored. */
  readonly atomic: boolean
  /** What a 201 carries: no public program reads it. */
  readonly createdBody: 'envelope' | 'array' | 'empty'
}

export interface Post {
  readonly user: QadUser
  readonly workspace: string
  readonly body: string
  readonly faults: readonly Fault[]
}

/** `POST /api/bdoc/<org>/<app>/<Component>`: a JSON array of records; 201 when they are stored. */
export function createReferences(world: QadWorld, books: Books, options: BdocOptions, post: Post): Response {
  const { component } = world
  const array = readJson(post.body)
  if (!Array.isArray(array) || array.length === 0)
    return bareErrors(400, 'Request body is not a list of business documents')
  if (post.user.role !== 'writer') return bareErrors(403, 'Access is denied')
  const workspace = faultOf(post.faults, 'defaultWorkspace')
    ? (post.user.workspaces[0] ?? post.workspace)
    : post.workspace
  const company = books.company(workspace)
  if (!company) return bareErrors(403, 'Access is denied')
  const moved = faultOf(post.faults, 'defaultWorkspace') !== undefined
  const records = (array as readonly Json[]).map((record) => toWords(record, component, company, moved))
  return submit(records, company, workspace, world, books, options, post.faults)
}

/** `GET` of the component by key fields, as the tenant spells them. */
export function readReferences(
  component: QadComponent,
  books: Books,
  workspace: string,
  query: URLSearchParams,
): Response {
  const wanted = component.fields.filter(({ name }) => query.has(name))
  const rows = books.rows('references', workspace)
  const found = rows.filter((row) => wanted.every(({ word, name }) => text(row[word]) === query.get(name)))
  return json(200, { data: { [component.plural]: found.map((row) => spelled(row, component)) } })
}

function submit(
  records: readonly Words[],
  company: QadCompany,
  workspace: string,
  { component }: QadWorld,
  books: Books,
  options: BdocOptions,
  faults: readonly Fault[],
): Response {
  const judged = judge(records, company, component, books, options)
  const errors = judged.flatMap((judgement) => judgement.errors)
  const good = judged.filter((judgement) => judgement.errors.length === 0)
  const accepted = options.atomic && errors.length > 0 ? [] : good
  const stored = accepted.map(({ record }) => store(record, workspace, books, faults))
  if (errors.length === 0) return created(stored, component, options)
  const isDuplicate = judged.some((judgement) => judgement.duplicate)
  if (isDuplicate && options.duplicateAnswer === '409') return bareErrors(409, errors[0]?.message ?? '')
  return refused(errors)
}

interface Judgement {
  readonly record: Words
  readonly errors: ReturnType<typeof faultsOf>
  readonly duplicate: boolean
}

/** Each record against the masters, the key index and the records before it in the same array. */
function judge(
  records: readonly Words[],
  company: QadCompany,
  component: QadComponent,
  books: Books,
  options: BdocOptions,
): readonly Judgement[] {
  const seen = new Set<string>()
  return records.map((record) => {
    const errors = faultsOf(record, company, component)
    const key = text(record['key']).toLowerCase()
    const taken = options.uniqueKeys && (seen.has(key) || books.holds(company.domain, key))
    seen.add(key)
    if (errors.length > 0 || !taken) return { record, errors, duplicate: false }
    return { record, errors: [alreadyExists(record, component)], duplicate: true }
  })
}

function store(record: Words, workspace: string, books: Books, faults: readonly Fault[]): StoredReference {
  const altered = { ...record, ...faultOf(faults, 'alter')?.words }
  const dropped = faultOf(faults, 'drop')?.word
  const kept = dropped === undefined ? altered : { ...altered, [dropped]: '' }
  const timing = { lateMs: faultOf(faults, 'late')?.ms ?? 0, hiddenReads: faultOf(faults, 'lag')?.reads ?? 0 }
  if (faultOf(faults, 'twice')) books.store(kept, workspace, timing)
  return books.store(kept, workspace, timing)
}

function created(stored: readonly StoredReference[], component: QadComponent, options: BdocOptions): Response {
  // The echo carries the whole record with all defaults, as programs saw it on other components.
  const echo = stored.map(({ words, uri }) => ({
    ...spelled(words, component),
    uri,
    dataOperation: '',
    concurrencyHash: '',
  }))
  if (options.createdBody === 'empty') return new Response(null, { status: 201 })
  if (options.createdBody === 'array') return json(201, echo)
  const submitResult = { success: true, errorSeverity: { n: '0' }, errors: [] }
  return json(201, { data: { [component.plural]: echo }, submitResult, supplementaryMessages: [] })
}

/** A posted record in the sandbox's words. Names that the component does not know are dropped without a word, as REST layers do. */
function toWords(record: Json, component: QadComponent, company: QadCompany, moved: boolean): Words {
  const fields = isObject(record) ? record : {}
  const given = component.fields.map(({ word, name, type }): readonly [string, Cell] => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    return [word, cellOf(value, type)]
  })
  const words: Record<string, Cell> = Object.fromEntries(given)
  const home = { domain: company.domain, entity: company.entity }
  if (moved) return { ...words, ...home }
  return { ...words, domain: text(words['domain']) || home.domain, entity: text(words['entity']) || home.entity }
}

function cellOf(value: Json | undefined, type: 'text' | 'integer' | 'decimal'): Cell {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return type === 'text' || value === '' ? value : { n: value }
  if (Array.isArray(value)) return ''
  // A number for a text field arrives as its digits: a code that lost its leading zeros is another code.
  if ('n' in value && typeof value.n === 'string') return type === 'text' ? value.n : { n: value.n }
  return ''
}

function spelled(words: Words, component: QadComponent): { readonly [name: string]: Cell } {
  const show = (cell: Cell): Cell => (typeof cell === 'object' && cell !== null ? { n: shortest(cell.n) } : cell)
  return Object.fromEntries(component.fields.map(({ word, name }) => [name, show(words[word] ?? '')]))
}
