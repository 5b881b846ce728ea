import { shortest, type Cell, type Words } from './cells.js'
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

export interface Books {
  /** What a transaction of this moment sees: late commits that are due are in. */
  references(): readonly StoredReference[]
  journals(): readonly StoredJournal[]
  company(workspace: string): QadCompany | undefined
  replaceCompany(company: QadCompany): void
  /** True when the primary key (domain and key, letter case ignored as the database does) is taken. */
  holds(domain: string, key: string): boolean
  /** @param lateMs commit that long from now @param hiddenReads browse reads that do not show it yet */
  store(words: Words, workspace: string, timing?: { lateMs?: number; hiddenReads?: number }): StoredReference
  storeJournal(journal: StoredJournal): void
  /** Rows of a subject in a workspace, as words. @param isRead counts towards the read lag of references; true unless told */
  rows(subject: Subject, workspace: string, isRead?: boolean): readonly Words[]
}

export interface StoredJournal {
  readonly workspace: string
  readonly words: Words
  readonly lines: readonly Words[]
  readonly uri: string
}

export function createBooks(world: QadWorld, now: () => number, uniqueKeys: boolean): Books {
  const companies = new Map(world.companies.map((company) => [company.workspace, company]))
  const stored: { readonly reference: StoredReference; hiddenReads: number }[] = []
  const late: { readonly reference: StoredReference; readonly at: number; readonly hiddenReads: number }[] = []
  const journals: StoredJournal[] = []
  const keys = new Set<string>()

  return {
    references: () => (settle(), stored.map(({ reference }) => reference)),
    journals: () => journals,
    company: (workspace) => companies.get(workspace),
    replaceCompany: (company) => void companies.set(company.workspace, company),
    holds: (domain, key) => (settle(), keys.has(folded(domain, key))),
    store,
    storeJournal: (journal) => void journals.push(journal),
    rows,
  }

  function store(words: Words, workspace: string, { lateMs = 0, hiddenReads = 0 } = {}): StoredReference {
    const reference = asReference(
      words,
      workspace,
      `${world.component.uri}:${text(words['domain'])}.${text(words['key'])}`,
    )
    if (lateMs > 0) late.push({ reference, at: now() + lateMs, hiddenReads })
    else commit(reference, hiddenReads)
    return reference
  }

  function settle(): void {
    const due = late.filter(({ at }) => at <= now())
    for (const entry of due) {
      late.splice(late.indexOf(entry), 1)
      // The unique index decides when the transaction ends, not when it began.
      if (uniqueKeys && keys.has(folded(entry.reference.domain, entry.reference.key))) continue
      commit(entry.reference, entry.hiddenReads)
    }
  }

  function commit(reference: StoredReference, hiddenReads: number): void {
    keys.add(folded(reference.domain, reference.key))
    stored.push({ reference, hiddenReads })
  }

  function rows(subject: Subject, workspace: string, isRead = true): readonly Words[] {
    const company = companies.get(workspace)
    if (!company) return []
    if (subject === 'references') return visible(workspace, isRead)
    if (subject === 'journals')
      return journals.filter((journal) => journal.workspace === workspace).map(({ words }) => words)
    return SUBJECTS[subject](company)
  }

  function visible(workspace: string, isRead: boolean): readonly Words[] {
    settle()
    const here = stored.filter(({ reference }) => reference.workspace === workspace)
    const shown = here.filter(({ hiddenReads }) => hiddenReads === 0)
    if (isRead) for (const row of here) row.hiddenReads = Math.max(0, row.hiddenReads - 1)
    return shown.map(({ reference }) => ({ ...reference.words, uri: reference.uri }))
  }
}

/** The masters of a company as words. */
const SUBJECTS: Record<Exclude<Subject, 'references' | 'journals'>, (company: QadCompany) => readonly Words[]> = {
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
