import { meansActive } from '../status-words.js'
import type { Company } from './company.js'
import { fit, ROLES, type Found, type ReadName, type Saved } from './roles.js'
import type { Secrets } from './secrets.js'
import { ask, check, question, seen, type Remark, type Setting } from './section.js'
import { cellText, type Table } from './tables.js'
import { matchNames, type Choice, type Ours } from './words.js'

export interface Learned {
  readonly settings: readonly Setting[]
  readonly notes: readonly string[]
  /** The table that each read was found in, and its columns. */
  readonly found: ReadonlyMap<ReadName, Found>
}

/** The section reads: what the capture read, known again by its columns, its name and the values of the save. */
export function readsOf(tables: readonly Table[], saved: Saved, company: Company, secrets: Secrets): Learned {
  const usable = tables.filter(({ id, columns }) => !secrets.taintsPath(id) && columns.length > 0)
  const found = new Map<ReadName, Found>()
  const notes: string[] = []
  for (const name of Object.keys(ROLES) as ReadName[]) {
    const taken = new Set([...found.values()].map(({ table }) => table))
    const [best, second] = usable
      .filter((table) => !taken.has(table))
      .flatMap((table) => fit(name, table, saved))
      .sort((a, b) => b.score - a.score)
    if (best === undefined) continue
    found.set(name, best)
    if (second?.score === best.score)
      notes.push(`${second.table.kind} ${second.table.id} would do for reads.${name}, too`)
  }
  const unused = tables.filter(
    (table) => ![...found.values()].some((one) => one.table === table) && !secrets.taintsPath(table.id),
  )
  notes.push(
    ...unused.map(
      (table) =>
        `${table.kind} ${table.id} was read${table.columns.length === 0 ? ', showed no rows,' : ''} and is used for nothing`,
    ),
  )
  return {
    settings: (Object.keys(QUESTIONS) as ReadName[]).map((name) =>
      settingOf(name, found.get(name), saved, company, secrets),
    ),
    notes,
    found,
  }
}

/** What a read of mlc is for, as a question. */
const QUESTIONS: Readonly<Record<ReadName, string>> = {
  glAccounts: 'which browse or list shows the GL accounts?',
  costCentres: 'which browse or list shows the cost centres?',
  periods: 'which browse or list shows the GL calendar with the status of its periods?',
  balances: 'which browse shows the balances of accounts by period? mlc reconcile needs it',
  posted: 'which browse shows what was posted, with its key? without it nothing is read back',
  daybooks: 'which browse shows the daybooks with the type of their layer? journals need it',
}

function settingOf(
  name: ReadName,
  found: Found | undefined,
  saved: Saved,
  company: Company,
  secrets: Secrets,
): Setting {
  if (found === undefined) {
    // A component has no use for daybooks.
    if (name === 'daybooks' && !saved.isJournal)
      return { key: name, value: null, remark: seen('journals alone need it') }
    return { key: name, value: null, remark: ask(QUESTIONS[name]) }
  }
  const { table, columns } = found
  const place: readonly Setting[] =
    table.kind === 'browse'
      ? [{ key: 'browse', value: table.id }]
      : [
          { key: 'path', value: table.id },
          { key: 'rows', value: table.rows },
        ]
  const inside = [
    ...place,
    { key: 'columns', value: [...columns].map(([ours, choice]) => columnSetting(ours, choice)) },
    ...(name === 'periods' ? [openValuesOf(found, saved, secrets)] : []),
    ...(name === 'balances' && !columns.has('currency') ? [currencyOf(saved)] : []),
    ...conditionsOf(name, found, company, secrets),
    ...remarksOn(name, found),
  ]
  return {
    key: name,
    value: inside,
    remark: seen(`request ${table.numbers.slice(0, 5).join(', ')}${table.numbers.length > 5 ? ', …' : ''}`),
  }
}

function columnSetting(ours: Ours, { name, rank, rivals }: Choice): Setting {
  const also = rivals.length === 0 ? '' : `; or ${rivals.slice(0, 3).join(', ')}`
  return { key: ours, value: name, ...(rank === 2 || rivals.length > 0 ? { remark: check(`by its name${also}`) } : {}) }
}

/** The period that took the save was open: its word is known. */
function openValuesOf({ table, columns }: Found, { texts }: Saved, secrets: Secrets): Setting {
  const key = 'openValues'
  const status = columns.get('status')?.name
  if (status === undefined) return question('no column tells whether a period is open; which one does?')
  const words = table.values(status).filter((word) => word !== '' && !secrets.taints(word))
  const cell = (record: Table['records'][number], ours: Ours) => cellText(record, columns.get(ours)?.name ?? '')
  const row = table.records.find(
    (one) => isNumber(cell(one, 'year'), texts.year) && isNumber(cell(one, 'period'), texts.period),
  )
  const took = row === undefined ? undefined : cellText(row, status)
  const listed = `the capture shows ${words.slice(0, 8).join(', ')}`
  const open = words.find((word) => /^open$/i.test(word))
  if (took !== undefined && words.includes(took))
    return { key, value: { flow: [took] }, remark: seen(`the period that took the save; ${listed}`) }
  if (open !== undefined) return { key, value: { flow: [open] }, remark: check(listed) }
  return {
    key,
    value: { flow: ['open'] },
    remark: ask(`which of its words mean that a period may be posted to? ${listed}`),
  }
}

function isNumber(found: string, wanted: string | undefined): boolean {
  return wanted !== undefined && /^\d+$/.test(found) && Number(found) === Number(wanted)
}

function currencyOf({ texts }: Saved): Setting {
  const remark = 'no column shows a currency; is every balance in this one?'
  return {
    key: 'defaults',
    value: [
      {
        key: 'currency',
        value: texts.currency ?? null,
        remark: texts.currency === undefined ? ask(remark) : check(remark),
      },
    ],
  }
}

const PLACEHOLDERS: readonly Ours[] = ['year', 'period', 'domain', 'entity']

/** Conditions of the capture, with what they were about in place of its values; what narrows a read to one account is left out. */
function conditionsOf(
  name: ReadName,
  { table, columns }: Found,
  company: Company,
  secrets: Secrets,
): readonly Setting[] {
  const kept: string[][] = []
  const settings: Setting[] = []
  const all = matchNames([...table.columns, ...table.conditions.map(({ field }) => field)], PLACEHOLDERS, () => [])
  for (const { field, op, value } of table.conditions) {
    const ours = PLACEHOLDERS.find((word) => columns.get(word)?.name === field || all.get(word)?.name === field)
    const isPeriods = name === 'balances' || name === 'posted'
    if (op === 'eq' && ours !== undefined && (isPeriods || /^(domain|entity)$/.test(ours))) {
      if (!kept.some(([known]) => known === field)) kept.push([field, op, `{${ours}}`])
    } else if (op === 'eq' && (field === 'viewUri' || /layer/i.test(field)) && !secrets.taints(value))
      kept.push([field, op, value])
    else if (op === 'eq' && value !== '' && (value === company.domain?.value || value === company.entity?.value))
      kept.push([field, op, value === company.domain?.value ? '{domain}' : '{entity}'])
    else if (!secrets.taints(field))
      settings.push(
        question(`the capture narrowed it by ${field}; without that condition more rows are read: is that right?`),
      )
  }
  if (kept.length > 0) return [{ key: 'filters', value: { flow: kept } }, ...settings]
  return [...settings, ...suggestedFilter(name, table, columns)]
}

/** Not seen, so not written: a browse that does not take it would show nothing. */
function suggestedFilter(name: ReadName, { kind }: Table, columns: ReadonlyMap<Ours, Choice>): readonly Setting[] {
  const [year, period] = [columns.get('year')?.name, columns.get('period')?.name]
  if (kind !== 'browse' || (name !== 'balances' && name !== 'posted') || year === undefined || period === undefined)
    return []
  const remark = seen(
    `to read one period alone, if it takes it: filters: [['${year}', eq, '{year}'], ['${period}', eq, '{period}']]`,
  )
  return [{ key: '', value: null, remark }]
}

function remarksOn(name: ReadName, { table, columns }: Found): readonly Setting[] {
  const active = columns.get('active')?.name
  const words = active === undefined ? [] : table.values(active)
  const remarks: Remark[] = []
  if (words.length > 0 && !words.some((word) => meansActive(word)))
    remarks.push(
      ask('no row of the capture is active as mlc reads it (true, yes, y, 1, active, a, on); which word means so?'),
    )
  const layers = table.columns.find((column) => /layer(code)?$/i.test(column))
  if (name === 'balances' && layers !== undefined && table.values(layers).length > 1)
    remarks.push(ask(`its rows are of several layers; which value of ${layers} is the official one, for a filter?`))
  return remarks.map((remark) => ({ key: '', value: null, remark }))
}
