import * as z from 'zod'
import { code, optional, tenantPath, text, texts, whole, type IssueParams } from './fields.js'
import { didYouMean } from '../model/nearest.js'
import { placeholderFault } from './placeholders.js'

/** The reads of a tenant: which of our names each needs, and which it may have. */
export const readsSection = z
  .strictObject({
    glAccounts: read(['code'], ['description', 'active', 'type']),
    costCentres: read(['code'], ['description', 'active']),
    periods: read(['year', 'period'], ['start', 'end', 'status']),
    balances: read(
      ['year', 'period', 'account', 'currency'],
      ['costCentre', 'amount', 'debit', 'credit', 'lastPosted'],
    ),
    posted: read(
      ['key'],
      [
        ...['amount', 'debit', 'credit'],
        ...['domain', 'entity', 'year', 'period', 'account', 'costCentre', 'currency', 'measure', 'revision', 'qadRef'],
        ...['description', 'source'],
      ],
    ),
    daybooks: read(['code'], ['layerType', 'active', 'description']),
  })
  .prefault({})

/** Refuses placeholders other than those known. */
export function placeholdersAmong(known: readonly string[]) {
  return (value: string, context: z.RefinementCtx<string>) => {
    const message = placeholderFault(value, known)
    if (message !== null) context.addIssue({ code: 'custom', message, params: { whole: true } satisfies IssueParams })
  }
}

/** A read of the tenant: by browse, or by a path that lists records under the dotted name `rows`. */
function read(needed: readonly string[], possible: readonly string[]) {
  const known = [...needed, ...possible]
  const schema = z.strictObject({
    browse: optional(code('a browse id')),
    path: optional(tenantPath()),
    rows: optional(code('where the records are in the answer, such as data.costCenters')),
    columns: texts("the tenant's column").meta({ propertyNames: { enum: known } }),
    openValues: z.array(text('a status word')).min(1, { error: 'at least one status word' }).default(['open']),
    filters: z.array(condition(), { error: 'a list of [column, operator, value]' }).default([]),
    pageSize: optional(whole(1, 100_000)),
    defaults: texts('a value').default({}),
  })
  return optional(
    schema.superRefine((found, context) => {
      const say: Say = (path, message) =>
        context.addIssue({ code: 'custom', path, message, params: { whole: true } satisfies IssueParams })
      checkPlace(found, say)
      checkNames(found, known, say)
      checkNeeded(found, needed, say)
      if (known.includes('debit')) checkAmountColumns(found, say)
    }),
  )
}

type Say = (path: string[], message: string) => void
type Texts = Readonly<Record<string, string>>

function condition() {
  const value = text('a value').superRefine(placeholdersAmong(['domain', 'entity', 'year', 'period']))
  return z.tuple([code('a column'), code('an operator'), value], {
    error: 'a list of three: [column, operator, value]',
  })
}

function checkPlace(
  { browse, path, rows }: { browse: string | null; path: string | null; rows: string | null },
  say: Say,
): void {
  // Rows alone are found in the answer of a query QDoc, which kind qxtend has: that is checked where the kind is known.
  const isPlaced = rows !== null && browse === null && path === null
  if ((browse === null) === (path === null) && !isPlaced) say([], 'needs either browse or path, exactly one of them')
  if (rows !== null && browse !== null) say(['rows'], 'only with path: the rows of a browse are always under data')
}

function checkNames(
  { columns, defaults }: { columns: Texts; defaults: Texts },
  known: readonly string[],
  say: Say,
): void {
  for (const [section, names] of Object.entries({ columns, defaults })) {
    for (const name of Object.keys(names).filter((name) => !known.includes(name)))
      say([section, name], `unknown name; allowed: ${known.join(', ')}${didYouMean(name, known)}`)
  }
}

function checkNeeded(
  { columns, defaults, filters }: { columns: Texts; defaults: Texts; filters: readonly (readonly string[])[] },
  needed: readonly string[],
  say: Say,
): void {
  // A read that asks QAD for one period need not show it in each row.
  const asked = filters.map(([, , value]) => value).join(' ')
  for (const name of needed) {
    if (name in columns || name in defaults || asked.includes(`{${name}}`)) continue
    say(['columns'], `${name} is missing; needed: ${needed.join(', ')}`)
  }
}

function checkAmountColumns({ columns }: { columns: Texts }, say: Say): void {
  const hasBothSides = 'debit' in columns && 'credit' in columns
  const hasOneSide = 'debit' in columns || 'credit' in columns
  if ('amount' in columns ? hasOneSide : !hasBothSides) say(['columns'], 'needs either amount, or debit and credit')
}
