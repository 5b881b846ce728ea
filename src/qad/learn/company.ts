import type { Exchange } from './har.js'
import { isObject, membersOf, textOf } from './json.js'
import { matchFields, type Save } from './save.js'
import { looksOpaque, type Secrets } from './secrets.js'
import { ask, check, seen, type Setting } from './section.js'
import type { Tenant } from './tenant.js'

/** The company that the capture worked in; null where it does not tell. */
export interface Company {
  readonly domain: Named | null
  readonly entity: Named | null
}

interface Named {
  readonly value: string
  readonly from: string
  readonly isAssumed: boolean
}

/** A header or query parameter that names the workspace. */
interface Place {
  readonly mode: 'header' | 'query'
  readonly name: string
  readonly value: string
  readonly number: number
}

/** domain, entity and workspace, and what they were read from. */
export function companyOf(
  tenant: Tenant,
  save: Save | null,
  secrets: Secrets,
): { readonly company: Company; readonly settings: readonly Setting[] } {
  const place = placeOf(tenant, save, secrets)
  const isOpen = ({ domain, entity }: Pair) => !secrets.taints(domain) && !secrets.taints(entity)
  const isFitting = (pair: Pair) => place === null || templateOf(place.value, pair) !== null
  const fitting = firstOf(pairsOf(tenant, save), (pair) => isOpen(pair) && isFitting(pair))
  const split = place === null ? null : splitOf(place)
  const pair = fitting ?? split ?? firstOf(pairsOf(tenant, save), isOpen)
  // A list of companies that somebody looked at is no word about which one was worked in.
  const isAssumed = fitting === null || (place === null && fitting.part === 'answer')
  const named = (value: string | undefined): Named | null =>
    value === undefined || pair === null ? null : { value, from: pair.from, isAssumed }
  const company = { domain: named(pair?.domain), entity: named(pair?.entity) }
  return {
    company,
    settings: [codeOf('domain', company.domain), codeOf('entity', company.entity), workspaceOf(place, company)],
  }
}

function codeOf(key: 'domain' | 'entity', found: Named | null): Setting {
  if (found === null) return { key, value: null, remark: ask(`which ${key} of QAD?`) }
  return { key, value: found.value, remark: (found.isAssumed ? check : seen)(found.from) }
}

function workspaceOf(place: Place | null, { domain, entity }: Company): Setting {
  if (place === null) {
    const remark = ask(
      'no call names its workspace; does the tenant take a header for it? none: the default of the user applies',
    )
    return { key: 'workspace', value: [{ key: 'mode', value: 'header', remark }] }
  }
  const template = domain && entity ? templateOf(place.value, { domain: domain.value, entity: entity.value }) : null
  return {
    key: 'workspace',
    value: [
      { key: 'mode', value: place.mode, remark: seen(`request ${place.number}`) },
      { key: 'header', value: place.name },
      template === null
        ? {
            key: 'template',
            value: '{domain}_{entity}',
            remark: ask('how is a workspace spelled? what the calls named is not made of domain and entity'),
          }
        : { key: 'template', value: template },
    ],
  }
}

function templateOf(
  value: string,
  { domain, entity }: { readonly domain: string; readonly entity: string },
): string | null {
  // The entity often begins with the domain's code: the longer is looked for first, from its own end.
  const at = value.lastIndexOf(entity)
  if (at < 0 || entity === '' || domain === '') return null
  const before = value.slice(0, at).replace(domain, '{domain}')
  const after = value.slice(at + entity.length).replace(domain, '{domain}')
  const template = `${before}{entity}${after}`
  const rest = template.replace('{domain}', '').replace('{entity}', '')
  return template.includes('{domain}') && /^[\w.:/|-]{0,4}$/.test(rest) ? template : null
}

/** `10USA_10USACO`: two codes and what stands between them, where that is plain. */
function splitOf({ value, number }: Place): Pair | null {
  const parts = /^([A-Za-z0-9-]{1,8})[_.:/|]([A-Za-z0-9-]{1,20})$/.exec(value)
  if (parts === null) return null
  const [, domain = '', entity = ''] = parts
  return { domain, entity, part: 'query', from: `split from the workspace of request ${number}` }
}

function placeOf(tenant: Tenant, save: Save | null, secrets: Secrets): Place | null {
  const ordered = save === null ? tenant.exchanges : [save.exchange, ...tenant.exchanges]
  for (const { url, headers, number } of ordered) {
    const named = [
      ...Object.entries(headers).map(([name, value]) => ({ mode: 'header' as const, name, value })),
      ...[...url.searchParams].map(([name, value]) => ({ mode: 'query' as const, name, value })),
    ]
    const codes = save === null ? null : matchFields(save.record, ['domain', 'entity'])
    const isPlace = ({ name, value }: (typeof named)[number]) =>
      /work-?space/i.test(name) || (/^x-/.test(name) && codes !== null && holdsBoth(value, save, codes))
    const found = named.find(
      (one) => isPlace(one) && one.value.length <= 60 && !looksOpaque(one.value) && !secrets.taints(one.value),
    )
    if (found) return { ...found, number }
  }
  return null
}

/** A header of another name, whose value is made of the company that the record names. */
function holdsBoth(value: string, save: Save | null, codes: ReturnType<typeof matchFields>): boolean {
  const text = (word: 'domain' | 'entity') => textOf(save?.record[codes.get(word)?.name ?? ''])
  const [domain, entity] = [text('domain'), text('entity')]
  return Boolean(domain && entity && templateOf(value, { domain, entity }))
}

type Part = 'body' | 'query' | 'answer'

interface Pair {
  readonly domain: string
  readonly entity: string
  readonly part: Part
  readonly from: string
}

/** Companies that the capture names, as they are asked for: its answers may be long. */
function* pairsOf(tenant: Tenant, save: Save | null): Generator<Pair> {
  if (save !== null) yield* pairsIn(save.exchange, 'body')
  for (const exchange of tenant.exchanges) {
    const { url, number } = exchange
    const [domain, entity] = [url.searchParams.get('domainCode'), url.searchParams.get('entityCode')]
    if (domain && entity) yield { domain, entity, part: 'query', from: `the query of request ${number}` }
    yield* pairsIn(exchange, 'answer')
  }
}

function firstOf<T>(found: Iterable<T>, isWanted: (one: T) => boolean): T | null {
  for (const one of found) if (isWanted(one)) return one
  return null
}

/** The first objects of a document that name both codes; the next ones would say the same. */
const MOST_PAIRS = 50
const MOST_OBJECTS = 500

function* pairsIn(exchange: Exchange, part: 'body' | 'answer'): Generator<Pair> {
  const json = part === 'body' ? exchange.bodyJson() : exchange.json()
  let [pairs, objects] = [0, 0]
  for (const { value } of json === null ? [] : membersOf(json)) {
    if (!isObject(value)) continue
    if (pairs >= MOST_PAIRS || ++objects > MOST_OBJECTS) return
    const fields = matchFields(value, ['domain', 'entity'])
    const text = (word: 'domain' | 'entity') => textOf(value[fields.get(word)?.name ?? ''])
    const [domain, entity] = [text('domain'), text('entity')]
    if (!domain || !entity) continue
    pairs++
    yield { domain, entity, part, from: `the ${part} of request ${exchange.number}` }
  }
}
