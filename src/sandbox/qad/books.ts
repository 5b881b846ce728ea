import { shortest, type Cell, type Words } from './cells.js'
import { createEntries, type Entries } from './entries.js'
import { postedBalances, postingRows } from './postings.js'
import type { QadCompany, QadWorld, Subject } from './world.js'

/** A reference as the sandbox stored it, in the sandbox's own words; `amount` with the digits that were sent. */
export interface StoredReference {
  readonly workspace: string
  readonly key: string
  readonly domain: string
  readonly entity: string
  readonly year: number
  readonly period: number
  readonly account: string
  readonly subAccount: string
  readonly costCentre: string
  readonly project: string
  readonly site: string
  readonly currency: string
  readonly measure: string
  readonly amount: string
  readonly revision: number | null
  readonly description: string
  readonly source: string
  readonly run: string
  /** QAD's own identifier. */
  readonly uri: string
  /** Every field of the component as stored, by the sandbox's word. */
  readonly words: Words
}

export type PlantedReference = Partial<Omit<StoredReference, 'workspace' | 'uri' | 'words'>> & {
  readonly key: string
  readonly amount: string
}

export interface Books {
  /** What a transaction of this moment sees: late commits that are due are in. */
  references(): readonly StoredReference[]
  company(workspace: string): QadCompany | undefined
  replaceCompany(company: QadCompany): void
  /** True when the primary key (domain and key, letter case ignored as the database does) is taken. */
  holds(domain: string, key: string): boolean
  /** @param timing lateMs: committed that long from now; hiddenReads: browse reads that do not show it yet */
  store(words: Words, workspace: string, timing?: Timing): StoredReference
  /** Stores without any check, in the first workspace unless told. */
  plant(reference: PlantedReference, workspace?: string): StoredReference
  /** Takes every record of that key out of the books, as an administrator can. Returns how many there were. */
  remove(key: string): number
  /** Rows of a subject in a workspace, as words. @param isRead counts towards the read lag of references; true unless told */
  rows(subject: Subject, workspace: string, isRead?: boolean): readonly Words[]
  /** The journals. */
  readonly entries: Entries
}

interface Timing {
  readonly lateMs?: number
  readonly hiddenReads?: number
}

export function createBooks(world: QadWorld, now: () => number, uniqueKeys: boolean): Books {
  const companies = new Map(world.companies.map((company) => [company.workspace, company]))
  const shelf = createShelf(now, uniqueKeys)
  const entries = createEntries(now)
  const store = (words: Words, workspace: string, timing: Timing = {}) => {
    const uri = `${world.component.uri}:${text(words['domain'])}.${text(words['key'])}`
    return shelf.take(asReference(words, workspace, uri), timing)
  }
  return {
    entries,
    references: () => shelf.references(),
    company: (workspace) => companies.get(workspace),
    replaceCompany: (company) => void companies.set(company.workspace, company),
    holds: (domain, key) => shelf.holds(domain, key),
    store,
    plant(reference, workspace = world.companies[0]?.workspace ?? '') {
      const company = companies.get(workspace)
      if (!company) throw new RangeError(`the tenant has no workspace ${workspace}`)
      return store(plantedWords(reference, company), workspace)
    },
    remove: (key) => shelf.remove(key),
    rows(subject, workspace, isRead = true) {
      const company = companies.get(workspace)
      if (!company) return []
      if (subject === 'references') return shelf.visible(workspace, isRead)
      if (subject === 'postings') return postingRows(entries.visible(workspace, isRead), company)
      if (subject === 'balances')
        return [...SUBJECTS.balances(company), ...postedBalances(entries.visible(workspace, false), company)]
      return SUBJECTS[subject](company)
    },
  }
}

interface Shelved {
  readonly reference: StoredReference
  hiddenReads: number
}

/** The references in order of commit, those that are still to come, and the index of keys. */
function createShelf(now: () => number, uniqueKeys: boolean) {
  const stored: Shelved[] = []
  const late: (Shelved & { readonly at: number })[] = []
  const keys = new Set<string>()
  const commit = (entry: Shelved) => {
    keys.add(folded(entry.reference.domain, entry.reference.key))
    stored.push(entry)
  }
  const settle = () => {
    for (const entry of late.filter(({ at }) => at <= now())) {
      late.splice(late.indexOf(entry), 1)
      // The unique index decides when a transaction ends, not when it began.
      const isTaken = uniqueKeys && keys.has(folded(entry.reference.domain, entry.reference.key))
      if (!isTaken) commit(entry)
    }
  }
  return {
    take(reference: StoredReference, { lateMs = 0, hiddenReads = 0 }: Timing): StoredReference {
      if (lateMs > 0) late.push({ reference, hiddenReads, at: now() + lateMs })
      else commit({ reference, hiddenReads })
      return reference
    },
    remove(key: string): number {
      const found = stored.filter(({ reference }) => reference.key === key)
      for (const entry of found) {
        stored.splice(stored.indexOf(entry), 1)
        keys.delete(folded(entry.reference.domain, key))
      }
      return found.length
    },
    references: () => (settle(), stored.map(({ reference }) => reference)),
    holds: (domain: string, key: string) => (settle(), keys.has(folded(domain, key))),
    visible(workspace: string, isRead: boolean): readonly Words[] {
      settle()
      const here = stored.filter(({ reference }) => reference.workspace === workspace)
      const shown = here.filter(({ hiddenReads }) => hiddenReads === 0)
      if (isRead) for (const entry of here) entry.hiddenReads = Math.max(0, entry.hiddenReads - 1)
      return shown.map(({ reference }) => ({ ...reference.words, uri: reference.uri }))
    },
  }
}

function plantedWords({ amount, year, period, revision, ...texts }: PlantedReference, company: QadCompany): Words {
  const number = (value: number | null | undefined, otherwise: string) => ({ n: String(value ?? otherwise) })
  const numbers = { amount: { n: amount }, year: number(year, '0'), period: number(period, '0') }
  return { ...place(company), ...texts, ...numbers, revision: revision === null ? '' : number(revision, '1') }
}

/** The masters of a company as words. */
const SUBJECTS: Record<Exclude<Subject, 'references' | 'postings'>, (company: QadCompany) => readonly Words[]> = {
  accounts: (company) => company.accounts.map((account) => ({ ...place(company), ...account })),
  costCentres: (company) => company.costCentres.map((costCentre) => ({ ...place(company), ...costCentre })),
  periods: (company) =>
    company.periods.map(({ year, period, start, end, status }) => {
      return {
        ...place(company),
        year: { n: `${year}` },
        period: { n: `${period}` },
        start: instant(start),
        end: instant(end),
        status,
      }
    }),
  balances: (company) =>
    company.balances.map(({ year, period, account, costCentre, currency, amount, layer = 'OFFICIAL' }) => {
      const debit = amount.startsWith('-') ? '0' : shortest(amount)
      const credit = amount.startsWith('-') ? shortest(amount.slice(1)) : '0'
      const numbers = {
        year: { n: `${year}` },
        period: { n: `${period}` },
        amount: { n: shortest(amount) },
        debit: { n: debit },
        credit: { n: credit },
      }
      return { ...place(company), account, costCentre, currency, layer, ...numbers }
    }),
  daybooks: (company) => company.daybooks.map((daybook) => ({ ...place(company), ...daybook })),
  domains: (company) => [place(company)],
}

function place({ domain, entity }: QadCompany): { domain: string; entity: string } {
  return { domain, entity }
}

/** QAD writes a date as the midnight that begins it, in UTC. */
function instant(date: string): string {
  return `${date}T00:00:00.000Z`
}

function folded(domain: string, key: string): string {
  return `${domain}\n${key}`.toLowerCase()
}

function asReference(words: Words, workspace: string, uri: string): StoredReference {
  const word = (name: string) => text(words[name])
  return {
    workspace,
    key: word('key'),
    domain: word('domain'),
    entity: word('entity'),
    year: Number(word('year')),
    period: Number(word('period')),
    account: word('account'),
    subAccount: word('subAccount'),
    costCentre: word('costCentre'),
    project: word('project'),
    site: word('site'),
    currency: word('currency'),
    measure: word('measure'),
    amount: word('amount'),
    revision: word('revision') === '' ? null : Number(word('revision')),
    description: word('description'),
    source: word('source'),
    run: word('run'),
    uri,
    words,
  }
}

export function text(cell: Cell | undefined): string {
  if (cell === undefined || cell === null) return ''
  return typeof cell === 'object' ? cell.n : String(cell)
}
