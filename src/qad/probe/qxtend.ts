import { MlcError } from '../../errors.js'
import { isoTime } from '../../model/clock.js'
import { formatPeriod, type Period } from '../../model/period.js'
import type { ReadsOptions } from '../options.js'
import type { QxtendOptions } from '../qxtend/options.js'
import type { QxtendDocuments } from '../qxtend/qxtend.js'
import { createQueryPlace, query } from '../qxtend/query.js'
import { createReceiver, type QxtendPorts, type Receiver } from '../qxtend/receiver.js'
import { contextOf } from '../qxtend/soap.js'
import { child, readXml, type XmlElement } from '../xml.js'
import type { Template } from '../template/template.js'
import type { Probe } from './adaptive.js'
import { factsOf, type Candidate, type Fact } from './fact.js'
import { checkedProof } from './posted.js'
import { readsOnly } from './reads-only.js'
import { probeReads } from './reads.js'
import { takeSample, type ReadName, type Sample } from './rows.js'

/**
 * Looks at QXtend through the query QDoc of the site alone; without one, at the description of the service.
 * @throws MLC-Q004 … MLC-Q007, MLC-Q503 when it cannot be entered or reached
 */
export async function probeQxtend(
  options: QxtendOptions,
  documents: QxtendDocuments,
  ports: QxtendPorts,
): Promise<Probe> {
  const { query: template, entry } = documents
  const { url } = options.qxtend
  if (template === null)
    return { facts: [...(await serviceFacts(url, ports)), NO_QUERY], candidates: [], isProven: false }
  const http = readsOnly(ports.http, isQuery(template))
  const receiver = createReceiver(options, { ...ports, http })
  const today = isoTime(ports.clock).slice(0, 10)
  const now = { year: Number(today.slice(0, 4)), period: Number(today.slice(5, 7)) }
  const response = await query(receiver, template, now, now, 'the query QDoc')
  const place = createQueryPlace(receiver, template)
  const found = await probeReads(place, options.reads, entry, today)
  const facts = [
    receiverFact(receiver),
    ...companyFacts(response, options),
    await elsewhereFact(options, template, { ...ports, http }, now),
    ...found.facts,
    ...(await nowhereFacts(place, options.reads, found.samples)),
    separatorFact(options, found.samples),
  ]
  return { ...checkedProof(facts, found.isProven), candidates: tablesLeft(response, options.reads) }
}

/** The query QDoc, by the name of its root and with no action to do. Nothing else may be posted to the receiver. */
function isQuery(template: Template) {
  const read = readXml(template.render({ from: '2000-01', to: '2000-01' }))
  const wanted = read.ok ? qdocOf(read.root) : ''
  return ({ body = '' }: { readonly body?: string }) => {
    const sent = readXml(body)
    if (!sent.ok || qdocOf(sent.root) !== wanted) return false
    return !/^(save|savedraft|draft|delete|create|update)$/i.test(contextOf(sent.root).get('action') ?? '')
  }
}

function qdocOf(root: XmlElement): string {
  return root.name === 'Envelope' ? (child(root, 'Body')?.children[0]?.name ?? '') : root.name
}

const WRONG_COMPANY = 'a reference could be posted into another company'

const NO_QUERY = factsOf('reads').assumed('configured', 'qad.qxtend.queryTemplate is not set', {
  meaning:
    'nothing is checked before it is posted or read back after: records end as posted_unverified, and what is in doubt waits for mlc resolve',
  change:
    'Have a query QDoc made that answers masters, balances and entries, and name it under qad.qxtend.queryTemplate.',
})

/** Axis, which QXtend runs on, describes its service to anybody who asks, unless the site has switched that off. */
async function serviceFacts(url: string, { http, signal }: QxtendPorts): Promise<readonly Fact[]> {
  const facts = factsOf('login')
  const timeouts = { headersTimeoutMs: 10_000, idleTimeoutMs: 10_000 }
  const request = { method: 'GET', url: `${url}?wsdl`, headers: { accept: 'text/xml' }, ...timeouts } as const
  const answer = await http.send(signal ? { ...request, signal } : request)
  if (answer.status >= 500) throw new MlcError('MLC-Q503', `QXtend at ${url} answers HTTP ${answer.status}`)
  const read = readXml(answer.text)
  const isDescribed = read.ok && read.root.name === 'definitions'
  const bearing = { meaning: 'user, password, receiver and version are tried by the first QDoc that posts' }
  if (answer.status === 404)
    return [
      facts.contradicted(
        'service',
        `${url}?wsdl answers HTTP 404`,
        { ...bearing, change: 'Check qad.qxtend.url.' },
        'MLC-Q005',
      ),
    ]
  const seen = isDescribed ? 'it describes its service' : `it does not describe its service (HTTP ${answer.status})`
  return [facts.assumed('service', seen, bearing)]
}

function receiverFact({ options }: Receiver): Fact {
  const { receiver, qdocVersion } = options.qxtend
  return factsOf('login').confirmed('credentials', `receiver ${receiver} takes the query QDoc, version ${qdocVersion}`)
}

/** QXtend answers with the session context that it used. */
function companyFacts(response: XmlElement, { domain, entity }: QxtendOptions): readonly Fact[] {
  const facts = factsOf('workspace')
  const context = child(response, 'dsSessionContext')
  const used = context === undefined ? new Map<string, string>() : contextOf(context)
  const ours = { domain, entity }
  return (['domain', 'entity'] as const).map((what) => {
    const found = used.get(what) ?? ''
    if (found === '') return facts.assumed(what, 'the answer does not name it', { meaning: WRONG_COMPANY })
    if (found.toUpperCase() === ours[what].toUpperCase()) return facts.confirmed(what, `the answer names ${found}`)
    return facts.contradicted(
      what,
      `the answer names ${found} in place of ${ours[what]}`,
      { meaning: WRONG_COMPANY, change: `Correct qad.${what}, and what the template's session context says.` },
      'MLC-Q040',
    )
  })
}

/** No company of anybody: QXtend has to answer otherwise than for ours. */
async function elsewhereFact(
  options: QxtendOptions,
  template: Template,
  ports: QxtendPorts,
  now: Period,
): Promise<Fact> {
  const facts = factsOf('workspace')
  const strange = { ...options, domain: 'ZZNONE', entity: 'ZZNONE', http: { ...options.http, retries: 0 } }
  try {
    const response = await query(createReceiver(strange, ports), template, now, now, 'the query QDoc')
    const sets = response.children.filter(({ name }) => !OWN.has(name)).flatMap(({ children }) => children)
    if (sets.length === 0) return facts.confirmed('honoured', 'in a company that does not exist QXtend shows nothing')
    return facts.assumed('honoured', 'in a company that does not exist QXtend answers rows all the same', {
      meaning: WRONG_COMPANY,
      change: 'Check that the template leaves the session context to mlc, or names {{domain}} and {{entity}} in it.',
    })
  } catch (error) {
    if (!(error instanceof MlcError)) throw error
    return facts.confirmed('honoured', `in a company that does not exist QXtend refuses: ${error.message}`)
  }
}

const OWN = new Set(['result', 'dsSessionContext', 'dsExceptions'])

/** A period that nobody has reached. */
const NEVER: Period = { year: 2998, period: 12 }

/** Movements and references of a period that cannot have any: rows there would be of every period asked for. */
async function nowhereFacts(
  place: ReturnType<typeof createQueryPlace>,
  reads: ReadsOptions,
  samples: readonly Sample[],
): Promise<readonly Fact[]> {
  const found: Fact[] = []
  for (const name of ['balances', 'posted'] as const) {
    const read = reads[name]
    if (!read || !samples.some((sample) => sample.name === name)) continue
    const facts = factsOf(`reads.${name}`)
    const sample = await takeSample(place, name, read, NEVER)
    const asked = `asked for ${formatPeriod(NEVER)}`
    const isCut = !(sample instanceof MlcError) && sample.rows.length === 0
    found.push(
      isCut
        ? facts.confirmed('period', `${asked}, it shows nothing`)
        : facts.assumed('period', `${asked}, it ${sample instanceof MlcError ? 'is refused' : 'shows rows'}`, {
            meaning: 'the QDoc does not look at from and to; mlc leaves out what its columns place in another period',
            change: `Name year and period under qad.reads.${name}.columns.`,
          }),
    )
  }
  return found
}

/** That amounts came through tells little while none of them has decimals. */
function separatorFact({ qxtend }: QxtendOptions, samples: readonly Sample[]): Fact {
  const facts = factsOf('amounts')
  const sign = qxtend.decimalSeparator
  const other = sign === '.' ? ',' : '.'
  const texts = samples.filter(({ name }) => name === 'balances' || name === 'posted').flatMap(amountsOf)
  const one = texts.find((text) => text.includes(sign))
  if (one !== undefined) return facts.confirmed('decimal sign', `"${sign}", as in ${one}`)
  const strange = texts.find((text) => text.includes(other))
  const meaning = 'an amount read with the wrong sign would be a hundred times what it is, or refused'
  const change = 'Correct qad.qxtend.decimalSeparator.'
  if (strange !== undefined)
    return facts.contradicted('decimal sign', `"${other}", as in ${strange}`, { meaning, change })
  return facts.assumed('decimal sign', `no amount with decimals was seen; mlc writes and reads "${sign}"`, {
    meaning,
    change,
  })
}

function amountsOf({ read, rows }: Sample): readonly string[] {
  const columns = ['amount', 'debit', 'credit'].flatMap((name) => read.columns[name] ?? [])
  return rows.flatMap((row) => columns.flatMap((column) => (typeof row[column] === 'string' ? [row[column]] : [])))
}

/** Tables of the answer that no read names. */
function tablesLeft(response: XmlElement, reads: ReadsOptions): readonly Candidate[] {
  const named = new Set(Object.values(reads).flatMap((read: ReadsOptions[ReadName]) => read?.rows ?? []))
  const sets = response.children.filter(({ name }) => !OWN.has(name))
  const tables = new Map<string, XmlElement>()
  for (const set of sets) for (const row of set.children) tables.set(`${set.name}.${row.name}`, row)
  return [...tables].flatMap(([rows, row]) => {
    const columns = row.children.map(({ name }) => name)
    if (named.has(rows) || columns.length === 0) return []
    const evidence = `${rows} holds ${columns.slice(0, 12).join(', ')}`
    return [{ for: 'reads', evidence, config: `{ rows: ${rows}, columns: { … } }` }]
  })
}
