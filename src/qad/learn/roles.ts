import type { Table } from './tables.js'
import { matchNames, type Choice, type Ours } from './words.js'

/** What the save said, to know again in what was read. */
export interface Saved {
  readonly texts: Readonly<Partial<Record<Ours, string>>>
  /** Names of the record's fields. */
  readonly fields: readonly string[]
  readonly isJournal: boolean
}

export type ReadName = 'glAccounts' | 'costCentres' | 'periods' | 'balances' | 'posted' | 'daybooks'

export interface Found {
  readonly table: Table
  readonly columns: ReadonlyMap<Ours, Choice>
  readonly score: number
}

interface Role {
  readonly needed: readonly Ours[]
  readonly possible: readonly Ours[]
  readonly hint: RegExp
  /** What it must not have: then it is another read. */
  readonly without: readonly Ours[]
  /** The saved value that its code column shows. */
  readonly code?: 'account' | 'costCentre' | 'daybook'
  readonly hasAmount?: true
}

export const ROLES: Readonly<Record<ReadName, Role>> = {
  posted: {
    needed: ['key'],
    possible: [
      'domain',
      'entity',
      'year',
      'period',
      'account',
      'costCentre',
      'currency',
      'measure',
      'revision',
      'qadRef',
    ],
    hint: /recon|posting|xxpst|journal/i,
    without: [],
    hasAmount: true,
  },
  balances: {
    needed: ['year', 'period', 'account'],
    possible: ['costCentre', 'currency'],
    hint: /bal|saldo|ledger/i,
    without: [],
    hasAmount: true,
  },
  periods: {
    needed: ['year', 'period'],
    possible: ['start', 'end', 'status'],
    hint: /gl111|glcd?_|period|calend/i,
    without: ['account', 'amount', 'key'],
  },
  glAccounts: {
    needed: ['code'],
    possible: ['description', 'active', 'type'],
    hint: /\bac_|gl_?acc|account|konto|cuenta|xxgl/i,
    without: ['year', 'amount'],
    code: 'account',
  },
  costCentres: {
    needed: ['code'],
    possible: ['description', 'active'],
    hint: /\bcc_|cost_?cent|gp059|\bkst|kostenst/i,
    without: ['year', 'amount'],
    code: 'costCentre',
  },
  daybooks: {
    needed: ['code'],
    possible: ['layerType', 'active', 'description'],
    hint: /daybook|\bdy_|gl016|gl919|gl031/i,
    without: ['year', 'amount'],
    code: 'daybook',
  },
}

const AMOUNTS: readonly Ours[] = ['amount', 'debit', 'credit']

/** A table as that read of mlc; empty where its columns, its name and its values do not speak for it. */
export function fit(name: ReadName, table: Table, saved: Saved): readonly Found[] {
  const { needed, possible, hint, without, code, hasAmount } = ROLES[name]
  const asked = [...needed, ...possible, ...(hasAmount ? AMOUNTS : [])]
  const columns = new Map(matchNames(table.columns, asked, table.values))
  const shown = code === undefined ? undefined : columnShowing(table, saved.texts[code], code)
  if (code !== undefined && shown !== undefined) columns.set('code', shown)
  const unwanted = matchNames(table.columns, without, table.values)
  const hasSize = columns.has('amount') || (columns.has('debit') && columns.has('credit'))
  const isHinted = hint.test(table.id) || table.columns.some((column) => hint.test(column))
  const isKnownAgain = shown !== undefined || (name === 'posted' && showsSave(table, saved))
  const carrying = name === 'posted' ? columnOfKey(table, saved) : undefined
  if (carrying !== undefined) columns.set('key', { name: carrying, rank: 1, rivals: [] })
  if (!needed.every((one) => columns.has(one)) || unwanted.size > 0 || (hasAmount && !hasSize)) return []
  if (name === 'periods' && !['start', 'end', 'status'].some((one) => columns.has(one as Ours))) return []
  // A code and a description are in every list: only what it is called, or a value of the save, tells what it lists.
  if (code !== undefined && !isHinted && shown === undefined) return []
  if (name === 'posted' && !isHinted && !isKnownAgain) return []
  const outright = [...columns.values()].filter(({ rank }) => rank < 2).length
  return [{ table, columns: oneSize(columns), score: outright + (isHinted ? 4 : 0) + (isKnownAgain ? 6 : 0) }]
}

/** Either an amount, or debit and credit: an amount that says so outright wins. */
function oneSize(columns: ReadonlyMap<Ours, Choice>): ReadonlyMap<Ours, Choice> {
  const hasSides = columns.has('debit') && columns.has('credit')
  const amount = columns.get('amount')
  const isAmount = amount !== undefined && (!hasSides || amount.rank < 2)
  const unused: readonly Ours[] = isAmount ? ['debit', 'credit'] : ['amount']
  return new Map([...columns].filter(([ours]) => !unused.includes(ours)))
}

function columnShowing(table: Table, value: string | undefined, code: Ours): Choice | undefined {
  const matched = [...matchNames(table.columns, [code, 'code'], table.values).values()]
  const carrying =
    value === undefined || value === '' ? [] : table.columns.filter((column) => table.values(column).includes(value))
  const named = matched.find(({ name }) => carrying.includes(name))
  if (named !== undefined) return named
  const [only, ...others] = carrying
  return only === undefined || others.length > 0 ? undefined : { name: only, rank: 2, rivals: [] }
}

/** The rows of a component are spelled as its fields are; or they show the key that was saved. */
function showsSave(table: Table, { texts, fields, isJournal }: Saved): boolean {
  const last = (column: string) => column.slice(column.lastIndexOf('.') + 1).toLowerCase()
  const same = fields.filter((field) => table.columns.some((column) => last(column) === field.toLowerCase())).length
  if (!isJournal && same >= 4) return true
  return columnOfKey(table, { texts }) !== undefined
}

function columnOfKey(table: Table, { texts }: Pick<Saved, 'texts'>): string | undefined {
  const { key } = texts
  if (key === undefined || key.length < 4) return undefined
  return table.columns.find((column) => table.values(column).includes(key))
}
